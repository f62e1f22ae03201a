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


class RequestHeaders(EnvironHeaders):
    """Werkzeug's, which finds that there is no such header without an error.

    PERF: every extension asks for headers that most requests do not have (tests/call_budgets.toml, "cors").
    """

    def get(self, key: t.Any, default: t.Any = None, type: t.Any = None) -> t.Any:  # type: ignore[override]  # Werkzeug's name, and its five signatures in one
        """Return the value of a header, through `type` if given; `default` where there is none, or `type` raises ValueError."""
        environ = self.environ
        if type is not None or not isinstance(key, str) or environ.__class__ is not dict:
            return super().get(key, default, type)
        name = key.upper().replace("-", "_")
        return environ.get(name if name in _WITHOUT_PREFIX else f"HTTP_{name}", default)

    def __contains__(self, key: t.Any) -> bool:
        if not isinstance(key, str) or type(self.environ) is not dict:
            return super().__contains__(key)
        name = key.upper().replace("-", "_")
        return (name if name in _WITHOUT_PREFIX else f"HTTP_{name}") in self.environ

    def __reduce__(self) -> t.Any:
        return EnvironHeaders, (self.environ,)


# Messages and logs show Werkzeug's name.
RequestHeaders.__name__ = RequestHeaders.__qualname__ = "EnvironHeaders"
RequestHeaders.__module__ = EnvironHeaders.__module__
_WITHOUT_PREFIX = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_new_headers = RequestHeaders.__new__


def headers_of(environ: WSGIEnvironment) -> EnvironHeaders:
    """Return the headers."""
    # PERF: two calls less than RequestHeaders(environ), to the same (tests/call_budgets.toml, "cors").
    headers = _new_headers(RequestHeaders)
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
