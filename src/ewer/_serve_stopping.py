"""Whether this process has been told to stop, and how long a response that is being sent may go on then."""

from __future__ import annotations

import asyncio
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    Headers = list[tuple[str, str]]

_NEVER_S = float("inf")
_OVERDUE_S = 2.0


class Stopping:
    """The stop of one process: threads ask whether it has begun, coroutines wait for it.

    Args:
        graceful_timeout_s: the time from the signal to the end of the process.
    """

    def __init__(self, graceful_timeout_s: float) -> None:
        self._graceful_timeout_s = graceful_timeout_s
        self._since_s: float | None = None
        self._event: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self.has_served: Callable[[], bool] = lambda: True
        """Tells whether any request has come so far. Called from a signal handler."""

    @property
    def has_begun(self) -> bool:
        """Whether the process has been told to stop."""
        return self._since_s is not None

    def is_overdue(self) -> bool:
        """Tell whether the process has been told a while ago, has never had anything to finish, and is still there."""
        return self._since_s is not None and time.monotonic() - self._since_s > _OVERDUE_S and not self.has_served()

    def begin(self) -> None:
        """Stop from now on. Called from a signal handler."""
        self._since_s = time.monotonic()
        if self._event is not None:
            loop, event = self._event
            loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Wait until the stop begins."""
        if self._event is None:
            self._event = asyncio.get_running_loop(), asyncio.Event()
        if self._since_s is None:
            await self._event[1].wait()

    def patience_s(self, headers: Headers) -> float:
        """Return how long after the stop a response may go on.

        Event streams end at once, since their clients come back by themselves; an answer of unknown length after half of the
        time; one whose length was announced is left to finish or to be cut off with the process, which its client notices.
        """
        names = {name.lower(): value for name, value in headers}
        if names.get("content-type", "").startswith("text/event-stream"):
            return 0.0
        return _NEVER_S if "content-length" in names else self._graceful_timeout_s / 2

    def deadline_for(self, headers: Headers) -> Callable[[], bool]:
        """Return what tells whether a response with these headers has to end now."""
        patience_s = self.patience_s(headers)
        return lambda: self._since_s is not None and time.monotonic() - self._since_s >= patience_s
