"""Flask-RESTX on the names of Flask: resources, parsing, marshalling, errors, namespaces, Swagger document and page."""

from __future__ import annotations

import functools
import logging
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, request, url_for
from flask_restx import Api, Resource, fields, inputs, reqparse


class OutOfStock(Exception):
    pass


def build(api: Api) -> None:
    ns = api.namespace("todos", description="Things to do")
    todo = api.model("Todo", {"id": fields.Integer(readonly=True), "task": fields.String(required=True, min_length=2)})
    linked = api.inherit(
        "Linked",
        todo,
        {"uri": fields.Url("todo", absolute=False), "shout": fields.String(attribute=lambda t: t["task"].upper())},
    )
    parser = reqparse.RequestParser()
    parser.add_argument("limit", type=int, default=10, location="args", help="how many")
    parser.add_argument("done", type=inputs.boolean, location="args")
    parser.add_argument("tag", action="append", location="args", choices=("a", "b"))
    store: dict[int, dict[str, Any]] = {1: {"id": 1, "task": "wash", "secret": "x"}}

    @ns.route("/")
    class Todos(Resource):
        @ns.expect(parser)
        @ns.marshal_list_with(todo)
        def get(self) -> Any:
            """List all todos"""
            return list(store.values())[: parser.parse_args()["limit"]]

        @ns.expect(todo, validate=True)
        @ns.marshal_with(todo, code=201)
        @ns.response(400, "bad todo")
        def post(self) -> Any:
            made = {"id": len(store) + 1, **request.json}
            store[made["id"]] = made
            return made, 201, {"X-Made": "here"}

    @ns.route("/<int:id>", endpoint="todo")
    @ns.param("id", "The number of the todo")
    class Todo(Resource):
        @ns.marshal_with(linked)
        def get(self, id: int) -> Any:
            if id not in store:
                api.abort(404, f"no todo {id}", hint="try 1")
            return store[id]

        def delete(self, id: int) -> Any:
            store.pop(id, None)
            return "", 204

    @ns.route("/args")
    class Args(Resource):
        def get(self) -> Any:
            return parser.parse_args()

    @ns.route("/fail/<kind>")
    class Fail(Resource):
        def get(self, kind: str) -> Any:
            if kind == "stock":
                raise OutOfStock("none left")
            if kind == "abort":
                abort(403)
            raise RuntimeError("broken")

    @ns.errorhandler(OutOfStock)
    def out_of_stock(error: OutOfStock) -> Any:
        """Nothing left"""
        return {"message": str(error), "code": 7}, 409


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.config.update(PROPAGATE_EXCEPTIONS=False, RESTX_MASK_SWAGGER=False)
    api = Api(app, title="Todo API", version="2.0", prefix="/api", doc="/api/doc")
    build(api)
    app.add_url_rule("/plain", "plain", lambda: "plain")

    @app.get("/plain-crash")
    def plain_crash() -> str:
        raise RuntimeError("plain")

    @app.errorhandler(404)
    def missing(error: Exception) -> Any:
        return "html 404", 404

    return app


@pytest.fixture
def client(application: Flask) -> Any:
    return application.test_client()


def test_a_resource_marshals_what_it_returns(client: Any) -> None:
    assert client.get("/api/todos/").json == [{"id": 1, "task": "wash"}]
    assert client.get("/api/todos/1").json == {"id": 1, "task": "wash", "uri": "/api/todos/1", "shout": "WASH"}


def test_a_valid_payload_is_stored_with_status_and_headers(client: Any) -> None:
    reply = client.post("/api/todos/", json={"task": "cook"})
    assert (reply.status_code, reply.json, reply.headers["X-Made"]) == (201, {"id": 2, "task": "cook"}, "here")


def test_an_invalid_payload_is_400_with_the_place(client: Any) -> None:
    reply = client.post("/api/todos/", json={"task": "x"})
    assert (reply.status_code, list(reply.json["errors"])) == (400, ["task"])
    assert reply.json["message"] == "Input payload validation failed"
    assert client.post("/api/todos/", json={}).json["errors"] == {"task": "'task' is a required property"}


def test_a_parser_reads_types_defaults_and_lists(client: Any) -> None:
    assert client.get("/api/todos/args?done=true&tag=a&tag=b").json == {"limit": 10, "done": True, "tag": ["a", "b"]}
    reply = client.get("/api/todos/args?limit=many")
    assert (reply.status_code, reply.json["errors"]) == (
        400,
        {"limit": "how many invalid literal for int() with base 10: 'many'"},
    )


def test_a_mask_header_chooses_the_fields(client: Any) -> None:
    assert client.get("/api/todos/1", headers={"X-Fields": "{task}"}).json == {"task": "wash"}


