"""What a view may return: every kind of value, tuples, wrong values, streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .harness import Seen, same_on_both


def returning(flask: Any, values: dict[str, Any], **config: Any) -> Any:
    """Return an app that answers `/<name>` with the value of that name; a function is called for its value."""
    app = flask.Flask(__name__)
    app.config.update(config)

    @app.route("/<name>", methods=["GET", "POST"])
    def view(name: str) -> Any:
        value = values[name]
        return value() if callable(value) and getattr(value, "__name__", "") == "<lambda>" else value

    return app


def visit_all(seen: Seen, app: Any, values: dict[str, Any], *methods: str) -> None:
    """Ask for every value by GET and by the other methods given."""
    for name in values:
        seen.visit(app, f"/{name}", *(f"{method} /{name}" for method in methods))


@same_on_both
def test_texts_and_bytes_are_html(flask: Any, seen: Seen) -> None:
    from markupsafe import Markup

    class Text(str):
        pass

    values = {
        "text": "text",
        "empty": "",
        "unicode": "ümläut ☃ \U0001f600",
        "bytes": b"\x00\xff",
        "bytearray": bytearray(b"array"),
        "markup": Markup("<b>"),
        "subclass": Text("sub"),
        "nobytes": b"",
    }
    visit_all(seen, returning(flask, values), values, "HEAD")


@same_on_both
def test_a_lone_surrogate_fails_alike(flask: Any, seen: Seen) -> None:
    values = {"text": "a\ud800b", "json": {"a": "\ud800"}}
    visit_all(seen, returning(flask, values), values)
    visit_all(seen, returning(flask, values, TESTING=True), values)


@same_on_both
def test_dicts_and_lists_are_json(flask: Any, seen: Seen) -> None:
    from collections import OrderedDict, defaultdict

    class Mine(dict):  # type: ignore[type-arg]
        pass

    values = {
        "dict": {"b": 1, "a": [None, True, 1.5, "ü<>&'"]},
        "list": [1, {"x": 2}],
        "none": {},
        "nothing": [],
        "ordered": OrderedDict([("z", 1), ("a", 2)]),
        "default": defaultdict(int, x=1),
        "mine": Mine(a=1),
        "nested": {"a": {"c": 1, "b": (1, 2)}},
        "intkeys": {2: "b", 10: "a", 1: "c"},
    }
    visit_all(seen, returning(flask, values), values, "HEAD")


@same_on_both
def test_tuples_carry_status_and_headers(flask: Any, seen: Seen) -> None:
    from http import HTTPStatus

    from werkzeug.datastructures import Headers

    values: dict[str, Any] = {
        "status": ("x", 201),
        "text-status": ("x", "202 Fine Indeed"),
        "enum": ("x", HTTPStatus.ACCEPTED),
        "headers": ("x", {"X-A": "b", "Content-Type": "text/plain"}),
        "pairs": ("x", [("X-A", "1"), ("X-A", "2")]),
        "tuple-pairs": ("x", (("X-A", "1"),)),
        "headers-object": ("x", Headers([("X-A", "1"), ("X-A", "2")])),
        "three": ("x", 203, {"X-A": "b"}),
        "three-none": ("x", None, None),
        "dict-three": ({"a": 1}, 400, {"Content-Type": "application/problem+json"}),
        "list-status": ([1], 299),
        "list-in-header": ("x", 200, {"X-A": ["1", "2"]}),
        "odd-status": ("x", 999),
        "no-content": ("", 204),
        "not-modified": ("", 304),
        "code-only-text": ("x", "404"),
        "bytes": (b"x", 200, {"Content-Length": "5"}),
        "empty-headers": ("x", {}),
        "replaces": (lambda: (flask.Response("x", headers={"X-A": "old", "X-B": "keep"}), 201, {"X-A": "new"})),
    }
    visit_all(seen, returning(flask, values), values, "HEAD")


@same_on_both
def test_wrong_values_are_refused_with_the_same_words(flask: Any, seen: Seen) -> None:
    values: dict[str, Any] = {
        "none": None,
        "int": 5,
        "float": 1.5,
        "bool": True,
        "set": {1},
        "object": object,
        "one-tuple": ("x",),
        "four-tuple": ("x", 1, {}, 2),
        "empty-tuple": (),
        "none-tuple": (None, 200),
        "int-tuple": (5, 200),
        "none-status": ("x", None),
        "float-status": ("x", 1.5),
        "bad-headers": ("x", 200, 5),
        "newline": ("x", 200, {"X-A": "a\nb"}),
        "wsgi-that-fails": len,
        "class": int,
        "unserialisable": {"x": object},
        "complex-in-list": [1j],
    }
    app = returning(flask, values)
    app.testing = True
    visit_all(seen, app, values)
    visit_all(seen, returning(flask, values), values)


@same_on_both(not_over_asgi="a status is a number there")
def test_a_status_that_is_none_of_http_is_left_to_the_server(flask: Any, seen: Seen) -> None:
    values = {"text": ("x", "not a status"), "zero": ("x", 0), "four-digits": ("x", 1000), "below": ("x", 99)}
    visit_all(seen, returning(flask, values), values)


@same_on_both
def test_responses_pass_through_and_foreign_ones_are_adopted(flask: Any, seen: Seen) -> None:
    from werkzeug.wrappers import Response as BaseResponse

    def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("203 From WSGI", [("Content-Type", "text/x"), ("X-Path", environ["PATH_INFO"])])
        return [b"wsgi ", b"body"]

    values = {
        "own": lambda: flask.Response("own", 201, {"X-A": "b"}, mimetype="text/plain"),
        "base": lambda: BaseResponse("base", 202),
        "wsgi": wsgi,
        "wsgi-tuple": (wsgi, 299, {"X-B": "c"}),
        "make": lambda: flask.make_response("made", 203, {"X-A": "b"}),
        "make-none": lambda: flask.make_response(),
        "make-one": lambda: flask.make_response({"a": 1}),
        "redirect": lambda: flask.redirect("/there"),
        "redirect-code": lambda: flask.redirect("/thére?a=b&c", 307),
        "jsonify": lambda: flask.jsonify(a=1, b=[1, 2]),
        "location": lambda: flask.Response("", 301, {"Location": "relative/päth"}),
        "typed": lambda: flask.Response(b"x", content_type="application/x-thing"),
        "charset": lambda: flask.Response("x", mimetype="text/xml"),
    }
    visit_all(seen, returning(flask, values), values, "HEAD")


@same_on_both
def test_absolute_location_headers_follow_the_switch(flask: Any, seen: Seen) -> None:
    class Absolute(flask.Response):
        autocorrect_location_header = True

    app = returning(
        flask, {"r": lambda: flask.redirect("/x", Response=Absolute), "n": lambda: Absolute("", 302, {"Location": "y"})}
    )
    seen.visit(app, "/r", "/n")
    seen.get(app, "/n", base_url="https://host.test:8443/mount")


@same_on_both
def test_generators_are_streams(flask: Any, seen: Seen) -> None:
    def texts() -> Iterator[Any]:
        yield "a"
        yield b"b"
        yield "ü"

    values = {
        "generator": lambda: texts(),
        "iterator": lambda: iter([b"x", "y"]),
        "with-status": lambda: (texts(), 201, {"X-A": "b"}),
        "response": lambda: flask.Response(texts(), mimetype="text/plain"),
        "list-response": lambda: flask.Response(["a", b"b"]),
        "empty": lambda: iter(()),
        "map": lambda: map(str, range(3)),
    }
    visit_all(seen, returning(flask, values), values, "HEAD")


@same_on_both
def test_a_stream_runs_without_request_context_unless_it_asks(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    trail: list[str] = []
    app.teardown_request(lambda e: trail.append(f"teardown {e!r}"))
    app.teardown_appcontext(lambda e: trail.append("app teardown"))

    def parts() -> Iterator[str]:
        try:
            trail.append("start")
            yield f"{flask.has_request_context()} "
            yield flask.request.path if flask.has_request_context() else "none"
        finally:
            trail.append("closed")

    app.add_url_rule("/bare", "bare", lambda: parts())
    app.add_url_rule("/with", "with", lambda: flask.stream_with_context(parts()))
    app.add_url_rule("/resp", "resp", lambda: flask.Response(flask.stream_with_context(parts())))

    @app.route("/decorated")
    def decorated() -> Any:
        flask.session["x"] = 1

        @flask.stream_with_context
        def inner(greeting: str) -> Iterator[str]:
            yield greeting
            yield flask.request.args["a"]
            yield str(flask.session["x"])

        return inner("hi "), 203

    for url in ("/bare", "/with", "/resp", "/decorated?a=b", "HEAD /with"):
        trail.clear()
        seen.visit(app, url)
        seen.note(url, trail)


@same_on_both
def test_stream_with_context_outside_a_request_is_refused(flask: Any, seen: Seen) -> None:
    seen.attempt("outside", lambda: list(flask.stream_with_context(iter("ab"))))

    @flask.stream_with_context
    def generator() -> Iterator[str]:
        yield "x"

    seen.attempt("decorated outside", lambda: list(generator()))


@same_on_both
def test_an_error_in_the_middle_of_a_stream_reaches_the_server(flask: Any, seen: Seen) -> None:
    def broken() -> Iterator[str]:
        yield "one"
        raise ValueError("in the stream")

    app = returning(flask, {"b": lambda: broken(), "c": lambda: flask.stream_with_context(broken())})
    trail: list[str] = []
    app.teardown_request(lambda e: trail.append(repr(e)))
    seen.visit(app, "/b", "/c")
    seen.note("teardown", trail)


@same_on_both
def test_call_on_close_runs_after_the_body(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[str] = []
    app.teardown_request(lambda e: trail.append("teardown"))

    @app.route("/")
    def view() -> Any:
        response = flask.make_response("x")
        response.call_on_close(lambda: trail.append(f"closed {flask.has_request_context()}"))
        return response

    @app.after_request
    def also(response: Any) -> Any:
        response.call_on_close(lambda: trail.append("closed too"))
        return response

    seen.visit(app, "/", "/none")
    seen.note("trail", trail)


@same_on_both
def test_a_response_class_of_ones_own_is_used_for_everything(flask: Any, seen: Seen) -> None:
    class Mine(flask.Response):
        default_mimetype = "application/mine"
        charset = "utf-8"

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.headers["X-Mine"] = "1"

    app = flask.Flask(__name__)
    app.response_class = Mine
    app.add_url_rule("/t", "t", lambda: "text")
    app.add_url_rule("/d", "d", lambda: {"a": 1})
    app.add_url_rule("/n", "n", lambda: ("x", 201))
    app.add_url_rule("/f", "f", lambda: flask.Response("plain flask response"))
    app.add_url_rule("/r", "r", lambda: flask.redirect("/x"))
    app.add_url_rule("/w", "w", lambda: type(flask.make_response("x")).__name__)
    seen.visit(app, "/t", "/d", "/n", "/f", "/r", "/w", "/none", "OPTIONS /t", "HEAD /t", "/static/none")


@same_on_both
def test_force_type_and_status_setters_of_a_response_class_are_respected(flask: Any, seen: Seen) -> None:
    class Mine(flask.Response):
        @classmethod
        def force_type(cls, rv: Any, environ: Any = None) -> Any:
            if isinstance(rv, Point):
                return cls(f"{rv.x}", headers={"X-Forced": "1"})
            return super().force_type(rv, environ)

        def get_wsgi_headers(self, environ: Any) -> Any:
            headers = super().get_wsgi_headers(environ)
            headers["X-WSGI"] = environ["REQUEST_METHOD"]
            return headers

    class Point:
        x = 4

        def __call__(self) -> None:
            """Callable, so that `make_response` gives it to `force_type`."""

    app = flask.Flask(__name__)
    app.response_class = Mine
    app.add_url_rule("/", "i", lambda: Point())
    app.add_url_rule("/t", "t", lambda: "text")
    seen.visit(app, "/", "/t", "HEAD /t")


@same_on_both
def test_a_response_may_override_its_own_call(flask: Any, seen: Seen) -> None:
    class Raw(flask.Response):
        def __call__(self, environ: Any, start_response: Any) -> Any:
            start_response("299 Raw", [("X-Raw", flask.request.path)])
            return [b"raw"]

    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: Raw("never seen"))
    seen.visit(app, "/")


@same_on_both
def test_head_and_bodyless_statuses_drop_the_body(flask: Any, seen: Seen) -> None:
    values: dict[str, Any] = {f"s{code}": ("body", code) for code in (100, 199, 204, 205, 304, 200, 404)}
    visit_all(seen, returning(flask, values), values, "HEAD", "POST")


@same_on_both
def test_conditional_responses_answer_304(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/")
    def view() -> Any:
        response = flask.make_response("body")
        response.add_etag()
        return response.make_conditional(flask.request)

    etag = seen.get(app).header("ETag")
    seen.get(app, headers={"If-None-Match": etag})
    seen.get(app, headers={"If-None-Match": '"other"'})
    seen.get(app, headers={"If-Match": '"other"'})
    seen.send(app, "HEAD", "/", headers={"If-None-Match": etag})


@same_on_both
def test_response_helpers_set_the_same_headers(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/")
    def view() -> Any:
        response = flask.make_response("x")
        response.cache_control.max_age = 60
        response.cache_control.public = True
        response.vary.add("Accept")
        response.vary.update(["Cookie"])
        response.expires = 1_700_000_000
        response.last_modified = 1_600_000_000
        response.content_language.add("de")
        response.access_control_allow_origin = "*"
        response.headers.add("Link", "</a>; rel=x")
        response.headers.add("Link", "</b>; rel=y")
        response.mimetype = "text/plain"
        response.status = "201 Made Up"
        return response

    seen.visit(app, "/", "HEAD /")


@same_on_both
def test_max_cookie_size_warns_about_big_cookies(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/<int:n>")
    def view(n: int) -> Any:
        response = flask.make_response("x")
        response.set_cookie("big", "x" * n)
        return response

    seen.visit(app, "/10", "/4200")
    app.config["MAX_COOKIE_SIZE"] = 0
    seen.visit(app, "/4200")


@same_on_both
def test_a_method_put_on_one_response_is_called(flask: Any, seen: Seen) -> None:
    for name in ("get_app_iter", "iter_encoded", "get_wsgi_headers", "close"):
        app = flask.Flask(__name__)
        called: list[str] = []

        def index(name: str = name, called: list[str] = called) -> Any:
            response = flask.Response("body")
            original = getattr(response, name)

            def replaced(*args: Any) -> Any:
                called.append(name)
                return original(*args)

            setattr(response, name, replaced)
            return response

        app.add_url_rule("/", "index", index)
        seen.visit(app, "/")
        seen.note(name, called)
