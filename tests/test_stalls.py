"""Who holds up the event loop is named in debug mode, and nobody looks for it otherwise."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

import pytest

import ewer
from ewer.interfaces.stalls import StallWatch

from .asgi_driver import exchange, in_time, lifespan

LIMIT_S = 30.0


class Warned(logging.Handler):
    """Keeps what was logged and lets threads wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.came = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
        self.came.set()


@pytest.fixture
def warned():
    handler = Warned()
    logger = logging.getLogger("stalls")
    logger.addHandler(handler)
    logger.propagate = False
    yield handler
    logger.removeHandler(handler)


def hold_until_named() -> None:
    """Hold the thread, and with it the loop, well past the limit."""
    threading.Event().wait(0.3)


def app_with_views() -> ewer.Flask:
    app = ewer.Flask("stalls", static_folder=None)

    @app.get("/holding")
    async def holding():
        hold_until_named()
        return "held"

    @app.get("/awaiting")
    async def awaiting():
        await asyncio.sleep(0.15)
        return "awaited"

    @app.get("/plain")
    def plain():
        hold_until_named()
        return "in a thread"

    return app


def visit(app: ewer.Flask, url: str, handler: Warned | None = None) -> None:
    async def work() -> None:
        async with lifespan(app):
            assert (await exchange(app, "GET", url)).status == 200
            if handler is not None:
                await asyncio.to_thread(handler.came.wait, LIMIT_S)

    in_time(work())


def test_a_view_that_holds_the_loop_is_named_with_file_and_line(warned):
    app = app_with_views()
    app.debug = True

    visit(app, "/holding", warned)

    (text,) = warned.texts
    assert "The event loop was held up for" in text
    assert "hold_until_named()" in text
    assert f"{__file__}:" in text
    assert "Fix: await there, or make the view a plain 'def'" in text


@pytest.mark.parametrize("url", ["/awaiting", "/plain"])
def test_who_awaits_or_works_in_a_thread_is_not(warned, url, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.stalls._LIMIT_S", 2.0)  # this machine may be busy
    app = app_with_views()
    app.debug = True

    visit(app, url)

    assert warned.texts == []


def test_what_only_the_framework_takes_time_for_is_nobodys_to_mend(warned):
    source = "def set_up():\n    threading.Event().wait(0.3)"
    names: dict[str, object] = {"threading": threading}
    exec(compile(source, str(Path(ewer.__file__).parent / "sansio" / "app.py"), "exec"), names)

    async def work() -> None:
        loop = asyncio.get_running_loop()
        watch = StallWatch(loop, logging.getLogger("stalls"))
        loop.call_soon(names["set_up"])
        await asyncio.sleep(0.01)
        loop.call_soon(hold_until_named)
        await asyncio.sleep(0.01)
        await asyncio.to_thread(warned.came.wait, LIMIT_S)
        watch.stop()

    in_time(work())
    (text,) = warned.texts
    assert "hold_until_named()" in text


def test_nobody_looks_when_debug_is_off(warned):
    app = app_with_views()

    async def work() -> list[str]:
        async with lifespan(app):
            await exchange(app, "GET", "/holding")
            return [thread.name for thread in threading.enumerate()]

    assert "ewer-stall-watch" not in in_time(work())
    assert warned.texts == []


def test_the_watch_ends_with_the_server(warned):
    app = app_with_views()
    app.debug = True
    visit(app, "/plain")

    for thread in threading.enumerate():
        if thread.name == "ewer-stall-watch":
            thread.join(LIMIT_S)
            assert not thread.is_alive()


def test_a_loop_that_stands_still_between_two_runs_holds_nobody_up(warned):
    loop = asyncio.new_event_loop()

    async def start() -> StallWatch:
        return StallWatch(loop, logging.getLogger("stalls"))

    watch = loop.run_until_complete(start())
    hold_until_named()
    loop.run_until_complete(asyncio.sleep(0.01))
    watch.stop()
    loop.close()
    assert warned.texts == []
