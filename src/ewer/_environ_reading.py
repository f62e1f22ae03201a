"""What a request reads from its WSGI environ, as Werkzeug reads it, in fewer steps. Next: `ewer.wrappers.Request`, which asks."""

from __future__ import annotations

import typing as t
from urllib.parse import unquote_to_bytes

import werkzeug
from werkzeug._internal import _wsgi_decoding_dance
from werkzeug.datastructures import EnvironHeaders

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def server_of(environ: WSGIEnvironment) -> tuple[str, int | None] | None:
    """Return name and port of the server; a Unix socket has no port."""
    name = environ.get("SERVER_NAME")
    if name is None:
        return None
    try:
        return name, int(environ["SERVER_PORT"])
    except (KeyError, TypeError, ValueError):
        return name, None


def path_of(environ: WSGIEnvironment) -> str:
    """Return the path, decoded, with one slash in front."""
    raw = environ.get("PATH_INFO") or ""
    return "/" + (raw if raw.isascii() else _wsgi_decoding_dance(raw)).lstrip("/")


def headers_of(environ: WSGIEnvironment) -> EnvironHeaders:
    """Return the headers."""
    # PERF: two calls less than EnvironHeaders(environ), to the same (tests/call_budgets.toml, "cors").
    headers = EnvironHeaders.__new__(EnvironHeaders)
    headers._list = []
    headers.environ = environ
    return headers


def unquote_plus(text: str) -> str:
    """Decode an ASCII name or value of a query. What is no UTF-8 stays quoted, as Werkzeug has it."""
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode(errors="werkzeug.url_quote") if "%" in text else text


def read_all(stream: t.Any, size: int) -> bytes:
    """Read `size` bytes, in as many pieces as the server gives them; fewer where the client went away."""
    data: bytes = stream.read(size)
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            break
        data += more
    return data
