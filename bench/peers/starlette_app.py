"""Starlette."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from peers import set_up

PEER = {
    "name": "starlette",
    "title": "Starlette",
    "environment": "starlette",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

HELLO = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def hello(request):
    return PlainTextResponse("Hello, World!")


app = Starlette(routes=[Route("/", hello)])
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


def plaintext():
    async def hello(request):
        return PlainTextResponse("Hello, World!")

    return Starlette(routes=[Route("/plaintext", hello)])


def json():
    async def hello(request):
        return JSONResponse({"message": "Hello, World!"})

    return Starlette(routes=[Route("/json", hello)])


def path_variable():
    async def item(request):
        return JSONResponse({"id": request.path_params["item_id"]})

    return Starlette(routes=[Route("/items/{item_id:int}", item)])


def path_and_query():
    async def posts(request):
        query = request.query_params
        found = {"user": request.path_params["user_id"], "page": int(query.get("page", 1)), "tag": query["tag"]}
        return JSONResponse(found)

    return Starlette(routes=[Route("/users/{user_id:int}/posts", posts)])


def json_body():
    async def order(request):
        data = await request.json()
        total = {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}
        return JSONResponse(total)

    return Starlette(routes=[Route("/orders", order, methods=["POST"])])


def hundred_objects():
    async def books(request):
        return JSONResponse([asdict(book) for book in BOOKS])

    return Starlette(routes=[Route("/books", books)])


def template():
    templates = Jinja2Templates(directory="templates")

    async def page(request):
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return templates.TemplateResponse(request, "books.html", {"heading": "Books", "books": books})

    return Starlette(routes=[Route("/page", page)])


def signed_session():
    async def visits(request):
        request.session["visits"] = request.session.get("visits", 0) + 1
        return PlainTextResponse(f"visits: {request.session['visits']}")

    signed = Middleware(SessionMiddleware, secret_key="a secret that only this benchmark knows")
    return Starlette(routes=[Route("/visits", visits)], middleware=[signed])


def static_file():
    return Starlette(routes=[Mount("/static", StaticFiles(directory="static"))])


def upload():
    async def receive(request):
        return PlainTextResponse(str(len(await request.body())))

    return Starlette(routes=[Route("/upload", receive, methods=["POST"])])


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    async def stream(request):
        return StreamingResponse(chunks(), media_type="application/octet-stream")

    return Starlette(routes=[Route("/download", stream)])


def _routes(count):
    async def item(request):
        return JSONResponse({"id": request.path_params["item_id"]})

    return Starlette(routes=[Route(f"/section-{number}/items/{{item_id:int}}", item) for number in range(count)])


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def sync_view():
    def hello(request):
        return PlainTextResponse("Hello, World!")

    return Starlette(routes=[Route("/sync", hello)])


def wait_sync_asgi():
    def wait(request):
        time.sleep(0.05)
        return PlainTextResponse("waited")

    return Starlette(routes=[Route("/wait", wait)])


def wait_async():
    async def wait(request):
        await asyncio.sleep(0.05)
        return PlainTextResponse("waited")

    return Starlette(routes=[Route("/wait", wait)])


app = set_up(globals())
