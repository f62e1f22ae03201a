"""Hooks: their order, what early returns and errors do to it, and teardown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import NotFound

from .harness import Seen, same_on_both


def fully_hooked(flask: Any, trail: list[str], **blueprint_options: Any) -> tuple[Any, Any]:
    """Return an app with a blueprint, each with two of every hook, which write their names into the trail."""
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("bp", __name__, url_prefix="/bp", **blueprint_options)

    def says(text: str, gives: Any = None) -> Callable[..., Any]:
        def hook(*args: Any) -> Any:
            trail.append(text)
            return args[0] if gives == "argument" else gives

        return hook

    for owner, name in ((app, "app"), (blueprint, "bp")):
        for number in (1, 2):
            owner.before_request(says(f"{name} before {number}"))
            owner.after_request(says(f"{name} after {number}", "argument"))
            owner.teardown_request(says(f"{name} teardown {number}"))
            owner.url_value_preprocessor(says(f"{name} values {number}"))
            owner.context_processor(says(f"{name} context {number}", {}))
    for number in (1, 2):
        app.teardown_appcontext(says(f"app context teardown {number}"))
        blueprint.before_app_request(says(f"bp-app before {number}"))
        blueprint.after_app_request(says(f"bp-app after {number}", "argument"))
        blueprint.teardown_app_request(says(f"bp-app teardown {number}"))
        blueprint.app_url_value_preprocessor(says(f"bp-app values {number}"))
        blueprint.app_context_processor(says(f"bp-app context {number}", {}))

    def view() -> str:
        trail.append("view")
        return flask.render_template_string("x")

    def late() -> str:
        flask.after_this_request(says("this 1", "argument"))
        flask.after_this_request(says("this 2", "argument"))
        return view()

    def broken() -> str:
        trail.append("view")
        raise ValueError("broken view")

    for owner in (app, blueprint):
        owner.add_url_rule("/view", "view", view)
        owner.add_url_rule("/late", "late", late)
        owner.add_url_rule("/broken", "broken", broken)
    app.register_blueprint(blueprint)
    return app, blueprint


@same_on_both
def test_hooks_run_in_flasks_order(flask: Any, seen: Seen) -> None:
    trail: list[str] = []
    app, _ = fully_hooked(flask, trail)
    for url in ("/view", "/bp/view", "/late", "/bp/late", "/none", "/bp/none", "/broken", "/bp/broken"):
        trail.clear()
        seen.get(app, url)
        seen.note(url, trail)


@same_on_both
def test_hooks_of_nested_blueprints_run_from_the_outside_in_and_back(flask: Any, seen: Seen) -> None:
    trail: list[str] = []
    app = flask.Flask(__name__)
    parent = flask.Blueprint("parent", __name__, url_prefix="/p")
    child = flask.Blueprint("child", __name__, url_prefix="/c")
    for owner, name in ((app, "app"), (parent, "parent"), (child, "child")):
        owner.before_request(lambda n=name: trail.append(f"{n} before"))
        owner.after_request(lambda r, n=name: (trail.append(f"{n} after"), r)[1])
        owner.teardown_request(lambda e, n=name: trail.append(f"{n} teardown"))
        owner.url_value_preprocessor(lambda e, v, n=name: trail.append(f"{n} values {e} {v}"))
    child.add_url_rule(
        "/<x>", "view", lambda x: repr((flask.request.blueprint, flask.request.blueprints, flask.request.endpoint))
    )
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    seen.get(app, "/p/c/5")
    seen.note("trail", trail)


@same_on_both
def test_a_before_request_function_that_returns_ends_the_request(flask: Any, seen: Seen) -> None:
    trail: list[str] = []
    app, blueprint = fully_hooked(flask, trail)
    app.before_request_funcs[None].insert(
        1, lambda: ("stopped", 418) if flask.request.args.get("stop") == "app" else None
    )
    app.before_request_funcs["bp"].insert(
        1, lambda: {"stopped": "bp"} if flask.request.args.get("stop") == "bp" else None
    )
    for url in ("/view?stop=app", "/bp/view?stop=app", "/bp/view?stop=bp", "/none?stop=app", "OPTIONS /view?stop=app"):
        trail.clear()
        seen.visit(app, url)
        seen.note(url, trail)


@same_on_both
def test_falsy_values_other_than_none_also_end_the_request(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.before_request(lambda: {"": "", "list": [], "dict": {}, "bytes": b""}.get(flask.request.args.get("give", "?")))
    app.add_url_rule("/", "i", lambda: "view")
    seen.visit(app, "/", "/?give=", "/?give=list", "/?give=dict", "/?give=bytes")


@same_on_both
def test_errors_in_each_hook_are_handled_alike(flask: Any, seen: Seen) -> None:
    def broken(*args: Any) -> Any:
        raise LookupError("broken hook")

    for kind in "before_request after_request teardown_request url_value_preprocessor teardown_appcontext".split():
        for handled in (False, True):
            trail: list[str] = []
            app, _ = fully_hooked(flask, trail)
            getattr(app, kind)(broken)
            if handled:
                app.register_error_handler(LookupError, lambda e: (f"handled {e}", 503))
            for url in ("/view", "/bp/view", "/broken"):
                trail.clear()
                seen.get(app, url)
                seen.note(f"{kind} {handled} {url}", trail)


@same_on_both
def test_http_errors_raised_in_hooks_are_replies(flask: Any, seen: Seen) -> None:
    for kind in "before_request after_request url_value_preprocessor".split():
        app = flask.Flask(__name__)
        app.add_url_rule("/", "i", lambda: "view")
        app.register_error_handler(403, lambda e: ("own 403", 403))
        getattr(app, kind)(lambda *args: flask.abort(403))
        seen.get(app)


@same_on_both
def test_after_request_may_replace_the_response(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: "view")

    @app.after_request
    def outer(response: Any) -> Any:
        response.headers["X-Seen"] = response.get_data(as_text=True)
        return response

    @app.after_request
    def inner(response: Any) -> Any:
        return app.response_class("replaced", status=203, headers={"X-Inner": "1"})

    seen.visit(app, "/", "/none", "HEAD /")


@same_on_both
def test_after_request_that_gives_none_fails_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: "view")
    app.after_request(lambda response: None)
    seen.get(app)
    app.testing = True
    seen.get(app)


@same_on_both
def test_after_this_request_in_a_hook_concerns_the_same_request(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.before_request
    def add() -> None:
        @flask.after_this_request
        def stamp(response: Any) -> Any:
            response.headers.add("X-This", flask.request.path)
            return response

    @app.after_request
    def again(response: Any) -> Any:
        flask.after_this_request(lambda r: r)
        return response

    app.add_url_rule("/", "i", lambda: "view")
    app.add_url_rule("/x", "x", lambda: flask.abort(400))
    seen.visit(app, "/", "/x", "/none", "/")


@same_on_both
def test_teardown_functions_are_given_the_unhandled_error(flask: Any, seen: Seen) -> None:
    given: list[str] = []
    app = flask.Flask(__name__)
    app.teardown_request(lambda e: given.append(f"request {e!r}"))
    app.teardown_appcontext(lambda e: given.append(f"app {e!r}"))
    app.register_error_handler(KeyError, lambda e: "handled")

    def fail() -> str:
        raise {"v": ValueError, "k": KeyError, "s": StopIteration}[flask.request.args["e"]]("x")

    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/fine", "fine", lambda: "x")
    app.add_url_rule("/abort", "abort", lambda: flask.abort(500))
    for url in ("/fine", "/fail?e=v", "/fail?e=k", "/fail?e=s", "/abort", "/none", "/fail?e=none"):
        given.clear()
        seen.get(app, url)
        seen.note(url, given)


@same_on_both
def test_errors_that_are_no_exceptions_pass_through_with_teardown(flask: Any, seen: Seen) -> None:
    given: list[str] = []
    app = flask.Flask(__name__)
    app.teardown_request(lambda e: given.append(repr(e)))

    def leave() -> str:
        raise SystemExit("leaving")

    app.add_url_rule("/", "leave", leave)
    try:
        seen.get(app)
    except SystemExit as error:
        seen.note("left", str(error))
    seen.note("given", given)


@same_on_both
def test_should_ignore_error_hides_the_error_from_teardown(flask: Any, seen: Seen) -> None:
    given: list[str] = []

    class Ignoring(flask.Flask):
        def should_ignore_error(self, error: BaseException | None) -> bool:
            given.append(f"asked {error!r}")
            return isinstance(error, ValueError)

    app = Ignoring(__name__)
    app.teardown_request(lambda e: given.append(f"teardown {e!r}"))

    def fail() -> str:
        raise {"v": ValueError, "t": TypeError}[flask.request.args["e"]]("x")

    app.add_url_rule("/", "fail", fail)
    seen.visit(app, "/?e=v", "/?e=t")
    seen.note("given", given)


@same_on_both
def test_an_after_request_function_added_inside_a_view_sees_that_views_response(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/")
    def view() -> str:
        def stamp(response: Any) -> Any:
            response.headers.add("X-Late", "1")
            return response

        app.after_request_funcs.setdefault(None, []).append(stamp)
        return "x"

    app.add_url_rule("/other", "other", lambda: "other")
    seen.visit(app, "/other", "/", "/other", "/")


@same_on_both
def test_hook_tables_changed_from_outside_take_effect_at_once(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: "x")
    trail: list[str] = []
    seen.get(app)
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: trail.append("before"))
    app.teardown_request_funcs[None] = [lambda e: trail.append("teardown")]
    app.teardown_appcontext_funcs.append(lambda e: trail.append("app"))
    app.url_value_preprocessors.setdefault(None, []).append(lambda e, v: trail.append("values"))
    seen.get(app)
    app.before_request_funcs[None].clear()
    app.teardown_request_funcs.clear()
    seen.get(app)
    app.before_request_funcs = {None: [lambda: "replaced"]}
    seen.get(app)
    app.error_handler_spec[None][404][NotFound] = lambda e: "late handler"
    app.before_request_funcs.clear()
    seen.get(app, "/none")
    seen.note("trail", trail)


@same_on_both
def test_a_hook_added_by_a_hook_of_the_same_kind_runs_in_the_same_round(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[str] = []

    @app.before_request
    def first() -> None:
        trail.append("first")
        if len(app.before_request_funcs[None]) == 1:
            app.before_request_funcs[None].append(lambda: trail.append("second"))

    @app.teardown_request
    def down(error: Any) -> None:
        trail.append("down")
        if len(app.teardown_request_funcs[None]) == 1:
            app.teardown_request_funcs[None].append(lambda e: trail.append("second down"))

    app.add_url_rule("/", "i", lambda: "x")
    seen.visit(app, "/", "/")
    seen.note("trail", trail)


@same_on_both
def test_url_value_preprocessors_may_change_the_arguments(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.url_value_preprocessor
    def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        flask.g.language = values.pop("lang", None) if values is not None else "no values"

    @app.url_defaults
    def add_language(endpoint: str, values: dict[str, Any]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values.setdefault("lang", flask.g.language)

    app.add_url_rule("/<lang>/", "index", lambda: f"{flask.g.language} {flask.url_for('about')}")
    app.add_url_rule("/<lang>/about", "about", lambda: f"about {flask.g.language} {flask.url_for('index', lang='fr')}")
    app.register_error_handler(404, lambda e: f"404 {flask.g.language}")
    seen.visit(app, "/de/", "/en/about", "/x/y/z", "/de")


@same_on_both
def test_hooks_see_request_session_and_g(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    trail: list[Any] = []

    def look(name: str) -> None:
        user = flask.session.get("user")
        trail.append((name, flask.request.path, flask.request.endpoint, flask.g.get("n"), user, flask.current_app.name))
        flask.g.n = flask.g.get("n", 0) + 1

    app.before_request(lambda: look("before"))
    app.after_request(lambda r: (look("after"), r)[1])
    app.teardown_request(lambda e: look("teardown"))
    app.teardown_appcontext(lambda e: trail.append(("app", flask.g.n, flask.has_request_context())))

    @app.route("/")
    def view() -> str:
        look("view")
        flask.session["user"] = "u"
        return "x"

    seen.visit(app, "/", "/", "/none")
    seen.note("trail", trail)


@same_on_both
def test_callable_objects_partials_and_methods_are_hooks_and_views(flask: Any, seen: Seen) -> None:
    import functools

    class Stamp:
        def __call__(self, response: Any) -> Any:
            response.headers.add("X-Object", "1")
            return response

        def method(self, **values: Any) -> str:
            return f"method {values}"

        @staticmethod
        def fixed(n: int) -> str:
            return f"static {n}"

    app = flask.Flask(__name__)
    app.after_request(Stamp())
    app.before_request(functools.partial(lambda text: None, "x"))
    app.add_url_rule("/partial/<int:n>", "partial", functools.partial(lambda m, n: f"{m} {n}", "p"))
    app.add_url_rule("/method/<n>", view_func=Stamp().method)
    app.add_url_rule("/fixed/<int:n>", view_func=Stamp.fixed)
    app.add_url_rule("/object", "object", type("V", (), {"__call__": lambda self: "object"})())
    seen.visit(app, "/partial/4", "/method/5", "/fixed/6", "/object")
    seen.attempt("a partial without an endpoint", lambda: app.add_url_rule("/q", view_func=functools.partial(str)))


@same_on_both
def test_a_view_called_with_the_wrong_arguments_is_a_type_error(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.testing = True

    def takes_a(a):
        return a

    app.add_url_rule("/none", "none", takes_a)
    app.add_url_rule("/<a>/<b>", "two", takes_a)
    app.add_url_rule("/default", "default", takes_a, defaults={"a": "d"})
    seen.visit(app, "/none", "/x/y", "/default")
