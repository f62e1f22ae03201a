"""Ewer under ASGI: coroutine views, and plain ones where the workload says so."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from ewer import Ewer, Response, render_template, request, session
from peers import set_up

PEER = {
    "name": "ewer-asgi",
    "title": "Ewer",
    "environment": "ewer",
    "speaks": "asgi",
    "servers": {
        "uvicorn": "all",
        "granian-asgi": ["plaintext", "json"],
    },
}

HELLO = """
from ewer import Ewer

ewer = Ewer(__name__)


@ewer.get("/")
async def hello():
    return "Hello, World!"


app = ewer.asgi
"""

ewer = Ewer(__name__, template_folder="../templates", static_folder="../static")
ewer.secret_key = "a secret that only this benchmark knows"


@dataclass
class Book:
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


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
    @ewer.get("/plaintext")
    async def hello():
        return "Hello, World!"

    return ewer.asgi


def json():
    @ewer.get("/json")
    async def hello():
        return {"message": "Hello, World!"}

    return ewer.asgi


def path_variable():
    @ewer.get("/items/<int:item_id>")
    async def item(item_id):
        return {"id": item_id}

    return ewer.asgi


def path_and_query():
    @ewer.get("/users/<int:user_id>/posts")
    async def posts(user_id):
        return {"user": user_id, "page": request.args.get("page", 1, type=int), "tag": request.args.get("tag")}

    return ewer.asgi


def json_body():
    @ewer.post("/orders")
    async def order():
        data = request.get_json()
        return {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}

    return ewer.asgi


def hundred_objects():
    @ewer.get("/books")
    async def books() -> list[Book]:
        return BOOKS

    return ewer.asgi


def template():
    @ewer.get("/page")
    async def page():
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return render_template("books.html", heading="Books", books=books)

    return ewer.asgi


def signed_session():
    @ewer.get("/visits")
    async def visits():
        session["visits"] = session.get("visits", 0) + 1
        return f"visits: {session['visits']}"

    return ewer.asgi


def static_file():
    return ewer.asgi


def upload():
    @ewer.post("/upload")
    async def receive():
        return str(len(request.get_data()))

    return ewer.asgi


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    @ewer.get("/download")
    async def stream():
        return Response(chunks(), mimetype="application/octet-stream")

    return ewer.asgi


def _routes(count):
    async def item(item_id):
        return {"id": item_id}

    for number in range(count):
        ewer.add_url_rule(f"/section-{number}/items/<int:item_id>", f"item-{number}", item)
    return ewer.asgi


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def sync_view():
    @ewer.get("/sync")
    def hello():
        return "Hello, World!"

    return ewer.asgi


def wait_sync_asgi():
    @ewer.get("/wait")
    def wait():
        time.sleep(0.05)
        return "waited"

    return ewer.asgi


def wait_async():
    @ewer.get("/wait")
    async def wait():
        await asyncio.sleep(0.05)
        return "waited"

    return ewer.asgi


def typed_parameters():
    @ewer.get("/users/<int:user_id>/posts")
    async def posts(user_id: int, tag: str, page: int = 1):
        return {"user": user_id, "page": page, "tag": tag}

    return ewer.asgi


def typed_body():
    @ewer.post("/items", status=201)
    async def create(item: NewItem) -> Item:
        return Item(item.name, item.price, item.tags, 1)

    return ewer.asgi


def dependencies():
    from ewer import Depends

    async def settings():
        return {"limit": 10}

    set_up_with = Depends(settings)

    async def paging(page: int, found: dict = set_up_with):
        return {"page": page, "limit": found["limit"]}

    paged = Depends(paging)

    @ewer.get("/page")
    async def page(found: dict = paged):
        return found

    return ewer.asgi


app = set_up(globals())
