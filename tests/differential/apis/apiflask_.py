"""A pet shop on APIFlask: input and output by schema, token and basic authentication, pagination, class views."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, APIFlask, HTTPBasicAuth, HTTPError, HTTPTokenAuth, Schema, abort
from apiflask.fields import File, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from apiflask.views import MethodView
from flask import request, url_for


class PetIn(Schema):
    name = String(required=True, validate=Length(1, 10), metadata={"description": "what it is called"})
    kind = String(load_default="cat", validate=OneOf(["cat", "dog"]))


class PetOut(PetIn):
    id = Integer()


class Query(Schema):
    page = Integer(load_default=1, validate=Range(min=1))
    tag = List(String())


class Picture(Schema):
    picture = File(required=True)
    note = String()


class Wrapped(Schema):
    data = Nested(PetOut)


def make_v1(token: HTTPTokenAuth) -> APIBlueprint:
    v1 = APIBlueprint("v1", __name__, url_prefix="/v1", tag={"name": "First", "description": "the first version"})
    basic = HTTPBasicAuth()
    basic.verify_password(lambda name, password: {"name": name} if password == "pw" else None)

    class Item(MethodView):
        decorators = [v1.doc(responses=[404])]

        @v1.output(PetOut)
        def get(self, item_id: int) -> Any:
            """Read an item"""
            return {"id": item_id, "name": "item", "secret": 1}

        @v1.auth_required(token)
        @v1.input(PetIn(partial=True), location="json")
        @v1.output(PetOut, status_code=202)
        def patch(self, item_id: int, json_data: dict[str, Any]) -> Any:
            return {"id": item_id, **json_data}

        def delete(self, item_id: int) -> Any:
            return "", 204, {"X-Gone": str(item_id)}

    v1.add_url_rule("/items/<int:item_id>", view_func=Item.as_view("item"))

    @v1.get("/basic")
    @v1.auth_required(basic)
    def by_password() -> Any:
        return {"user": basic.current_user["name"]}

    @v1.get("/role")
    @v1.auth_required(token, roles=["admin"])
    def by_role() -> Any:
        return {"user": token.current_user["name"], "url": url_for(".by_role", _external=True)}

    return v1


def make_app() -> APIFlask:
    app = APIFlask(__name__, title="Pets", version="1.2", docs_path="/swagger")
    app.config.update(DESCRIPTION="A shop", SERVERS=[{"url": "/", "description": "here"}], MAX_CONTENT_LENGTH=2000)
    token = HTTPTokenAuth()
    users = {"good": {"name": "ada", "roles": ["admin"]}, "other": {"name": "eve", "roles": []}}
    token.verify_token(users.get)
    token.get_user_roles(lambda user: user["roles"])

    @app.get("/")
    def index() -> Any:
        """Say hello"""
        return {"message": "hello", "path": request.path}

    @app.post("/pets")
    @app.input(PetIn, location="json", example={"name": "Tom"})
    @app.output(PetOut, status_code=201, links={"item": {"operationId": "item"}})
    def add(json_data: dict[str, Any]) -> Any:
        return {"id": 1, **json_data}, {"X-Made": "here"}

    @app.get("/pets")
    @app.input(Query, location="query")
    @app.output(PetOut(many=True))
    def several(query_data: dict[str, Any]) -> Any:
        return [{"id": query_data["page"], "name": name} for name in query_data.get("tag", ["Tom"])]

    @app.get("/pets/<int:pet_id>")
    @app.output(PetOut)
    @app.doc(summary="One", operation_id="one", security="ApiKey")
    async def one(pet_id: int) -> Any:
        if pet_id > 9:
            abort(404, message="no such pet", detail={"id": pet_id}, headers={"X-Why": "missing"})
        return {"id": pet_id, "name": "Tom"}

    @app.post("/picture")
    @app.input(Picture, location="form_and_files")
    def picture(form_and_files_data: dict[str, Any]) -> Any:
        return {"name": form_and_files_data["picture"].filename, "note": form_and_files_data.get("note")}

    @app.get("/teapot")
    def teapot() -> Any:
        raise HTTPError(418, message="teapot", extra_data={"short": True})

    @app.get("/crash")
    def crash() -> Any:
        raise ValueError("crash")

    @app.get("/hidden")
    @app.doc(hide=True)
    def hidden() -> Any:
        return ["hidden"], 203

    app.register_blueprint(make_v1(token))
    return app


def tell(app: APIFlask) -> Any:
    return [
        app.test_cli_runner().invoke(args=command).output
        for command in (["spec"], ["spec", "--format", "yaml"], ["routes"])
    ]


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}),
    ("HEAD", "/", {}),
    ("POST", "/", {}),
    ("POST", "/pets", {"json": {"name": "Rex"}}),
    ("POST", "/pets", {"json": {"name": "x" * 11, "kind": "cow", "more": 1}}),
    ("POST", "/pets", {"json": []}),
    ("POST", "/pets", {"data": "{", "content_type": "application/json"}),
    ("POST", "/pets", {"data": "name=Rex"}),
    ("POST", "/pets", {"json": {"name": "x" * 3000}}),
    ("GET", "/pets?page=2&tag=a&tag=b", {}),
    ("GET", "/pets?page=0", {}),
    ("GET", "/pets?page=x", {}),
    ("GET", "/pets/3", {}),
    ("GET", "/pets/33", {}),
    ("GET", "/pets/x", {}),
    ("GET", "/pets/", {}),
    ("POST", "/picture", {"data": {"picture": (__file__, "a.png"), "note": "n"}}),
    ("POST", "/picture", {"data": {"note": "n"}}),
    ("GET", "/teapot", {}),
    ("GET", "/crash", {}),
    ("GET", "/hidden", {}),
    ("GET", "/v1/items/4", {}),
    ("PATCH", "/v1/items/4", {"json": {"kind": "dog"}}),
    ("PATCH", "/v1/items/4", {"json": {"kind": "dog"}, "headers": {"Authorization": "Bearer good"}}),
    ("PATCH", "/v1/items/4", {"json": {"kind": "cow"}, "headers": {"Authorization": "Bearer good"}}),
    ("DELETE", "/v1/items/4", {}),
    ("PUT", "/v1/items/4", {}),
    ("OPTIONS", "/v1/items/4", {}),
    ("GET", "/v1/basic", {}),
    ("GET", "/v1/basic", {"auth": ("ada", "pw")}),
    ("GET", "/v1/basic", {"auth": ("ada", "x")}),
    ("GET", "/v1/role", {}),
    ("GET", "/v1/role", {"headers": {"Authorization": "Bearer other"}}),
    ("GET", "/v1/role", {"headers": {"Authorization": "Bearer good"}}),
    ("GET", "/missing", {}),
    ("GET", "/openapi.json", {}),
    ("GET", "/swagger", {}),
    ("GET", "/swagger/oauth2-redirect", {}),
]
