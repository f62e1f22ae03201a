"""Ask one API everything, twice: `python -m apis FRAMEWORK NAME`, which prints what was answered and logged as JSON.

The framework is `flask`, `ewer`, or `ewer-asgi`: the application that Ewer serves to ASGI servers.

What is asked a second time is served by plans that are warm, and by extensions that have kept something.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import sys
from typing import Any

TIME_AND_SIGNATURE = re.compile(r"(?<=session=)([^.;]+)\.[^;]+")


class Kept(logging.Handler):
    """Keeps what is logged, without tracebacks: those name the files of a framework."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.name} {record.levelname} {record.getMessage()}")


def first_part(match: re.Match[str]) -> str:
    return match[1]


def as_text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")


def ask(client: Any, asked: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """Ask for one thing, with Werkzeug's client or with the one that connexion brings."""
    method, path, options = asked
    if hasattr(client, "request"):
        reply = client.request(method, path, **options)
    else:
        reply = client.open(path, method=method, environ_base={"HTTP_USER_AGENT": "tests"}, **options)
    body = reply.content if hasattr(reply, "content") else reply.data
    headers = reply.headers.multi_items() if hasattr(reply.headers, "multi_items") else list(reply.headers)
    lines = [f"{name}: {TIME_AND_SIGNATURE.sub(first_part, value)}" for name, value in headers]
    return {"asked": f"{method} {path}", "status": reply.status_code, "headers": lines, "body": as_text(body)}


def make_client(api: Any, app: Any, framework: str) -> Any:
    if framework == "ewer-asgi":
        from a2wsgi import ASGIMiddleware
        from werkzeug.test import Client

        return Client(ASGIMiddleware(app.asgi))
    return getattr(api, "make_client", lambda app: app.test_client())(app)


def main(framework: str, name: str) -> None:
    if framework != "flask":
        import ewer.as_flask  # noqa: F401

    logged = Kept()
    logging.basicConfig(level=logging.INFO, handlers=[logged])
    api = importlib.import_module(f"apis.{name}")
    app = api.make_app()
    client = make_client(api, app, framework)
    answers = [ask(client, asked) for asked in [*api.ASKED, *api.ASKED]]
    report = {
        "is_ewer": "ewer.app" in sys.modules,
        "answers": answers,
        "logged": logged.texts,
        "told": api.tell(app) if hasattr(api, "tell") else None,
    }
    sys.stdout.write("\n@@@" + json.dumps(report, default=str) + "\n")


main(sys.argv[1], sys.argv[2])
