"""Flask-RESTful on the names of Flask: resources, parsing, marshalling, errors and representations."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, Flask, make_response
from flask_restful import Api, Resource, abort, fields, marshal_with, reqparse


class Item(Resource):
    shape = {"id": fields.Integer, "name": fields.String(attribute="title"), "uri": fields.Url("item")}

    @marshal_with(shape)
    def get(self, id: int) -> Any:
        if id > 9:
            abort(404, message=f"no item {id}")
        return {"id": id, "title": "tea", "hidden": True}

    def delete(self, id: int) -> Any:
        return "", 204, {"X-Gone": str(id)}


class Items(Resource):
    def post(self) -> Any:
        parser = reqparse.RequestParser(bundle_errors=True)
        parser.add_argument("name", required=True, location="json", help="a name is needed")
        parser.add_argument("price", type=float, default=1.0, location="json")
        return dict(parser.parse_args()), 201

    def get(self) -> Any:
        raise RuntimeError("broken")


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    api = Api(app, prefix="/api")
    api.add_resource(Item, "/items/<int:id>", endpoint="item")
    api.add_resource(Items, "/items", "/things")
    app.add_url_rule("/page", "page", lambda: "page")

    @app.errorhandler(404)
    def missing(error: Exception) -> Any:
        return "html 404", 404

    return app


def test_a_resource_is_marshalled(application: Flask) -> None:
    assert application.test_client().get("/api/items/3").json == {"id": 3, "name": "tea", "uri": "/api/items/3"}


def test_arguments_are_parsed_and_errors_bundled(application: Flask) -> None:
    client = application.test_client()
    reply = client.post("/api/things", json={"name": "tea", "price": "2.5"})
    assert (reply.status_code, reply.json) == (201, {"name": "tea", "price": 2.5})
    refused = client.post("/api/items", json={"price": 1})
    assert (refused.status_code, refused.json) == (400, {"message": {"name": "a name is needed"}})


def test_status_and_headers_come_from_the_tuple(application: Flask) -> None:
    reply = application.test_client().delete("/api/items/4")
    assert (reply.status_code, reply.headers["X-Gone"]) == (204, "4")


def test_an_abort_is_json(application: Flask) -> None:
    reply = application.test_client().get("/api/items/10")
    assert (reply.status_code, reply.json["message"].startswith("no item 10")) == (404, True)


def test_a_crash_of_a_resource_is_a_json_500(application: Flask) -> None:
    reply = application.test_client().get("/api/items")
    assert (reply.status_code, reply.json) == (500, {"message": "Internal Server Error"})


def test_a_wrong_method_is_a_json_405(application: Flask) -> None:
    reply = application.test_client().put("/api/items/1")
    assert (reply.status_code, reply.mimetype) == (405, "application/json")


def test_the_rest_of_the_app_keeps_its_errors(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/page").text == "page"
    assert client.get("/nowhere").text == "html 404"


def test_an_api_on_a_blueprint_has_its_prefix() -> None:
    app = Flask(__name__)
    blueprint = Blueprint("v1", __name__, url_prefix="/v1")
    api = Api(blueprint)
    api.add_resource(Items, "/items")
    app.register_blueprint(blueprint)
    assert app.test_client().post("/v1/items", json={"name": "x"}).json["name"] == "x"


def test_an_own_representation_is_chosen_by_accept(application: Flask) -> None:
    app = Flask(__name__)
    api = Api(app)

    @api.representation("text/plain")
    def plain(data: Any, code: int, headers: Any = None) -> Any:
        return make_response(str(data), code, headers or {})

    class Number(Resource):
        def get(self) -> Any:
            return 7

    api.add_resource(Number, "/n")
    client = app.test_client()
    assert client.get("/n", headers={"Accept": "text/plain"}).text == "7"
    assert client.get("/n").json == 7
