"""A plain return value straight to status line, headers and body, when nobody needs to see a response object.

What it builds is byte for byte what `app.make_response()` and the response object would send; everything it does not know, it leaves to them by
returning None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STATUS_LINES: dict[int, str] = {
    200: "200 OK",
    201: "201 CREATED",
    202: "202 ACCEPTED",
    400: "400 BAD REQUEST",
    404: "404 NOT FOUND",
}
"""The statuses that views return next to a body most often; others go through a response object."""
SHORT = 512
"""Lengths below this one have a header ready made."""
_REPEATED = frozenset({b"content-type", b"content-length"})
_MOST_WIRE_HEADERS = 1024
_LONGEST_NAME = 64
_wire_headers: dict[tuple[str, str], tuple[bytes, bytes]] = {}
_wire_names: dict[str, bytes] = {}
"""PERF: names repeat from response to response (bench workload "sync view under ASGI")."""
_IS_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch

Reply = tuple[str, list[tuple[str, str]], bytes]
"""What goes to a WSGI server: status line, headers, body. PERF: a plain tuple; making a named one costs a call (tests/call_budgets.toml)."""
WireReply = tuple[int, list[tuple[bytes, bytes]], bytes]
"""The same for an ASGI server: status, headers with their names in lower case, body."""


class Spelling:
    """How an interface wants the head of a reply to be written, with its commonest parts ready made.

    Args:
        statuses: the common statuses.
        header: writes a header.
    """

    __slots__ = ("header", "html", "json", "lengths", "statuses")

    def __init__(self, statuses: dict[int, Any], header: Callable[[tuple[str, str]], Any]) -> None:
        self.statuses = statuses
        self.header = header
        self.html = header(("Content-Type", "text/html; charset=utf-8"))
        self.json = header(("Content-Type", "application/json"))
        # PERF: the header that goes with a short body (bench workload "plaintext").
        self.lengths = tuple(header(("Content-Length", str(size))) for size in range(SHORT))


def wire_status(status_line: str) -> int:
    """Return the code of a status line.

    SECURITY: Granian ends its worker process at any other number (tests/servers/test_wrong_answers.py).

    Raises:
        ValueError: it has none from 100 to 999. Source: RFC 9110, section 15.
    """
    if status_line == "200 OK":
        return 200
    code = status_line.partition(" ")[0]
    if len(code) != 3 or not (code.isascii() and code.isdecimal()) or code < "100":
        raise ValueError(f"The status {status_line!r} is none of HTTP: it begins with a number from 100 to 999.")
    return int(code)


def content_length_of(headers: Iterable[tuple[Any, Any]], name: str | bytes) -> int | None:
    """Return what the `Content-Length` header says; None where there is none.

    Args:
        headers: the headers of an answer.
        name: that of the header, in lower case, as text or bytes like those in `headers`.

    Raises:
        ValueError: it says something that is no length, or there are several that differ. Source: RFC 9112, section 6.3.
    """
    found = {value for key, value in headers if key.lower() == name}
    if not found:
        return None
    value = found.pop()
    if found or not (value.isascii() and value.isdigit()):
        raise ValueError(f"The answer's Content-Length is {value!r}, which is no number of bytes.")
    return int(value)


def wire_name(name: str) -> bytes:
    """Encode the name of a header for ASGI, in lower case.

    Raises:
        ValueError: it is none. Source: RFC 9110, section 5.1.
    """
    check_header_name(name)
    encoded = name.lower().encode("latin-1")
    if len(_wire_names) < _MOST_WIRE_HEADERS and len(name) <= _LONGEST_NAME:
        _wire_names[name] = encoded
    return encoded


def check_header_name(name: str) -> None:
    """Let pass what can be the name of a header.

    SECURITY: Granian sends an answer without the header whose name is none, as if nobody had set it (tests/servers/test_wrong_answers.py).

    Raises:
        ValueError: it is none. Source: RFC 9110, section 5.1.
    """
    if not _IS_TOKEN(name):
        raise ValueError(
            f"The answer has a header {name!r}. The name of a header is letters, digits and !#$%&'*+-.^_`|~ only."
        )


def wire_header(header: tuple[str, str]) -> tuple[bytes, bytes]:
    """Encode a header for ASGI, its name in lower case. Source: ASGI HTTP specification 2.5, "Response Start"."""
    known = _wire_headers.get(header)
    if known is not None:
        return known
    name, value = header
    encoded = (_wire_names.get(name) or wire_name(name), value.encode("latin-1"))
    # PERF: content types and short lengths repeat in every response (bench workload "typed-body" under ASGI).
    if len(_wire_headers) < _MOST_WIRE_HEADERS and encoded[0] in _REPEATED:
        _wire_headers[header] = encoded
    return encoded


TEXT = Spelling(STATUS_LINES, lambda header: header)
WIRE = Spelling({code: code for code in STATUS_LINES}, wire_header)


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


class Ready:
    """A reply that goes out as it stands, as often as it is asked for.

    Args:
        status: the status line.
        headers: all of them, the length of the body among them.
        body: the body.
    """

    __slots__ = ("_wire_headers", "body", "headers", "status")

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self._wire_headers: list[tuple[bytes, bytes]] | None = None

    def reply(self, spelling: Spelling) -> Any:
        """Return it as a `Reply` or a `WireReply`, with a list of headers that the receiver may change."""
        if spelling is TEXT:
            return self.status, self.headers.copy(), self.body
        if self._wire_headers is None:
            self._wire_headers = [wire_header(header) for header in self.headers]
        return wire_status(self.status), self._wire_headers.copy(), self.body


def reply_to(value: Any, dump_json: Callable[[Any], bytes] | None, spelling: Spelling = TEXT) -> Any:
    """Build the reply for a `str`, `bytes`, `dict` or `list`, alone or in front of a common status code, or for what is encoded already.

    Args:
        value: what the view returned.
        dump_json: the body of a dict or list; None when the JSON provider is not Flask's own.
        spelling: `TEXT` for a `Reply`, `WIRE` for a `WireReply`.

    Returns:
        None for everything else, and for what cannot be written, whose error the stations raise where Flask does.
    """
    kind = type(value)
    status = spelling.statuses[200]
    if kind is tuple:
        if len(value) != 2 or type(value[1]) is not int or value[1] not in STATUS_LINES:
            return None
        status = spelling.statuses[value[1]]
        value = value[0]
        kind = type(value)
    try:
        if kind is str:
            body = value.encode()
            content_type = spelling.html
        elif kind is dict or kind is list:
            if dump_json is None:
                return None
            body = dump_json(value)
            content_type = spelling.json
        elif kind is bytes:
            body = value
            content_type = spelling.html
        elif kind is Encoded:
            status, body, content_type = value.status, value.body, value.content_type
            if spelling is not TEXT:
                status, content_type = wire_status(status), wire_header(content_type)
            if not body:
                return (status, [], b"") if value.status[:3] == "204" else None
        elif kind is Ready:
            return value.reply(spelling)
        else:
            return None
    except Exception:
        return None
    size = len(body)
    length = spelling.lengths[size] if size < SHORT else spelling.header(("Content-Length", str(size)))
    return status, [content_type, length], body
