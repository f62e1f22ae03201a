"""BlackSheep, compiled by Cython as its wheels are."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

# NOTE: BlackSheep reads the ending of template files from the environment, when it is imported.
os.environ["APP_JINJA_EXTENSION"] = ".html"

from blacksheep import Application, FromJSON, Request, Response, StreamedContent, text
from blacksheep import json as json_response
from blacksheep.server.rendering.jinja2 import JinjaRenderer
from blacksheep.server.responses import view
from blacksheep.settings.html import html_settings

from peers import set_up

PEER = {
    "name": "blacksheep",
    "title": "BlackSheep",
    "environment": "blacksheep",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

HELLO = """
from blacksheep import Application, text

app = Application()


@app.router.get("/")
async def hello():
    return text("Hello, World!")
"""

blacksheep = Application()


@dataclass
class Book:
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


@dataclass
class Order:
    """What is sent to /orders."""

    name: str
    price: float
    quantity: int
    tags: list[str]


BOOKS = [Book(number, f"Book {number}", "A. Writer", number + 0.5, number % 2 == 0) for number in range(100)]


def plaintext():
    @blacksheep.router.get("/plaintext")
    async def hello():
        return text("Hello, World!")

    return blacksheep


def json():
    @blacksheep.router.get("/json")
    async def hello():
        return json_response({"message": "Hello, World!"})

    return blacksheep


def path_variable():
    @blacksheep.router.get("/items/{item_id}")
    async def item(item_id: int):
        return json_response({"id": item_id})

    return blacksheep


def path_and_query():
    @blacksheep.router.get("/users/{user_id}/posts")
    async def posts(user_id: int, tag: str, page: int = 1):
        return json_response({"user": user_id, "page": page, "tag": tag})

    return blacksheep


def json_body():
    @blacksheep.router.post("/orders")
    async def order(data: FromJSON[Order]):
        sent = data.value
        return json_response({"name": sent.name, "total": sent.price * sent.quantity, "tags": len(sent.tags)})

    return blacksheep


def hundred_objects():
    @blacksheep.router.get("/books")
    async def books():
        return json_response(BOOKS)

    return blacksheep


def template():
    from jinja2 import FileSystemLoader

    html_settings.use(JinjaRenderer(loader=FileSystemLoader("templates")))

    @blacksheep.router.get("/page")
    async def page():
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return view("books", {"heading": "Books", "books": books})

    return blacksheep


def signed_session():
    blacksheep.use_sessions("a secret that only this benchmark knows")

    @blacksheep.router.get("/visits")
    async def visits(request: Request):
        request.session["visits"] = request.session.get("visits", 0) + 1
        return text(f"visits: {request.session['visits']}")

    return blacksheep


def static_file():
    blacksheep.serve_files("static", root_path="static")
    return blacksheep


def upload():
    @blacksheep.router.post("/upload")
    async def receive(request: Request):
        return text(str(len(await request.read())))

    return blacksheep


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    @blacksheep.router.get("/download")
    async def stream():
        return Response(200, content=StreamedContent(b"application/octet-stream", chunks))

    return blacksheep


def _routes(count):
    async def item(item_id: int):
        return json_response({"id": item_id})

    for number in range(count):
        blacksheep.router.add_get(f"/section-{number}/items/{{item_id}}", item)
    return blacksheep


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_async():
    @blacksheep.router.get("/wait")
    async def wait():
        await asyncio.sleep(0.05)
        return text("waited")

    return blacksheep


def typed_parameters():
    return path_and_query()


app = set_up(globals())
