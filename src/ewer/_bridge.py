"""Coroutines called from plain threads: one background event loop for the whole process.

`Flask.async_to_sync()` hands every coroutine to the loop that the caller's thread belongs to, else to that background
loop, and waits. The caller's context variables go with it, and what the coroutine changes comes back. A caller that is
itself on a background loop would wait for itself: its coroutine runs on a loop one deeper, made when first needed. So does
one that a background loop does not begin with for a while: what blocks it may be waiting for this very coroutine.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
import typing as t
from contextvars import Context, copy_context
from functools import update_wrapper

from .homes import home_loop, take_over

R = t.TypeVar("R")

_PATIENCE_S = 1.0
"""How often a waiting thread asks whether the loop is still there."""
_LOOK_S = 0.05
_LOOKS = 5
"""A background loop that begins with nothing for so many looks is blocked. Where all stood still, it has its turn between two of them."""
_DEEPEST = 64


class _Loop:
    """An event loop in a daemon thread of its own, and the next one for coroutines that it must not or cannot run."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name=f"ewer-loop-{depth}", daemon=True)
        self.thread.start()
        self.is_blocked = False
        """Whether it did not begin with a coroutine in time, and has not moved since."""
        self._lock = threading.Lock()
        self._deeper: _Loop | None = None

    def deeper(self) -> _Loop:
        """Return the loop below.

        Raises:
            OSError: the system gives no more files.
            RuntimeError: the system gives no more threads.
        """
        with self._lock:
            if self._deeper is None:
                self._deeper = _Loop(self.depth + 1)
            return self._deeper

    def has_deeper(self) -> bool:
        """Tell whether there is, or can be, a loop below."""
        try:
            return self.depth < _DEEPEST and self.deeper() is not None
        except (OSError, RuntimeError):
            return False

    def serving_this_thread(self) -> _Loop:
        """Return this loop, or the one below that whose thread the caller is."""
        current = threading.current_thread()
        level: _Loop | None = self
        while level is not None:
            if level.thread is current:
                # NOTE: every loop above waits for this one, so only a deeper one is free.
                return level.deeper()
            level = level._deeper
        return self

    def leave_alone(self) -> None:
        """Send no more coroutines here until it moves again."""
        self.is_blocked = True
        self.loop.call_soon_threadsafe(self._move)

    def _move(self) -> None:
        self.is_blocked = False


class _Background:
    """The process's background loop, started on first use and again after a fork."""

    _lock = threading.Lock()
    _first: t.ClassVar[_Loop | None] = None

    @classmethod
    def loop(cls) -> _Loop:
        first = cls._first
        if first is None or first.pid != os.getpid():
            with cls._lock:
                first = cls._first
                if first is None or first.pid != os.getpid():
                    first = cls._first = _Loop(0)
        return first.serving_this_thread()


def _forget_lock() -> None:
    _Background._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock)


class _Call(t.Generic[R]):
    """One coroutine on its way through the loop, and the thread that waits for it."""

    __slots__ = ("context", "done", "error", "function", "result", "ticket")

    def __init__(self, function: t.Callable[[], t.Coroutine[t.Any, t.Any, R]], context: Context) -> None:
        self.function = function
        self.context = context
        self.done = threading.Event()
        self.ticket = threading.Lock()
        """Held by the loop that runs it: the first that comes to."""
        self.result: R | None = None
        self.error: BaseException | None = None

    async def run(self) -> None:
        """Run the coroutine to its end in the caller's context and wake the caller."""
        try:
            self.result = await self.function()
        except BaseException as error:
            self.error = error
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            # NOTE: a task runs in a copy of the context: what it sees last is what goes back.
            self.context = copy_context()
            self.done.set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called on the loop, in the caller's context, which the task inherits."""
        if not self.ticket.acquire(blocking=False):
            return
        task = loop.create_task(self.run())
        _running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        _running.discard(task)
        if not self.done.is_set():  # cancelled before its first step
            self.error = asyncio.CancelledError()
            self.done.set()

    def run_in_background(self, level: _Loop) -> asyncio.AbstractEventLoop:
        """Return the background loop that has begun with it: `level` or, while that is blocked, one that is deeper."""
        context = self.context
        while True:
            while level.is_blocked and level.has_deeper():
                level = level.deeper()
            level.loop.call_soon_threadsafe(self.start, level.loop, context=context)
            looks = 0
            while not self.done.wait(_LOOK_S) and not self.ticket.locked():
                looks += 1
                if looks >= _LOOKS and level.has_deeper():
                    level.leave_alone()
                    context = context.copy()  # two loops cannot be in one at once
                    break
            else:
                return level.loop

    def wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for the coroutine's end.

        Raises:
            RuntimeError: the loop was closed, so that there will be none.
        """
        while not self.done.wait(_PATIENCE_S):
            if loop.is_closed() and not self.done.is_set():
                raise RuntimeError("The event loop was closed before it had run a coroutine that a thread waits for.")


_running: set[asyncio.Task[None]] = set()
"""Tasks the loop would otherwise only know weakly."""


def wait_for(
    function: t.Callable[[], t.Coroutine[t.Any, t.Any, R]], *, on: asyncio.AbstractEventLoop | None = None
) -> R:
    """Run `function()` on the loop this thread belongs to, or on the background loop, and return what it returns.

    Args:
        function: makes the coroutine.
        on: the loop to run it on, unless that would wait for itself; for what began there.

    Raises:
        RuntimeError: the loop was closed meanwhile.
        BaseException: whatever the coroutine raises.
    """
    call = _Call(function, copy_context())
    loop = home_loop()
    if on is not None and on.is_running() and on is not asyncio._get_running_loop():
        loop = on
    if loop is None:
        loop = call.run_in_background(_Background.loop())
    else:
        loop.call_soon_threadsafe(call.start, loop, context=call.context)
    call.wait(loop)
    take_over(call.context)
    if call.error is not None:
        try:
            raise call.error
        finally:
            del call
    return t.cast(R, call.result)


def async_to_sync(function: t.Callable[..., t.Coroutine[t.Any, t.Any, R]]) -> t.Callable[..., R]:
    """Return a plain function that runs the coroutine function `function` and waits for its result."""

    def waiting(*args: t.Any, **kwargs: t.Any) -> R:
        return wait_for(lambda: function(*args, **kwargs))

    def waiting_for_coroutine(*args: t.Any, **kwargs: t.Any) -> R:
        coroutine = function(*args, **kwargs)
        return wait_for(lambda: coroutine)

    # NOTE: the call itself belongs to the caller's thread, where an agent's wrapper around the view looks for its
    # transaction. Only a plain function that is merely marked as a coroutine function may need the loop as it runs.
    code = getattr(function, "__code__", None)
    coded = code is not None and bool(code.co_flags & inspect.CO_COROUTINE)
    return update_wrapper(waiting_for_coroutine if coded else waiting, function)
