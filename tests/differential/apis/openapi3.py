"""A book shop on flask-openapi3: pydantic models for path, query, header, cookie, form and body; class views; tags."""

from __future__ import annotations

from typing import Any

import flask
from flask_openapi3 import APIBlueprint, APIView, FileStorage, Info, OpenAPI, Tag
from pydantic import BaseModel, Field, RootModel, field_validator


class BookPath(BaseModel):
    book_id: int = Field(..., ge=1, description="the number")


class BookQuery(BaseModel):
    limit: int = Field(10, le=50)
    tags: list[str] = []


class BookBody(BaseModel):
    title: str = Field(..., min_length=2)
    price: float = 0.0

    @field_validator("price")
    @classmethod
    def is_not_negative(cls, price: float) -> float:
        if price < 0:
            raise ValueError("is negative")
        return price


class BookOut(BaseModel):
    id: int
    title: str


class Books(RootModel[list[BookOut]]):
    pass


class Head(BaseModel):
    x_token: str = Field(..., alias="X-Token")


class Jar(BaseModel):
    session_id: int


class Upload(BaseModel):
    file: FileStorage
    note: str
    numbers: list[int] = []


class Wrong(BaseModel):
    code: int
    message: str


def make_app() -> OpenAPI:
    schemes = {"jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    app = OpenAPI(__name__, info=Info(title="Books", version="1.0"), security_schemes=schemes, responses={404: Wrong})
    tag = Tag(name="book", description="Books")
    app.register_error_handler(404, lambda error: ({"code": 404, "message": error.description}, 404))

    @app.get("/books/<int:book_id>", tags=[tag], summary="One book", responses={200: BookOut}, security=[{"jwt": []}])
    def show(path: BookPath, query: BookQuery) -> Any:
        """One book, by its number"""
        return {"id": path.book_id, "limit": query.limit, "tags": query.tags, "url": flask.url_for("show", book_id=1)}

    @app.post("/books", responses={201: BookOut})
    def add(body: BookBody) -> Any:
        return {"title": body.title, "price": body.price}, 201, {"X-Made": "here"}

    @app.get("/head")
    def head(header: Head) -> Any:
        return {"token": header.x_token}

    @app.get("/cookie")
    def cookie(cookie: Jar) -> Any:
        return {"session": cookie.session_id}

    @app.post("/upload")
    def upload(form: Upload) -> Any:
        return {"name": form.file.filename, "note": form.note, "numbers": form.numbers}

    @app.get("/async")
    async def coroutine(query: BookQuery) -> Any:
        return {"limit": query.limit}

    @app.get("/private")
    def private() -> Any:
        if flask.request.authorization is None or flask.request.authorization.token != "good":
            flask.abort(401, description="who are you?")
        return {"token": flask.request.authorization.token}

    @app.get("/crash")
    def crash() -> Any:
        raise ValueError("crash")

    api = APIBlueprint("api", __name__, url_prefix="/api", abp_tags=[tag], abp_security=[{"jwt": []}])

    @api.get("/ping/<path:rest>", deprecated=True)
    def ping(rest: str) -> Any:
        return flask.jsonify(rest=rest, endpoint=flask.request.endpoint)

    app.register_api(api)
    app.register_api_view(make_view(tag))
    return app


def make_view(tag: Tag) -> APIView:
    view = APIView(url_prefix="/v1", view_tags=[tag])

    @view.route("/items")
    class Items:
        @view.doc(summary="all items", responses={200: Books})
        def get(self, query: BookQuery) -> Any:
            return [{"id": 1, "title": "first"}][: query.limit]

        @view.doc(summary="add an item")
        def post(self, body: BookBody) -> Any:
            return {"title": body.title}, 201

    @view.route("/items/<int:book_id>")
    class Item:
        @view.doc(summary="one item", operation_id="one_item")
        def get(self, path: BookPath) -> Any:
            return {"id": path.book_id}

        @view.doc(summary="remove it", deprecated=True)
        def delete(self, path: BookPath) -> Any:
            return "", 204

    return view


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/books/3?limit=7&tags=a&tags=b", {}),
    ("GET", "/books/0?limit=70", {}),
    ("GET", "/books/x", {}),
    ("POST", "/books", {"json": {"title": "Emma", "price": 3}}),
    ("POST", "/books", {"json": {"title": "E", "price": -3}}),
    ("POST", "/books", {"json": {}}),
    ("POST", "/books", {"data": "{", "content_type": "application/json"}),
    ("POST", "/books", {"data": "title=Emma"}),
    ("POST", "/books", {}),
    ("GET", "/books", {}),
    ("HEAD", "/async", {}),
    ("OPTIONS", "/books", {}),
    ("GET", "/head", {"headers": {"X-Token": "t"}}),
    ("GET", "/head", {}),
    ("GET", "/cookie", {"headers": {"Cookie": "session_id=7"}}),
    ("GET", "/cookie", {"headers": {"Cookie": "session_id=x"}}),
    ("POST", "/upload", {"data": {"file": (__file__, "a.txt"), "note": "n", "numbers": ["1", "2"]}}),
    ("POST", "/upload", {"data": {"note": "n"}}),
    ("GET", "/async?limit=3", {}),
    ("GET", "/async?limit=x", {}),
    ("GET", "/private", {}),
    ("GET", "/private", {"headers": {"Authorization": "Bearer good"}}),
    ("GET", "/crash", {}),
    ("GET", "/api/ping/a/b", {}),
    ("GET", "/v1/items?limit=1", {}),
    ("POST", "/v1/items", {"json": {"title": "Emma"}}),
    ("POST", "/v1/items", {"json": {"title": ""}}),
    ("GET", "/v1/items/2", {}),
    ("GET", "/v1/items/0", {}),
    ("DELETE", "/v1/items/2", {}),
    ("PATCH", "/v1/items/2", {}),
    ("GET", "/missing", {}),
    ("GET", "/openapi/openapi.json", {}),
    ("GET", "/openapi", {}),
    ("GET", "/openapi/swagger", {}),
]
