"""The access log: one line for each answer, in the Common Log Format or as JSON, with nothing a client sent left unescaped."""

from __future__ import annotations

import json
import logging
import sys
import time
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Scope = dict[str, t.Any]
    Receive = Callable[[], Awaitable[t.Any]]
    Send = Callable[[t.Any], Awaitable[None]]
    AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

FORMATS = ("common", "json")
logger = logging.getLogger("ewer.access")


class Entry(t.NamedTuple):
    """What is noted of one answer."""

    client: str
    method: str
    target: str
    protocol: str
    status: int
    sent_bytes: int | None
    took_s: float
    user_agent: str


class AccessLog:
    """Writes entries to the logger `ewer.access`, which prints to standard output unless it has handlers of its own.

    Args:
        form: `common` or `json`.
    """

    def __init__(self, form: str) -> None:
        self._render = _as_json if form == "json" else _as_common
        if not logger.handlers:
            handler = logging.StreamHandler(sys.stdout)
            handler.setFormatter(logging.Formatter("%(message)s"))
            logger.addHandler(handler)
            logger.propagate = False
        logger.setLevel(logging.INFO)

    def note(self, entry: Entry) -> None:
        """Write one line."""
        logger.info("%s", self._render(entry))

    def note_wsgi(self, environ: dict[str, t.Any], status: int, sent_bytes: int | None, took_s: float) -> None:
        """Write the line of a WSGI answer."""
        query = environ.get("QUERY_STRING", "")
        target = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
        self.note(
            Entry(
                environ.get("REMOTE_ADDR", ""),
                environ["REQUEST_METHOD"],
                f"{target}?{query}" if query else target,
                environ.get("SERVER_PROTOCOL", ""),
                status,
                sent_bytes,
                took_s,
                environ.get("HTTP_USER_AGENT", ""),
            )
        )


def _as_common(entry: Entry) -> str:
    now = time.time()
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S %z", time.localtime(now))
    size = entry.sent_bytes if entry.sent_bytes else "-"
    line = f"{entry.method} {entry.target} {entry.protocol}"
    return f'{_escaped(entry.client) or "-"} - - [{stamp}] "{_escaped(line)}" {entry.status} {size}'


def _as_json(entry: Entry) -> str:
    return json.dumps(
        {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "client": entry.client,
            "method": entry.method,
            "target": entry.target,
            "protocol": entry.protocol,
            "status": entry.status,
            "bytes": entry.sent_bytes,
            "duration_ms": round(entry.took_s * 1000, 3),
            "user_agent": entry.user_agent,
        }
    )


def _escaped(text: str) -> str:
    """Return text that stays on its line and within its quotes."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return text.encode("unicode_escape").decode("ascii").replace('"', '\\"')


def log_asgi(app: AsgiApplication, log: AccessLog) -> AsgiApplication:
    """Wrap an ASGI application so that each HTTP answer is noted once it is sent or its client has gone."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began_s = time.perf_counter()
        status, sent_bytes = 499, 0  # what stays when the client goes before it is answered

        async def counting_send(message: t.Any) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await app(scope, receive, counting_send)
        except Exception:
            status = 500 if status == 499 else status
            raise
        finally:
            log.note(_entry(scope, status, sent_bytes, time.perf_counter() - began_s))

    return logged


def _entry(scope: Scope, status: int, sent_bytes: int, took_s: float) -> Entry:
    agents = [value.decode("latin-1") for name, value in scope["headers"] if name == b"user-agent"]
    path, query = scope["path"], scope["query_string"].decode("latin-1")
    return Entry(
        (scope.get("client") or ("",))[0],
        scope["method"],
        f"{path}?{query}" if query else path,
        f"HTTP/{scope['http_version']}",
        status,
        sent_bytes,
        took_s,
        agents[0] if agents else "",
    )
