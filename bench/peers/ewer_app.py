"""Ewer under WSGI, plain views."""

from __future__ import annotations

import time
from dataclasses import dataclass

from ewer import Ewer, Response, render_template, request, session
from peers import set_up

PEER = {
    "name": "ewer",
    "title": "Ewer",
    "environment": "ewer",
    "speaks": "wsgi",
    "servers": {
        "granian-wsgi": "all",
        "ewer-serve": ["plaintext", "json", "static-file", "wait-wsgi"],
    },
}

HELLO = """
from ewer import Ewer

app = Ewer(__name__)


@app.get("/")
def hello():
    return "Hello, World!"
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
    def hello():
        return "Hello, World!"

    return ewer


def json():
    @ewer.get("/json")
    def hello():
        return {"message": "Hello, World!"}

    return ewer


def path_variable():
    @ewer.get("/items/<int:item_id>")
    def item(item_id):
        return {"id": item_id}

    return ewer


def path_and_query():
    @ewer.get("/users/<int:user_id>/posts")
    def posts(user_id):
        return {"user": user_id, "page": request.args.get("page", 1, type=int), "tag": request.args.get("tag")}

    return ewer


def json_body():
    @ewer.post("/orders")
    def order():
        data = request.get_json()
        return {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}

    return ewer


def hundred_objects():
    @ewer.get("/books")
    def books() -> list[Book]:
        return BOOKS

    return ewer


def template():
    @ewer.get("/page")
    def page():
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return render_template("books.html", heading="Books", books=books)

    return ewer


def signed_session():
    @ewer.get("/visits")
    def visits():
        session["visits"] = session.get("visits", 0) + 1
        return f"visits: {session['visits']}"

    return ewer


def static_file():
    return ewer


def upload():
    @ewer.post("/upload")
    def receive():
        return str(len(request.get_data()))

    return ewer


def download():
    chunk = b"d" * 16384

    @ewer.get("/download")
    def stream():
        return Response((chunk for _ in range(64)), mimetype="application/octet-stream")

    return ewer


def _routes(count):
    def item(item_id):
        return {"id": item_id}

    for number in range(count):
        ewer.add_url_rule(f"/section-{number}/items/<int:item_id>", f"item-{number}", item)
    return ewer


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_wsgi():
    @ewer.get("/wait")
    def wait():
        time.sleep(0.05)
        return "waited"

    return ewer


def typed_parameters():
    @ewer.get("/users/<int:user_id>/posts")
    def posts(user_id: int, tag: str, page: int = 1):
        return {"user": user_id, "page": page, "tag": tag}

    return ewer


def typed_body():
    @ewer.post("/items", status=201)
    def create(item: NewItem) -> Item:
        return Item(item.name, item.price, item.tags, 1)

    return ewer


def typed_start():
    def create(section_id: int, item: NewItem, limit: int = 20) -> Item:
        return Item(item.name, item.price, item.tags, section_id + limit)

    for number in range(500):
        ewer.add_url_rule(f"/section-{number}/<int:section_id>", f"create-{number}", create, methods=["POST"])

    @ewer.get("/")
    def hello():
        return "Hello, World!"

    return ewer


def dependencies():
    from ewer import Depends

    def settings():
        return {"limit": 10}

    set_up_with = Depends(settings)

    def paging(page: int, found: dict = set_up_with):
        return {"page": page, "limit": found["limit"]}

    paged = Depends(paging)

    @ewer.get("/page")
    def page(found: dict = paged):
        return found

    return ewer


app = set_up(globals())
