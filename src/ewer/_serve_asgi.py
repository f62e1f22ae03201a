"""The ASGI application as `ewer serve` runs it: behind trusted proxies, noted in the access log, and ended in time."""

from __future__ import annotations

import asyncio
import typing as t

from ._serve_log import log_asgi
from ._serve_proxy import trust_proxies_asgi

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ._serve_log import AccessLog
    from ._serve_proxy import TrustedPeers
    from ._serve_stopping import Stopping

    Scope = dict[str, t.Any]
    Receive = Callable[[], Awaitable[t.Any]]
    Send = Callable[[t.Any], Awaitable[None]]
    AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


def asgi_callback(
    app: AsgiApplication,
    stopping: Stopping,
    *,
    trusted: TrustedPeers | None = None,
    access_log: AccessLog | None = None,
    after_request: Callable[[], None] | None = None,
) -> AsgiApplication:
    """Wrap `app` in what was asked for; what was not costs nothing.

    Args:
        app: the application.
        stopping: tells streams to end.
        trusted: whose forwarded headers count.
        access_log: where answers are noted.
        after_request: called after each HTTP request.
    """
    app = end_streams(app, stopping)
    if access_log is not None:
        app = log_asgi(app, access_log)
    if after_request is not None:
        app = _counted(app, after_request)
    if trusted is not None:
        app = trust_proxies_asgi(app, trusted)
    return app


def _counted(app: AsgiApplication, after_request: Callable[[], None]) -> AsgiApplication:
    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if scope["type"] == "http":
                after_request()

    return counted


def end_streams(app: AsgiApplication, stopping: Stopping) -> AsgiApplication:
    """Wrap `app` so that a response that is still being sent when the server stops sees its client go.

    A request that does not name exactly one host is refused on the way.
    """

    def ending(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return app(scope, receive, send)
        if scope["http_version"] == "1.1" and not _has_one_host(scope["headers"]):
            return _refuse(send)
        exchange = _Exchange(receive, send, stopping)
        return app(scope, exchange.receive, exchange.send)

    return ending


def _has_one_host(headers: list[tuple[bytes, bytes]]) -> bool:
    """Tell whether the request names its host once. Source: RFC 9112, section 3.2."""
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1 if value else 2  # Granian makes an empty one where there is none
    return hosts == 1


async def _refuse(send: Send) -> None:
    await send({"type": "http.response.start", "status": 400, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"Bad Request"})


class _Exchange:
    """The two channels of one request; once the body is read, the server's stop can end it.

    PERF: made for each request, so what only long ones need is made when they wait (bench workload "async plaintext").
    """

    __slots__ = ("_body_is_read", "_receive", "_send", "_started", "_stopping", "patience_s")

    def __init__(self, receive: Receive, send: Send, stopping: Stopping) -> None:
        self._receive = receive
        self._send = send
        self._stopping = stopping
        self._body_is_read = False
        self._started: asyncio.Event | None = None
        self.patience_s: float | None = None

    def send(self, message: t.Any) -> Awaitable[None]:
        """Send, and remember that the response has started."""
        if self.patience_s is None:
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message.get("headers", ())]
            self.patience_s = self._stopping.patience_s(headers)
            if self._started is not None:
                self._started.set()
        return self._send(message)

    async def receive(self) -> t.Any:
        """Receive; what comes after the body is the client's going or the server's stop, whichever is first."""
        if not self._body_is_read:
            message = await self._receive()
            self._body_is_read = message["type"] == "http.request" and not message.get("more_body")
            return message
        self._started = asyncio.Event()
        if self.patience_s is not None:
            self._started.set()
        going = asyncio.ensure_future(self._receive())
        ending = asyncio.ensure_future(self._end(self._started))
        try:
            await asyncio.wait((going, ending), return_when=asyncio.FIRST_COMPLETED)
            return going.result() if going.done() else {"type": "http.disconnect"}
        finally:
            going.cancel()
            ending.cancel()

    async def _end(self, started: asyncio.Event) -> None:
        await self._stopping.wait()
        await started.wait()
        await asyncio.sleep(t.cast(float, self.patience_s))
