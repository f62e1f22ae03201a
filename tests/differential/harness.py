"""Runs one scenario on real Flask and on Ewer and reports every difference an outsider could observe.

A scenario is a test function that takes the framework module and a `Seen`; the decorator `same_on_both` runs it on
real Flask, then on Ewer, with the compiled plan and with `EWER_PLAN=0`, over the test client, as a raw WSGI call and
over ASGI, where Ewer is held against Flask's WSGI reply. An error that WSGI lets through to the server (an unhandled one
with `PROPAGATE_EXCEPTIONS`) reaches the ASGI server likewise.
How requests are sent is in `sending.py`; how two records are compared is in `comparing.py`.
"""

from __future__ import annotations

import contextvars
import importlib
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .comparing import Event, describe_error, differences, plain_text
from .sending import Answer, AsgiSender, ClientSender, RawSender

SUBMODULES = (
    "app blueprints cli config ctx debughelpers globals helpers json json.provider json.tag logging sansio.app "
    "sansio.blueprints sansio.scaffold sessions signals templating testing typing views wrappers"
).split()

#: What stands beside real Flask. `DIFFERENTIAL_SUBJECT=flask` compares Flask with itself: that tests the harness.
SUBJECT = os.environ.get("DIFFERENTIAL_SUBJECT", "ewer")

FIXED_MTIME_S = 1_700_000_000
WAYS = ("client-plan", "client-plain", "raw-plan", "raw-plain", "asgi-plan", "asgi-plain")
SENDERS = {"client": ClientSender, "raw": RawSender, "asgi": AsgiSender}
ENVIRONMENT = ("FLASK_APP", "FLASK_DEBUG", "FLASK_ENV", "FLASK_RUN_FROM_CLI", "FLASK_SKIP_DOTENV")

Scenario = Callable[[Any, "Seen"], None]


class Seen:
    """The record of one run: requests sent through it, notes, log records, warnings and errors, in order."""

    def __init__(self, transport: str, folder: Path) -> None:
        self.transport = transport
        self.folder = folder
        self.events: list[Event] = []
        self._senders: dict[int, tuple[Any, ClientSender | RawSender]] = {}

    def file(self, name: str, content: bytes | str = b"content") -> Path:
        """Write a file whose path and modification time are the same in every run of the scenario."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (FIXED_MTIME_S, FIXED_MTIME_S))
        return path

    def note(self, label: str, value: object) -> None:
        """Record a plain value under a label; it is kept as text, so later changes to it do not count."""
        self.events.append(Event("note", label, {"value": plain_text(repr(value))}))

    def attempt(self, label: str, action: Callable[[], object]) -> None:
        """Record what a call gives back, or the error that it raises."""
        try:
            value = action()
        except Exception as error:
            self.events.append(Event("raised", label, {"error": describe_error(error)}))
            return
        self.note(label, value)

    def send(self, app: Any, method: str, url: str, **options: Any) -> Answer:
        """Send one request; cookies are kept per application."""
        label = f"{method} {url}"
        sender = self._sender(app)
        try:
            answer = sender.send(method, url, **options)
        except Exception as error:
            self.events.append(Event("raised", label, {"error": describe_error(error)}))
            return Answer("", [], b"")
        self.events.append(Event("reply", label, answer.fields()))
        return answer

    def get(self, app: Any, url: str = "/", **options: Any) -> Answer:
        """Send a GET request."""
        return self.send(app, "GET", url, **options)

    def post(self, app: Any, url: str = "/", **options: Any) -> Answer:
        """Send a POST request."""
        return self.send(app, "POST", url, **options)

    def visit(self, app: Any, *requests: str) -> None:
        """Send several requests, each written as `/path` or as `METHOD /path`."""
        for request in requests:
            method, _, url = request.rpartition(" ")
            self.send(app, method or "GET", url)

    def _sender(self, app: Any) -> ClientSender | RawSender:
        if id(app) not in self._senders:
            self._senders[id(app)] = (app, SENDERS[self.transport](app))
        return self._senders[id(app)][1]


class _Listener(logging.Handler):
    """Writes log records into a `Seen`."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "asyncio":
            return
        fields: dict[str, object] = {"level": record.levelname, "message": plain_text(record.getMessage())}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = describe_error(record.exc_info[1])
        self.seen.events.append(Event("log", plain_text(record.name), fields))


def load_framework(name: str) -> ModuleType:
    """Import a framework with all the submodules that Flask has."""
    package = importlib.import_module(name)
    for submodule in SUBMODULES:
        importlib.import_module(f"{name}.{submodule}")
    return package


def run_scenario(scenario: Scenario, flask: ModuleType, seen: Seen) -> list[Event]:
    """Run a scenario in its own context variables and with its own loggers, and return what was seen."""
    known_loggers = set(logging.Logger.manager.loggerDict)
    listener = _Listener(seen)
    logging.getLogger().addHandler(listener)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            contextvars.copy_context().run(_run_and_check_contexts, scenario, flask, seen)
    finally:
        logging.getLogger().removeHandler(listener)
        _forget_loggers(known_loggers)
    for warning in caught:
        if not issubclass(warning.category, (ResourceWarning, ImportWarning)):
            text = plain_text(str(warning.message))
            seen.events.append(
                Event("warning", warning.category.__name__, {"error": (warning.category.__name__, text)})
            )
    return seen.events


def _run_and_check_contexts(scenario: Scenario, flask: Any, seen: Seen) -> None:
    try:
        scenario(flask, seen)
    finally:
        seen.note("contexts left behind", (flask.has_request_context(), flask.has_app_context()))


def _forget_loggers(known: set[str]) -> None:
    for name in set(logging.Logger.manager.loggerDict) - known:
        logger = logging.Logger.manager.loggerDict.pop(name)
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()


def same_on_both(scenario: Scenario | None = None, *, by: str = "client raw", not_over_asgi: str = "") -> Any:
    """Turn a scenario into a test: Ewer must be seen doing what real Flask is seen doing.

    `by` names the transports to use: both by default, `client` where the scenario itself needs the test client. What is
    sent raw is sent over ASGI too, unless `not_over_asgi` says why that would make no sense.
    """
    if scenario is None:
        return lambda scenario: same_on_both(scenario, by=by, not_over_asgi=not_over_asgi)

    def test(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        transport, mode = way.split("-")
        real_time = time.time
        moment_s = real_time()
        monkeypatch.setattr(time, "time", lambda: moment_s)
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.chdir(tmp_path)
        on_flask = run_scenario(scenario, load_framework("flask"), Seen(transport, tmp_path))
        monkeypatch.setenv("EWER_PLAN", "0" if mode == "plain" else "1")
        on_ewer = run_scenario(scenario, load_framework(SUBJECT), Seen(transport, tmp_path))
        monkeypatch.setattr(time, "time", real_time)
        found = differences(on_flask, on_ewer)
        if found:
            pytest.fail("\n".join(["Ewer differs from Flask:", *found]), pytrace=False)

    transports = [*by.split(), "asgi"] if "raw" in by and not not_over_asgi else by.split()
    ways = [way for way in WAYS if way.split("-")[0] in transports]
    test.__name__ = test.__qualname__ = scenario.__name__
    test.__module__ = scenario.__module__
    test.__doc__ = scenario.__doc__
    return pytest.mark.parametrize("way", ways)(test)


def flask_is_real() -> bool:
    """Tell whether `flask` in this process is Flask itself and not Ewer under its name."""
    return "ewer.as_flask" not in sys.modules
