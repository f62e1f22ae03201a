"""Flask-JSONRPC on the names of Flask: methods, batches, notifications, errors, its blueprint."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request
from flask_jsonrpc import JSONRPC


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    jsonrpc = JSONRPC(app, "/api", enable_web_browsable_api=False)

    def add(a: int, b: int) -> int:
        return a + b

    def path() -> str:
        return request.path

    def crash() -> str:
        raise ValueError("broken")

    for name, function in (("add", add), ("path", path), ("crash", crash)):
        function.__annotations__ = {key: eval(value) for key, value in function.__annotations__.items()}
        jsonrpc.method(f"App.{name}")(function)
    return app


def call(application: Flask, body: Any) -> Any:
    return application.test_client().post("/api", json=body)


def request_of(method: str, params: Any = None, number: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": f"App.{method}", "params": params or [], "id": number}


def test_a_method_is_called_by_position_and_name(application: Flask) -> None:
    assert call(application, request_of("add", [2, 3])).json == {"id": 1, "jsonrpc": "2.0", "result": 5}
    assert call(application, request_of("add", {"a": 4, "b": 5})).json["result"] == 9


def test_a_method_runs_in_the_request(application: Flask) -> None:
    assert call(application, request_of("path")).json["result"] == "/api"


def test_a_batch_is_answered_in_one(application: Flask) -> None:
    reply = call(application, [request_of("add", [1, 1], 1), request_of("add", [2, 2], 2)])
    assert sorted((item["id"], item["result"]) for item in reply.json) == [(1, 2), (2, 4)]


def test_a_notification_has_no_answer(application: Flask) -> None:
    body = request_of("add", [1, 1])
    del body["id"]
    assert call(application, body).status_code == 204


def test_errors_have_their_codes(application: Flask) -> None:
    assert call(application, request_of("none")).json["error"]["code"] == -32601
    assert call(application, request_of("add", ["x", 1])).json["error"]["code"] == -32602
    assert call(application, request_of("crash")).json["error"]["data"]["message"] == "broken"
