"""The ceiling on an ASGI server: callables that do what the workload asks and nothing else, without any framework."""

from __future__ import annotations

import asyncio
import json as encoder
from urllib.parse import parse_qs

from peers import set_up

PEER = {
    "name": "bare-asgi",
    "title": "bare ASGI callable",
    "environment": "ewer",
    "speaks": "asgi",
    "servers": {"uvicorn": "all", "granian-asgi": ["plaintext", "json"]},
}

HELLO = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("HTTP only")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"13")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"Hello, World!"})
"""

TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"
BOOKS = [
    {"id": number, "title": f"Book {number}", "author": "A. Writer", "price": number + 0.5, "in_stock": number % 2 == 0}
    for number in range(100)
]


def _serves(answer):
    """Return an ASGI application that sends what ``answer`` returns: a body and its content type."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("HTTP only")
        body, content_type = await answer(scope, receive)
        headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def _body(receive):
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def plaintext():
    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("HTTP only")
        headers = [(b"content-type", TEXT), (b"content-length", b"13")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"Hello, World!"})

    return app


def sync_view():
    return plaintext()


def json():
    async def answer(scope, receive):
        return encoder.dumps({"message": "Hello, World!"}).encode(), JSON

    return _serves(answer)


def path_variable():
    async def answer(scope, receive):
        return encoder.dumps({"id": int(scope["path"].rpartition("/")[2])}).encode(), JSON

    return _serves(answer)


def path_and_query():
    async def answer(scope, receive):
        query = parse_qs(scope["query_string"].decode())
        user = int(scope["path"].split("/")[2])
        found = {"user": user, "page": int(query["page"][0]), "tag": query["tag"][0]}
        return encoder.dumps(found).encode(), JSON

    return _serves(answer)


def json_body():
    async def answer(scope, receive):
        order = encoder.loads(await _body(receive))
        total = {"name": order["name"], "total": order["price"] * order["quantity"], "tags": len(order["tags"])}
        return encoder.dumps(total).encode(), JSON

    return _serves(answer)


def hundred_objects():
    async def answer(scope, receive):
        return encoder.dumps(BOOKS).encode(), JSON

    return _serves(answer)


def upload():
    async def answer(scope, receive):
        return str(len(await _body(receive))).encode(), TEXT

    return _serves(answer)


def download():
    chunk = b"d" * 16384

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("HTTP only")
        headers = [(b"content-type", b"application/octet-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(64):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


def routes_1():
    return path_variable()


def _waiting():
    async def answer(scope, receive):
        await asyncio.sleep(0.05)
        return b"waited", TEXT

    return _serves(answer)


def wait_async():
    return _waiting()


def wait_sync_asgi():
    return _waiting()


def typed_parameters():
    return path_and_query()


def typed_body():
    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("HTTP only")
        item = encoder.loads(await _body(receive))
        body = encoder.dumps({**item, "id": 1}).encode()
        headers = [(b"content-type", JSON), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def dependencies():
    async def answer(scope, receive):
        page = int(parse_qs(scope["query_string"].decode())["page"][0])
        return encoder.dumps({"page": page, "limit": 10}).encode(), JSON

    return _serves(answer)


app = set_up(globals())
