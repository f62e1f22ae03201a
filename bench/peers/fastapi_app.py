"""FastAPI: models of pydantic in and out, coroutine views, and plain ones where the workload says so."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel
from starlette.middleware.sessions import SessionMiddleware

from peers import set_up

PEER = {
    "name": "fastapi",
    "title": "FastAPI",
    "environment": "fastapi",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

HELLO = """
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
async def hello():
    return "Hello, World!"
"""

fastapi = FastAPI()


class Book(BaseModel):
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


class Order(BaseModel):
    """What is sent to /orders."""

    name: str
    price: float
    quantity: int
    tags: list[str]


class NewItem(BaseModel):
    """What is sent to /items."""

    name: str
    price: float
    tags: list[str]


class Item(NewItem):
    """What /items answers with."""

    id: int


BOOKS = [
    Book(id=number, title=f"Book {number}", author="A. Writer", price=number + 0.5, in_stock=number % 2 == 0)
    for number in range(100)
]


def plaintext():
    @fastapi.get("/plaintext", response_class=PlainTextResponse)
    async def hello():
        return "Hello, World!"

    return fastapi


def json():
    @fastapi.get("/json")
    async def hello():
        return {"message": "Hello, World!"}

    return fastapi


def path_variable():
    @fastapi.get("/items/{item_id}")
    async def item(item_id: int):
        return {"id": item_id}

    return fastapi


def path_and_query():
    @fastapi.get("/users/{user_id}/posts")
    async def posts(user_id: int, tag: str, page: int = 1):
        return {"user": user_id, "page": page, "tag": tag}

    return fastapi


def json_body():
    @fastapi.post("/orders")
    async def create(order: Order):
        return {"name": order.name, "total": order.price * order.quantity, "tags": len(order.tags)}

    return fastapi


def hundred_objects():
    @fastapi.get("/books")
    async def books() -> list[Book]:
        return BOOKS

    return fastapi


def template():
    templates = Jinja2Templates(directory="templates")

    @fastapi.get("/page", response_class=HTMLResponse)
    async def page(request: Request):
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return templates.TemplateResponse(
            request=request, name="books.html", context={"heading": "Books", "books": books}
        )

    return fastapi


def signed_session():
    fastapi.add_middleware(SessionMiddleware, secret_key="a secret that only this benchmark knows")

    @fastapi.get("/visits", response_class=PlainTextResponse)
    async def visits(request: Request):
        request.session["visits"] = request.session.get("visits", 0) + 1
        return f"visits: {request.session['visits']}"

    return fastapi


def static_file():
    fastapi.mount("/static", StaticFiles(directory="static"), name="static")
    return fastapi


def upload():
    @fastapi.post("/upload", response_class=PlainTextResponse)
    async def receive(request: Request):
        return str(len(await request.body()))

    return fastapi


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    @fastapi.get("/download")
    async def stream():
        return StreamingResponse(chunks(), media_type="application/octet-stream")

    return fastapi


def _routes(count):
    async def item(item_id: int):
        return {"id": item_id}

    for number in range(count):
        fastapi.get(f"/section-{number}/items/{{item_id}}")(item)
    return fastapi


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def sync_view():
    @fastapi.get("/sync", response_class=PlainTextResponse)
    def hello():
        return "Hello, World!"

    return fastapi


def wait_sync_asgi():
    @fastapi.get("/wait", response_class=PlainTextResponse)
    def wait():
        time.sleep(0.05)
        return "waited"

    return fastapi


def wait_async():
    @fastapi.get("/wait", response_class=PlainTextResponse)
    async def wait():
        await asyncio.sleep(0.05)
        return "waited"

    return fastapi


def typed_parameters():
    return path_and_query()


def typed_body():
    @fastapi.post("/items", status_code=201)
    async def create(item: NewItem) -> Item:
        return Item(name=item.name, price=item.price, tags=item.tags, id=1)

    return fastapi


def typed_start():
    async def create(section_id: int, item: NewItem, limit: int = 20) -> Item:
        return Item(name=item.name, price=item.price, tags=item.tags, id=section_id + limit)

    for number in range(500):
        fastapi.add_api_route(f"/section-{number}/{{section_id}}", create, methods=["POST"], name=f"create-{number}")

    @fastapi.get("/", response_class=PlainTextResponse)
    async def hello():
        return "Hello, World!"

    return fastapi


async def _settings():
    return {"limit": 10}


async def _paging(page: int, settings: Annotated[dict, Depends(_settings)]):
    return {"page": page, "limit": settings["limit"]}


def dependencies():
    @fastapi.get("/page")
    async def page(paging: Annotated[dict, Depends(_paging)]):
        return paging

    return fastapi


app = set_up(globals())
