"""connexion and a2wsgi on the names of Flask: an app behind ASGI, driven by a specification, and back to WSGI."""

from __future__ import annotations

import asyncio
from typing import Any

import flask
import pytest
from a2wsgi import ASGIMiddleware, WSGIMiddleware
from connexion import FlaskApp
from connexion.exceptions import ProblemException

SPEC = {
    "openapi": "3.0.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets/{pet_id}": {
            "get": {
                "operationId": "test_connexion.get_pet",
                "parameters": [
                    {"name": "pet_id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9, "default": 5}},
                ],
                "responses": {"200": {"description": "a pet", "content": {"application/json": {}}}},
            }
        },
        "/pets": {
            "post": {
                "operationId": "test_connexion.add_pet",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {"name": {"type": "string"}},
                            }
                        }
                    },
                },
                "responses": {"201": {"description": "made"}},
            }
        },
    },
}


def get_pet(pet_id: int, limit: int) -> Any:
    if pet_id == 0:
        raise ProblemException(status=404, title="No pet", detail="none")
    return {"id": pet_id, "limit": limit, "path": flask.request.path}


def add_pet(body: dict[str, Any]) -> Any:
    return {"name": body["name"], "app": flask.current_app.name}, 201


@pytest.fixture
def client() -> Any:
    app = FlaskApp(__name__)
    app.add_api(SPEC)
    app.add_url_rule("/plain", "plain", lambda: "plain")
    return app.test_client()


def test_parameters_are_passed_by_name_and_type(client: Any) -> None:
    assert client.get("/pets/3?limit=7").json() == {"id": 3, "limit": 7, "path": "/pets/3"}
    assert client.get("/pets/3").json()["limit"] == 5


def test_parameters_and_bodies_are_validated(client: Any) -> None:
    assert client.get("/pets/3?limit=70").status_code == 400
    assert client.post("/pets", json={}).status_code == 400
    assert client.get("/pets/x").status_code == 404


def test_a_body_is_passed_and_the_status_kept(client: Any) -> None:
    reply = client.post("/pets", json={"name": "Rex"})
    assert (reply.status_code, reply.json()["name"]) == (201, "Rex")


def test_a_problem_is_answered_as_problem_json(client: Any) -> None:
    reply = client.get("/pets/0")
    assert (reply.status_code, reply.json()["title"]) == (404, "No pet")
    assert reply.headers["content-type"] == "application/problem+json"


def test_plain_views_answer_beside_the_specification(client: Any) -> None:
    assert client.get("/plain").text == "plain"


def make_streaming_app() -> flask.Flask:
    app = flask.Flask(__name__)

    @app.post("/echo")
    def echo() -> Any:
        return flask.request.get_data(), {"X-Path": flask.request.script_root + flask.request.path}

    @app.get("/stream")
    def stream() -> Any:
        return app.response_class(str(n) for n in range(5))

    return app


async def ask(app: Any, method: str, path: str, body: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def test_the_app_answers_behind_an_asgi_bridge() -> None:
    bridge = WSGIMiddleware(make_streaming_app())
    status, headers, body = asyncio.run(ask(bridge, "POST", "/echo", b"hello"))
    assert (status, headers[b"x-path"], body) == (200, b"/echo", b"hello")
    assert asyncio.run(ask(bridge, "GET", "/stream"))[2] == b"01234"


def test_an_asgi_app_is_mounted_as_middleware_of_the_app() -> None:
    app = make_streaming_app()

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    inner, mounted = app.wsgi_app, ASGIMiddleware(asgi)

    def choose(environ: Any, start_response: Any) -> Any:
        return (mounted if environ["PATH_INFO"].startswith("/asgi") else inner)(environ, start_response)

    app.wsgi_app = choose  # type: ignore[method-assign,assignment]
    client = app.test_client()
    assert client.get("/asgi/x").text == "/asgi/x"
    assert client.get("/stream").text == "01234"
