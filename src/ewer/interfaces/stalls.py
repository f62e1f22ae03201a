"""Tells, in debug mode, which line holds up the event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import sysconfig
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from types import FrameType

_LIMIT_S = 0.1
_BEAT_S = 0.02
_OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
_LIBRARY = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts"))
_RUNNERS = (asyncio.base_events.__file__, asyncio.runners.__file__)
"""What runs the loop: whoever called it holds nothing up."""


class StallWatch:
    """A thread that expects a sign of life from a loop, and logs what the loop does when none comes for 100 ms.

    Args:
        loop: the loop to watch, from its own thread.
        logger: gets one warning a stall.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, logger: logging.Logger) -> None:
        self._loop = loop
        self._logger = logger
        self._thread_id = threading.get_ident()
        self._stopped = threading.Event()
        self._beat = threading.Event()
        threading.Thread(target=self._run, name="ewer-stall-watch", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(_BEAT_S):
            self._beat.clear()
            asked_s = time.monotonic()
            try:
                self._loop.call_soon_threadsafe(self._beat.set)
            except RuntimeError:  # the loop was closed
                return
            if self._beat.wait(_LIMIT_S):
                continue
            place = self._place() if self._loop.is_running() else None
            while not self._beat.wait(_LIMIT_S):
                if self._stopped.is_set() or self._loop.is_closed():
                    return
            if place is None:  # nobody has to mend it, or the loop stood still between two runs
                continue
            held_ms = (time.monotonic() - asked_s) * 1000
            self._logger.warning(
                "The event loop was held up for %.0f ms by %s. Fix: await there, or make the view a plain 'def', which runs in a worker thread.",
                held_ms,
                place,
            )

    def _place(self) -> str | None:
        """Name the innermost line outside the libraries that the loop's thread is at; None where only ours are, as at the first request."""
        frame: FrameType | None = sys._current_frames().get(self._thread_id)
        innermost = frame
        is_ours = False
        while frame is not None and frame.f_code.co_filename.startswith((*_LIBRARY, _OURS, "<")):
            is_ours = is_ours or frame.f_code.co_filename.startswith(_OURS)
            frame = None if frame.f_code.co_filename in _RUNNERS else frame.f_back
        if frame is None and is_ours:
            return None
        frame = frame or innermost
        if frame is None:
            return "an unknown line"
        return f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"
