"""Which event loop a thread belongs to: the loop that handed it its work and does not wait for it.

A coroutine that plain code has to wait for runs there, beside the tasks it may share connections and locks with.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

_thread = threading.local()


def set_home_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Make `loop` the one that coroutines of this thread run on."""
    _thread.loop = loop


def home_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop of this thread; None for a thread that no loop has handed its work."""
    loop: asyncio.AbstractEventLoop | None = getattr(_thread, "loop", None)
    return None if loop is None or loop.is_closed() else loop
