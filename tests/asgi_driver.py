"""Drives an ASGI application in this process, as a server would: builds scopes, feeds messages, collects the response.

Nothing here waits by the clock: the client's going is an event, and back-pressure is a semaphore that the test holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast
from urllib.parse import unquote

T = TypeVar("T")
LIMIT_S = 30.0

Headers = list[tuple[bytes, bytes]]


def in_time(work: Coroutine[Any, Any, T], limit_s: float = LIMIT_S) -> T:
    """Run a coroutine on a new event loop; a deadlock is a failure and not a hanging test run."""

    # NOTE: such an error, let into the loop, leaves a task with an error that nobody takes. asyncio logs it whenever the
    # garbage collector finds it; within `ast.parse`, of Python 3.11, that ends in a SystemError of an unrelated test.
    async def kept() -> tuple[T | None, BaseException | None]:
        try:
            return await work, None
        except (SystemExit, KeyboardInterrupt) as error:
            return None, error

    result, error = asyncio.run(asyncio.wait_for(kept(), limit_s))
    if error is not None:
        raise error
    return cast("T", result)


def http_scope(
    method: str = "GET", url: str = "/", headers: Iterable[tuple[str, str]] = (), **more: Any
) -> dict[str, Any]:
    """Return the scope of an HTTP request; `more` replaces its parts. A `Host` header is added where there is none."""
    raw_path, _, query = url.partition("?")
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if not any(name == b"host" for name, _ in encoded):
        encoded.insert(0, (b"host", b"localhost"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": encoded,
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 80),
        **more,
    }


class Exchange:
    """One request on its way, and what has come back of the response.

    Args:
        parts: the body, part by part.
        is_complete: whether the last part says that it is the last; else more is awaited until the client goes.
        may_send: held back by a test that plays a slow client; each chunk of the response takes one permit.
    """

    def __init__(
        self, parts: Iterable[bytes] = (), *, is_complete: bool = True, may_send: asyncio.Semaphore | None = None
    ) -> None:
        self.parts = list(parts)
        self.is_complete = is_complete
        self.gone = asyncio.Event()
        self.received = 0
        self.messages: list[dict[str, Any]] = []
        self.on_message: Callable[[dict[str, Any]], None] = lambda message: None
        self.may_send = may_send
        self.send_error: OSError | None = None
        self._has_ended = False

    async def receive(self) -> dict[str, Any]:
        if self.gone.is_set():
            return {"type": "http.disconnect"}
        if self.received < len(self.parts):
            part = self.parts[self.received]
            self.received += 1
            return {
                "type": "http.request",
                "body": part,
                "more_body": not self.is_complete or self.received < len(self.parts),
            }
        if not self.parts and self.is_complete and not self._has_ended:
            self._has_ended = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if self.send_error is not None:
            raise self.send_error
        if self.may_send is not None and message["type"] == "http.response.body":
            await self.may_send.acquire()
        self.messages.append(message)
        self.on_message(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> Headers:
        return list(self.messages[0]["headers"])

    @property
    def chunks(self) -> list[bytes]:
        return [message.get("body", b"") for message in self.messages[1:]]

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def is_ended(self) -> bool:
        return len(self.messages) > 1 and not self.messages[-1].get("more_body", False)

    def header(self, name: str) -> str:
        """Return the values of a header, joined; empty without one."""
        return ", ".join(value.decode("latin-1") for key, value in self.headers if key == name.lower().encode())


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Start the application up as a server does, and shut it down again, which lets its threads go."""
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    life = asyncio.ensure_future(app.asgi(scope, messages.get, answers.put))
    await messages.put({"type": "lifespan.startup"})
    assert await answers.get() == {"type": "lifespan.startup.complete"}
    try:
        yield
    finally:
        await messages.put({"type": "lifespan.shutdown"})
        assert await answers.get() == {"type": "lifespan.shutdown.complete"}
        await life


async def exchange(
    app: Any,
    method: str = "GET",
    url: str = "/",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    **more: Any,
) -> Exchange:
    """Send one request to `app.asgi` and return the finished exchange."""
    headers = list(headers)
    if body is not None and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        headers.append(("content-length", str(len(body))))
    made = Exchange([] if body is None else [body])
    await app.asgi(http_scope(method, url, headers, **more), made.receive, made.send)
    return made


def request(app: Any, *args: Any, **kwargs: Any) -> Exchange:
    """Send one request on an event loop of its own."""

    async def serve() -> Exchange:
        async with lifespan(app):
            return await exchange(app, *args, **kwargs)

    return in_time(serve())
