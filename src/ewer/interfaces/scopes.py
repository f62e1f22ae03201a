"""What an ASGI scope says about how its request is taken. Source: ASGI HTTP specification 2.5. Next: `environs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DECIDING = frozenset({b"host", b"content-length", b"transfer-encoding", b"upgrade"})


Framing = tuple[bytes | None, str | None, bool, bool]
"""What decides how a request is taken: host, content length, whether it is chunked, whether it wants an upgrade."""


def framing_of(scope: Mapping[str, Any]) -> Framing:
    """Look the headers through once. A header that comes twice has its values joined, as in a WSGI environ."""
    host = content_length = None
    is_chunked = wants_upgrade = False
    for name, value in scope["headers"]:
        if name not in _DECIDING:
            continue
        if name == b"host":
            host = value if host is None else b"%b,%b" % (host, value)
        elif name == b"content-length":
            text = value.decode("latin-1")
            content_length = text if content_length in (None, text) else f"{content_length},{text}"
        elif name == b"transfer-encoding":
            is_chunked = True
        else:
            wants_upgrade = True
    return host, content_length, is_chunked, wants_upgrade


def path_below_root(scope: Mapping[str, Any]) -> str:
    """Return the path without the `root_path` that it starts with."""
    path: str = scope["path"]
    root = scope.get("root_path")
    if root and (root := root.rstrip("/")) and (path == root or path.startswith(f"{root}/")):
        return path[len(root) :]
    return path
