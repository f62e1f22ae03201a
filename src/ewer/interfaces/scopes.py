"""An ASGI scope as a WSGI environ, complete enough for any middleware. Source: PEP 3333; ASGI HTTP specification 2.5."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

Scope = "Mapping[str, Any]"

_WITHOUT_PREFIX = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_OF_THE_CONNECTION = {"http": "http", "https": "https", "ws": "ws", "wss": "wss"}
_DEFAULT_PORT = {"http": "80", "https": "443", "ws": "80", "wss": "443"}


def path_below_root(scope: Mapping[str, Any]) -> str:
    """Return the path without the `root_path` that it starts with."""
    path: str = scope["path"]
    root = (scope.get("root_path") or "").rstrip("/")
    if root and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :]
    return path


def header_of(scope: Mapping[str, Any], name: bytes) -> str | None:
    """Return the first header called `name` (in lower case), None where there is none."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


def environ_of(scope: Mapping[str, Any], body: BinaryIO) -> dict[str, Any]:
    """Build the WSGI environ of an HTTP scope.

    Args:
        scope: the connection scope; it is kept under `asgi.scope`.
        body: the whole request body, at its start.
    """
    server = scope.get("server") or ("localhost", None)
    client = scope.get("client")
    scheme = _OF_THE_CONNECTION.get(scope.get("scheme") or "http", "http")
    port = server[1]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _as_wsgi((scope.get("root_path") or "").rstrip("/")),
        "PATH_INFO": _as_wsgi(path_below_root(scope)),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": _DEFAULT_PORT[scheme] if port is None else str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "asgi.scope": scope,
    }
    raw_path = scope.get("raw_path")
    if raw_path is not None:
        query = scope["query_string"]
        environ["REQUEST_URI"] = environ["RAW_URI"] = (raw_path + b"?" + query if query else raw_path).decode("latin-1")
    if client is not None:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    _add_headers(environ, scope["headers"])
    return environ


def _add_headers(environ: dict[str, Any], headers: Any) -> None:
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1")
        # SECURITY: "X_Real_Ip" would become the same key as "X-Real-Ip"; no server passes it on (tests/test_asgi.py).
        if "_" in name:
            continue
        value = raw_value.decode("latin-1")
        key = _WITHOUT_PREFIX.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        known = environ.get(key)
        if known is None:
            environ[key] = value
        elif key == "HTTP_COOKIE":  # Source: RFC 9113, section 8.2.3
            environ[key] = f"{known}; {value}"
        elif key not in _WITHOUT_PREFIX.values():
            environ[key] = f"{known},{value}"


def _as_wsgi(text: str) -> str:
    """Return text as WSGI wants it: its UTF-8 bytes, each as one character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")
