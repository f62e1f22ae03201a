"""A plain return value straight to status line, headers and body, when nobody needs to see a response object.

What it builds is byte for byte what `app.make_response()` and the response object would send; everything it does not know, it leaves to them by
returning None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_HTML = ("Content-Type", "text/html; charset=utf-8")
_JSON = ("Content-Type", "application/json")
STATUS_LINES: dict[int, str] = {
    200: "200 OK",
    201: "201 CREATED",
    202: "202 ACCEPTED",
    400: "400 BAD REQUEST",
    404: "404 NOT FOUND",
}
"""The statuses that views return next to a body most often; others go through a response object."""
_SHORT = 512
_LENGTHS = tuple(("Content-Length", str(size)) for size in range(_SHORT))
"""PERF: the header that goes with a short body, ready made (bench workload "plaintext")."""


Reply = tuple[str, list[tuple[str, str]], bytes]
"""What goes on the wire: status line, headers, body. PERF: a plain tuple; making a named one costs a call (tests/call_budgets.toml)."""


class Encoded:
    """A result that is encoded already.

    Args:
        body: the body; empty for a reply without one.
        status: the status line.
        content_type: the header that goes with a body.
    """

    __slots__ = ("body", "content_type", "status")

    def __init__(self, body: bytes, status: str, content_type: tuple[str, str]) -> None:
        self.body = body
        self.status = status
        self.content_type = content_type


def reply_to(value: Any, dump_json: Callable[[Any], bytes] | None) -> Reply | None:
    """Build the reply for a `str`, `bytes`, `dict` or `list`, alone or in front of a common status code.

    Args:
        value: what the view returned.
        dump_json: the body of a dict or list; None when the JSON provider is not Flask's own.

    Returns:
        None for everything else, and for what cannot be written, whose error the stations raise where Flask does.
    """
    kind = type(value)
    status = "200 OK"
    if kind is tuple:
        if len(value) != 2 or type(value[1]) is not int or value[1] not in STATUS_LINES:
            return None
        status = STATUS_LINES[value[1]]
        value = value[0]
        kind = type(value)
    try:
        if kind is str:
            body = value.encode()
            content_type = _HTML
        elif kind is dict or kind is list:
            if dump_json is None:
                return None
            body = dump_json(value)
            content_type = _JSON
        elif kind is bytes:
            body = value
            content_type = _HTML
        elif kind is Encoded:
            if not value.body:
                return (value.status, [], b"") if value.status[:3] == "204" else None
            status, body, content_type = value.status, value.body, value.content_type
        else:
            return None
    except Exception:
        return None
    size = len(body)
    return status, [content_type, _LENGTHS[size] if size < _SHORT else ("Content-Length", str(size))], body
