"""A pet shop on APIFairy: body, arguments, response and authentication by decorator, pagination, the document."""

from __future__ import annotations

from typing import Annotated, Any

from apifairy import APIFairy, FileField, arguments, authenticate, body, other_responses, response, webhook
from flask import Blueprint, Flask, abort, url_for
from flask_httpauth import HTTPBasicAuth, HTTPTokenAuth
from flask_marshmallow import Marshmallow
from marshmallow.validate import Length, OneOf

ma = Marshmallow()


class Pet(ma.Schema):  # type: ignore[name-defined,misc]
    class Meta:
        ordered = True

    id = ma.Integer(dump_only=True)
    name = ma.String(required=True, validate=Length(min=2), metadata={"description": "what it is called"})
    url = ma.URLFor("pets.show", values={"pet_id": "<id>"}, dump_only=True)


class Query(ma.Schema):  # type: ignore[name-defined,misc]
    limit = ma.Integer(load_default=5)
    order = ma.String(validate=OneOf(["asc", "desc"]))


class Upload(ma.Schema):  # type: ignore[name-defined,misc]
    file = FileField(required=True)


class Trace(ma.Schema):  # type: ignore[name-defined,misc]
    trace = ma.Integer(data_key="X-Trace")


def make_app() -> Flask:
    app = Flask(__name__)
    app.config.update(APIFAIRY_TITLE="Pets", APIFAIRY_VERSION="1", APIFAIRY_UI="redoc", APIFAIRY_TAGS=["pets"])
    fairy = APIFairy(app)
    ma.init_app(app)
    basic, token = HTTPBasicAuth(), HTTPTokenAuth()
    basic.verify_password(lambda name, password: name if password == "pw" else None)
    token.verify_token({"good": {"name": "ada", "roles": ["admin"]}, "other": {"name": "eve", "roles": []}}.get)
    token.get_user_roles(lambda user: user["roles"])
    pets = Blueprint("pets", __name__)

    @fairy.process_apispec
    def with_contact(spec: dict[str, Any]) -> dict[str, Any]:
        spec["info"]["contact"] = {"name": "ada", "url": url_for("pets.show", pet_id=1, _external=True)}
        return spec

    @pets.post("/pets")
    @authenticate(token)
    @body(Pet)
    @response(Pet, 201)
    def add(data: dict[str, Any]) -> Any:
        """Add a pet

        It is not kept.
        """
        return {"id": 1, **data}, {"X-Made": "here"}

    @pets.get("/pets/<int:pet_id>")
    @arguments(Query)
    @arguments(Trace, location="headers")
    @response(Pet)
    @other_responses({404: "no pet"})
    async def show(query: dict[str, Any], headers: dict[str, Any], pet_id: int) -> Any:
        if pet_id > 9:
            abort(404)
        return {"id": pet_id, "name": f"limit {query['limit']} {headers.get('trace')}"}

    @pets.post("/upload")
    @body(Upload, location="form")
    @response(Pet)
    def upload(form: dict[str, Any]) -> Any:
        return {"id": 2, "name": form["file"].filename}

    @pets.get("/me")
    @authenticate(basic)
    @response(Pet)
    def me() -> Any:
        return {"id": 3, "name": basic.current_user()}

    @pets.get("/admin")
    @authenticate(token, role="admin")
    @response(Pet)
    def admin() -> Any:
        return {"id": 4, "name": token.current_user()["name"]}

    @pets.put("/annotated/<pet_id>")
    @response(Pet)
    def annotated(pet_id: Annotated[int, "the number"]) -> Any:
        return {"id": 5, "name": str(pet_id)}

    @webhook(blueprint=pets)
    @body(Pet)
    def added(data: dict[str, Any]) -> Any:
        """A pet was added"""

    app.register_blueprint(pets)
    return app


GOOD, OTHER = {"Authorization": "Bearer good"}, {"Authorization": "Bearer other"}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/pets", {"json": {"name": "Rex"}}),
    ("POST", "/pets", {"json": {"name": "Rex"}, "headers": GOOD}),
    ("POST", "/pets", {"json": {"name": "R", "id": 3}, "headers": GOOD}),
    ("POST", "/pets", {"data": "{", "content_type": "application/json", "headers": GOOD}),
    ("POST", "/pets", {"headers": GOOD}),
    ("GET", "/pets/3", {}),
    ("GET", "/pets/3?limit=2&order=asc", {"headers": {"X-Trace": "7"}}),
    ("GET", "/pets/3?limit=x&order=up&more=1", {}),
    ("GET", "/pets/3", {"headers": {"X-Trace": "x"}}),
    ("GET", "/pets/33", {}),
    ("GET", "/pets/x", {}),
    ("POST", "/upload", {"data": {"file": (__file__, "a.txt")}}),
    ("POST", "/upload", {"data": {}}),
    ("GET", "/me", {}),
    ("GET", "/me", {"auth": ("ada", "pw")}),
    ("GET", "/me", {"auth": ("ada", "x")}),
    ("GET", "/admin", {"headers": OTHER}),
    ("GET", "/admin", {"headers": GOOD}),
    ("PUT", "/annotated/3", {}),
    ("DELETE", "/pets/3", {}),
    ("OPTIONS", "/pets/3", {}),
    ("HEAD", "/pets/3", {}),
    ("GET", "/missing", {}),
    ("GET", "/apispec.json", {}),
    ("GET", "/docs", {}),
]
