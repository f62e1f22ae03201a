"""Robyn on its own server, which is written in Rust. It has no sessions of its own."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict, dataclass
from urllib.parse import unquote_plus

from robyn import Request, Response, Robyn, StreamingResponse, jsonify
from robyn.templating import JinjaTemplate

from peers import set_up

PEER = {
    "name": "robyn",
    "title": "Robyn",
    "environment": "robyn",
    "servers": {"script": "all"},
}

HELLO = """
import os

from robyn import Robyn

app = Robyn(__file__)


@app.get("/")
async def hello(request):
    return "Hello, World!"


if __name__ == "__main__":
    app.start(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
"""

robyn = Robyn(__file__)


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
    @robyn.get("/plaintext")
    async def hello(request: Request):
        return "Hello, World!"

    return robyn


def json():
    @robyn.get("/json")
    async def hello(request: Request):
        return {"message": "Hello, World!"}

    return robyn


def path_variable():
    @robyn.get("/items/:item_id")
    async def item(request: Request):
        return {"id": int(request.path_params["item_id"])}

    return robyn


def path_and_query():
    @robyn.get("/users/:user_id/posts")
    async def posts(request: Request):
        query = request.query_params
        return {
            "user": int(request.path_params["user_id"]),
            "page": int(query.get("page", "1")),
            # NOTE: Robyn hands queries over as they were sent.
            "tag": unquote_plus(query.get("tag", "")),
        }

    return robyn


def json_body():
    @robyn.post("/orders")
    async def order(request: Request):
        data = request.json()
        total = float(data["price"]) * int(data["quantity"])
        return {"name": data["name"], "total": total, "tags": len(data["tags"])}

    return robyn


def hundred_objects():
    @robyn.get("/books")
    async def books(request: Request):
        headers = {"Content-Type": "application/json"}
        return Response(status_code=200, headers=headers, description=jsonify([asdict(book) for book in BOOKS]))

    return robyn


def template():
    templates = JinjaTemplate("templates")

    @robyn.get("/page")
    async def page(request: Request):
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return templates.render_template("books.html", heading="Books", books=books)

    return robyn


def static_file():
    robyn.serve_directory(route="/static", directory_path="static")
    return robyn


def upload():
    @robyn.post("/upload")
    async def receive(request: Request):
        return str(len(request.body))

    return robyn


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    @robyn.get("/download")
    async def stream(request: Request):
        return StreamingResponse(chunks(), media_type="application/octet-stream")

    return robyn


def _routes(count):
    for number in range(count):

        @robyn.get(f"/section-{number}/items/:item_id")
        async def item(request: Request):
            return {"id": int(request.path_params["item_id"])}

    return robyn


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_async():
    @robyn.get("/wait")
    async def wait(request: Request):
        await asyncio.sleep(0.05)
        return "waited"

    return robyn


app = set_up(globals())

if __name__ == "__main__":
    app.start(host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
