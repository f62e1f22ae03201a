"""Reading a request body from ASGI messages before the view runs: bounded, on disk past a size, each byte copied once."""

from __future__ import annotations

import asyncio
from io import BufferedReader, BytesIO, RawIOBase
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Receive = Callable[[], Awaitable[Any]]

MEMORY_BYTES = 1 << 20
"""A body with more bytes than this is kept in a temporary file."""
_MOST_PARTS = 1024
"""So is one that comes in more pieces, each of which costs more than its bytes."""
_MOST_DIGITS = 19


class ClientGone(Exception):
    """The client has closed the connection before the request was complete."""


async def read_body(receive: Receive, content_length: str | None, max_bytes: int | None) -> BinaryIO:
    """Return the request body as a file at its start.

    Of a body longer than `max_bytes` no more is read than shows that it is too long: whoever reads the file enforces the limit, with 413, or
    raises it and gets the rest then.

    Args:
        receive: the ASGI callable.
        content_length: the header, None without one.
        max_bytes: the most body bytes to keep; None for no limit.

    Raises:
        ClientGone: the connection was closed first.
    """
    announced = announced_bytes(content_length)
    if announced == 0:
        return BytesIO()
    if announced is not None and max_bytes is not None and announced > max_bytes:
        return late_body(BytesIO(), 0, receive)
    message = await _next_part(receive)
    chunk = message.get("body", b"")
    if not message.get("more_body"):
        if announced is None and _is_more(len(chunk), max_bytes):
            return late_body(BytesIO(chunk), len(chunk), receive, is_complete=True)
        return BytesIO(chunk)
    parts, kept = [chunk], len(chunk)
    file: BinaryIO | None = None
    try:
        while message.get("more_body") and not _is_more(kept, max_bytes):
            message = await _next_part(receive)
            parts.append(message.get("body", b""))
            kept += len(parts[-1])
            if file is not None or kept > MEMORY_BYTES or len(parts) > _MOST_PARTS:
                file = file or cast("BinaryIO", TemporaryFile())  # noqa: SIM115  # closed with the request
                file.writelines(parts)
                parts.clear()
    except BaseException:
        if file is not None:
            file.close()
        raise
    body = file or BytesIO(
        b"".join(parts)
    )  # PERF: whoever reads all of it gets these very bytes (bench workload "upload")
    body.seek(0)
    if not _is_more(kept, max_bytes):
        return body
    return late_body(body, kept, receive, is_complete=not message.get("more_body"))


def announced_bytes(content_length: str | None) -> int | None:
    """Return the length that a header announces; None where it announces none that makes sense."""
    if content_length is None or not content_length.isdecimal() or len(content_length) > _MOST_DIGITS:
        return None
    return int(content_length)


def _is_more(number_bytes: int, max_bytes: int | None) -> bool:
    return max_bytes is not None and number_bytes > max_bytes


async def _next_part(receive: Receive) -> Any:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


class LateBody(BufferedReader):
    """A request body past its limit, of which the end may still be on its way."""

    come_bytes: int
    """How many bytes have come."""


def late_body(head: BinaryIO, come_bytes: int, receive: Receive, *, is_complete: bool = False) -> LateBody:
    """Return the body that begins with `head` and goes on with what `receive` brings, on the running loop."""
    body = LateBody(_Rest(head, receive, asyncio.get_running_loop(), is_complete))
    body.come_bytes = come_bytes
    return body


class _Rest(RawIOBase):
    """Reads on from a worker thread, which waits for the loop to receive."""

    def __init__(self, head: BinaryIO, receive: Receive, loop: asyncio.AbstractEventLoop, is_complete: bool) -> None:
        self._part = head
        self._receive = receive
        self._loop = loop
        self._is_complete = is_complete

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what there is, waiting where there is nothing.

        Raises:
            werkzeug.exceptions.ClientDisconnected: the client went before the body was complete.
            werkzeug.exceptions.RequestEntityTooLarge: called on the event loop, which must not wait.
        """
        while True:
            chunk = self._part.read(len(buffer))
            if chunk or self._is_complete:
                buffer[: len(chunk)] = chunk
                return len(chunk)
            self._part.close()
            self._part = BytesIO(self._wait_for_part())

    def _wait_for_part(self) -> bytes:
        import werkzeug
        from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

        if asyncio._get_running_loop() is self._loop:
            raise RequestEntityTooLarge(
                "The body is longer than MAX_CONTENT_LENGTH. A coroutine view cannot raise that limit for its request; a plain 'def' view can."
            )
        try:
            message = asyncio.run_coroutine_threadsafe(_next_part(self._receive), self._loop).result()
        except ClientGone:
            raise ClientDisconnected from None
        self._is_complete = not message.get("more_body")
        return cast("bytes", message.get("body", b""))

    def close(self) -> None:
        """Close the part that has come."""
        if not self.closed:
            self._part.close()
        super().close()
