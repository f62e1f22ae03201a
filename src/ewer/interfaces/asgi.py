"""The ASGI application behind `app.asgi`: HTTP requests and the lifespan of the server. Source: ASGI specification 3.0.

An `async def` view whose request nobody hooks is awaited on the server's loop. Every other request runs in a worker
thread, where Flask's stations may block; a coroutine they wait for runs on the server's loop. WSGI middleware on the
application is honoured: the request then goes through real WSGI. Next: `ewer._road` for what happens between the
route and the answer.
"""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

from .bodies import ClientGone, read_body
from .scopes import environ_of, header_of, path_below_root
from .stalls import StallWatch
from .workers import Workers, most_threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_WATCH_S = 0.05
"""How long a request runs before anybody asks whether its client is still there."""
_END = object()
_LAST = {"type": "http.response.body", "body": b"", "more_body": False}
_HEADERS: dict[tuple[str, str], tuple[bytes, bytes]] = {}
_MOST_HEADERS = 256


class Started:
    """Takes what a WSGI answer starts with."""

    __slots__ = ("headers", "status", "written")

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        """Be `start_response`. Source: PEP 3333."""
        self.status = status
        self.headers = headers
        return self.written.append

    def message(self) -> dict[str, Any]:
        """Return the ASGI message that starts the response."""
        return {
            "type": "http.response.start",
            "status": int(self.status[:3]),
            "headers": [_HEADERS.get(header) or _encode(header) for header in self.headers],
        }


