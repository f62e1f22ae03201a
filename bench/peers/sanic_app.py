"""Sanic on its own server, with sanic-ext for templates. It has no sessions of its own."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass

from sanic import Sanic
from sanic.response import json as json_response
from sanic.response import text

from peers import set_up

PEER = {
    "name": "sanic",
    "title": "Sanic",
    "environment": "sanic",
    "speaks": "asgi",
    "servers": {"sanic": "all"},
}

HELLO = """
from sanic import Sanic
from sanic.response import text

app = Sanic("hello")


@app.get("/")
async def hello(request):
    return text("Hello, World!")
"""

sanic = Sanic("bench")


@dataclass
class Book:
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


BOOKS = [Book(number, f"Book {number}", "A. Writer", number + 0.5, number % 2 == 0) for number in range(100)]


def plaintext():
    @sanic.get("/plaintext")
    async def hello(request):
        return text("Hello, World!")

    return sanic


def json():
    @sanic.get("/json")
    async def hello(request):
        return json_response({"message": "Hello, World!"})

    return sanic


def path_variable():
    @sanic.get("/items/<item_id:int>")
    async def item(request, item_id: int):
        return json_response({"id": item_id})

    return sanic


def path_and_query():
    @sanic.get("/users/<user_id:int>/posts")
    async def posts(request, user_id: int):
        found = {"user": user_id, "page": int(request.args.get("page", 1)), "tag": request.args.get("tag")}
        return json_response(found)

    return sanic


def json_body():
    @sanic.post("/orders")
    async def order(request):
        data = request.json
        total = {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}
        return json_response(total)

    return sanic


def hundred_objects():
    @sanic.get("/books")
    async def books(request):
        return json_response([asdict(book) for book in BOOKS])

    return sanic


def template():
    from sanic_ext import render

    sanic.config.TEMPLATING_PATH_TO_TEMPLATES = "templates"

    @sanic.get("/page")
    async def page(request):
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return await render("books.html", context={"heading": "Books", "books": books})

    return sanic


def static_file():
    sanic.static("/static", "static")
    return sanic


def upload():
    @sanic.post("/upload")
    async def receive(request):
        return text(str(len(request.body)))

    return sanic


def download():
    chunk = b"d" * 16384

    @sanic.get("/download")
    async def stream(request):
        response = await request.respond(content_type="application/octet-stream")
        for _ in range(64):
            await response.send(chunk)
        await response.eof()

    return sanic


def _routes(count):
    async def item(request, item_id: int):
        return json_response({"id": item_id})

    for number in range(count):
        sanic.add_route(item, f"/section-{number}/items/<item_id:int>", name=f"item_{number}")
    return sanic


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_async():
    @sanic.get("/wait")
    async def wait(request):
        await asyncio.sleep(0.05)
        return text("waited")

    return sanic


app = set_up(globals())
