"""Notices clients that go away while their requests are being served, and cancels the task that serves them."""

from __future__ import annotations

from contextvars import Context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    Receive = Callable[[], Awaitable[Any]]

WATCH_S = 0.1
"""How long a request runs, or twice as long at the most, before anybody asks whether its client is still there."""


class ClientWatch:
    """The requests of one event loop that are being served.

    PERF: one timer for all requests; only those that run long get a task that listens (bench workload "async plaintext").
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._served: dict[asyncio.Task[Any], tuple[int, Receive]] = {}
        self._ticks = 0
        self._listeners: dict[asyncio.Task[Any], asyncio.Task[None]] = {}
        self._is_ticking = False

    def begin(self, task: asyncio.Task[Any], receive: Receive) -> None:
        """Cancel `task` when its client goes away, until `end()`."""
        self._served[task] = (self._ticks, receive)
        if not self._is_ticking:
            self._is_ticking = True
            # NOTE: a timer keeps the context it is set in, which may hold all of a request.
            self._loop.call_later(WATCH_S, self._tick, context=Context())

    def end(self, task: asyncio.Task[Any]) -> bool:
        """Stop watching; tell whether `task` was cancelled because its client had gone, and by nobody else."""
        if self._listeners and (listener := self._listeners.pop(task, None)) is not None:
            listener.cancel()
        if self._served.pop(task, None) is not None:
            return False
        # NOTE: a cancellation that is answered is taken back, else an `asyncio.timeout()` further out takes it for its own (Python 3.11).
        return not hasattr(task, "uncancel") or task.uncancel() == 0

    def _tick(self) -> None:
        """Start listening for the clients of requests that have run for a while."""
        if not self._served:
            self._is_ticking = False
            return
        self._loop.call_later(WATCH_S, self._tick)
        self._ticks += 1
        for task, (begun, receive) in self._served.items():
            if begun < self._ticks - 1 and task not in self._listeners:
                self._listeners[task] = self._loop.create_task(self._cancel_when_gone(task, receive))

    async def _cancel_when_gone(self, task: asyncio.Task[Any], receive: Receive) -> None:
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except Exception:  # a server that cannot tell
            return
        if hasattr(task, "cancelling") and task.cancelling():  # by the server, which has the first word
            return
        if self._served.pop(task, None) is not None:
            task.cancel()
