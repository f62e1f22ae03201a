"""An API that connexion drives from a specification: parameters, bodies, security, a class view, problems."""

from __future__ import annotations

from typing import Any

import connexion
import flask
from connexion.exceptions import ProblemException
from connexion.resolver import MethodResolver

PET = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 2}, "tag": {"type": "string", "nullable": True}},
    "additionalProperties": False,
}
PET_ID = {"name": "pet_id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
JSON_PET = {"application/json": {"schema": PET}}
PATHS = {
    "/pets": {
        "get": {
            "operationId": "apis.connexion_.several",
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9, "default": 5}},
                {
                    "name": "tags",
                    "in": "query",
                    "style": "form",
                    "explode": False,
                    "schema": {"type": "array", "items": {"type": "string"}},
                },
                {"name": "X-Trace", "in": "header", "schema": {"type": "integer"}},
            ],
            "responses": {"200": {"description": "pets", "content": {"application/json": {}}}},
        },
        "post": {
            "operationId": "apis.connexion_.add",
            "security": [{"basic": []}],
            "requestBody": {"required": True, "content": JSON_PET},
            "responses": {"201": {"description": "made", "content": JSON_PET}},
        },
    },
    "/pets/{pet_id}": {
        "get": {
            "operationId": "apis.connexion_.show",
            "parameters": [PET_ID],
            "responses": {"200": {"description": "a pet", "content": JSON_PET}},
        },
        "delete": {
            "operationId": "apis.connexion_.remove",
            "security": [{"key": []}],
            "parameters": [PET_ID],
            "responses": {"204": {"description": "gone"}},
        },
    },
    "/upload": {
        "post": {
            "operationId": "apis.connexion_.upload",
            "requestBody": {
                "content": {
                    "multipart/form-data": {
                        "schema": {
                            "type": "object",
                            "required": ["file"],
                            "properties": {"file": {"type": "string", "format": "binary"}, "note": {"type": "string"}},
                        }
                    }
                }
            },
            "responses": {"200": {"description": "kept"}},
        }
    },
    "/crash": {"get": {"operationId": "apis.connexion_.crash", "responses": {"200": {"description": "never"}}}},
    "/async": {"get": {"operationId": "apis.connexion_.coroutine", "responses": {"200": {"description": "async"}}}},
    "/badly": {
        "get": {
            "operationId": "apis.connexion_.badly",
            "responses": {"200": {"description": "not what is said", "content": JSON_PET}},
        }
    },
}
SPEC = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "components": {
        "securitySchemes": {
            "basic": {"type": "http", "scheme": "basic", "x-basicInfoFunc": "apis.connexion_.by_password"},
            "key": {"type": "apiKey", "name": "X-Key", "in": "header", "x-apikeyInfoFunc": "apis.connexion_.by_key"},
        }
    },
    "paths": PATHS,
}
ITEMS = {
    "openapi": "3.0.3",
    "info": {"title": "Items", "version": "1"},
    "paths": {
        "/items": {
            "get": {"responses": {"200": {"description": "all"}}},
            "post": {"responses": {"201": {"description": "made"}}},
        },
        "/items/{item_id}": {
            "get": {
                "parameters": [{"name": "item_id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "one"}},
            }
        },
    },
}


class Items:
    def search(self) -> Any:
        return ["all"]

    def post(self) -> Any:
        return {"made": flask.request.method}, 201, {"X-Made": "here"}

    def get(self, item_id: int) -> Any:
        return {"id": item_id, "url": flask.request.path}


ItemsView = Items


def by_password(username: str, password: str) -> Any:
    return {"sub": username} if password == "pw" else None


def by_key(key: str) -> Any:
    return {"sub": "machine"} if key == "good" else None


def several(limit: int, tags: list[str] | None = None) -> Any:
    return {"limit": limit, "tags": tags, "trace": flask.request.headers.get("X-Trace"), "app": flask.current_app.name}


def add(body: dict[str, Any], user: str) -> Any:
    return {"name": body["name"]}, 201, {"X-By": user}


def show(pet_id: int) -> Any:
    if pet_id == 0:
        raise ProblemException(status=404, title="No pet", detail="none", ext={"pet_id": 0})
    if pet_id == 1:
        flask.abort(410)
    return flask.jsonify(name=f"pet {pet_id}")


def remove(pet_id: int, token_info: dict[str, Any]) -> Any:
    return connexion.NoContent, 204, {"X-By": token_info["sub"]}


def upload(body: dict[str, Any], file: Any) -> Any:
    return {"name": file.filename, "note": body.get("note")}


def crash() -> Any:
    raise ValueError("crash")


async def coroutine() -> Any:
    return {"async": flask.request.path}


def badly() -> Any:
    return {"name": 3}


def make_app() -> connexion.FlaskApp:
    app = connexion.FlaskApp(__name__)
    app.add_api(SPEC, base_path="/v1", validate_responses=True)
    app.add_api(ITEMS, base_path="/v2", resolver=MethodResolver("apis.connexion_"), name="items")
    app.add_url_rule("/plain", "plain", lambda: "plain")

    @app.route("/session")
    def session() -> Any:
        flask.session["seen"] = flask.session.get("seen", 0) + 1
        return {"seen": flask.session["seen"]}

    app.app.secret_key = "key"
    return app


def make_client(app: connexion.FlaskApp) -> Any:
    return app.test_client()


ADA = {"Authorization": "Basic YWRhOnB3"}
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/pets", {}),
    ("GET", "/v1/pets?limit=7&tags=a,b", {"headers": {"X-Trace": "3"}}),
    ("GET", "/v1/pets?limit=70", {}),
    ("GET", "/v1/pets?limit=x", {}),
    ("GET", "/v1/pets", {"headers": {"X-Trace": "x"}}),
    ("GET", "/v1/pets?unknown=1", {}),
    ("POST", "/v1/pets", {"json": {"name": "Rex"}}),
    ("POST", "/v1/pets", {"json": {"name": "Rex"}, "headers": ADA}),
    ("POST", "/v1/pets", {"json": {"name": "R", "more": 1}, "headers": ADA}),
    ("POST", "/v1/pets", {"content": b"{", "headers": {**ADA, "Content-Type": "application/json"}}),
    ("POST", "/v1/pets", {"content": b"name=Rex", "headers": {**ADA, "Content-Type": "text/plain"}}),
    ("POST", "/v1/pets", {"headers": ADA}),
    ("GET", "/v1/pets/3", {}),
    ("GET", "/v1/pets/0", {}),
    ("GET", "/v1/pets/1", {}),
    ("GET", "/v1/pets/x", {}),
    ("DELETE", "/v1/pets/3", {}),
    ("DELETE", "/v1/pets/3", {"headers": {"X-Key": "good"}}),
    ("DELETE", "/v1/pets/3", {"headers": {"X-Key": "bad"}}),
    ("PUT", "/v1/pets/3", {}),
    ("OPTIONS", "/v1/pets/3", {}),
    ("POST", "/v1/upload", {"files": {"file": ("a.txt", b"x")}, "data": {"note": "n"}}),
    ("POST", "/v1/upload", {"data": {"note": "n"}}),
    ("GET", "/v1/crash", {}),
    ("GET", "/v1/async", {}),
    ("GET", "/v1/badly", {}),
    ("GET", "/v2/items", {}),
    ("POST", "/v2/items", {}),
    ("GET", "/v2/items/3", {}),
    ("GET", "/plain", {}),
    ("POST", "/plain", {}),
    ("GET", "/session", {}),
    ("GET", "/missing", {}),
    ("GET", "/v1/openapi.json", {}),
    ("GET", "/v1/ui/", {}),
    ("GET", "/v2/openapi.json", {}),
]
