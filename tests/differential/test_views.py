"""Class-based views and async views, hooks and handlers."""

from __future__ import annotations

from typing import Any

from .harness import Seen, same_on_both


@same_on_both
def test_a_method_view_dispatches_by_method(flask: Any, seen: Seen) -> None:
    class Item(flask.views.MethodView):
        def get(self, n: int) -> str:
            return f"got {n}"

        def post(self, n: int) -> tuple[str, int]:
            return f"posted {n}", 201

        def delete(self, n: int) -> dict[str, int]:
            return {"deleted": n}

    class Child(Item):
        def put(self, n: int) -> str:
            return f"put {n}"

    class Headed(flask.views.MethodView):
        def head(self) -> Any:
            return flask.Response("", headers={"X-Head": "own"})

        def options(self) -> str:
            return "own options"

        def propfind(self) -> str:
            return "webdav"

    app = flask.Flask(__name__)
    app.add_url_rule("/item/<int:n>", view_func=Item.as_view("item"))
    app.add_url_rule("/child/<int:n>", view_func=Child.as_view("child"))
    app.add_url_rule("/headed", view_func=Headed.as_view("headed"))
    for path in ("item/5", "child/5", "headed"):
        seen.visit(app, *(f"{m} /{path}" for m in "GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND".split()))
    seen.note("methods", [sorted(v.methods or ()) for v in (Item, Child, Headed)])


@same_on_both
def test_a_view_class_is_made_once_or_for_each_request(flask: Any, seen: Seen) -> None:
    made: list[str] = []

    class Fresh(flask.views.View):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(f"{type(self).__name__} {args} {kwargs}")
            self.count = 0

        def dispatch_request(self, **values: Any) -> str:
            self.count += 1
            return f"{self.count} {values}"

    class Kept(Fresh):
        init_every_request = False

    app = flask.Flask(__name__)
    app.add_url_rule("/fresh/<x>", view_func=Fresh.as_view("fresh", 1, two=2))
    app.add_url_rule("/kept", view_func=Kept.as_view("kept"))
    seen.visit(app, "/fresh/a", "/fresh/b", "/kept", "/kept")
    seen.note("made", made)


