"""APIFlask on the names of Flask: input, output, errors, auth, pagination, async and class views, OpenAPI."""

from __future__ import annotations

import io
from typing import Any

import flask
import pytest
from apiflask import APIBlueprint, APIFlask, HTTPBasicAuth, HTTPError, HTTPTokenAuth, Schema, abort
from apiflask.fields import File, Integer, List, Nested, String
from apiflask.validators import FileType, Length, OneOf, Range
from apiflask.views import MethodView
from click.testing import CliRunner
from flask.cli import FlaskGroup


class PetIn(Schema):
    name = String(required=True, validate=Length(1, 10))
    kind = String(load_default="cat", validate=OneOf(["cat", "dog"]))


class PetOut(Schema):
    id = Integer()
    name = String()
    kind = String()


class Query(Schema):
    page = Integer(load_default=1, validate=Range(min=1))


class Picture(Schema):
    picture = File(required=True, validate=FileType([".png"]))


class Wrapped(Schema):
    code = Integer()
    data = Nested(PetOut)


class Answers(Schema):
    answers = List(Integer())


@pytest.fixture
def application() -> APIFlask:
    app = APIFlask(__name__, title="Pets", version="1.2")
    auth = HTTPTokenAuth()

    @auth.verify_token
    def verify(token: str) -> dict[str, str] | None:
        return {"name": "ada"} if token == "good" else None

    @app.get("/")
    def index() -> Any:
        """Say hello"""
        return {"message": "hello"}

    @app.get("/pets/<int:pet_id>")
    @app.output(PetOut)
    def show(pet_id: int) -> Any:
        if pet_id > 9:
            abort(404, message="no such pet", detail={"id": pet_id}, headers={"X-Why": "missing"})
        return {"id": pet_id, "name": "Tom", "kind": "cat", "secret": "x"}

    @app.post("/pets")
    @app.input(PetIn, location="json", example={"name": "Tom"})
    @app.output(PetOut, status_code=201)
    def add(json_data: dict[str, Any]) -> Any:
        return {"id": 1, **json_data}

    @app.get("/pets")
    @app.input(Query, location="query")
    @app.output(PetOut(many=True))
    def several(query_data: dict[str, Any]) -> Any:
        return [{"id": query_data["page"], "name": "Tom", "kind": "cat"}]

    @app.post("/picture")
    @app.input(Picture, location="files")
    def picture(files_data: dict[str, Any]) -> Any:
        return {"name": files_data["picture"].filename}

    @app.get("/async")
    @app.output(Answers)
    async def coroutine() -> Any:
        return {"answers": [42], "more": 1}

    @app.get("/private")
    @app.auth_required(auth)
    def private() -> Any:
        return {"user": auth.current_user}

    @app.get("/raise")
    def raising() -> Any:
        raise HTTPError(418, message="teapot")

    class Item(MethodView):
        @app.output(PetOut)
        def get(self, item_id: int) -> Any:
            """Read an item"""
            return {"id": item_id, "name": "item"}

        @app.input(PetIn(partial=True), location="json")
        def patch(self, item_id: int, json_data: dict[str, Any]) -> Any:
            return {"patched": sorted(json_data)}

        def delete(self, item_id: int) -> Any:
            return "", 204

    app.add_url_rule("/items/<int:item_id>", view_func=Item.as_view("item"))
    blueprint = APIBlueprint("shop", __name__, url_prefix="/shop", tag="Shop")

    @blueprint.get("/open")
    @blueprint.doc(summary="Is it open?", deprecated=True, responses=[503])
    def is_open() -> Any:
        return {"open": True}

    app.register_blueprint(blueprint)
    return app


@pytest.fixture
def client(application: APIFlask) -> Any:
    return application.test_client()


def test_the_app_is_a_flask(application: APIFlask) -> None:
    assert isinstance(application, flask.Flask)
    assert issubclass(APIBlueprint, flask.Blueprint)


def test_a_dict_is_json(client: Any) -> None:
    assert client.get("/").json == {"message": "hello"}


def test_output_keeps_declared_fields_only(client: Any) -> None:
    assert client.get("/pets/3").json == {"id": 3, "name": "Tom", "kind": "cat"}


def test_input_is_validated_and_defaults_filled(client: Any) -> None:
    reply = client.post("/pets", json={"name": "Rex"})
    assert (reply.status_code, reply.json) == (201, {"id": 1, "name": "Rex", "kind": "cat"})


def test_a_wrong_input_is_422_with_details(client: Any) -> None:
    reply = client.post("/pets", json={"name": "", "kind": "fish"})
    assert (reply.status_code, reply.json["message"]) == (422, "Validation error")
    assert set(reply.json["detail"]["json"]) == {"name", "kind"}


def test_malformed_json_is_400(client: Any) -> None:
    reply = client.post("/pets", data="{", content_type="application/json")
    assert (reply.status_code, reply.mimetype) == (400, "application/json")


def test_query_input_reaches_the_view(client: Any) -> None:
    assert client.get("/pets?page=4").json[0]["id"] == 4
    assert list(client.get("/pets?page=0").json["detail"]) == ["query"]


