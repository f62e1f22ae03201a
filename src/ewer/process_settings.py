"""Settings that an interpreter has once, and that a thousand requests at a time want otherwise than ten.

Both are as they were while little is in flight, grow with what is, and are as before when it is gone; what somebody else
sets is respected as the usual value. They know nothing of requests or servers.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable


class AgreedSetting:
    """One setting of the process, agreed between those who have work in flight.

    Args:
        read: returns its value now; 0 stands for switched off, and stays.
        write: sets it.
        share: what each unit of work in flight asks for.
        most: no more than this is ever asked for.
    """

    def __init__(self, read: Callable[[], float], write: Callable[[float], None], *, share: float, most: float) -> None:
        self._read = read
        self._write = write
        self._share = share
        self._most = most
        self._lock = threading.RLock()  # the collector may run in here, and whatever it runs
        self._loads: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        self._usual = self._last = read()
        self._usual_below: dict[float, float] = {}
        """What was usual when a raised value was written."""

    def set_load(self, holder: object, in_flight: int) -> None:
        """Say how much `holder` has in flight now. What is garbage no longer counts whenever another holder says so.

        The value is the usual one, or the shares of everything in flight where that is more.
        """
        with self._lock:
            self._loads[holder] = in_flight
            now = self._read()
            if now != self._last:
                # Somebody else has set it: that is the usual value from now on. Or put back what they had found under load.
                self._usual = self._usual_below.get(now, now)
            wanted = max(self._usual, min(self._most, self._share * sum(self._loads.values())))
            if self._usual and wanted != now:
                self._write(wanted)
            self._last = self._read()
            if self._last > self._usual:
                self._usual_below[self._last] = self._usual

    def forget(self) -> None:
        """Begin again with nothing in flight, in a process that was forked while there was."""
        self._lock = threading.RLock()
        self._loads = WeakKeyDictionary()
        if self._read() in self._usual_below:
            self._write(self._usual)
        self._last = self._read()


def agreed_switch_interval(*, share_s: float = 0.00005, most_s: float = 0.05) -> AgreedSetting:
    """Make the agreement about how long a thread may compute before those that wait for the interpreter ask it to let go.

    Every waiting thread wakes up once in that time to ask. With a dozen nobody notices; a thousand make two hundred thousand
    wake-ups a second, and take the processor that the requests need (docs/decisions/0013-turns-of-many-threads.md).

    Args:
        share_s: for each thread at work, in seconds: together they wake up once in that time, however many they are.
        most_s: the longest that a thread which computes keeps the others waiting, the event loop among them, in seconds.
    """
    return AgreedSetting(sys.getswitchinterval, sys.setswitchinterval, share=share_s, most=most_s)


def agreed_gc_threshold(*, share: int = 20, most: int = 20_000) -> AgreedSetting:
    """Make the agreement about how many new objects there may be before the garbage collector looks at them.

    It looks at those that can be part of a cycle, and expects most to be dead. With a thousand requests in flight
    nearly all are alive, and looked at again and again (docs/decisions/0015-new-objects-of-many-requests.md).

    Args:
        share: for each request in flight.
        most: the most, however many requests there are.
    """
    return AgreedSetting(_read_threshold, _write_threshold, share=share, most=most)


def _read_threshold() -> float:
    return gc.get_threshold()[0]


def _write_threshold(new_objects: float) -> None:
    gc.set_threshold(int(new_objects), *gc.get_threshold()[1:])


switch_interval = agreed_switch_interval()
"""That of this process, for pools of threads."""
gc_threshold = agreed_gc_threshold()
"""That of this process, for whoever counts its requests."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=switch_interval.forget)
    os.register_at_fork(after_in_child=gc_threshold.forget)
