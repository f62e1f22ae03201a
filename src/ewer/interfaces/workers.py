"""Threads for plain functions beside an event loop: as many as block, no more.

A function that waits for a database holds a thread and no interpreter; one that computes holds the interpreter, and a further thread only takes turns
with it. So the pool grows while work is waiting and the process is not busy computing, and threads that were idle for a while go. Results go back in
batches: one wake-up of the loop brings all that are ready. Source of the design: docs/decisions/0010-worker-threads.md.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ..homes import set_home_loop
from ..process_settings import switch_interval

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MOST_THREADS = 1024
"""What `EWER_THREADS` is by default: enough for 1,000 clients that each wait on something slow."""
IDLE_S = 10.0
"""How long threads may have nothing to do before they go."""
_CHECK_S = 0.003
"""How soon waiting work is looked at; while more threads would not help, after twice as long each time."""
_LAST_CHECK_S = 0.05
_BUSY = 0.9
"""The share of one processor above which more threads would only take turns."""
_LAG_S = 0.004
"""How late the loop comes to look when a thread computes: it has waited for the interpreter, which changes hands every 5 ms."""
_STUCK_S = 0.05
"""When no work has been begun for so long, every thread is held, whatever by, and more are added."""
_GUARD: Any = object()
"""Makes the thread that takes it the one that looks whether the loop is still there."""


def most_threads() -> int:
    """Return the bound that `EWER_THREADS` sets.

    Raises:
        ValueError: it is set to something that is not a number from 1 up.
    """
    text = os.environ.get("EWER_THREADS", "")
    if not text:
        return MOST_THREADS
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"EWER_THREADS is the most worker threads, a number from 1 up; it is {text!r}.")
    return int(text)


class Workers:
    """The worker threads of one event loop.

    Args:
        loop: where results go back to; its thread is the only one to call `run()` and `stop()`.
        bound: the most threads.
        idle_s: how long threads may have nothing to do before they go, in seconds.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, bound: int, *, idle_s: float = IDLE_S) -> None:
        self._loop = loop
        self._bound = bound
        self._idle_s = idle_s
        self._tasks: SimpleQueue[tuple[asyncio.Future[Any], Any, Callable[[Any], Any]] | None] = SimpleQueue()
        self._results: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._wake_up_is_due = False
        self._lock = threading.Lock()
        self._growth: _Growth | None = None
        self.at_work = 0
        """How many tasks have been handed in whose results have not been given back."""
        self._most_at_work = 0
        self._begun = 0
        self._is_thinning = False
        self.threads = 0
        """How many threads there are now."""
        self.wake_ups = 0
        """How often the loop has been woken up to take results."""

    def run(self, function: Any, enter: Callable[[Any], Any] | None = None) -> asyncio.Future[Any]:
        """Run `function` in a thread, in a copy of the caller's context; await the future for its result.

        Cancelling the future keeps a function that has not begun from running; one that runs is left to end.

        Args:
            function: what to run; with `enter`, what that is to be given.
            enter: is run instead, in the thread's own context.
        """
        future = self._loop.create_future()
        self._begun += 1
        self.at_work += 1
        if self.at_work > self._most_at_work:
            self._most_at_work = self.at_work
        self._tasks.put((future, function, copy_context().run if enter is None else enter))
        if self.threads == 0:
            self._add_threads(1)
        elif self._growth is None:
            self._growth = _Growth(self._begun - self._tasks.qsize())
            self._later(_CHECK_S, self._check)
        return future

    def stop(self) -> None:
        """Let every thread go once all that was handed in before is done."""
        switch_interval.set_load(self, 0)
        for _ in range(self.threads):
            self._tasks.put(None)

    def _later(self, delay_s: float, function: Callable[[], None]) -> None:
        # NOTE: a timer keeps the context it is set in: that of whatever request comes first would stay alive.
        self._loop.call_later(delay_s, function, context=Context())

    def _check(self) -> None:
        """Add threads where work is waiting although the process is not busy, or although it is but no thread comes free."""
        waiting = self._tasks.qsize()
        growth = self._growth
        if waiting == 0 or growth is None:
            self._growth = None
            return
        wanted = growth.more_threads(self.threads, self._begun - waiting)
        self._add_threads(min(waiting, wanted, self._bound - self.threads))
        self._later(growth.delay_s, self._check)

    def _add_threads(self, number: int) -> None:
        for _ in range(number):
            with self._lock:
                self.threads += 1
                is_guard = self.threads == 1
            thread = threading.Thread(target=self._work, args=(is_guard,), name="ewer-worker", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more; those that are there go on
                with self._lock:
                    self.threads -= 1
                if self.threads == 0:
                    raise
                break
        switch_interval.set_load(self, self.threads)
        if not self._is_thinning:
            self._is_thinning = True
            self._later(self._idle_s, self._thin)

    def _thin(self) -> None:
        """Let those threads go that were not needed since last time.

        NOTE: a steady trickle of work reaches every thread in turn, so that none of too many would ever find itself idle.
        """
        surplus = self.threads - self._most_at_work - self._tasks.qsize()
        self._most_at_work = self.at_work
        for _ in range(surplus):
            self._tasks.put(None)
        switch_interval.set_load(self, self.threads - max(surplus, 0))
        self._is_thinning = self.threads > max(surplus, 0)
        if self._is_thinning:
            self._later(self._idle_s, self._thin)

    def _work(self, is_guard: bool) -> None:
        """Take tasks until told to go."""
        set_home_loop(self._loop)
        while True:
            # PERF: a wait that may time out sets a timer of the kernel's each time (bench workload "wait-sync-asgi").
            task = self._tasks.get() if not is_guard else self._guard()
            if task is None:
                break
            if task is _GUARD:
                is_guard = True
                continue
            future, function, run_in_context = task
            try:
                self._finish(future, None if future.cancelled() else run_in_context(function), None)
            except BaseException as error:
                self._finish(future, None, error)
            del task, future, function, run_in_context
        with self._lock:
            self.threads -= 1
            if is_guard and self.threads:
                self._tasks.put(_GUARD)

    def _guard(self) -> Any:
        """Wait for a task like the others, and for the end of a loop that was left without a word: then all go."""
        while True:
            try:
                return self._tasks.get(timeout=self._idle_s)
            except Empty:
                if not self._loop.is_running():
                    self.stop()

    def _finish(self, future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        self._results.append((future, result, error))
        # PERF: one wake-up for all results that come before the loop gets round to it (bench workload "sync view under ASGI").
        if not self._wake_up_is_due:
            self._wake_up_is_due = True
            try:
                self._loop.call_soon_threadsafe(self._hand_over)
            except RuntimeError:  # the loop was closed meanwhile: nobody waits for the result any more
                self._results.clear()

    def _hand_over(self) -> None:
        """On the loop: give every result that is ready to whoever awaits it."""
        self._wake_up_is_due = False
        self.wake_ups += 1
        results = self._results
        while results:
            future, result, error = results.popleft()
            self.at_work -= 1
            if not future.done():
                if error is None:
                    future.set_result(result)
                elif isinstance(error, StopIteration):
                    future.set_exception(RuntimeError("a worker's function raised StopIteration"))
                else:
                    future.set_exception(error)
            elif isinstance(error, Exception):  # cancelled: nobody else will hear of the error
                self._loop.call_exception_handler(
                    {"message": "Error after the request was cancelled", "exception": error}
                )


class _Growth:
    """Judges, look by look, how many threads to add while work is waiting.

    Args:
        begun: how many tasks have been begun so far.
    """

    __slots__ = ("_begun", "_cpu_s", "_progress_s", "_wall_s", "delay_s")

    def __init__(self, begun: int) -> None:
        self._cpu_s = time.process_time()
        self._wall_s = self._progress_s = time.perf_counter()
        self._begun = begun
        self.delay_s = _CHECK_S
        """When to look again, in seconds. PERF: each look takes the interpreter from a thread that computes (bench/workers.py)."""

    def more_threads(self, threads: int, begun: int) -> int:
        """Return how many threads to add to `threads`, now that `begun` tasks have been begun in all."""
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        lag_s = wall_s - self._wall_s - self.delay_s
        busy = (cpu_s - self._cpu_s) / max(wall_s - self._wall_s, 1e-6)
        self._cpu_s, self._wall_s = cpu_s, wall_s
        if begun != self._begun:
            self._begun, self._progress_s = begun, wall_s
        if busy < _BUSY and lag_s < _LAG_S:
            self.delay_s = _CHECK_S
            return max(threads, 1)
        self.delay_s = min(2 * self.delay_s, _LAST_CHECK_S)
        if threads == 0 or wall_s - self._progress_s > _STUCK_S:
            self._progress_s = wall_s
            return max(threads // 2, 1)
        return 0
