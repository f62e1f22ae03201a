"""Building URLs: `url_for` in every mode, and what happens when a URL cannot be built."""

from __future__ import annotations

from typing import Any

from .harness import Seen, same_on_both


def linked(flask: Any, **config: Any) -> Any:
    """Return an app with some rules and a blueprint to build URLs for."""
    app = flask.Flask(__name__)
    app.config.update(config)
    app.add_url_rule("/", "index")
    app.add_url_rule("/item/<int:n>", "item")
    app.add_url_rule("/file/<path:p>", "file")
    app.add_url_rule("/name/<name>", "name")
    app.add_url_rule("/form", "form", methods=["GET"])
    app.add_url_rule("/form/<int:n>", "form", methods=["POST"])
    app.add_url_rule("/d/", "d", defaults={"page": 1})
    app.add_url_rule("/d/<int:page>", "d")
    blueprint = flask.Blueprint("b", __name__, url_prefix="/b")
    blueprint.add_url_rule("/", "index")
    app.register_blueprint(blueprint)
    return app


CASES: list[tuple[str, dict[str, Any]]] = [
    ("index", {}),
    ("index", {"q": "a b", "u": "ü", "n": None, "l": [1, 2], "t": True}),
    ("item", {"n": 5}),
    ("item", {"n": 5, "_anchor": "top of&page"}),
    ("item", {"n": "5"}),
    ("file", {"p": "a/b c/ü"}),
    ("name", {"name": "a/b?c#d e%"}),
    ("form", {}),
    ("form", {"n": 5, "_method": "POST"}),
    ("form", {"n": 5}),
    ("d", {"page": 1}),
    ("d", {"page": 2}),
    ("d", {}),
    ("b.index", {}),
    (".index", {}),
    ("index", {"_external": True}),
    ("index", {"_external": False}),
    ("index", {"_scheme": "https"}),
    ("index", {"_scheme": "ftp", "_external": True}),
    ("index", {"_scheme": ""}),
    ("item", {"n": 1, "_external": True, "_anchor": "x", "q": "1"}),
    ("static", {"filename": "a/b.css"}),
]
FAILING: list[tuple[str, dict[str, Any]]] = [
    ("item", {}),
    ("item", {"n": "x"}),
    ("itme", {}),
    ("nothing.like.it", {}),
    ("b.indx", {}),
    ("form", {"_method": "DELETE"}),
    ("index", {"_scheme": "https", "_external": False}),
]


@same_on_both
def test_url_for_in_a_request_builds_the_same(flask: Any, seen: Seen) -> None:
    app = linked(flask)
    for base in ("http://localhost", "https://host.test:8443/mount"):
        with app.test_request_context("/b/", base_url=base):
            for endpoint, values in CASES + FAILING:
                seen.attempt(f"{base} {endpoint} {values}", lambda e=endpoint, v=values: flask.url_for(e, **v))
                seen.attempt(f"app {endpoint} {values}", lambda e=endpoint, v=values: app.url_for(e, **v))


@same_on_both
def test_url_for_outside_a_request_needs_a_server_name(flask: Any, seen: Seen) -> None:
    for config in (
        {},
        {"SERVER_NAME": "host.test:5000"},
        {"SERVER_NAME": "h.test", "APPLICATION_ROOT": "/app", "PREFERRED_URL_SCHEME": "https"},
    ):
        app = linked(flask, **config)
        with app.app_context():
            for endpoint, values in CASES + FAILING:
                seen.attempt(f"{config} {endpoint} {values}", lambda e=endpoint, v=values: flask.url_for(e, **v))


@same_on_both
def test_url_for_without_any_context_is_refused(flask: Any, seen: Seen) -> None:
    app = linked(flask)
    seen.attempt("flask.url_for", lambda: flask.url_for("index"))
    seen.attempt("app.url_for", lambda: app.url_for("index"))


@same_on_both
def test_build_error_handlers_may_answer(flask: Any, seen: Seen) -> None:
    app = linked(flask)
    calls: list[str] = []

    def gives_up(error: Exception, endpoint: str, values: dict[str, Any]) -> str | None:
        calls.append(f"{type(error).__name__} {endpoint} {sorted(values.items(), key=str)}")
        return None

    def answers(error: Exception, endpoint: str, values: dict[str, Any]) -> str:
        if endpoint == "raise":
            raise LookupError("own error")
        if endpoint == "reraise":
            raise error
        return f"/handled/{endpoint}"

    app.url_build_error_handlers += [gives_up, answers]
    with app.test_request_context():
        for name in ("gone", "raise", "reraise", "item"):
            seen.attempt(name, lambda n=name: flask.url_for(n, a=1, _anchor="x"))
    seen.note("calls", calls)


@same_on_both
def test_url_for_in_templates_and_redirects_is_the_same(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(
        "/",
        "index",
        lambda: flask.render_template_string("{{ url_for('go', x='<&', _external=true) }} {{ url_for('.go') }}"),
    )
    app.add_url_rule("/go", "go", lambda: flask.redirect(flask.url_for("index", next="/a?b=c"), 303))
    seen.visit(app, "/", "/go")


@same_on_both
def test_an_overridden_url_for_and_redirect_are_called(flask: Any, seen: Seen) -> None:
    class Mine(flask.Flask):
        def url_for(self, /, endpoint: str, **values: Any) -> str:
            return f"mine:{endpoint}:{sorted(values)}"

        def redirect(self, location: str, code: int = 302) -> Any:
            return self.response_class(f"mine {location}", 201)

    app = Mine(__name__)
    app.add_url_rule("/", "i", lambda: flask.url_for("x", a=1) + flask.render_template_string("{{ url_for('y') }}"))
    app.add_url_rule("/r", "r", lambda: flask.redirect("/there"))
    seen.visit(app, "/", "/r")
    seen.attempt("redirect without app", lambda: flask.redirect("/x").headers["Location"])


@same_on_both
def test_url_defaults_fill_in_values(flask: Any, seen: Seen) -> None:
    app = linked(flask)
    app.url_defaults(lambda endpoint, values: values.setdefault("n", 7) if endpoint == "item" else None)
    with app.test_request_context():
        seen.attempt("item", lambda: flask.url_for("item"))
        seen.attempt("given", lambda: flask.url_for("item", n=1))
        seen.attempt("index", lambda: flask.url_for("index"))


@same_on_both
def test_abort_and_aborter_follow_the_app(flask: Any, seen: Seen) -> None:
    from werkzeug.exceptions import Aborter, HTTPException

    class Teapotless(HTTPException):
        code = 499
        description = "own abort"

    class Own(Aborter):
        def __call__(self, code: Any, *args: Any, **kwargs: Any) -> Any:
            if code == 499:
                raise Teapotless
            return super().__call__(code, *args, **kwargs)

    class Mine(flask.Flask):
        aborter_class = Own

    app = Mine(__name__)
    app.aborter.mapping[498] = Teapotless
    app.add_url_rule("/<int:code>", "a", lambda code: flask.abort(code))
    app.add_url_rule("/text", "t", lambda: flask.abort("404"))
    app.add_url_rule("/args", "g", lambda: flask.abort(400, "the <description>", response=None))
    seen.visit(app, "/499", "/498", "/404", "/497", "/text", "/args", "/302")
    seen.attempt("without app", lambda: flask.abort(404))
    seen.attempt("unknown without app", lambda: flask.abort(498))
