"""Falcon under ASGI, compiled by Cython as its wheels are."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from pathlib import Path

import falcon
import falcon.asgi
import jinja2

from peers import set_up

PEER = {
    "name": "falcon-asgi",
    "title": "Falcon",
    "environment": "falcon",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

HELLO = """
import falcon
import falcon.asgi


class Hello:
    async def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = "Hello, World!"


app = falcon.asgi.App()
app.add_route("/", Hello())
"""


@dataclass
class Book:
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


BOOKS = [Book(number, f"Book {number}", "A. Writer", number + 0.5, number % 2 == 0) for number in range(100)]


def _app(path, resource):
    app = falcon.asgi.App()
    app.add_route(path, resource)
    return app


def plaintext():
    class Hello:
        async def on_get(self, req, resp):
            resp.content_type = falcon.MEDIA_TEXT
            resp.text = "Hello, World!"

    return _app("/plaintext", Hello())


def json():
    class Hello:
        async def on_get(self, req, resp):
            resp.media = {"message": "Hello, World!"}

    return _app("/json", Hello())


class Item:
    """One path variable."""

    async def on_get(self, req, resp, item_id):
        resp.media = {"id": item_id}


def path_variable():
    return _app("/items/{item_id:int}", Item())


def path_and_query():
    class Posts:
        async def on_get(self, req, resp, user_id):
            resp.media = {
                "user": user_id,
                "page": req.get_param_as_int("page", default=1),
                "tag": req.get_param("tag"),
            }

    return _app("/users/{user_id:int}/posts", Posts())


def json_body():
    class Orders:
        async def on_post(self, req, resp):
            data = await req.get_media()
            resp.media = {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}

    return _app("/orders", Orders())


def hundred_objects():
    class Books:
        async def on_get(self, req, resp):
            resp.media = [asdict(book) for book in BOOKS]

    return _app("/books", Books())


def template():
    loader = jinja2.FileSystemLoader("templates")
    templates = jinja2.Environment(loader=loader, autoescape=True, enable_async=True)

    class Page:
        async def on_get(self, req, resp):
            books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
            resp.content_type = falcon.MEDIA_HTML
            resp.text = await templates.get_template("books.html").render_async(heading="Books", books=books)

    return _app("/page", Page())


def static_file():
    app = falcon.asgi.App()
    app.add_static_route("/static", Path("static").resolve())
    return app


def upload():
    class Upload:
        async def on_post(self, req, resp):
            resp.content_type = falcon.MEDIA_TEXT
            resp.text = str(len(await req.stream.read()))

    return _app("/upload", Upload())


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    class Download:
        async def on_get(self, req, resp):
            resp.content_type = "application/octet-stream"
            resp.stream = chunks()

    return _app("/download", Download())


def _routes(count):
    app = falcon.asgi.App()
    for number in range(count):
        app.add_route(f"/section-{number}/items/{{item_id:int}}", Item())
    return app


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_async():
    class Wait:
        async def on_get(self, req, resp):
            await asyncio.sleep(0.05)
            resp.content_type = falcon.MEDIA_TEXT
            resp.text = "waited"

    return _app("/wait", Wait())


app = set_up(globals())
