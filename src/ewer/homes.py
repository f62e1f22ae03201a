"""Which event loop a thread belongs to: the loop that handed it its work and does not wait for it.

A coroutine that plain code has to wait for runs there, beside the tasks it may share connections and locks with. What
one side sets in context variables is carried to the other.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from contextvars import Context

_thread = threading.local()


def set_home_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Make `loop` the one that coroutines of this thread run on."""
    _thread.loop = loop


def home_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running loop of this thread; None for a thread that no loop has handed its work."""
    loop: asyncio.AbstractEventLoop | None = getattr(_thread, "loop", None)
    return loop if loop is not None and loop.is_running() else None


def take_over(context: Context) -> None:
    """Set here every context variable that has another value in `context`, where the work was done."""
    for variable, value in context.items():
        try:
            if variable.get() is value:
                continue
        except LookupError:
            pass
        variable.set(value)