def test_a_file_is_checked_by_type(client: Any) -> None:
    def send(name: str) -> Any:
        return client.post("/picture", data={"picture": (io.BytesIO(b"x"), name)})

    assert send("cat.png").json == {"name": "cat.png"}
    assert send("cat.exe").status_code == 422


def test_abort_answers_in_json_with_detail_and_headers(client: Any) -> None:
    reply = client.get("/pets/10")
    assert reply.json == {"detail": {"id": 10}, "message": "no such pet"}
    assert (reply.status_code, reply.headers["X-Why"]) == (404, "missing")


def test_a_raised_http_error_answers_in_json(client: Any) -> None:
    reply = client.get("/raise")
    assert (reply.status_code, reply.json["message"]) == (418, "teapot")


def test_an_unknown_url_is_answered_in_json(client: Any) -> None:
    reply = client.get("/nowhere")
    assert (reply.status_code, reply.json) == (404, {"detail": {}, "message": "Not Found"})


def test_json_errors_can_be_switched_off() -> None:
    assert APIFlask(__name__, json_errors=False).test_client().get("/x").mimetype == "text/html"


def test_an_error_processor_shapes_every_error(application: APIFlask) -> None:
    @application.error_processor
    def shape(error: HTTPError) -> Any:
        return {"status": error.status_code, "text": error.message}, error.status_code, error.headers

    assert application.test_client().get("/pets/10").json == {"status": 404, "text": "no such pet"}


def test_an_async_view_is_dumped(client: Any) -> None:
    assert client.get("/async").json == {"answers": [42]}


def test_authentication_is_asked_for(client: Any) -> None:
    refused = client.get("/private")
    assert (refused.status_code, refused.json) == (401, {"detail": {}, "message": "Unauthorized"})
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/private", headers={"Authorization": "Bearer good"}).json == {"user": {"name": "ada"}}


def test_basic_authentication_is_asked_for() -> None:
    app = APIFlask(__name__)
    auth = HTTPBasicAuth()
    auth.verify_password(lambda name, password: name if password == "pw" else None)

    @app.get("/")
    @app.auth_required(auth)
    def index() -> Any:
        return {"user": auth.current_user}

    client = app.test_client()
    assert client.get("/", auth=("ada", "pw")).json == {"user": "ada"}
    assert client.get("/", auth=("ada", "no")).status_code == 401


def test_a_method_view_has_a_way_for_each_method(client: Any) -> None:
    assert client.get("/items/5").json == {"id": 5, "name": "item"}
    assert client.patch("/items/5", json={"kind": "dog"}).json == {"patched": ["kind"]}
    assert client.delete("/items/5").status_code == 204
    assert client.put("/items/5").status_code == 405


def test_a_blueprint_answers_below_its_prefix(client: Any) -> None:
    assert client.get("/shop/open").json == {"open": True}


def test_a_base_response_wraps_every_output() -> None:
    app = APIFlask(__name__)
    app.config["BASE_RESPONSE_SCHEMA"] = Wrapped
    app.config["BASE_RESPONSE_DATA_KEY"] = "data"

    @app.get("/")
    @app.output(PetOut)
    def index() -> Any:
        return {"data": {"id": 1, "name": "Tom", "x": 2}, "code": 7}

    assert app.test_client().get("/").json == {"code": 7, "data": {"id": 1, "name": "Tom"}}


def test_the_document_describes_views(client: Any) -> None:
    document = client.get("/openapi.json").json
    assert document["info"] == {"title": "Pets", "version": "1.2"}
    assert {"/", "/pets", "/pets/{pet_id}", "/items/{item_id}", "/shop/open", "/private"} <= set(document["paths"])
    assert document["paths"]["/"]["get"]["summary"] == "Say hello"
    assert set(document["paths"]["/items/{item_id}"]) >= {"get", "patch", "delete"}
    parameter = document["paths"]["/pets/{pet_id}"]["get"]["parameters"][0]
    assert (parameter["name"], parameter["schema"]) == ("pet_id", {"type": "integer"})
    assert set(document["components"]["schemas"]) >= {"PetIn", "PetOut", "HTTPError", "ValidationError"}


def test_the_document_knows_tags_security_and_examples(client: Any) -> None:
    document = client.get("/openapi.json").json
    shop = document["paths"]["/shop/open"]["get"]
    assert (shop["summary"], shop["deprecated"], shop["tags"]) == ("Is it open?", True, ["Shop"])
    assert "503" in shop["responses"]
    assert document["paths"]["/private"]["get"]["security"] == [{"BearerAuth": []}]
    body = document["paths"]["/pets"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"] == {"name": "Tom"}


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages_for_the_document_are_served(application: APIFlask, client: Any, path: str) -> None:
    reply = client.get(path)
    assert reply.status_code == (200 if path == "/docs" else 404)


def test_the_document_is_written_by_the_command(application: APIFlask) -> None:
    group = FlaskGroup(create_app=lambda: application)
    result = CliRunner().invoke(group, ["spec", "--indent", "2"])
    assert result.exit_code == 0, result.output
    assert '"title": "Pets"' in result.output
