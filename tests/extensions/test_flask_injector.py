"""Flask-Injector on the names of Flask: injection into views, hooks, handlers, class views and templates.

The extension reads annotations as they stand, so this file must not turn them into strings.
"""

from typing import Any

import pytest
from flask import Blueprint, Flask, g, render_template_string
from flask.views import MethodView, View
from flask_injector import FlaskInjector, request
from injector import Binder, inject, singleton


class Clock:
    ticks = 0

    def tick(self) -> int:
        self.ticks += 1
        return self.ticks


class PerRequest:
    pass


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    clock = Clock()

    @app.get("/view/<name>")
    @inject
    def view(name: str, clock: Clock) -> str:
        return f"{name} {clock.tick()}"

    @app.before_request
    @inject
    def before(clock: Clock) -> None:
        g.before = isinstance(clock, Clock)

    @app.get("/hook")
    def hook() -> str:
        return str(g.before)

    @app.get("/crash")
    def crash() -> str:
        raise KeyError("x")

    @app.errorhandler(KeyError)
    @inject
    def handler(error: KeyError, clock: Clock) -> Any:
        return f"handled {clock.tick()}", 418

    class ClassView(View):
        @inject
        def __init__(self, clock: Clock) -> None:
            self.clock = clock

        def dispatch_request(self) -> str:
            return f"class {self.clock.tick()}"

    class Methods(MethodView):
        @inject
        def __init__(self, clock: Clock) -> None:
            self.clock = clock

        def get(self) -> str:
            return f"method {self.clock.tick()}"

    app.add_url_rule("/class", view_func=ClassView.as_view("class_view"))
    app.add_url_rule("/methods", view_func=Methods.as_view("methods"))

    @app.context_processor
    @inject
    def offered(clock: Clock) -> dict[str, Any]:
        return {"ticks": clock.ticks}

    @app.get("/template")
    def template() -> str:
        return render_template_string("{{ ticks }}")

    @app.get("/scope")
    @inject
    def scope(first: PerRequest, second: PerRequest) -> str:
        return f"{first is second} {id(first)}"

    blueprint = Blueprint("bp", __name__)

    @blueprint.get("/bp")
    @inject
    def in_blueprint(clock: Clock) -> str:
        return f"bp {clock.tick()}"

    app.register_blueprint(blueprint)

    def configure(binder: Binder) -> None:
        binder.bind(Clock, to=clock, scope=singleton)
        binder.bind(PerRequest, to=PerRequest, scope=request)

    FlaskInjector(app=app, modules=[configure])
    return app


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/view/ada", "ada 1"),
        ("/hook", "True"),
        ("/crash", "handled 1"),
        ("/class", "class 1"),
        ("/methods", "method 1"),
        ("/template", "0"),
        ("/bp", "bp 1"),
    ],
)
def test_everything_that_is_called_is_injected(application: Flask, path: str, text: str) -> None:
    assert application.test_client().get(path).text == text


def test_a_singleton_is_kept_between_requests(application: Flask) -> None:
    client = application.test_client()
    assert [client.get("/class").text, client.get("/class").text] == ["class 1", "class 2"]


def test_the_request_scope_lasts_one_request(application: Flask) -> None:
    assert application.test_client().get("/scope").text.startswith("True ")
