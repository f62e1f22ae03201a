"""Flask-CORS on the names of Flask: app-wide, per resource, per view, preflight, and headers on errors."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, Flask, abort, jsonify
from flask_cors import CORS, cross_origin

ORIGIN = {"Origin": "https://shop.example"}
PREFLIGHT = {**ORIGIN, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "X-Token, X-Other"}


def make_app(**options: Any) -> Flask:
    app = Flask(__name__)
    CORS(app, **options)

    @app.route("/api/items", methods=["GET", "PUT"])
    def items() -> Any:
        return jsonify(items=[])

    @app.get("/page")
    def page() -> str:
        return "page"

    @app.get("/api/abort")
    def stop() -> Any:
        abort(403)

    @app.get("/api/crash")
    def crash() -> Any:
        raise RuntimeError("the view crashed")

    return app


def test_every_response_of_the_app_allows_any_origin() -> None:
    client = make_app().test_client()
    assert client.get("/page", headers=ORIGIN).headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert client.get("/page").headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_is_answered_with_methods_and_headers() -> None:
    reply = make_app(max_age=600).test_client().options("/api/items", headers=PREFLIGHT)
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert reply.headers["Access-Control-Allow-Headers"] == "X-Other, X-Token"
    assert reply.headers["Access-Control-Max-Age"] == "600"
    assert set(reply.allow) == {"GET", "HEAD", "OPTIONS", "PUT"}


def test_resources_choose_the_paths_by_pattern() -> None:
    client = make_app(resources={r"/api/*": {"origins": "https://shop.example"}}).test_client()
    assert client.get("/api/items", headers=ORIGIN).headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Origin" not in client.get("/page", headers=ORIGIN).headers


def test_another_origin_gets_no_header() -> None:
    client = make_app(origins=["https://shop.example", r"https://.*\.shop\.example"]).test_client()
    reply = client.get("/page", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in reply.headers
    reply = client.get("/page", headers={"Origin": "https://de.shop.example"})
    assert reply.headers["Access-Control-Allow-Origin"] == "https://de.shop.example"
    assert reply.headers["Vary"] == "Origin"


def test_credentials_echo_the_origin() -> None:
    reply = make_app(supports_credentials=True).test_client().get("/page", headers=ORIGIN)
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"


def test_exposed_headers_are_listed() -> None:
    reply = make_app(expose_headers=["X-Total"]).test_client().get("/page", headers=ORIGIN)
    assert reply.headers["Access-Control-Expose-Headers"] == "X-Total"


@pytest.mark.parametrize(
    ("path", "status"), [("/api/abort", 403), ("/api/crash", 500), ("/nowhere", 404)], ids=["abort", "crash", "404"]
)
def test_error_responses_carry_the_headers_too(path: str, status: int) -> None:
    reply = make_app().test_client().get(path, headers=ORIGIN)
    assert reply.status_code == status
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


def test_a_redirect_for_a_slash_carries_the_headers() -> None:
    app = make_app()
    app.add_url_rule("/slash/", "slash", lambda: "slash")
    reply = app.test_client().get("/slash", headers=ORIGIN)
    assert reply.status_code == 308
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


def test_an_error_handler_still_shapes_the_error() -> None:
    app = make_app()

    @app.errorhandler(RuntimeError)
    def explain(error: RuntimeError) -> Any:
        return {"error": str(error)}, 503

    reply = app.test_client().get("/api/crash", headers=ORIGIN)
    assert (reply.status_code, reply.json) == (503, {"error": "the view crashed"})
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]


def test_exceptions_are_left_alone_when_interception_is_off() -> None:
    app = make_app(intercept_exceptions=False)
    assert app.test_client().get("/api/abort", headers=ORIGIN).status_code == 403


def test_one_view_is_opened_by_its_decorator() -> None:
    app = Flask(__name__)

    @app.route("/open", methods=["GET", "POST"])
    @cross_origin(origins="https://shop.example", methods=["POST"], allow_headers=["X-Token"])
    def opened() -> str:
        return "open"

    @app.get("/closed")
    def closed() -> str:
        return "closed"

    client = app.test_client()
    assert client.get("/open", headers=ORIGIN).headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Origin" not in client.get("/closed", headers=ORIGIN).headers
    preflight = client.options("/open", headers={**ORIGIN, "Access-Control-Request-Method": "POST"})
    assert preflight.headers["Access-Control-Allow-Methods"] == "POST"


def test_a_blueprint_is_opened_alone() -> None:
    app = Flask(__name__)
    api = Blueprint("api", __name__, url_prefix="/api")
    CORS(api, origins="https://shop.example")

    @api.get("/")
    def index() -> str:
        return "api"

    @app.get("/")
    def home() -> str:
        return "home"

    app.register_blueprint(api)
    client = app.test_client()
    assert "Access-Control-Allow-Origin" in client.get("/api/", headers=ORIGIN).headers
    assert "Access-Control-Allow-Origin" not in client.get("/", headers=ORIGIN).headers


def test_headers_set_by_the_view_are_kept() -> None:
    app = make_app()

    @app.get("/own")
    def own() -> Any:
        return "own", {"Access-Control-Allow-Origin": "https://own.example"}

    reply = app.test_client().get("/own", headers=ORIGIN)
    assert reply.headers.getlist("Access-Control-Allow-Origin") == ["https://own.example"]


def test_it_can_be_switched_on_after_the_app_has_views() -> None:
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: "index")
    CORS().init_app(app, origins="https://shop.example")
    reply = app.test_client().get("/", headers=ORIGIN)
    assert reply.headers["Access-Control-Allow-Origin"] == "https://shop.example"
