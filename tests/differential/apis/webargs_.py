"""An API on webargs: arguments from every place of a request, the parser's errors, a parser of its own, class views."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Blueprint, Flask, abort, jsonify, request
from flask.views import MethodView
from flask_httpauth import HTTPBasicAuth
from webargs import fields, validate
from webargs.flaskparser import FlaskParser, parser, use_args, use_kwargs


class Pet(ma.Schema):
    name = fields.Str(required=True, validate=validate.Length(min=1))
    tags = fields.DelimitedList(fields.Str())

    class Meta:
        unknown = ma.EXCLUDE


class Strict(FlaskParser):
    DEFAULT_VALIDATION_STATUS = 400


def is_even(number: int) -> None:
    if number % 2:
        raise ma.ValidationError("must be even", data={"number": number})


def make_app() -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="key", MAX_CONTENT_LENGTH=2000)
    strict = Strict()
    basic = HTTPBasicAuth()
    basic.verify_password(lambda name, password: name if password == "pw" else None)

    @app.errorhandler(422)
    @app.errorhandler(400)
    def refused(error: Any) -> Any:
        messages = getattr(error, "data", {}).get("messages", [error.description])
        return jsonify(errors=messages), error.code, getattr(error, "data", {}).get("headers") or {}

    @app.post("/pets")
    @use_args(Pet)
    def add(pet: dict[str, Any]) -> Any:
        return jsonify(pet), 201

    @app.get("/search")
    @use_kwargs({"q": fields.Str(required=True), "n": fields.Int(validate=is_even, load_default=2)}, location="query")
    def search(q: str, n: int) -> Any:
        return {"q": q, "n": n}

    @app.get("/pets/<int:pet_id>")
    @use_kwargs({"pet_id": fields.Int(validate=validate.Range(max=9))}, location="view_args")
    async def show(pet_id: int) -> Any:
        return {"id": pet_id}

    @app.post("/form")
    @use_args({"name": fields.Str(required=True), "n": fields.List(fields.Int())}, location="form")
    @use_args({"x_trace": fields.Int(data_key="X-Trace")}, location="headers", unknown=ma.EXCLUDE)
    @use_args({"seen": fields.Bool()}, location="cookies")
    def form(values: Any, headers: Any, cookies: Any) -> Any:
        return {"values": values, "headers": headers, "cookies": cookies}

    @app.post("/file")
    @use_args({"file": fields.Raw(required=True)}, location="files")
    def file(files: dict[str, Any]) -> Any:
        return {"name": files["file"].filename}

    @app.post("/either")
    @use_args({"name": fields.Str()}, location="json_or_form")
    def either(values: dict[str, Any]) -> Any:
        return values

    @app.post("/strict")
    @strict.use_args({"name": fields.Str(required=True)}, error_headers={"X-Why": "strict"})
    def by_strict(values: dict[str, Any]) -> Any:
        return values

    @app.post("/inside")
    def inside() -> Any:
        values = parser.parse({"name": fields.Str(required=True)}, request)
        return {"name": values["name"], "path": request.path}

    @app.get("/private")
    @basic.login_required
    @use_kwargs({"n": fields.Int(required=True)}, location="query")
    def private(n: int) -> Any:
        return {"user": basic.current_user(), "n": n}

    return with_views(app)


def with_views(app: Flask) -> Flask:
    class Item(MethodView):
        init_every_request = False

        @use_kwargs({"deep": fields.Bool(load_default=False)}, location="query")
        def get(self, item_id: int, deep: bool) -> Any:
            return {"id": item_id, "deep": deep}

        @use_args(Pet(partial=True))
        def patch(self, pet: dict[str, Any], item_id: int) -> Any:
            if not pet:
                abort(409, "nothing to change")
            return {"id": item_id, **pet}

    shop = Blueprint("shop", __name__, url_prefix="/shop/<shop>")
    shop.add_url_rule("/items/<int:item_id>", view_func=Item.as_view("item"))

    @shop.url_value_preprocessor
    def pull(endpoint: str | None, values: dict[str, Any] | None) -> None:
        (values or {}).pop("shop")

    app.register_blueprint(shop)
    return app


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/pets", {"json": {"name": "Rex", "tags": "a,b", "more": 1}}),
    ("POST", "/pets", {"json": {"name": ""}}),
    ("POST", "/pets", {"json": ["Rex"]}),
    ("POST", "/pets", {"data": "{", "content_type": "application/json"}),
    ("POST", "/pets", {"data": b"\xff\xfe", "content_type": "application/json"}),
    ("POST", "/pets", {"data": "name=Rex"}),
    ("POST", "/pets", {"json": {"name": "x" * 3000}}),
    ("GET", "/search?q=x&n=4", {}),
    ("GET", "/search?q=x&n=3", {}),
    ("GET", "/search?n=x&other=1", {}),
    ("GET", "/pets/3", {}),
    ("GET", "/pets/33", {}),
    ("POST", "/form", {"data": {"name": "x", "n": ["1", "2"]}, "headers": {"X-Trace": "7", "Cookie": "seen=1"}}),
    ("POST", "/form", {"data": {"n": ["1", "x"]}, "headers": {"X-Trace": "x"}}),
    ("POST", "/form", {"data": {"name": "x"}, "headers": {"Cookie": "seen=maybe; other=1"}}),
    ("POST", "/file", {"data": {"file": (__file__, "a.txt")}}),
    ("POST", "/file", {"data": {}}),
    ("POST", "/either", {"json": {"name": "a"}}),
    ("POST", "/either", {"data": {"name": "b"}}),
    ("POST", "/either", {"data": "{", "content_type": "application/json"}),
    ("POST", "/strict", {"json": {}}),
    ("POST", "/inside", {"json": {"name": "a"}}),
    ("POST", "/inside", {"json": {}}),
    ("GET", "/private?n=x", {}),
    ("GET", "/private?n=x", {"auth": ("ada", "pw")}),
    ("GET", "/private?n=1", {"auth": ("ada", "pw")}),
    ("GET", "/shop/s/items/1?deep=yes", {}),
    ("GET", "/shop/s/items/1?deep=maybe", {}),
    ("PATCH", "/shop/s/items/1", {"json": {"name": "x"}}),
    ("PATCH", "/shop/s/items/1", {"json": {}}),
    ("DELETE", "/shop/s/items/1", {}),
    ("OPTIONS", "/shop/s/items/1", {}),
    ("HEAD", "/shop/s/items/1", {}),
]
