"""The ASGI application behind `app.asgi`: HTTP requests and the lifespan of the server. Source: ASGI specification 3.0.

An `async def` view whose request nobody hooks is awaited on the server's loop. Every other request runs in a worker
thread, where Flask's stations may block; a coroutine they wait for runs on the server's loop. WSGI middleware on the
application is honoured: the request then goes through real WSGI. Next: `ewer._road` for what happens between the
route and the answer, `replies` for how the answer is sent.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from contextvars import copy_context
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..homes import take_over
from .bodies import ClientGone, LateBody, read_body
from .clients import ClientWatch
from .replies import WHOLE, Started, ThreadBody, send_from_loop, send_from_thread
from .scopes import framing_of, path_below_root
from .stalls import StallWatch
from .workers import Workers, most_threads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    Receive = Callable[[], Awaitable[Any]]
    Send = Callable[[Mapping[str, Any]], Awaitable[None]]

_SETTLE_S = 2.0
"""How long the end of the server waits for threads and requests, after it has given them their time itself."""

# PERF: a Python function until 3.12, and one look-up (bench workload "plaintext" under ASGI).
current_task: Callable[[asyncio.AbstractEventLoop], Any]
current_task = asyncio.current_task if sys.version_info >= (3, 12) else asyncio.tasks._current_tasks.get  # type: ignore[attr-defined]  # private, and old


class Asgi:
    """One application on any number of event loops.

    Args:
        app: a `Flask` or `Ewer` application.

    Raises:
        ValueError: the environment variable EWER_THREADS is no number from 1 up.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.most_threads = most_threads()
        self._last: OnLoop | None = None
        self._on_loops: list[OnLoop] = []
        self._lock = threading.Lock()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection scope: read the body, let the application answer, send the answer.

        A client that goes away cancels whatever can be.

        Raises:
            ValueError: the scope is of a type that the ASGI specification does not name.
        """
        # PERF: one coroutine from the server to the view's (bench workload "plaintext" under ASGI).
        loop = asyncio.get_running_loop()
        here = self._last
        if here is None or here.loop is not loop:
            here = self._last = self._enter(loop)
        if scope["type"] != "http":
            await here.serve_other(scope["type"], receive, send)
            return
        host, content_length, is_chunked, wants_upgrade = framing_of(scope)
        body: Any = BytesIO  # what makes an empty file, if anybody reads it
        # A request with neither has no body. Source: RFC 9112, section 6.3
        if content_length is not None or is_chunked or scope["http_version"] >= "2":
            try:
                body = await read_body(receive, content_length, self.app.config.get("MAX_CONTENT_LENGTH"))
            except ClientGone:
                return
        path = path_below_root(scope) if scope.get("root_path") else scope["path"]
        found = None if wants_upgrade else self.app._find_plan(scope["method"], path, host)
        reply: Any = None
        task, clients = current_task(loop), here.clients
        # Who reads a late body listens to the client: nobody looks into that dict.
        watched = {} if type(body) is LateBody else clients.young
        watched[task] = receive
        if not clients.is_looking:
            clients.look_on()
        try:
            if found is None or found[1].coroutine is None:
                reply = await here.answer(scope, found, body)
            else:
                reply = await self.app._serve_on_loop(found, scope, body, Started, here.in_thread)
            if type(reply) is tuple or (type(reply.chunks) in WHOLE and (reply := reply.whole())):
                status, headers, content = reply
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": content})
            else:
                await here.send(reply, send)
        except BaseException as error:
            has_gone = clients.end(watched, task)
            if not (has_gone if isinstance(error, asyncio.CancelledError) else _is_of_send(error, reply)):
                raise
        else:
            if clients.listeners:
                clients.end(watched, task)
            else:
                watched.pop(task, None)  # gone where a view has asked this application from its own task
        if body is not BytesIO:
            body.close()

    def _enter(self, loop: asyncio.AbstractEventLoop) -> OnLoop:
        """Return what serves on `loop`. One process may run several loops, at once or, as tests do, one after another."""
        with self._lock:
            for known in list(self._on_loops):
                if known.loop is loop:
                    return known
                if known.loop.is_closed():
                    known.stop()
                    self._on_loops.remove(known)
            here = OnLoop(self.app, loop, self.most_threads)
            self._on_loops.append(here)
            return here


class OnLoop:
    """One application on one event loop, with the worker threads of that loop."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop, most_threads: int) -> None:
        self.app = app
        self.loop = loop
        self.workers = Workers(loop, most_threads)
        self.in_thread = self.workers.run
        self._serve_by_plan = app._serve_in_thread
        self.clients = ClientWatch(loop)
        self._stalls = StallWatch(loop, app.logger) if app.debug else None

    def stop(self) -> None:
        """Let the threads of this loop go."""
        self.workers.stop()
        self.clients.stop()
        if self._stalls is not None:
            self._stalls.stop()

    async def live(self, receive: Receive, send: Send) -> None:
        """Go along with the life of the server. Source: ASGI lifespan specification 2.0."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._settle()
        self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _settle(self) -> None:
        """Wait for the clean-up of responses whose clients the server has just let go: it runs in threads that end with the process."""
        end_s = self.loop.time() + _SETTLE_S
        while (self.workers.at_work or self.clients.in_flight) and self.loop.time() < end_s:
            await asyncio.sleep(0.01)

    async def serve_other(self, kind: str, receive: Receive, send: Send) -> None:
        """Serve what is not HTTP.

        Raises:
            ValueError: the ASGI specification does not name scopes of that type.
        """
        if kind == "lifespan":
            await self.live(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"ASGI scope type {kind!r} is unknown; expected 'http', 'lifespan' or 'websocket'.")

    async def answer(self, scope: Mapping[str, Any], found: Any, body: Any) -> Any:
        """Let a worker thread answer: by the plan that was found, else by WSGI.

        Returns:
            A `WireReply`, or a `ThreadBody` with its `chunks`.
        """
        serve = self._serve_as_wsgi if found is None else self._serve_by_plan
        stream = ThreadBody(copy_context())
        try:
            reply = await self.workers.run((serve, found, scope, body), stream.begin)
        except asyncio.CancelledError:
            self.workers.run(stream.close)  # when nobody wants the response any longer, its clean-up runs all the same
            raise
        if reply is not stream or type(stream.chunks) in WHOLE:
            take_over(stream.context)
        return reply

    def _serve_as_wsgi(self, found: None, scope: Mapping[str, Any], body: Any, started: Started) -> Any:
        from .environs import environ_of

        return self.app(environ_of(scope, body() if body is BytesIO else body), started)

    async def send(self, started: Started, send: Send) -> None:
        """Send a stream; an iterator that may block is asked for its chunks in a thread."""
        if hasattr(started.chunks, "async_chunks"):
            if type(started) is ThreadBody:
                take_over(started.context)
            await send_from_loop(started, send, self.workers)
        else:
            stream = started if type(started) is ThreadBody else await self._begin(started)
            await send_from_thread(stream, send, self.workers)
            take_over(stream.context)

    async def _begin(self, started: Started) -> ThreadBody:
        """Ask for the first chunk of a stream that a coroutine view has made."""
        stream = ThreadBody(copy_context())
        stream.status, stream.headers, stream.chunks = started.status, started.headers, started.chunks
        try:
            await self.workers.run(stream.start)
        except asyncio.CancelledError:
            self.workers.run(stream.close)
            raise
        return stream


def _is_of_send(error: BaseException, reply: Any) -> bool:
    """Tell whether an error means no more than that the client has gone. Source: ASGI HTTP specification 2.4, "Disconnected client"."""
    return type(reply) is tuple and isinstance(error, OSError)  # raised by `send`
