"""Threads for plain functions beside an event loop: as many as block, no more.

A function that waits for a database holds a thread and no interpreter; one that computes holds the interpreter, and a further thread only takes turns
with it. So the pool grows while work is waiting and the process is not busy computing, and idle threads go after a while. Results go back in batches:
one wake-up of the loop brings all that are ready. Source of the design: docs/decisions/0010-worker-threads.md.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextvars import copy_context
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ..homes import set_home_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MOST_THREADS = 1024
"""What `EWER_THREADS` is by default: enough for 1,000 clients that each wait on something slow."""
_CHECK_S = 0.003
"""How often waiting work is looked at while there is some."""
_BUSY = 0.9
"""The share of one processor above which more threads would only take turns."""
_IDLE_S = 10.0
"""How long a thread waits for work before it goes."""


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
        loop: where results go back to; its thread is the only one to call `run()`.
        bound: the most threads.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, bound: int) -> None:
        self._loop = loop
        self._bound = bound
        self._tasks: SimpleQueue[tuple[asyncio.Future[Any], Callable[[], Any], Any] | None] = SimpleQueue()
        self._results: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._wake_up_is_due = False
        self._lock = threading.Lock()
        self._is_watching = False
        self._cpu_s = self._wall_s = 0.0
        self.threads = 0
        """How many threads there are now."""

    def run(self, function: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run `function` in a thread, in a copy of the caller's context; await the future for its result."""
        future = self._loop.create_future()
        self._tasks.put((future, function, copy_context().run))
        if self.threads == 0:
            self._add_thread()
        elif not self._is_watching:
            self._is_watching = True
            self._cpu_s, self._wall_s = time.process_time(), time.perf_counter()
            self._loop.call_later(_CHECK_S, self._check)
        return future

    def stop(self) -> None:
        """Let every thread go once it has finished what it is doing."""
        for _ in range(self.threads):
            self._tasks.put(None)

    def _check(self) -> None:
        """Add threads where work is waiting although the process is not busy."""
        waiting = self._tasks.qsize()
        if waiting == 0:
            self._is_watching = False
            return
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        busy = (cpu_s - self._cpu_s) / max(wall_s - self._wall_s, 1e-6)
        self._cpu_s, self._wall_s = cpu_s, wall_s
        if busy < _BUSY:
            for _ in range(min(waiting, max(self.threads, 1), self._bound - self.threads)):
                self._add_thread()
        self._loop.call_later(_CHECK_S, self._check)

    def _add_thread(self) -> None:
        with self._lock:
            self.threads += 1
        threading.Thread(target=self._work, name="ewer-worker", daemon=True).start()

    def _work(self) -> None:
        """Take tasks until none comes for a while."""
        set_home_loop(self._loop)
        while True:
            try:
                task = self._tasks.get(timeout=_IDLE_S)
            except Empty:
                task = None
            if task is None:
                break
            future, function, run_in_context = task
            try:
                self._finish(future, run_in_context(function), None)
            except BaseException as error:
                self._finish(future, None, error)
            del task, future, function, run_in_context
        with self._lock:
            self.threads -= 1

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
        results = self._results
        while results:
            future, result, error = results.popleft()
            if future.done():  # cancelled: the client has gone
                continue
            if error is None:
                future.set_result(result)
            elif isinstance(error, StopIteration):
                future.set_exception(RuntimeError("a worker's function raised StopIteration"))
            else:
                future.set_exception(error)
