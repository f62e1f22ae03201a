"""Notices clients that go away while their requests are being served, and cancels the task that serves them."""

from __future__ import annotations

from contextvars import Context
from typing import TYPE_CHECKING, Any

from ..process_settings import gc_threshold

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable

    Receive = Callable[[], Awaitable[Any]]
    Watched = dict[asyncio.Task[Any], Receive]

WATCH_S = 0.1
"""How long a request runs, or twice as long at the most, before anybody asks whether its client is still there."""


class ClientWatch:
    """The requests of one event loop that are being served.

    A request enters `young` and leaves the dict that it entered; a look, now and then, puts a new one in its place. What is still in
    the dict of the look before has run for a while, and gets somebody who listens to its client.

    PERF: two steps for a request that is soon over, and one timer for all (bench workload "plaintext" under ASGI).
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._old: Watched = {}
        self.young: Watched = {}
        """The requests that have begun since the last look, with what their servers tell of the client."""
        self.listeners: dict[asyncio.Task[Any], asyncio.Task[None]] = {}
        """Who listens to the clients of which requests."""
        self.is_looking = False
        """Whether there will be another look; if not, whoever enters calls `look_on()`."""

    def look_on(self) -> None:
        """Cancel the tasks of clients that go away, from now on, until nobody is left."""
        self.is_looking = True
        # NOTE: a timer keeps the context it is set in, which may hold all of a request.
        self._loop.call_later(WATCH_S, self._look, context=Context())

    @property
    def in_flight(self) -> int:
        """How many requests are being served; those whose body is still coming do not count."""
        return len(self.young) + len(self._old) + len(self.listeners)

    def stop(self) -> None:
        """Have nothing in flight any more: the loop ends, or has ended."""
        gc_threshold.set_load(self, 0)

    def end(self, watched: Watched, task: asyncio.Task[Any]) -> bool:
        """Take a request out of the dict that it entered; tell whether it was cancelled because its client had gone, and by nobody else."""
        if self.listeners and (listener := self.listeners.pop(task, None)) is not None:
            listener.cancel()
            if not self.is_looking:
                gc_threshold.set_load(self, self.in_flight)
        if watched.pop(task, None) is not None:
            return False
        # NOTE: a cancellation that is answered is taken back, else an `asyncio.timeout()` further out takes it for its own (Python 3.11).
        return not hasattr(task, "uncancel") or task.uncancel() == 0

    def _look(self) -> None:
        """Start listening for the clients of requests that have run for a while."""
        gc_threshold.set_load(self, self.in_flight)
        if not self.young and not self._old:
            self.is_looking = False
            return
        self._loop.call_later(WATCH_S, self._look)
        old, self._old, self.young = self._old, self.young, {}
        for task, receive in list(old.items()):
            self.listeners[task] = self._loop.create_task(self._cancel_when_gone(task, receive, old))

    async def _cancel_when_gone(self, task: asyncio.Task[Any], receive: Receive, watched: Watched) -> None:
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except Exception:  # a server that cannot tell
            return
        if hasattr(task, "cancelling") and task.cancelling():  # by the server, which has the first word
            return
        if watched.pop(task, None) is not None:
            task.cancel()
