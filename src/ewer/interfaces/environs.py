"""An ASGI scope as a WSGI environ, complete enough for any middleware. Source: PEP 3333; ASGI HTTP specification 2.5."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

from .bodies import LateBody
from .files import FileBlocks
from .scopes import path_below_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WITHOUT_PREFIX = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_SCHEMES = {"http": "http", "https": "https", "ws": "ws", "wss": "wss"}
_DEFAULT_PORTS = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
_KEYS: dict[bytes, str] = {}
"""PERF: the headers seen lately by the keys they have in an environ (bench workload "path-and-query" under ASGI)."""
_MOST_KEYS = 256
_LONGEST_KEY = 64


def environ_of(scope: Mapping[str, Any], body: BinaryIO) -> dict[str, Any]:
    """Build the WSGI environ of an HTTP scope.

    Args:
        scope: the connection scope; it is kept under `asgi.scope`.
        body: the whole request body, at its start.
    """
    server = scope.get("server") or ("localhost", None)
    client = scope.get("client")
    scheme = _SCHEMES.get(scope.get("scheme") or "http", "http")
    port = server[1]
    query: bytes = scope["query_string"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _as_wsgi((scope.get("root_path") or "").rstrip("/")),
        "PATH_INFO": _as_wsgi(path_below_root(scope)),
        "QUERY_STRING": query.decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": _DEFAULT_PORTS[scheme] if port is None else str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FileBlocks,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,
    }
    raw_path = scope.get("raw_path")
    if raw_path is not None:
        environ["REQUEST_URI"] = environ["RAW_URI"] = (raw_path + b"?" + query if query else raw_path).decode("latin-1")
    if client is not None:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    _add_headers(environ, scope["headers"])
    if isinstance(body, LateBody) and "CONTENT_LENGTH" not in environ:
        # SECURITY: of a body without a length Werkzeug takes the first MAX_CONTENT_LENGTH bytes for all of it. With the length that it has
        # at least it is too large, 413 (tests/test_asgi.py).
        environ["CONTENT_LENGTH"] = str(body.come_bytes)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["wsgi.input_terminated"] = True
    # NOTE: the file ends where the body ends. Where a length was announced Werkzeug is to hold the body to it, as under WSGI.
    if "CONTENT_LENGTH" not in environ or "HTTP_TRANSFER_ENCODING" in environ:
        environ["wsgi.input_terminated"] = True
    return environ


def _add_headers(environ: dict[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        key = _KEYS.get(raw_name) or _key_of(raw_name)
        if not key:
            continue
        value = raw_value.decode("latin-1")
        known = environ.get(key)
        if known is None:
            environ[key] = value
        elif key == "HTTP_COOKIE":  # Source: RFC 9113, section 8.2.3
            environ[key] = f"{known}; {value}"
        elif (
            key != "CONTENT_LENGTH" or known != value
        ):  # Source: RFC 9112, section 6.3: the same length twice is one length
            environ[key] = f"{known},{value}"


def _key_of(raw_name: bytes) -> str:
    """Return the key that a header has in the environ, empty for one that is left out, and remember it."""
    name = raw_name.decode("latin-1")
    # SECURITY: "X_Real_Ip" would become the same key as "X-Real-Ip"; no server passes it on (tests/test_asgi.py).
    if "_" in name:
        return ""
    key = _WITHOUT_PREFIX.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
    if len(_KEYS) < _MOST_KEYS and len(name) <= _LONGEST_KEY:
        _KEYS[raw_name] = key
    return key


def _as_wsgi(text: str) -> str:
    """Return text as WSGI wants it: its UTF-8 bytes, each as one character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")
