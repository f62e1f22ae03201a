"""Keeps the server's threads from crowding each other: one at work while requests compute, as many as needed while they wait.

Granian starts a thread whenever requests queue up. That is right while requests wait for a database or a socket: a
thousand clients need a thousand threads, and those cost next to nothing. It is wrong while requests compute: threads then
only take turns with the interpreter, and every turn costs more than the request (docs/decisions/0011-threads-of-the-server.md).
So a thread that has served its request and finds enough others awake is parked, and woken when those others are stuck
although a processor is free. It knows nothing of requests or servers.
"""

from __future__ import annotations

import random
import sys
import threading
import time

from .process_settings import gc_threshold, switch_interval

MOST_THREADS = 1024
"""How many threads there are at most, unless the caller says otherwise: a thousand waiting clients and a few."""
_CHECK_S = 0.005
"""How often parked threads are thought of; a request that runs longer than this counts as stuck."""
_QUIET_CHECK_S = 0.05
"""The same while nobody serves anything."""
_PARKED_S = 10.0
"""How long a thread is parked at most; it then goes back to the server, which lets idle threads end."""
_SPARE = 0.85
"""Below this share of one processor the process is waiting: more threads help."""
_BUSY = 0.95
"""Above this share more threads would only take turns."""
_LATE_S = 0.002
"""The watch that wakes this much too late found no processor: neither would a further thread."""


class Seat:
    """One thread of the server, as the others see it."""

    __slots__ = ("bell", "is_busy", "seen", "served")

    def __init__(self) -> None:
        self.bell = threading.Lock()
        self.bell.acquire()
        self.is_busy = False
        self.served = 0
        self.seen = -1


class _Presence:
    """Lives as long as its thread, and gives up the thread's seat when it goes."""

    def __init__(self, parking: Parking, seat: Seat) -> None:
        self._parking = parking
        self._seat = seat

    def __del__(self) -> None:
        self._parking.leave(self._seat)


class Parking:
    """Decides which of the server's threads are awake.

    A thread calls `sit_down()` once, marks its seat busy around each request, and calls `park()` after one that left
    more threads awake than `limit`.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._awake: set[Seat] = set()
        self._parked: list[Seat] = []
        self._alarm = threading.Event()
        self._watch: threading.Thread | None = None
        self._own = threading.local()
        self._stuck = 0
        self.awake = 0
        """How many threads are not parked."""
        # Without the interpreter lock threads do not take turns, and nobody is parked.
        self.limit = 1 if getattr(sys, "_is_gil_enabled", lambda: True)() else sys.maxsize
        """How many threads may stay awake."""

    @property
    def parked(self) -> int:
        """How many threads are parked."""
        return len(self._parked)

    def sit_down(self) -> Seat:
        """Return the calling thread's seat, a new one the first time; it is given up when the thread ends."""
        try:
            seat: Seat = self._own.seat
        except AttributeError:
            seat = self._own.seat = Seat()
            self._own.presence = _Presence(self, seat)
            with self._lock:
                self._awake.add(seat)
                self.awake += 1
        return seat

    def leave(self, seat: Seat) -> None:
        """Forget a thread that has ended."""
        with self._lock:
            if seat in self._awake:
                self._awake.remove(seat)
                self.awake -= 1

    def park(self, seat: Seat) -> None:
        """Block the calling thread until it is needed, or for about ten seconds."""
        with self._lock:
            if self.awake <= self.limit:
                return
            self._awake.discard(seat)
            self.awake -= 1
            self._parked.append(seat)
            if self._watch is None:
                self._watch = threading.Thread(target=self._watch_forever, name="ewer-parking", daemon=True)
                self._watch.start()
        self._alarm.set()
        if seat.bell.acquire(timeout=_PARKED_S * (1 + random.random() / 2)):
            return
        with self._lock:
            if seat in self._parked:
                self._parked.remove(seat)
                self._awake.add(seat)
                self.awake += 1
                return
        seat.bell.acquire()  # woken at the same moment

    def adjust(self, busy: float | None, *, late_s: float = 0.0) -> bool:
        """Set the limit by who is stuck and how busy the processor is, and wake as many threads as it then allows.

        Args:
            busy: the share of one processor that the process has used since the last call; above 1 where code runs outside
                the interpreter lock; None where nobody has looked, which leaves the limit as it is.
            late_s: how much later than asked for the watch was woken.

        Returns:
            Whether anything was served or is being served since the last call.
        """
        with self._lock:
            stuck = moved = 0
            for seat in self._awake:
                if seat.served != seat.seen:
                    moved += 1
                elif seat.is_busy:
                    stuck += 1
                seat.seen = seat.served
            self._stuck = stuck
            if not stuck and not moved:
                self.limit = max(self.limit - 1 - (self.limit >> 3), 1)  # nobody needs them
            elif busy is None:
                pass
            elif busy < _SPARE and late_s < _LATE_S:
                # Twice as many as are stuck, so that a thousand clients are all waited for within ten looks; fewer again by and by.
                self.limit = max(self.limit - 1 - (self.limit >> 6), 2 * stuck, 1)
            elif self.limit > stuck + 1 and (busy > _BUSY or late_s >= _LATE_S):
                self.limit -= max(1, (self.limit - stuck) >> 3)
            while self._parked and self.awake < self.limit:
                # The thread that was parked last: the others stay parked, and end.
                woken = self._parked.pop()
                self._awake.add(woken)
                self.awake += 1
                woken.bell.release()
            at_work = min(self.awake, self.limit)
        # NOTE: not while the lock is held: the collector may run in there, and a thread that has ended give up its seat.
        switch_interval.set_load(self, at_work)
        gc_threshold.set_load(self, stuck)
        return bool(stuck or moved)

    def _watch_forever(self) -> None:
        """Look after the parked threads as long as there are any."""
        pause_s = _CHECK_S
        while True:
            self._alarm.wait()
            # PERF: the system adds up what every thread has used, a thousand parked ones too: 20 us a look, of which there
            # are 200 a second. While one thread serves and is not stuck, nothing hangs on it (plaintext with `ewer serve`).
            matters = self.limit > 1 or self._stuck > 0
            wall_s, cpu_s = time.perf_counter(), time.process_time() if matters else 0.0
            time.sleep(pause_s)
            took_s = time.perf_counter() - wall_s
            busy = (time.process_time() - cpu_s) / took_s if matters else None
            pause_s = _CHECK_S if self.adjust(busy, late_s=took_s - pause_s) else _QUIET_CHECK_S
            if not self._parked and self.limit == 1:
                self._alarm.clear()
                if self._parked:
                    self._alarm.set()
