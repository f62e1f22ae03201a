"""The ceiling on an ASGI server for a function that blocks: a bare callable that hands it to the standard library's threads."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from peers import set_up

PEER = {
    "name": "bare-asgi-threads",
    "title": "bare ASGI callable with `run_in_executor`",
    "environment": "ewer",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

CLIENTS = 1000


def _serves(function, most_threads):
    pool = ThreadPoolExecutor(most_threads)

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("HTTP only")
        body = await asyncio.get_running_loop().run_in_executor(pool, function)
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def sync_view():
    return _serves(lambda: b"Hello, World!", 1)  # which does not block: more threads would only take turns


def wait_sync_asgi():
    def wait():
        time.sleep(0.05)
        return b"waited"

    return _serves(wait, CLIENTS)


app = set_up(globals())
