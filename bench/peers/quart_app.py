"""Quart, Flask's surface under ASGI."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from quart import Quart, jsonify, render_template, request, session

from peers import set_up

PEER = {
    "name": "quart",
    "title": "Quart",
    "environment": "quart",
    "speaks": "asgi",
    "servers": {"uvicorn": "all"},
}

HELLO = """
from quart import Quart

app = Quart(__name__)


@app.get("/")
async def hello():
    return "Hello, World!"
"""

quart = Quart(__name__, template_folder="../templates", static_folder="../static")
quart.secret_key = "a secret that only this benchmark knows"


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
    @quart.get("/plaintext")
    async def hello():
        return "Hello, World!"

    return quart


def json():
    @quart.get("/json")
    async def hello():
        return {"message": "Hello, World!"}

    return quart


def path_variable():
    @quart.get("/items/<int:item_id>")
    async def item(item_id):
        return {"id": item_id}

    return quart


def path_and_query():
    @quart.get("/users/<int:user_id>/posts")
    async def posts(user_id):
        return {"user": user_id, "page": request.args.get("page", 1, type=int), "tag": request.args.get("tag")}

    return quart


def json_body():
    @quart.post("/orders")
    async def order():
        data = await request.get_json()
        return {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}

    return quart


def hundred_objects():
    @quart.get("/books")
    async def books():
        return jsonify(BOOKS)

    return quart


def template():
    @quart.get("/page")
    async def page():
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return await render_template("books.html", heading="Books", books=books)

    return quart


def signed_session():
    @quart.get("/visits")
    async def visits():
        session["visits"] = session.get("visits", 0) + 1
        return f"visits: {session['visits']}"

    return quart


def static_file():
    return quart


def upload():
    @quart.post("/upload")
    async def receive():
        return str(len(await request.get_data()))

    return quart


def download():
    chunk = b"d" * 16384

    async def chunks():
        for _ in range(64):
            yield chunk

    @quart.get("/download")
    async def stream():
        return chunks(), {"Content-Type": "application/octet-stream"}

    return quart


def _routes(count):
    async def item(item_id):
        return {"id": item_id}

    for number in range(count):
        quart.add_url_rule(f"/section-{number}/items/<int:item_id>", f"item-{number}", item)
    return quart


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def sync_view():
    @quart.get("/sync")
    def hello():
        return "Hello, World!"

    return quart


def wait_sync_asgi():
    @quart.get("/wait")
    def wait():
        time.sleep(0.05)
        return "waited"

    return quart


def wait_async():
    @quart.get("/wait")
    async def wait():
        await asyncio.sleep(0.05)
        return "waited"

    return quart


app = set_up(globals())
