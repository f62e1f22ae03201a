"""Sending the response of a WSGI-minded application as ASGI messages, at once or piece by piece.

What may block, the application's own iterators and their `close()`, runs in worker threads. Back-pressure is the
server's: the next piece is asked for when it has taken the last.
"""

from __future__ import annotations

import asyncio
import threading
from itertools import count
from typing import TYPE_CHECKING, Any

from .._core.reply import SHORT, WIRE, content_length_of, wire_header, wire_status

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from contextvars import Context
    from types import TracebackType

    from .._core.reply import WireReply
    from .workers import Workers

    Send = Callable[[Mapping[str, Any]], Awaitable[None]]

WHOLE = frozenset({list, tuple})
"""The types of what an application has returned when the body is there."""
_END: Any = object()
_START_S = 0.1
"""How long the start of a stream waits for its first chunk."""
_PAUSE_CHUNKS = 16
"""After so many chunks the loop is let go on: neither an endless iterator nor `send` to a client that has gone need ever wait."""


class Started:
    """Takes what a WSGI response starts with.

    PERF: a plain reply from a thread needs nothing of it but its place, so it starts empty (bench workload "sync-view").
    """

    status = ""
    headers: Sequence[tuple[str, str]] = ()
    written: Sequence[bytes] = ()
    is_sent = False
    chunks: Any = ()
    """What the application has returned: the body, or what makes it."""

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | None = None,
    ) -> Callable[[bytes], None]:
        """Be `start_response`. Source: PEP 3333.

        Raises:
            BaseException: that of `exc_info`, when the response has begun to be sent.
            AssertionError: it has begun to be sent and there is no `exc_info`.
        """
        if self.is_sent:
            if exc_info is not None:
                raise exc_info[1].with_traceback(exc_info[2])
            raise AssertionError("start_response() was called again after the response had begun to be sent.")
        self.status = status
        self.headers = headers
        return self._write

    def _write(self, data: bytes) -> None:
        """Be what `start_response` returns. Source: PEP 3333, "The write() Callable"."""
        self.written = (*self.written, data)

    def message(self) -> dict[str, Any]:
        """Return the ASGI message that starts the response.

        Raises:
            RuntimeError: the application has not called `start_response`.
            ValueError: the status, a header's name or the length is none of HTTP.
        """
        status, headers = self._head()
        content_length_of(headers, b"content-length")  # a server may not answer at all where it is none
        self.is_sent = True
        return {"type": "http.response.start", "status": status, "headers": headers}

    def whole(self) -> WireReply:
        """Return the response whose body is there: its chunks are one of `WHOLE`.

        What is longer than its `Content-Length` is cut off, as WSGI servers do.

        Raises:
            RuntimeError: the application has not called `start_response`.
            ValueError: the status, a header's name or the length is none of HTTP.
        """
        chunks = (*self.written, *self.chunks) if self.written else self.chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        status, headers = self._head()
        size = len(body)
        # SECURITY: a server may send it uncut; what is too much would be taken for the next answer (tests/servers/test_wrong_answers.py).
        if size >= SHORT or WIRE.lengths[size] not in headers:
            body = body[: content_length_of(headers, b"content-length")]
        return status, headers, body

    def _head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        if not self.status:
            raise RuntimeError(
                "The WSGI application, or middleware around it, returned a body without calling start_response()."
            )
        return wire_status(self.status), [wire_header(header) for header in self.headers]


