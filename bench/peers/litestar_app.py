"""Litestar: typed handlers, dataclasses in and out; its session cookie is encrypted, it has none that is only signed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, get, post
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.di import Provide
from litestar.middleware.session.client_side import CookieBackendConfig
from litestar.response import Stream, Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig

from peers import set_up

PEER = {
    "name": "litestar",
    "title": "Litestar",
    "environment": "litestar",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

HELLO = """
from litestar import Litestar, MediaType, get


@get("/", media_type=MediaType.TEXT)
async def hello() -> str:
    return "Hello, World!"


app = Litestar([hello])
"""


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


@dataclass
class NewItem:
    """What is sent to /items."""

    name: str
    price: float
    tags: list[str]


@dataclass
class Item:
    """What /items answers with."""

    name: str
    price: float
    tags: list[str]
    id: int


BOOKS = [Book(number, f"Book {number}", "A. Writer", number + 0.5, number % 2 == 0) for number in range(100)]


def plaintext():
    @get("/plaintext", media_type=MediaType.TEXT)
    async def hello() -> str:
        return "Hello, World!"

    return Litestar([hello])


def json():
    @get("/json")
    async def hello() -> dict[str, str]:
        return {"message": "Hello, World!"}

    return Litestar([hello])


def path_variable():
    @get("/items/{item_id:int}")
    async def item(item_id: int) -> dict[str, int]:
        return {"id": item_id}

    return Litestar([item])


def path_and_query():
    @get("/users/{user_id:int}/posts")
    async def posts(user_id: int, tag: str, page: int = 1) -> dict[str, Any]:
        return {"user": user_id, "page": page, "tag": tag}

    return Litestar([posts])


def json_body():
    @post("/orders", status_code=200)
    async def order(data: Order) -> dict[str, Any]:
        return {"name": data.name, "total": data.price * data.quantity, "tags": len(data.tags)}

    return Litestar([order])


def hundred_objects():
    @get("/books")
    async def books() -> list[Book]:
        return BOOKS

    return Litestar([books])


def template():
    @get("/page")
    async def page() -> Template:
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return Template(template_name="books.html", context={"heading": "Books", "books": books})

    return Litestar([page], template_config=TemplateConfig(directory=Path("templates"), engine=JinjaTemplateEngine))


def signed_session():
    @get("/visits", media_type=MediaType.TEXT)
    async def visits(request: Request) -> str:
        request.session["visits"] = request.session.get("visits", 0) + 1
        return f"visits: {request.session['visits']}"

    return Litestar([visits], middleware=[CookieBackendConfig(secret=b"sixteen bytes ok").middleware])


def static_file():
    return Litestar([create_static_files_router(path="/static", directories=["static"])])


def upload():
    @post("/upload", media_type=MediaType.TEXT, status_code=200)
    async def receive(request: Request) -> str:
        return str(len(await request.body()))

    return Litestar([receive])


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    @get("/download")
    async def stream() -> Stream:
        return Stream(chunks(), media_type="application/octet-stream")

    return Litestar([stream])


def _routes(count):
    async def item(item_id: int) -> dict[str, int]:
        return {"id": item_id}

    return Litestar([get(f"/section-{number}/items/{{item_id:int}}")(item) for number in range(count)])


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def sync_view():
    @get("/sync", media_type=MediaType.TEXT, sync_to_thread=True)
    def hello() -> str:
        return "Hello, World!"

    return Litestar([hello])


def wait_sync_asgi():
    @get("/wait", media_type=MediaType.TEXT, sync_to_thread=True)
    def wait() -> str:
        time.sleep(0.05)
        return "waited"

    return Litestar([wait])


def wait_async():
    @get("/wait", media_type=MediaType.TEXT)
    async def wait() -> str:
        await asyncio.sleep(0.05)
        return "waited"

    return Litestar([wait])


def typed_parameters():
    return path_and_query()


def typed_body():
    @post("/items")
    async def create(data: NewItem) -> Item:
        return Item(data.name, data.price, data.tags, 1)

    return Litestar([create])


def typed_start():
    async def create(section_id: int, data: NewItem, limit: int = 20) -> Item:
        return Item(data.name, data.price, data.tags, section_id + limit)

    @get("/", media_type="text/plain")
    async def hello() -> str:
        return "Hello, World!"

    return Litestar([hello, *(post(f"/section-{number}/{{section_id:int}}")(create) for number in range(500))])


def dependencies():
    async def settings() -> dict[str, int]:
        return {"limit": 10}

    async def paging(page: int, found: dict[str, int]) -> dict[str, int]:
        return {"page": page, "limit": found["limit"]}

    @get("/page", dependencies={"found": Provide(settings), "paged": Provide(paging)})
    async def page(paged: dict[str, int]) -> dict[str, int]:
        return paged

    return Litestar([page])


app = set_up(globals())
