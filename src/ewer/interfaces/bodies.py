"""Reading a request body from ASGI messages before the view runs: bounded, on disk past a size, each byte copied once."""

from __future__ import annotations

from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_MEMORY_BYTES = 1 << 20
"""A body with more bytes than this is kept in a temporary file."""


class ClientGone(Exception):
    """The client has closed the connection before the request was complete."""


async def read_body(
    receive: Callable[[], Awaitable[Any]], content_length: str | None, max_bytes: int | None
) -> BinaryIO:
    """Return the request body as a file at its start.

    A body longer than `max_bytes` is cut one byte past it, or not read at all where it announces its length: the limit is then enforced, with
    413, by whoever reads the file.

    Args:
        receive: the ASGI callable.
        content_length: the header, None without one.
        max_bytes: the most body bytes to keep; None for no limit.

    Raises:
        ClientGone: the connection was closed first.
    """
    announced = int(content_length) if content_length and content_length.isdecimal() else None
    if announced == 0 or (announced is not None and max_bytes is not None and announced > max_bytes):
        return BytesIO()
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    chunk = message.get("body", b"")
    if not message.get("more_body") and (max_bytes is None or len(chunk) <= max_bytes):
        return BytesIO(chunk)
    body = cast("BinaryIO", SpooledTemporaryFile(_MEMORY_BYTES))  # noqa: SIM115  # closed with the request
    kept = 0
    try:
        while True:
            kept += len(chunk)
            body.write(chunk)
            if not message.get("more_body") or (max_bytes is not None and kept > max_bytes):
                break
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk = message.get("body", b"")
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body