def _encode(header: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = header
    encoded = (name.lower().encode("latin-1"), value.encode("latin-1"))
    # PERF: content types repeat in every response (bench workload "async plaintext").
    if len(_HEADERS) < _MOST_HEADERS and encoded[0] == b"content-type":
        _HEADERS[header] = encoded
    return encoded


class Asgi:
    """One application on one or more event loops.

    Args:
        app: a `Flask` or `Ewer` application.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workers: Workers
        self._watched: dict[asyncio.Task[Any], tuple[float, Receive]] = {}
        self._is_ticking = False
        self._watchers: set[asyncio.Task[None]] = set()
        self._stalls: StallWatch | None = None

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection scope.

        Raises:
            ValueError: the scope is of a type that the ASGI specification does not name.
        """
        if self._loop is not (loop := asyncio.get_running_loop()):
            self._move_to(loop)
        kind = scope["type"]
        if kind == "http":
            await self._http(scope, receive, send)
        elif kind == "lifespan":
            await self._lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"ASGI scope type {kind!r} is unknown; expected 'http', 'lifespan' or 'websocket'.")

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve on `loop` from now on; one process may run several after one another, as tests do."""
        if self._loop is not None:
            self._workers.stop()
        self._loop = loop
        self._workers = Workers(loop, most_threads())
        self._watched.clear()
        self._is_ticking = False
        self._stalls = StallWatch(loop, self.app.logger) if self.app.debug else None

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._workers.stop()
        if self._stalls is not None:
            self._stalls.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Read the body, let the application answer, send the answer; a client that goes away cancels whatever can be."""
        app = self.app
        try:
            body = await self._body(scope, receive)
        except ClientGone:
            return
        started = Started()
        found = app._find_plan(scope["method"], path_below_root(scope), header_of(scope, b"host"))
        if found is not None and found[1].coroutine is not None:
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._watch(task, receive)
            try:
                chunks = await app._serve_on_loop(found, scope, body, started)
            except asyncio.CancelledError:
                if task in self._watched:  # cancelled by the server, not by the client's going
                    raise
                return
            finally:
                self._watched.pop(task, None)
        elif found is not None:
            chunks = await self._workers.run(lambda: app._serve_in_thread(found, scope, body, started))
        else:
            chunks = await self._workers.run(
                lambda: app(environ_of(scope, body() if body is BytesIO else body), started)
            )
        await self._deliver(started, chunks, receive, send)

    async def _body(self, scope: Mapping[str, Any], receive: Receive) -> Any:
        """Return the body as a file; where the request has none, what makes an empty file if anybody reads it."""
        content_length = header_of(scope, b"content-length")
        if content_length is None and header_of(scope, b"transfer-encoding") is None and scope["http_version"] < "2":
            return BytesIO  # a request without either has no body. Source: RFC 9112, section 6.3
        return await read_body(receive, content_length, self.app.config.get("MAX_CONTENT_LENGTH"))

    async def _deliver(self, started: Started, chunks: Any, receive: Receive, send: Send) -> None:
        """Send the answer: at once when it is there, piece by piece, each when the last is on its way, when it is a stream."""
        if type(chunks) in (list, tuple) and not started.written:
            await send(started.message())
            await send({"type": "http.response.body", "body": chunks[0] if len(chunks) == 1 else b"".join(chunks)})
            return
        stream = _Stream(chunks, self._workers)
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        self._watchers.add(gone)
        try:
            await stream.send_all(started, send, gone)
        finally:
            self._watchers.discard(gone)
            gone.cancel()
            await stream.close()

    def _watch(self, task: asyncio.Task[Any], receive: Receive) -> None:
        """Cancel `task` when its client goes away.

        PERF: one timer for all requests; only those that run long get a task that listens (bench workload "async plaintext").
        """
        self._watched[task] = (time.monotonic(), receive)
        if not self._is_ticking:
            self._is_ticking = True
            cast("asyncio.AbstractEventLoop", self._loop).call_later(_WATCH_S, self._tick)

    def _tick(self) -> None:
        """Start listening for the clients of requests that have run for a while."""
        if self._loop is None or not self._watched:
            self._is_ticking = False
            return
        self._loop.call_later(_WATCH_S, self._tick)
        since = time.monotonic() - _WATCH_S
        for task, (begun, receive) in list(self._watched.items()):
            if begun < since:
                self._watched[task] = (float("inf"), receive)
                watcher = self._loop.create_task(self._cancel_when_gone(task, receive))
                self._watchers.add(watcher)
                watcher.add_done_callback(self._watchers.discard)
                task.add_done_callback(lambda _, watcher=watcher: watcher.cancel())  # type: ignore[misc]  # a default, not an argument

    async def _cancel_when_gone(self, task: asyncio.Task[Any], receive: Receive) -> None:
        await _wait_until_gone(receive)
        if self._watched.pop(task, None) is not None:
            task.cancel()


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Stream:
    """The chunks of one response: pulled in a worker thread, or on the loop where they come from an async iterator."""

    def __init__(self, chunks: Iterable[bytes], workers: Workers) -> None:
        self._chunks = chunks
        self._workers = workers
        self._async = getattr(chunks, "async_chunks", None)

    async def send_all(self, started: Started, send: Send, gone: asyncio.Future[None]) -> None:
        """Send every chunk; back-pressure is the server's: the next chunk is asked for when `send` returns."""
        iterator = None if self._async is not None else await self._workers.run(lambda: iter(self._chunks))
        first = True
        while not gone.done():
            chunk = await self._next(iterator)
            if first:
                await send(started.message())
                for written in started.written:
                    await send({"type": "http.response.body", "body": written, "more_body": True})
                first = False
            if chunk is _END:
                await send(_LAST)
                return
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _next(self, iterator: Any) -> Any:
        if self._async is None:
            return await self._workers.run(lambda: next(iterator, _END))
        try:
            chunk = await self._async.__anext__()
        except StopAsyncIteration:
            return _END
        return chunk.encode() if isinstance(chunk, str) else chunk

    async def close(self) -> None:
        """Run the response's clean-up, also of a stream that was cut off."""
        if self._async is not None and hasattr(self._async, "aclose"):
            await self._async.aclose()
        close = getattr(self._chunks, "close", None)
        if close is not None:
            await asyncio.shield(self._workers.run(close))
