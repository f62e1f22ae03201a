"""Annotated views in a plain Flask application are what they are on Flask: annotations convert, check and encode nothing there (T13, T14)."""

import collections.abc as abc
import datetime
import functools
import typing as t
import uuid
from dataclasses import dataclass

from .harness import Seen, same_on_both


@dataclass
class Item:
    name: str
    price: float = 1.0


@same_on_both
def test_a_hint_on_a_url_variable_converts_nothing(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.get("/text/<user_id>")
    def text(user_id: int) -> str:
        return f"{user_id!r}"

    @app.get("/number/<int:user_id>")
    def number(user_id: str) -> str:
        return f"{user_id!r}"

    @app.get("/id/<uuid:key>")
    def key(key: uuid.UUID) -> str:
        return f"{key!r}"

    @app.get("/list/<names>")
    def names(names: list[int]) -> str:
        return f"{names!r}"

    @app.get("/quoted/<day>")
    def quoted(day: "datetime.date") -> "str":
        return f"{day!r}"

    seen.visit(app, "/text/7", "/text/x", "/number/7", "/number/x", f"/id/{uuid.UUID(int=7)}")
    seen.visit(app, "/list/1,2", "/quoted/2024-01-02", "/quoted/never")


@same_on_both
def test_a_parameter_with_a_default_keeps_its_default(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.get("/page")
    @app.get("/page/<number>")
    def page(number: int = 1, size: int = 20, q: t.Optional[str] = None) -> str:
        return f"{number!r} {size!r} {q!r}"

    @app.post("/item")
    def item(item: t.Optional[Item] = None, names: t.Sequence[str] = ()) -> str:
        return f"{item!r} {names!r}"

    @app.get("/given", defaults={"number": 3})
    def given(number: int) -> str:
        return f"{number!r}"

    @app.get("/any")
    def any_keyword(*args: int, **kwargs: int) -> str:
        return f"{args!r} {kwargs!r}"

    seen.visit(app, "/page", "/page/4?size=9&q=x", "/page?number=x", "/given", "/given?number=4", "/any?a=1")
    seen.post(app, "/item?names=a", json={"name": "a"})


@same_on_both
def test_a_hint_on_what_a_view_returns_changes_nothing_that_is_sent(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    values: dict[str, t.Any] = {
        "text": "text",
        "bytes": b"bytes",
        "dict": {"b": 1, "a": 2, "day": datetime.date(2024, 1, 2)},
        "list": [{"b": 1, "a": "2"}],
        "pair": ("made", 201),
        "triple": ({"a": 1}, 202, {"X-A": "1"}),
        "headers": ("text", {"X-A": "1"}),
        "items": [Item("a")],
        "nested": {"item": Item("a")},
        "empty": "",
    }
    hints: dict[str, t.Any] = {
        "str": str,
        "int": int,
        "dict": dict,
        "mapping": dict[str, int],
        "any": dict[str, t.Any],
        "list": list[str],
        "listed": list[Item],
        "item": Item,
        "optional": t.Optional[Item],
        "none": None,
        "tuple": tuple[Item, int],
        "texts": tuple[str, int],
        "response": flask.Response,
        "value": flask.typing.ResponseReturnValue,
        "quoted": "ResponseReturnValue",
        "union": t.Union[str, flask.Response],
        "iterator": t.Iterator[Item],
        "missing": "NotThere",
    }
    for hint, annotation in hints.items():
        for name, value in values.items():

            def view(value: t.Any = value) -> t.Any:
                return value

            view.__annotations__ = {"return": annotation}
            app.add_url_rule(f"/{hint}/{name}", f"{hint}_{name}", view)
    for hint in hints:
        seen.visit(app, *(f"/{hint}/{name}" for name in values))


@same_on_both
def test_annotated_responses_streams_and_wsgi_callables_are_sent_as_they_are(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.get("/response")
    def response() -> "flask.Response":
        return flask.Response("made", 203, {"X-A": "1"})

    @app.get("/list")
    def not_a_list() -> list[Item]:
        return flask.make_response("a response all the same", 299)

    @app.get("/stream")
    def stream() -> abc.Iterator[Item]:
        yield "a"
        yield "b"

    @app.get("/texts")
    def texts() -> t.Generator[str, None, None]:
        yield "a"

    @app.get("/wsgi")
    def wsgi() -> Item:
        def application(environ: t.Any, start_response: t.Any) -> t.Any:
            start_response("200 OK", [("Content-Type", "text/x")])
            return [b"wsgi"]

        return application

    @app.get("/redirect")
    def redirect() -> Item:
        return flask.redirect("/there")

    @app.get("/abort")
    def abort() -> Item:
        flask.abort(404)

    @app.get("/typed-abort")
    def typed_abort() -> dict[str, int]:
        flask.abort(409, "taken")

    seen.visit(app, "/response", "/list", "/stream", "/texts", "/wsgi", "/redirect", "/abort", "/typed-abort")


@same_on_both
def test_an_annotated_view_is_called_through_its_decorators_as_ever(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    def injecting(view: t.Any) -> t.Any:
        @functools.wraps(view)
        def wrapper(*args: t.Any, **kwargs: t.Any) -> t.Any:
            return view(*args, item=Item(flask.request.args["name"]), **kwargs)

        return wrapper

    @app.get("/injected/<int:n>")
    @injecting
    def injected(n: int, item: Item) -> dict[str, t.Any]:
        return {"n": n, "item": item}

    class Views(flask.views.MethodView):
        decorators = (injecting,)

        def get(self, item: Item) -> str:
            return f"{item!r}"

        def post(self, item: Item) -> tuple[dict[str, t.Any], int]:
            return {"item": item}, 201

    app.add_url_rule("/views", view_func=Views.as_view("views"))
    seen.visit(app, "/injected/1?name=a", "/injected/1", "/views?name=b", "POST /views?name=c", "POST /views")


@same_on_both
def test_annotated_hooks_handlers_and_preprocessors_are_called_as_ever(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.url_value_preprocessor
    def take(endpoint: t.Optional[str], values: t.Optional[dict[str, t.Any]]) -> None:
        flask.g.lang = (values or {}).pop("lang", None)

    @app.before_request
    def before() -> t.Optional[str]:
        return "stopped" if flask.request.args.get("stop") else None

    @app.errorhandler(404)
    def missing(error: Exception) -> tuple[str, int]:
        return type(error).__name__, 404

    @app.get("/<lang>/hello/<name>")
    def hello(name: int) -> str:
        return f"{flask.g.lang!r} {name!r}"

    seen.visit(app, "/en/hello/7", "/en/hello/7?stop=1", "/nowhere")


@same_on_both
def test_annotated_async_views_answer_as_ever(flask: t.Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.get("/async/<n>")
    async def asynchronous(n: int, size: int = 2) -> dict[str, int]:
        return {"n": n, "size": size}

    seen.visit(app, "/async/7?size=3")
