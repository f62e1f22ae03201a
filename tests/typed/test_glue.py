"""The draft of the join with the application, end to end through the test client.

`Typed` stands in for what the road will do: it serves every view by `typed_view`.
"""

import dataclasses
import io
import typing as t
from typing import Annotated

import pytest
from openapi_spec_validator import validate
from werkzeug.exceptions import NotFound

from ewer._typed_glue import RouteOptions, route_docs, typed_view
from ewer.app import Flask
from ewer.typed import Depends, Form, Header, Query, UploadFile
from ewer.typed.openapi import DocumentInfo, build_document
from ewer.typed.runner import AppScope
from ewer.views import MethodView
from ewer.wrappers import Request

from .models import Filter, Item, NewItem

STATUS = {"create_item": 201}


def _options(rule):
    return RouteOptions(status=STATUS.get(rule.endpoint))


class Typed(Flask):
    mode = "ewer"

    def dispatch_request(self):
        from ewer.globals import request

        rule: t.Any = request.url_rule
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        known = self.__dict__.setdefault("typed_views", {})
        scope = self.__dict__.setdefault("app_scope", AppScope())
        if id(rule) not in known:
            view = self.view_functions[rule.endpoint]
            known[id(rule)] = typed_view(self, view, rule, mode=self.mode, options=_options(rule), app_scope=scope)
        return self.ensure_sync(known[id(rule)])(**request.view_args)


log: list[str] = []


def session():
    log.append("open")
    try:
        yield "session"
    finally:
        log.append("close")


async def user(token: Annotated[str, Header()], s: Annotated[str, Depends(session)]):
    return f"{token} with {s}"


@pytest.fixture
def app():
    app = Typed("items")
    items: dict[str, Item] = {}

    @app.post("/items")
    def create_item(item: NewItem) -> Item:
        made = Item(**dataclasses.asdict(item), id=str(len(items) + 1))
        items[made.id] = made
        return made

    @app.get("/items/<item_id>")
    def get_item(item_id: str) -> Item:
        try:
            return items[item_id]
        except KeyError:
            raise NotFound from None

    @app.delete("/items/<int:item_id>")
    def delete_item(item_id: int) -> None:
        items.pop(str(item_id), None)

    @app.get("/items")
    def list_items(f: Annotated[Filter, Query()]) -> list[Item]:
        return list(items.values())[: f.limit]

    @app.get("/me")
    def me(u: Annotated[str, Depends(user)], request: Request) -> dict[str, str]:
        log.append("view")
        return {"user": u, "path": request.path}

    @app.get("/async")
    async def asynchronous(n: int, u: Annotated[str, Depends(user)]) -> list[int]:
        return [n, len(u)]

    @app.post("/upload")
    def upload(title: Annotated[str, Form()], cover: UploadFile) -> dict[str, str]:
        return {"title": title, "text": cover.read().decode()}

    @app.get("/stream")
    def stream() -> t.Iterator[Item]:
        yield from items.values()

    @app.get("/plain")
    def plain():
        return "plain"

    class Things(MethodView):
        def get(self, n: int = 1) -> list[int]:
            return [n]

        def post(self, item: NewItem) -> tuple[NewItem, int, dict[str, str]]:
            return item, 202, {"X-Thing": "1"}

    app.add_url_rule("/things", view_func=Things.as_view("things"))
    log.clear()
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def test_the_item_api_works(client):
    made = client.post("/items", json={"name": "a", "price": 2})
    assert (made.status_code, made.content_type) == (201, "application/json")
    assert made.json == {"name": "a", "price": 2.0, "description": None, "in_stock": True, "id": "1"}
    assert client.get("/items/1").json == made.json
    assert client.get("/items?limit=1").json == [made.json]
    assert client.get("/stream").data.count(b"\n") == 1
    gone = client.delete("/items/1")
    assert (gone.status_code, gone.data) == (204, b"")
    assert client.get("/items/1").status_code == 404
    assert client.get("/plain").data == b"plain"


def test_refusals_are_problem_details(client):
    refused = client.post("/items", json={"name": "", "price": 2})
    assert (refused.status_code, refused.content_type) == (422, "application/problem+json")
    assert refused.json["errors"][0]["location"] == ["body", "name"]
    assert client.post("/items", data=b"{", content_type="application/json").status_code == 400
    assert client.post("/items", data=b"x", content_type="text/plain").status_code == 415
    assert client.get("/items?limit=x").status_code == 422


def test_a_body_over_the_limit_is_a_413(app, client):
    app.config["MAX_CONTENT_LENGTH"] = 10
    refused = client.post("/items", json={"name": "a", "price": 2})
    assert (refused.status_code, refused.content_type) == (413, "application/problem+json")


def test_flasks_error_handlers_see_refusals(app, client):
    @app.errorhandler(422)
    def unprocessable(error):
        return f"{len(error.refusal.errors)} errors", 422

    assert client.post("/items", json={}).data == b"2 errors"


def test_the_body_can_still_be_read_by_hooks_before_and_after(app, client):
    from ewer.globals import request

    bodies = []
    app.before_request(lambda: bodies.append(request.get_data()) and None)
    app.after_request(lambda response: bodies.append(request.get_data()) or response)
    assert client.post("/items", json={"name": "a", "price": 2}).status_code == 201
    assert bodies[0] == bodies[1] != b""


def test_dependencies_are_closed_after_the_response(client):
    answer = client.get("/me", headers={"Token": "t"})
    assert answer.json == {"user": "t with session", "path": "/me"}
    answer.close()
    assert log == ["open", "view", "close"]
    assert client.get("/async?n=3", headers={"Token": "t"}).json == [3, 14]


def test_forms_and_files_come_from_a_real_multipart_body(client):
    answer = client.post("/upload", data={"title": "T", "cover": (io.BytesIO(b"text"), "c.txt")})
    assert answer.json == {"title": "T", "text": "text"}


def test_class_based_views_are_bound_by_method(client):
    assert client.get("/things?n=4").json == [4]
    answer = client.post("/things", json={"name": "a", "price": 1})
    assert (answer.status_code, answer.headers["X-Thing"], answer.json["name"]) == (202, "1", "a")


def test_the_document_of_the_application_is_valid(app):
    made = build_document(route_docs(app, mode="ewer", options_of=_options), DocumentInfo(title="Items"))
    validate(made)
    assert made["paths"]["/items/{item_id}"]["get"]["operationId"] == "get_item"
    assert made["paths"]["/items"]["post"]["responses"].keys() == {"201", "400", "413", "415", "422"}
    assert set(made["paths"]["/things"]) == {"get", "post"}


def test_under_flasks_rules_annotated_views_stay_what_they_are():
    class Plain(Typed):
        mode = "flask"

    app = Plain("plain")

    @app.get("/users/<user_id>")
    def user(user_id: int, page: int = 1) -> str:
        return f"{user_id!r} {page}"

    assert app.test_client().get("/users/7?page=2").data == b"'7' 1"