class ThreadBody(Started):
    """One response that is made in worker threads, step by step, all steps in one context.

    PERF: most replies are whole after one step, so it starts with little of its own (bench workload "sync view under ASGI").

    Args:
        context: the context variables of the request. Only one step at a time is in it.
    """

    first: bytes = b""
    """The first chunk, which the application may need to be asked for before it calls `start_response`."""
    _iterator: Iterator[bytes] = iter(())
    _is_abandoned = False
    _is_closed = False
    _lock: threading.Lock | None = None
    """Held during a step, once there is something to close."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def begin(self, call: tuple[Callable[..., Any], Any, Any, Any]) -> Any:
        """Let the application answer, and ask for the first chunk of a stream.

        Args:
            call: a function and its arguments. It gets this object too, as `start_response`, and returns a `WireReply` or a WSGI body.

        Returns:
            Such a reply; else this object, with its `chunks`.
        """
        function, found, scope, body = call
        chunks = self.context.run(function, found, scope, body, self)
        if type(chunks) is tuple and chunks and type(chunks[0]) is int:  # the status, which no WSGI body begins with
            return chunks
        self.chunks = chunks
        return self if type(chunks) in WHOLE else self.start()

    def start(self) -> ThreadBody:
        """Ask for the first chunk of a stream, unless it is pulled on the loop."""
        self._lock = threading.Lock()
        if not hasattr(self.chunks, "async_chunks"):
            self._step(self._start)
        elif self._is_abandoned:
            self.close()
        return self

    def _start(self) -> None:
        try:
            self._iterator = iter(self.chunks)
            self.first = next(self._iterator, _END)
        except BaseException:
            self._is_closed = True
            close_chunks(self.chunks)
            raise

    def next(self) -> Any:
        """Return the next chunk, or `_END`."""
        return self._step(next, self._iterator, _END)

    def close(self) -> None:
        """Run the response's clean-up, once: now, or by the thread that is in the middle of a step."""
        self._is_abandoned = True
        lock = self._lock
        if lock is None or not lock.acquire(blocking=False):
            return
        try:
            if not self._is_closed:
                self._is_closed = True
                self.context.run(close_chunks, self.chunks)
        finally:
            lock.release()

    def _step(self, step: Callable[..., Any], *arguments: Any) -> Any:
        # NOTE: who abandons this body says so before looking for the lock and trying it; who makes or holds the lock looks afterwards:
        # one of the two closes.
        try:
            with self._lock:  # type: ignore[union-attr]  # `start` has made it
                return None if self._is_closed else self.context.run(step, *arguments)
        finally:
            if self._is_abandoned:
                self.close()


def close_chunks(chunks: Any) -> None:
    """Close a WSGI response iterable that can be closed."""
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


async def send_from_thread(body: ThreadBody, send: Send, workers: Workers) -> None:
    """Send a stream that is pulled in worker threads, and close it."""
    try:
        chunk = body.first
        reaches = await _send_start(body, send)
        while reaches and chunk is not _END:
            if chunk:
                reaches = await _reaches(send, {"type": "http.response.body", "body": chunk, "more_body": True})
            if reaches:
                chunk = await workers.run(body.next)
        if reaches:
            await _send_end(send)
    finally:
        await asyncio.shield(workers.run(body.close))


async def send_from_loop(started: Started, send: Send, workers: Workers) -> None:
    """Send a stream that an asynchronous iterator makes, and close it: the iterator here, the rest in a thread."""
    body = started.chunks
    start = _LateStart(started, send)
    try:
        chunk = await _next_of(body)
        reaches = await start.now()
        for number in count(1):
            if not reaches or chunk is _END:
                break
            if chunk:
                reaches = await _reaches(send, {"type": "http.response.body", "body": chunk, "more_body": True})
            if number % _PAUSE_CHUNKS == 0:
                await asyncio.sleep(0)
            if reaches:
                chunk = await _next_of(body)
        if reaches:
            await _send_end(send)
    finally:
        start.drop()
        try:
            await body.aclose()
        finally:
            await asyncio.shield(workers.run(body.close))


class _LateStart:
    """The start of a stream: with its first chunk, so that an error before it is answered with 500, but not much later than at once.

    Whoever listens for events wants to know that there is somebody, although nothing happens yet.
    """

    def __init__(self, started: Started, send: Send) -> None:
        self._started = started
        self._send = send
        self._task: asyncio.Task[bool] | None = None
        self._timer = asyncio.get_running_loop().call_later(_START_S, self._begin)

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(_send_start(self._started, self._send))

    async def now(self) -> bool:
        """Send it, if that has not been done; False when the client has gone."""
        self._timer.cancel()
        return await (_send_start(self._started, self._send) if self._task is None else self._task)

    def drop(self) -> None:
        """Send it no more."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()


async def _next_of(body: Any) -> Any:
    """Return the next chunk of an asynchronous iterator, or `_END`."""
    try:
        chunk = await body.async_chunks.__anext__()
    except StopAsyncIteration:
        return _END
    return chunk.encode() if isinstance(chunk, str) else chunk


async def _send_start(started: Started, send: Send) -> bool:
    reaches = await _reaches(send, started.message())
    for written in started.written:
        reaches = reaches and await _reaches(send, {"type": "http.response.body", "body": written, "more_body": True})
    return reaches


async def _send_end(send: Send) -> None:
    # SECURITY: a message of its own for each response: middleware writes into it (tests/test_asgi.py).
    await _reaches(send, {"type": "http.response.body", "body": b"", "more_body": False})


async def _reaches(send: Send, message: Mapping[str, Any]) -> bool:
    """Send a message; False when the client has gone. Source: ASGI HTTP specification 2.4, "Disconnected client"."""
    try:
        await send(message)
    except OSError:
        return False
    return True