def test_an_abort_carries_its_extras(client: Any) -> None:
    reply = client.get("/api/todos/9")
    assert (reply.status_code, reply.json["hint"]) == (404, "try 1")
    assert reply.json["message"].startswith("no todo 9")


def test_a_namespace_error_handler_decides(client: Any) -> None:
    reply = client.get("/api/todos/fail/stock")
    assert (reply.status_code, reply.json) == (409, {"message": "none left", "code": 7})


def test_an_http_exception_becomes_json(client: Any) -> None:
    reply = client.get("/api/todos/fail/abort")
    assert (reply.status_code, reply.mimetype) == (403, "application/json")


def test_an_unknown_exception_is_a_logged_json_500(client: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reply = client.get("/api/todos/fail/other")
    assert (reply.status_code, reply.json) == (500, {"message": "Internal Server Error"})
    assert "RuntimeError: broken" in caplog.text


def test_views_outside_the_api_keep_the_errors_of_the_app(client: Any) -> None:
    assert client.get("/plain").text == "plain"
    assert client.get("/nowhere").text == "html 404"
    assert client.get("/plain-crash").mimetype == "text/html"


def test_a_wrong_method_on_a_resource_is_a_json_405(client: Any) -> None:
    reply = client.put("/api/todos/1")
    assert (reply.status_code, reply.mimetype) == (405, "application/json")
    assert {"GET", "DELETE"} <= set(reply.allow)


def test_a_resource_answers_204_without_a_body(client: Any) -> None:
    assert client.delete("/api/todos/1").data == b""


def test_the_swagger_document_is_whole(client: Any) -> None:
    document = client.get("/api/swagger.json").json
    assert document["info"]["title"] == "Todo API"
    assert set(document["paths"]) == {"/todos/", "/todos/{id}", "/todos/args", "/todos/fail/{kind}"}
    listing = document["paths"]["/todos/"]["get"]
    assert listing["summary"] == "List all todos"
    assert [parameter["name"] for parameter in listing["parameters"]] == ["limit", "done", "tag"]
    assert document["paths"]["/todos/{id}"]["parameters"][0]["description"] == "The number of the todo"
    assert document["paths"]["/todos/"]["post"]["responses"]["400"]["description"] == "bad todo"
    assert set(document["definitions"]) == {"Todo", "Linked"}


def test_the_swagger_page_and_its_assets_are_served(application: Flask, client: Any) -> None:
    page = client.get("/api/doc")
    assert page.status_code == 200
    assert "/api/swagger.json" in page.text
    assert client.get("/swaggerui/swagger-ui.css").status_code == 200


def test_an_api_on_a_blueprint_lives_below_its_prefix() -> None:
    app = Flask(__name__)
    blueprint = Blueprint("v1", __name__, url_prefix="/v1")
    api = Api(blueprint, doc=False)
    build(api)
    app.register_blueprint(blueprint)
    client = app.test_client()
    assert client.get("/v1/todos/").json == [{"id": 1, "task": "wash"}]
    assert client.get("/v1/todos/fail/stock").json["code"] == 7
    assert client.get("/v1/nowhere").status_code == 404
    with app.test_request_context():
        assert url_for("v1.todo", id=4) == "/v1/todos/4"


def test_views_are_named_after_their_resource_class(application: Flask) -> None:
    assert "todo" in application.view_functions
    assert application.view_functions["todo"].view_class.__name__ == "Todo"  # type: ignore[attr-defined]


def test_decorators_of_the_api_wrap_each_method() -> None:
    app = Flask(__name__)

    def stamp(view: Any) -> Any:
        @functools.wraps(view)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            response = view(*args, **kwargs)
            response.headers["X-Stamp"] = "stamped"
            return response

        return wrapped

    api = Api(app, decorators=[stamp])

    @api.route("/x")
    class X(Resource):
        def get(self) -> Any:
            return 1

    reply = app.test_client().get("/x")
    assert (reply.json, reply.headers["X-Stamp"]) == (1, "stamped")


def test_an_own_representation_answers_by_accept(application: Flask) -> None:
    app = Flask(__name__)
    api = Api(app)

    @api.representation("text/csv")
    def csv(data: Any, code: int, headers: Any = None) -> Any:
        return app.make_response((",".join(data), code, headers))

    @api.route("/x")
    class X(Resource):
        def get(self) -> Any:
            return ["a", "b"]

    client = app.test_client()
    assert client.get("/x", headers={"Accept": "text/csv"}).text == "a,b"
    assert client.get("/x").json == ["a", "b"]
