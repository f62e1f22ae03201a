"""The typed layer in an application, end to end through the test client."""

import dataclasses
import io
import typing as t
from typing import Annotated

import pytest
from werkzeug.exceptions import NotFound

from ewer import Ewer, Flask
from ewer.typed import Depends, Form, Header, Query, UploadFile
from ewer.views import MethodView
from ewer.wrappers import Request

from .models import Filter, Item, NewItem

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
    app = Ewer("items")
    items: dict[str, Item] = {}

    @app.post("/items", status=201)
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


def test_a_form_with_too_many_fields_is_a_413(client):
    many = client.post("/upload", data={f"f{n}": "x" for n in range(2000)}, content_type="multipart/form-data")
    assert (many.status_code, many.content_type) == (413, "application/problem+json")


def test_a_long_form_is_bounded_by_the_content_length_as_in_flask(app, client):
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    text = "&".join(f"title={n}" for n in range(100_000))
    long = client.post("/upload", data=text, content_type="application/x-www-form-urlencoded")
    assert long.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nnever closed',
        b'--x\r\nContent-Disposition: form-data; name="title"\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+ADw-\r\n--x--',
        b'--x\r\nContent-Disposition: form-data; name="cover"; filename="\xff\xfe"\r\n\r\nx\r\n--x--',
        b"\xff" * 1000,
    ],
)
def test_broken_multipart_bodies_are_refused_or_read_and_never_an_error(client, body):
    answer = client.post("/upload", data=body, content_type="multipart/form-data; boundary=x")
    assert 400 <= answer.status_code < 500


def test_class_based_views_are_bound_by_method(client):
    assert client.get("/things?n=4").json == [4]
    answer = client.post("/things", json={"name": "a", "price": 1})
    assert (answer.status_code, answer.headers["X-Thing"], answer.json["name"]) == (202, "1", "a")


def test_under_flasks_rules_annotated_views_stay_what_they_are():
    app = Flask("plain")

    @app.get("/users/<user_id>")
    def user(user_id: int, page: int = 1) -> str:
        return f"{user_id!r} {page}"

    assert app.test_client().get("/users/7?page=2").data == b"'7' 1"


def test_none_beside_a_model_is_a_204_even_where_the_route_names_a_status():
    made = Ewer("made")

    @made.post("/maybe", status=201)
    def maybe(it: t.Optional[NewItem]) -> t.Optional[NewItem]:
        return it

    @made.post("/named", status=201)
    def named() -> tuple[t.Optional[Item], int]:
        return None, 202

    @made.post("/queue", status=202)
    def queue() -> None: ...

    client = made.test_client()
    nothing = client.post("/maybe", data="null", content_type="application/json")
    assert (nothing.status_code, nothing.data, nothing.content_type) == (204, b"", None)
    assert client.post("/maybe", json={"name": "a", "price": 1}).status_code == 201
    assert client.post("/named").status_code == client.post("/queue").status_code == 202
    paths = client.get("/openapi.json").json["paths"]
    assert {"201", "204"} <= paths["/maybe"]["post"]["responses"].keys()
    assert "202" in paths["/queue"]["post"]["responses"]


def test_a_stream_may_come_with_a_status_and_headers():
    made = Ewer("made")

    @made.get("/lines")
    def lines() -> t.Iterator[Filter]:
        return iter([Filter(1)]), 202, {"X-Total": "1"}

    answer = made.test_client().get("/lines")
    assert (answer.status_code, answer.content_type) == (202, "application/jsonl")
    assert (answer.data, answer.headers["X-Total"]) == (b'{"limit":1,"tag":[]}\n', "1")
