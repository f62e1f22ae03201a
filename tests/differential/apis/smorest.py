"""A pet shop on flask-smorest: schemas, paging, ETags, class views, nested blueprints, basic authentication."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Flask, g, jsonify, request, url_for
from flask.views import MethodView
from flask_httpauth import HTTPBasicAuth
from flask_smorest import Api, Blueprint, Page, abort
from flask_smorest.fields import Upload
from marshmallow.validate import Length, OneOf, Range


class Pet(ma.Schema):
    id = ma.fields.Int(dump_only=True)
    name = ma.fields.Str(required=True, validate=Length(min=1, max=20))
    kind = ma.fields.Str(load_default="cat", validate=OneOf(["cat", "dog"]))
    born = ma.fields.Date()


class Filters(ma.Schema):
    kind = ma.fields.List(ma.fields.Str(validate=OneOf(["cat", "dog"])))
    older = ma.fields.Int(validate=Range(min=0))


class Header(ma.Schema):
    trace = ma.fields.Int(data_key="X-Trace")


class Picture(ma.Schema):
    picture = Upload(required=True)


class Refused(Exception):
    pass


def make_pets() -> Blueprint:
    pets = Blueprint("pets", __name__, url_prefix="/pets", description="Everything about pets")
    store: dict[int, dict[str, Any]] = {}
    auth = HTTPBasicAuth()
    auth.verify_password(lambda name, password: name if password == "pw" else None)

    @pets.before_request
    def count() -> None:
        g.seen = request.endpoint

    @pets.route("/")
    class Pets(MethodView):
        @pets.arguments(Filters, location="query")
        @pets.response(200, Pet(many=True))
        @pets.paginate(Page, page_size=2, max_page_size=5)
        def get(self, filters: dict[str, Any]) -> Any:
            """List pets

            All of them, oldest first.
            """
            return [pet for pet in store.values() if pet["kind"] in filters.get("kind", ["cat", "dog"])]

        @pets.arguments(Pet)
        @pets.response(201, Pet, headers={"Location": {"schema": {"type": "string"}}})
        @auth.login_required
        def post(self, new: dict[str, Any]) -> Any:
            pet = {"id": len(store) + 1, **new}
            store[pet["id"]] = pet
            return pet, {"Location": url_for("pets.PetById", pet_id=pet["id"]), "X-By": auth.current_user()}

    @pets.route("/<int:pet_id>")
    class PetById(MethodView):
        @pets.etag
        @pets.response(200, Pet)
        @pets.alt_response(404, description="no such pet")
        def get(self, pet_id: int) -> Any:
            if pet_id not in store:
                abort(404, message="no such pet", errors={"pet_id": [pet_id]}, headers={"X-Why": "missing"})
            return store[pet_id]

        @pets.etag
        @pets.arguments(Pet(partial=True))
        @pets.response(200, Pet)
        def patch(self, change: dict[str, Any], pet_id: int) -> Any:
            pets.check_etag(store[pet_id], Pet)
            store[pet_id].update(change)
            return store[pet_id]

        @pets.response(204)
        def delete(self, pet_id: int) -> None:
            store.pop(pet_id, None)

    @pets.route("/trace/<uuid:token>")
    @pets.arguments(Header, location="headers")
    @pets.response(200)
    async def trace(header: dict[str, Any], token: Any) -> Any:
        return {"trace": header.get("trace"), "token": str(token), "seen": g.seen}

    @pets.route("/picture", methods=["POST"])
    @pets.arguments(Picture, location="files")
    @pets.response(201)
    def picture(files: dict[str, Any]) -> Any:
        return {"name": files["picture"].filename, "size": len(files["picture"].read())}

    @pets.route("/refused")
    def refused() -> Any:
        raise Refused("not today")

    @pets.route("/crash")
    def crash() -> Any:
        raise ValueError("crash")

    return pets


def make_app() -> Flask:
    app = Flask(__name__)
    app.config.update(
        API_TITLE="Pets",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_SWAGGER_UI_PATH="/swagger",
        OPENAPI_SWAGGER_UI_URL="https://example.com/swagger/",
        OPENAPI_REDOC_PATH="/redoc",
        OPENAPI_REDOC_URL="https://example.com/redoc.js",
        MAX_CONTENT_LENGTH=2000,
    )
    api = Api(app, spec_kwargs={"components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}}})
    app.register_error_handler(Refused, lambda error: (jsonify(refused=str(error)), 409))
    inner = Blueprint("inner", __name__, url_prefix="/inner")

    @inner.route("/where")
    @inner.response(200)
    def where() -> Any:
        return {"blueprints": request.blueprints, "endpoint": request.endpoint, "url": url_for(".where")}

    outer = Blueprint("outer", __name__, url_prefix="/outer")
    outer.register_blueprint(inner)
    api.register_blueprint(make_pets())
    api.register_blueprint(outer)
    return app


def tell(app: Flask) -> Any:
    commands = [["openapi", "print"], ["openapi", "print", "--format", "yaml"], ["routes", "--sort", "rule"]]
    return [app.test_cli_runner().invoke(args=command).output for command in commands]


ADA, EVE = ("ada", "pw"), ("eve", "wrong")
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/pets/", {"json": {"name": "Rex"}}),
    ("POST", "/pets/", {"json": {"name": "Rex"}, "auth": EVE}),
    ("POST", "/pets/", {"json": {"name": "Rex", "born": "2020-02-29"}, "auth": ADA}),
    ("POST", "/pets/", {"json": {"name": "Tom", "kind": "dog"}, "auth": ADA}),
    ("POST", "/pets/", {"json": {"name": "", "kind": "cow", "id": 3, "born": "x"}, "auth": ADA}),
    ("POST", "/pets/", {"data": "{", "content_type": "application/json", "auth": ADA}),
    ("POST", "/pets/", {"data": b"\xff", "content_type": "application/json", "auth": ADA}),
    ("POST", "/pets/", {"data": "name=Rex", "content_type": "application/x-www-form-urlencoded", "auth": ADA}),
    ("POST", "/pets/", {"data": "", "auth": ADA}),
    ("POST", "/pets/", {"json": [], "auth": ADA}),
    ("POST", "/pets/", {"json": {"name": "x" * 3000}, "auth": ADA}),
    ("POST", "/pets", {"json": {"name": "Rex"}, "auth": ADA}),
    ("GET", "/pets/", {}),
    ("GET", "/pets/?page=2&page_size=1", {}),
    ("GET", "/pets/?page=9", {}),
    ("GET", "/pets/?page=0&page_size=99", {}),
    ("GET", "/pets/?kind=cat&kind=dog", {}),
    ("GET", "/pets/?kind=cow&older=-1&unknown=1", {}),
    ("GET", "/pets", {}),
    ("HEAD", "/pets/", {}),
    ("OPTIONS", "/pets/", {}),
    ("PUT", "/pets/", {}),
    ("GET", "/pets/1", {}),
    ("GET", "/pets/1", {"headers": {"If-None-Match": '"x"'}}),
    ("GET", "/pets/99", {}),
    ("GET", "/pets/x", {}),
    ("PATCH", "/pets/1", {"json": {"name": "Max"}}),
    ("PATCH", "/pets/1", {"json": {"name": "Max"}, "headers": {"If-Match": '"x"'}}),
    ("DELETE", "/pets/2", {}),
    ("GET", "/pets/trace/6f1c2a3e-0000-4000-8000-000000000001", {"headers": {"X-Trace": "7"}}),
    ("GET", "/pets/trace/6f1c2a3e-0000-4000-8000-000000000001", {"headers": {"X-Trace": "x"}}),
    ("GET", "/pets/trace/x", {}),
    ("POST", "/pets/picture", {"data": {"picture": (__file__, "a.png")}}),
    ("POST", "/pets/picture", {"data": {"other": "x"}}),
    ("GET", "/pets/refused", {}),
    ("GET", "/pets/crash", {}),
    ("GET", "/outer/inner/where", {}),
    ("GET", "/nowhere", {}),
    ("GET", "/docs/openapi.json", {}),
    ("GET", "/docs/swagger", {}),
    ("GET", "/docs/redoc", {}),
]
