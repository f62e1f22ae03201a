"""Error handling: handlers by code, class, blueprint and MRO; traps, propagation, debug mode."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import InternalServerError

from .harness import Seen, same_on_both


class ShopError(Exception):
    """The base of the errors used here."""


class StockError(ShopError):
    """A more special error."""


class MixedError(StockError, KeyError):
    """An error with two parents."""


def failing_app(flask: Any, **config: Any) -> Any:
    """Return an app whose `/raise/<name>` raises one of many errors and whose `/abort/<code>` aborts."""
    from werkzeug import exceptions

    app = flask.Flask(__name__)
    app.config.update(config)
    errors: dict[str, Any] = {
        "shop": ShopError,
        "stock": StockError,
        "mixed": MixedError,
        "zero": ZeroDivisionError,
        "key": KeyError,
        "form": lambda text: flask.request.form[text],
    }

    @app.route("/raise/<name>", methods=["GET", "POST"])
    def fail(name: str) -> str:
        if name == "bare":
            raise exceptions.HTTPException("bare", response=None)
        if name == "response":
            raise exceptions.HTTPException(response=flask.Response("from the error", status=299))
        raise errors[name]("text")

    @app.route("/abort/<int:code>")
    def stop(code: int) -> str:
        flask.abort(code, description=flask.request.args.get("why"))

    return app


ALL_FAILURES = (
    "/raise/shop /raise/stock /raise/mixed /raise/zero /raise/key /raise/form /raise/response /raise/none /abort/400 /abort/404 "
    "/abort/418?why=tea /abort/500 /abort/503 /nowhere"
).split()


@same_on_both
def test_without_handlers_errors_are_werkzeugs_pages_and_a_log_record(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    seen.visit(app, *ALL_FAILURES, "POST /raise/form", "HEAD /raise/zero", "/abort/999", "/raise/bare")


@same_on_both
def test_testing_propagates_errors_but_not_http_errors(flask: Any, seen: Seen) -> None:
    seen.visit(failing_app(flask, TESTING=True), *ALL_FAILURES)


@same_on_both
def test_debug_propagates_errors_and_names_missing_keys(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    app.debug = True
    seen.visit(app, *ALL_FAILURES)


@same_on_both
def test_propagate_exceptions_overrules_testing(flask: Any, seen: Seen) -> None:
    seen.visit(failing_app(flask, TESTING=True, PROPAGATE_EXCEPTIONS=False), *ALL_FAILURES)
    seen.visit(failing_app(flask, PROPAGATE_EXCEPTIONS=True), *ALL_FAILURES)


@same_on_both
def test_trap_bad_request_errors_lets_key_errors_through(flask: Any, seen: Seen) -> None:
    seen.visit(failing_app(flask, TRAP_BAD_REQUEST_ERRORS=True), *ALL_FAILURES)
    app = failing_app(flask, TRAP_BAD_REQUEST_ERRORS=False)
    app.debug = True
    seen.visit(app, *ALL_FAILURES)


@same_on_both
def test_trap_http_exceptions_makes_them_ordinary_errors(flask: Any, seen: Seen) -> None:
    seen.visit(failing_app(flask, TRAP_HTTP_EXCEPTIONS=True), *ALL_FAILURES)
    app = failing_app(flask, TRAP_HTTP_EXCEPTIONS=True)
    app.register_error_handler(404, lambda e: "own 404")
    seen.visit(app, *ALL_FAILURES)


@same_on_both
def test_a_handler_for_a_code_replaces_the_page(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    app.register_error_handler(404, lambda e: (f"own {e.code} {e.description}", 404))
    app.register_error_handler(418, lambda e: f"no status given {e}")
    app.register_error_handler(400, lambda e: e)
    seen.visit(app, *ALL_FAILURES)


@same_on_both
def test_the_most_special_handler_in_the_mro_wins(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    app.register_error_handler(Exception, lambda e: (f"exception {type(e).__name__}", 555))
    app.register_error_handler(ShopError, lambda e: f"shop {type(e).__name__}")
    app.register_error_handler(KeyError, lambda e: f"key {e}")
    seen.visit(app, *ALL_FAILURES)
    app = failing_app(flask)
    app.register_error_handler(StockError, lambda e: f"stock {type(e).__name__}")
    app.register_error_handler(LookupError, lambda e: f"lookup {type(e).__name__}")
    seen.visit(app, *ALL_FAILURES)


@same_on_both
def test_a_handler_for_http_exception_catches_every_code(flask: Any, seen: Seen) -> None:
    from werkzeug.exceptions import HTTPException, NotFound

    app = failing_app(flask)
    app.register_error_handler(HTTPException, lambda e: (f"http {e.code} {e.name}", e.code))
    app.register_error_handler(NotFound, lambda e: "not found")
    seen.visit(app, *ALL_FAILURES, "PUT /raise/x", "//raise/x")


@same_on_both
def test_a_500_handler_is_given_the_original_error(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)

    @app.errorhandler(500)
    def broken(error: Any) -> tuple[str, int]:
        return f"{type(error).__name__} from {getattr(error, 'original_exception', None)!r}", 500

    seen.visit(app, *ALL_FAILURES)


@same_on_both
def test_an_error_in_an_error_handler_becomes_a_500(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)

    def broken(error: Exception) -> str:
        raise TypeError(f"handler of {type(error).__name__}")

    app.register_error_handler(ShopError, broken)
    app.register_error_handler(404, broken)
    seen.visit(app, *ALL_FAILURES)
    app.error_handler_spec[None][500][InternalServerError] = broken
    seen.visit(app, "/raise/zero", "/raise/shop")


@same_on_both
def test_an_abort_in_an_error_handler_is_a_500_or_a_reply_alike(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    app.register_error_handler(ShopError, lambda e: flask.abort(409))
    app.register_error_handler(404, lambda e: flask.abort(410))
    app.register_error_handler(410, lambda e: "gone")
    seen.visit(app, "/raise/shop", "/abort/404", "/abort/410", "/none")


@same_on_both
def test_an_error_handler_that_gives_none_fails_alike(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    app.register_error_handler(404, lambda e: None)
    app.register_error_handler(ShopError, lambda e: None)
    seen.visit(app, "/none", "/raise/shop")


@same_on_both
def test_blueprint_handlers_come_before_the_apps(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    blueprint = flask.Blueprint("bp", __name__, url_prefix="/bp")
    inner = flask.Blueprint("inner", __name__, url_prefix="/inner")
    for owner, name in ((blueprint, "bp"), (inner, "inner")):
        owner.add_url_rule("/raise/<name>", "fail", app.view_functions["fail"])
        owner.add_url_rule("/abort/<int:code>", "stop", app.view_functions["stop"])
        owner.register_error_handler(404, lambda e, n=name: f"404 of {n}")
    inner.register_error_handler(Exception, lambda e: f"inner {type(e).__name__}")
    blueprint.register_error_handler(ShopError, lambda e: f"bp {type(e).__name__}")
    blueprint.app_errorhandler(StockError)(lambda e: "app-wide stock")
    app.register_error_handler(ShopError, lambda e: "app shop")
    app.register_error_handler(404, lambda e: "404 of app")
    blueprint.register_blueprint(inner)
    app.register_blueprint(blueprint)
    for prefix in ("", "/bp", "/bp/inner"):
        seen.visit(app, *(prefix + url for url in ALL_FAILURES))


@same_on_both
def test_a_blueprints_500_handler_sees_only_its_own_views(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    blueprint = flask.Blueprint("bp", __name__, url_prefix="/bp")
    blueprint.add_url_rule("/raise/<name>", "fail", app.view_functions["fail"])
    blueprint.register_error_handler(500, lambda e: (f"bp 500 {e.original_exception!r}", 500))
    app.register_blueprint(blueprint)
    seen.visit(app, "/raise/zero", "/bp/raise/zero", "/bp/raise/none")


@same_on_both
def test_an_abort_with_a_response_is_that_response(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/r", "r", lambda: flask.abort(flask.Response("given", status=202, headers={"X-A": "b"})))
    app.add_url_rule("/m", "m", lambda: flask.abort(flask.make_response("made", 401)))
    app.register_error_handler(401, lambda e: "handler?")
    seen.visit(app, "/r", "/m")


@same_on_both
def test_http_errors_keep_their_own_headers(flask: Any, seen: Seen) -> None:
    from werkzeug import exceptions

    app = flask.Flask(__name__)

    def fail() -> str:
        name = flask.request.args["n"]
        if name == "405":
            raise exceptions.MethodNotAllowed(["GET", "PUT"])
        if name == "401":
            from werkzeug.datastructures import WWWAuthenticate

            raise exceptions.Unauthorized(www_authenticate=WWWAuthenticate("basic", {"realm": "x"}))
        if name == "429":
            raise exceptions.TooManyRequests(retry_after=30)
        if name == "416":
            raise exceptions.RequestedRangeNotSatisfiable(10)
        raise exceptions.NotFound()

    app.add_url_rule("/", "fail", fail)
    seen.visit(app, "/?n=405", "/?n=401", "/?n=429", "/?n=416", "/?n=404", "/")


@same_on_both
def test_an_http_error_of_ones_own_is_answered(flask: Any, seen: Seen) -> None:
    from werkzeug.exceptions import Forbidden, HTTPException

    class Paused(Forbidden):
        description = "paused"

    class Odd(HTTPException):
        code = 402
        description = "pay <first>"

    class NoCode(HTTPException):
        def get_response(self, *args: Any, **kwargs: Any) -> Any:
            return flask.Response("proxy", status=207)

    app = flask.Flask(__name__)
    kinds = {"paused": Paused, "odd": Odd, "nocode": NoCode}

    def fail(kind: str) -> str:
        raise kinds[kind]

    app.add_url_rule("/<kind>", "fail", fail)
    app.register_error_handler(Forbidden, lambda e: f"forbidden: {e.description}")
    seen.visit(app, "/paused", "/odd", "/nocode")
    seen.attempt("handler for a class without code", lambda: app.error_handler_spec[None].keys() - {None})


@same_on_both
def test_a_returned_http_error_is_a_response(flask: Any, seen: Seen) -> None:
    from werkzeug.exceptions import Gone

    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: Gone("was here"))
    app.add_url_rule("/t", "t", lambda: (Gone(), 299, {"X-T": "1"}))
    app.register_error_handler(410, lambda e: "handler")
    seen.visit(app, "/", "/t")


@same_on_both
def test_wrong_error_handlers_are_refused(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    for what in (ValueError("x"), "404", 999, 200, None, str, 1.5, type(None), list):
        seen.attempt(f"handler for {what!r}", lambda what=what: app.register_error_handler(what, lambda e: "x"))
        seen.attempt(f"errorhandler({what!r})", lambda what=what: app.errorhandler(what)(lambda e: "x") and None)


@same_on_both
def test_handlers_replaced_on_the_instance_are_called(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    calls: list[str] = []

    def wrapped(name: str, original: Any) -> Any:
        def call(error: Any) -> Any:
            calls.append(f"{name} {type(error).__name__}")
            return original(error)

        return call

    for name in (
        "handle_exception",
        "handle_user_exception",
        "handle_http_exception",
        "log_exception",
        "trap_http_exception",
    ):
        setattr(app, name, wrapped(name, getattr(app, name)))
    seen.visit(app, *ALL_FAILURES)
    seen.note("calls", calls)


@same_on_both
def test_a_debug_redirect_that_would_lose_the_body_is_reported(flask: Any, seen: Seen) -> None:
    from werkzeug.routing import RequestRedirect

    app = flask.Flask(__name__)
    app.debug = True
    app.add_url_rule("/x/", "x", lambda: "x", methods=["GET", "POST"])
    seen.visit(app, "/x", "POST /x")

    redirect = RequestRedirect("http://localhost/x/")
    redirect.code = 301
    with app.test_request_context("/x", method="POST"):
        flask.request.routing_exception = redirect
        seen.attempt("raise_routing_exception", lambda: app.raise_routing_exception(flask.request))


@same_on_both
def test_the_error_signal_comes_with_the_error(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    got: list[str] = []

    def receive(sender: Any, exception: BaseException, **extra: Any) -> None:
        got.append(f"{sender is app} {exception!r} {sorted(extra)}")

    with flask.got_request_exception.connected_to(receive, app):
        seen.visit(app, "/raise/zero", "/abort/500", "/none", "/raise/shop")
    seen.note("got", got)


@same_on_both
def test_a_failing_after_request_in_a_500_is_logged_not_raised(flask: Any, seen: Seen) -> None:
    app = failing_app(flask)
    app.after_request(lambda response: 1 // 0)
    seen.visit(app, "/raise/shop", "/abort/404")
    app.testing = True
    seen.visit(app, "/raise/shop", "/abort/404")