@same_on_both
def test_view_class_attributes_shape_the_rule(flask: Any, seen: Seen) -> None:
    def stamped(view: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            return f"stamped {view(*args, **kwargs)}"

        return call

    class Shaped(flask.views.View):
        """Its docstring."""

        methods = ["GET", "POST"]
        provide_automatic_options = False
        decorators = [stamped, stamped]

        def dispatch_request(self) -> str:
            return flask.request.method

    app = flask.Flask(__name__)
    view = Shaped.as_view("shaped")
    app.add_url_rule("/", view_func=view)
    seen.visit(app, "/", "POST /", "OPTIONS /", "PUT /")
    seen.note("attributes", (view.__name__, view.__doc__, view.__module__, view.view_class is Shaped, view.methods))


@same_on_both
def test_incomplete_view_classes_fail_alike(flask: Any, seen: Seen) -> None:
    class Empty(flask.views.View):
        pass

    class GetOnly(flask.views.MethodView):
        def get(self) -> str:
            return "x"

    app = flask.Flask(__name__)
    app.testing = True
    app.add_url_rule("/empty", view_func=Empty.as_view("empty"))
    app.add_url_rule("/get", view_func=GetOnly.as_view("get"), methods=["GET", "POST"])
    seen.visit(app, "/empty", "/get", "POST /get", "HEAD /get")


@same_on_both
def test_async_views_and_method_views_answer(flask: Any, seen: Seen) -> None:
    import asyncio

    app = flask.Flask(__name__)

    @app.route("/<int:n>")
    async def view(n: int) -> dict[str, Any]:
        await asyncio.sleep(0)
        flask.g.seen = flask.request.path
        return {"n": n, "path": flask.g.seen, "endpoint": flask.request.endpoint}

    class Item(flask.views.MethodView):
        async def get(self) -> str:
            await asyncio.sleep(0)
            return f"async {flask.request.method}"

        def post(self) -> str:
            return "sync"

    class Plain(flask.views.View):
        async def dispatch_request(self) -> tuple[str, int]:
            return "plain", 202

    app.add_url_rule("/item", view_func=Item.as_view("item"))
    app.add_url_rule("/plain", view_func=Plain.as_view("plain"))
    seen.visit(app, "/5", "HEAD /5", "/item", "POST /item", "/plain", "OPTIONS /item")


@same_on_both
def test_async_hooks_and_handlers_run_in_order(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__, url_prefix="/b")
    trail: list[str] = []

    def hooks(owner: Any, name: str) -> None:
        @owner.before_request
        async def before() -> Any:
            trail.append(f"{name} before {flask.request.path}")
            return "stopped" if flask.request.args.get("stop") == name else None

        @owner.after_request
        async def after(response: Any) -> Any:
            trail.append(f"{name} after")
            response.headers.add("X-After", name)
            return response

        @owner.teardown_request
        async def down(error: Any) -> None:
            trail.append(f"{name} teardown {error!r}")

        @owner.errorhandler(ValueError)
        async def handle(error: Exception) -> tuple[str, int]:
            return f"{name} handled {error}", 418

        @owner.context_processor
        async def context() -> dict[str, str]:
            return {name: "async context"}

    hooks(app, "app")
    hooks(blueprint, "bp")

    @app.teardown_appcontext
    async def app_down(error: Any) -> None:
        trail.append("app context")

    async def fail() -> str:
        raise ValueError("async")

    async def boom() -> str:
        raise KeyError("boom")

    def fine() -> str:  # not async: asgiref refuses an async context processor inside an async view
        return flask.render_template_string("{{ app }} {{ bp }}")

    for owner in (app, blueprint):
        owner.add_url_rule("/fail", "fail", fail)
        owner.add_url_rule("/boom", "boom", boom)
        owner.add_url_rule("/fine", "fine", fine)
    app.register_blueprint(blueprint)
    for url in ("/fine", "/b/fine", "/fail", "/b/fail", "/boom", "/fine?stop=app", "/b/fine?stop=bp", "/none"):
        trail.clear()
        seen.get(app, url)
        seen.note(url, trail)


@same_on_both
def test_async_receivers_get_signals(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: "x")
    trail: list[str] = []

    async def receive(sender: Any, **values: Any) -> None:
        trail.append(f"{flask.request.path} {sorted(values)}")

    with flask.request_started.connected_to(receive, app), flask.request_finished.connected_to(receive, app):
        seen.get(app)
    seen.note("trail", trail)


@same_on_both
def test_context_variables_and_proxies_reach_async_views(flask: Any, seen: Seen) -> None:
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.before_request(lambda: variable.set("set before") and None)

    @app.route("/")
    async def view() -> str:
        flask.session["x"] = "async"
        flask.after_this_request(lambda r: (r.headers.__setitem__("X-This", "1"), r)[1])
        was = variable.get()
        variable.set("set in view")
        return f"{was} {flask.url_for('view')} {flask.current_app.name}"

    @app.after_request
    def after(response: Any) -> Any:
        response.headers["X-Variable"] = variable.get()
        return response

    seen.visit(app, "/", "/")


@same_on_both
def test_sync_decorators_around_async_views_use_ensure_sync(flask: Any, seen: Seen) -> None:
    import functools

    app = flask.Flask(__name__)

    def logged_in(view: Any) -> Any:
        @functools.wraps(view)
        def call(*args: Any, **kwargs: Any) -> Any:
            if flask.request.args.get("no"):
                return "refused", 401
            return flask.current_app.ensure_sync(view)(*args, **kwargs)

        return call

    @app.route("/<x>")
    @logged_in
    async def view(x: str) -> str:
        return f"async {x}"

    seen.visit(app, "/a", "/a?no=1")
    seen.attempt("outside", lambda: app.ensure_sync(_add)(1, 2))
    seen.attempt("of sync", lambda: app.ensure_sync(len) is len)
    seen.attempt("direct", lambda: app.async_to_sync(_add)(3, 4))


async def _add(a: int, b: int) -> int:
    return a + b


@same_on_both
def test_an_overridden_ensure_sync_wraps_every_callback(flask: Any, seen: Seen) -> None:
    calls: list[str] = []

    class Mine(flask.Flask):
        def ensure_sync(self, func: Any) -> Any:
            calls.append(func.__name__)
            return super().ensure_sync(func)

    app = Mine(__name__)

    @app.before_request
    def before() -> None:
        pass

    @app.after_request
    def after(response: Any) -> Any:
        return response

    @app.teardown_request
    def down(error: Any) -> None:
        pass

    @app.errorhandler(404)
    def missing(error: Any) -> str:
        return "404"

    @app.route("/")
    async def view() -> str:
        return "x"

    app.add_url_rule("/sync", "sync", echo_sync)
    seen.visit(app, "/", "/none", "/sync")
    seen.note("calls", calls)


def echo_sync() -> str:
    """A plain view."""
    return "sync"


@same_on_both
def test_an_async_view_that_streams_answers_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/sync-generator")
    async def view() -> Any:
        return (part for part in ("a", "b"))

    @app.route("/returns-coroutine")
    def coroutine() -> Any:
        return "not a coroutine"

    app.testing = True
    seen.visit(app, "/sync-generator", "/returns-coroutine")
