"""The application that every agent watches: views, templates, blueprints, hooks, errors, a stream, a class view."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import flask
from flask import Blueprint, Flask, abort, g, jsonify, render_template, render_template_string, request
from flask.views import MethodView


class Teapot(Exception):
    """Answered by an error handler of the blueprint."""


class Items(MethodView):
    def get(self) -> Any:
        return jsonify(items=[1, 2, 3])

    def post(self) -> Any:
        return jsonify(received=request.get_json()), 201


def make_blueprint() -> Blueprint:
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    shop.add_url_rule("/items", view_func=Items.as_view("items"))

    @shop.before_request
    def mark() -> None:
        g.trail.append("shop before")

    @shop.get("/item/<int:item_id>")
    def item(item_id: int) -> Any:
        return {"item": item_id, "blueprint": request.blueprint}

    @shop.get("/teapot")
    def teapot() -> Any:
        raise Teapot("short and stout")

    @shop.errorhandler(Teapot)
    def pour(error: Teapot) -> Any:
        return f"teapot: {error}", 418

    return shop


def make_app(prepare: Callable[[Flask], None] | None = None) -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    if prepare:
        prepare(app)

    @app.before_request
    def begin() -> Any:
        g.trail = ["before"]
        if "stop" in request.args:
            return "stopped early", 202
        return None

    @app.after_request
    def end(response: Any) -> Any:
        response.headers["X-Trail"] = ", ".join([*g.trail, "after"])
        return response

    @app.teardown_request
    def close(error: BaseException | None) -> None:
        app.extensions.setdefault("closed", []).append(type(error).__name__)

    add_views(app)
    app.register_blueprint(make_blueprint())
    return app


def add_views(app: Flask) -> None:
    @app.get("/")
    def index() -> str:
        return "index"

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        # NOTE: looked up in the module at call time, as agents that replace flask.render_template expect.
        return flask.render_template("hello.html", name=name)

    @app.get("/inline")
    def inline() -> str:
        return render_template_string("{{ request.path }}")

    @app.get("/imported")
    def imported() -> str:
        return render_template("hello.html", name="imported")

    @app.get("/session")
    def count() -> Any:
        flask.session["visits"] = flask.session.get("visits", 0) + 1
        return flask.jsonify(visits=flask.session["visits"])

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError("the view crashed")

    @app.get("/abort")
    def stop() -> Any:
        abort(403)

    @app.get("/teardown-thread")
    def thread() -> str:
        names: list[str] = []

        @flask.copy_current_request_context
        def work() -> None:
            names.append(request.path)

        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
        return names[0]

    @app.get("/stream")
    def stream() -> Any:
        def rows() -> Iterator[str]:
            yield from ("one,", "two,", "three")

        return app.response_class(rows(), mimetype="text/csv")

    @app.get("/async")
    async def coroutine() -> str:
        return f"async {request.path}"

    @app.errorhandler(404)
    def missing(error: Exception) -> Any:
        return "nothing here", 404


#: Headers with times, and the one in which an agent names its trace.
VOLATILE = {"Date", "Last-Modified", "ETag", "Set-Cookie", "X-Amzn-Trace-Id"}

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}),
    ("GET", "/?stop=1", {}),
    ("GET", "/hello/ada", {}),
    ("GET", "/inline", {}),
    ("GET", "/imported", {}),
    ("GET", "/session", {}),
    ("GET", "/session", {}),
    ("GET", "/crash", {}),
    ("GET", "/abort", {}),
    ("GET", "/missing", {}),
    ("POST", "/", {}),
    ("HEAD", "/", {}),
    ("OPTIONS", "/", {}),
    ("GET", "/stream", {}),
    ("GET", "/async", {}),
    ("GET", "/teardown-thread", {}),
    ("GET", "/static/note.txt", {}),
    ("GET", "/shop/items", {}),
    ("POST", "/shop/items", {"json": {"a": 1}}),
    ("GET", "/shop/item/7", {}),
    ("GET", "/shop/item/x", {}),
    ("GET", "/shop/teapot", {}),
]


def ask_everything(app: Flask) -> list[Any]:
    """Send the requests one after the other and write down what came back."""
    client = app.test_client()
    replies = []
    for method, path, options in REQUESTS:
        reply = client.open(path, method=method, **options)
        headers = sorted(
            (k, ", ".join(sorted(v.split(", "))) if k == "Allow" else v) for k, v in reply.headers if k not in VOLATILE
        )
        replies.append([method, path, reply.status_code, headers, reply.get_data(as_text=True)])
        reply.close()
    closed = app.extensions.pop("closed")
    return [*replies, closed]
