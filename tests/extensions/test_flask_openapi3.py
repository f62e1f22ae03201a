"""flask-openapi3 on the names of Flask: pydantic models for path, query, body, form and header; the document."""

from __future__ import annotations

from typing import Any

import flask
import pytest
from flask_openapi3 import APIBlueprint, APIView, FileStorage, Info, OpenAPI, Tag
from pydantic import BaseModel, Field


class BookPath(BaseModel):
    book_id: int = Field(..., ge=1, description="the number")


class BookQuery(BaseModel):
    limit: int = Field(10, le=50)
    tags: list[str] = []


class BookBody(BaseModel):
    title: str = Field(..., min_length=2)
    price: float = 0.0


class BookOut(BaseModel):
    id: int
    title: str


class Head(BaseModel):
    x_token: str = Field(..., alias="X-Token")


class Upload(BaseModel):
    file: FileStorage
    note: str


@pytest.fixture
def application() -> OpenAPI:
    app = OpenAPI(__name__, info=Info(title="Books", version="1.0"))
    tag = Tag(name="book", description="Books")

    @app.get("/books/<int:book_id>", tags=[tag], summary="One book", responses={200: BookOut})
    def show(path: BookPath, query: BookQuery) -> Any:
        return {"id": path.book_id, "limit": query.limit, "tags": query.tags}

    @app.post("/books")
    def add(body: BookBody) -> Any:
        return {"title": body.title, "price": body.price}, 201

    @app.get("/head")
    def head(header: Head) -> Any:
        return {"token": header.x_token}

    @app.post("/upload")
    def upload(form: Upload) -> Any:
        return {"name": form.file.filename, "note": form.note}

    @app.get("/async")
    async def coroutine(query: BookQuery) -> Any:
        return {"limit": query.limit}

    blueprint = APIBlueprint("api", __name__, url_prefix="/api")

    @blueprint.get("/ping")
    def ping() -> Any:
        return "pong"

    app.register_api(blueprint)
    view = APIView(url_prefix="/v1", view_tags=[tag])

    @view.route("/items")
    class Items:
        @view.doc(summary="items")
        def get(self, query: BookQuery) -> Any:
            return {"limit": query.limit}

    app.register_api_view(view)
    return app


@pytest.fixture
def client(application: OpenAPI) -> Any:
    return application.test_client()


def test_the_app_is_a_flask(application: OpenAPI) -> None:
    assert isinstance(application, flask.Flask)


def test_path_and_query_are_models(client: Any) -> None:
    assert client.get("/books/3?limit=5&tags=a&tags=b").json == {"id": 3, "limit": 5, "tags": ["a", "b"]}


def test_a_wrong_value_is_422_with_its_place(client: Any) -> None:
    reply = client.get("/books/3?limit=99")
    assert (reply.status_code, reply.json[0]["loc"]) == (422, ["limit"])


def test_a_body_is_a_model(client: Any) -> None:
    assert client.post("/books", json={"title": "Emma"}).json == {"title": "Emma", "price": 0.0}
    assert client.post("/books", json={"title": "E"}).status_code == 422


def test_a_header_is_a_model(client: Any) -> None:
    assert client.get("/head", headers={"X-Token": "t"}).json == {"token": "t"}
    assert client.get("/head").status_code == 422


def test_a_form_with_a_file_is_a_model(client: Any) -> None:
    import io

    data = {"file": (io.BytesIO(b"x"), "x.txt"), "note": "n"}
    assert client.post("/upload", data=data).json == {"name": "x.txt", "note": "n"}


def test_an_async_view_gets_its_model(client: Any) -> None:
    assert client.get("/async?limit=3").json == {"limit": 3}


def test_blueprints_and_class_views_answer(client: Any) -> None:
    assert client.get("/api/ping").text == "pong"
    assert client.get("/v1/items?limit=2").json == {"limit": 2}


def test_the_document_describes_them(client: Any) -> None:
    document = client.get("/openapi/openapi.json").json
    assert {"/books/{book_id}", "/books", "/api/ping", "/v1/items"} <= set(document["paths"])
    show = document["paths"]["/books/{book_id}"]["get"]
    assert (show["summary"], show["tags"]) == ("One book", ["book"])
    assert {parameter["name"] for parameter in show["parameters"]} == {"book_id", "limit", "tags"}
    assert {"BookBody", "BookOut"} <= set(document["components"]["schemas"])
