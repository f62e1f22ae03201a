"""Stations, classes and tables replaced on a subclass, on an instance, or while the app serves."""

from __future__ import annotations

from typing import Any

from .harness import Seen, same_on_both

STATIONS = (
    "wsgi_app full_dispatch_request preprocess_request dispatch_request make_response finalize_request process_response "
    "handle_exception handle_user_exception handle_http_exception do_teardown_request do_teardown_appcontext request_context "
    "app_context create_url_adapter raise_routing_exception make_default_options_response ensure_sync should_ignore_error "
    "log_exception trap_http_exception send_static_file get_send_file_max_age"
).split()
URLS = ("/", "/dict", "/boom", "/none", "/abort", "OPTIONS /", "/slash", "/static/none", "HEAD /")


def simple(flask: Any, cls: Any = None) -> Any:
    """Return an app with a few views of different outcome."""
    app = (cls or flask.Flask)(__name__)
    app.secret_key = "k"
    app.add_url_rule("/", "i", lambda: flask.session.setdefault("x", "text"))
    app.add_url_rule("/dict", "d", lambda: {"a": 1})
    app.add_url_rule("/boom", "boom", lambda: 1 // 0)
    app.add_url_rule("/abort", "abort", lambda: flask.abort(403))
    app.add_url_rule("/slash/", "slash", lambda: "slash")
    return app


def tracing(trail: list[str], name: str, original: Any) -> Any:
    """Return a function that writes its name into the trail and calls the original."""

    def call(*args: Any, **kwargs: Any) -> Any:
        trail.append(name)
        return original(*args, **kwargs)

    call.__name__ = name
    return call


@same_on_both
def test_every_station_overridden_in_a_subclass_is_called_in_order(flask: Any, seen: Seen) -> None:
    trail: list[str] = []
    namespace = {name: tracing(trail, name, getattr(flask.Flask, name)) for name in STATIONS}
    app = simple(flask, type("Traced", (flask.Flask,), namespace))
    for url in URLS:
        trail.clear()
        seen.visit(app, url)
        seen.note(url, trail)


@same_on_both
def test_each_station_overridden_alone_is_called_alike(flask: Any, seen: Seen) -> None:
    for name in STATIONS:
        trail: list[str] = []
        app = simple(flask, type("Traced", (flask.Flask,), {name: tracing(trail, name, getattr(flask.Flask, name))}))
        seen.visit(app, *URLS)
        seen.note(name, trail)


@same_on_both
def test_each_station_replaced_on_a_serving_instance_is_called_alike(flask: Any, seen: Seen) -> None:
    for name in STATIONS:
        trail: list[str] = []
        app = simple(flask)
        seen.visit(app, "/", "/dict")
        setattr(app, name, tracing(trail, name, getattr(app, name)))
        seen.visit(app, *URLS)
        delattr(app, name)
        seen.visit(app, "/dict")
        seen.note(name, trail)


@same_on_both
def test_stations_patched_on_the_class_while_serving_are_called(flask: Any, seen: Seen) -> None:
    app = simple(flask)
    seen.visit(app, "/", "/dict")
    for name in STATIONS:
        trail: list[str] = []
        original = flask.Flask.__dict__.get(name)
        holder = next(cls for cls in flask.Flask.__mro__ if name in cls.__dict__)
        original = holder.__dict__[name]
        setattr(holder, name, tracing(trail, name, original))
        try:
            seen.visit(app, *URLS)
        finally:
            setattr(holder, name, original)
        seen.visit(app, "/dict")
        seen.note(name, trail)


@same_on_both
def test_a_replaced_call_on_the_class_is_honoured(flask: Any, seen: Seen) -> None:
    original = flask.Flask.__call__
    seen_paths: list[str] = []

    def patched(self: Any, environ: Any, start_response: Any) -> Any:
        seen_paths.append(environ["PATH_INFO"])
        return original(self, environ, start_response)

    app = simple(flask)
    seen.visit(app, "/dict")
    flask.Flask.__call__ = patched
    try:
        seen.visit(app, "/dict", "/none")
    finally:
        flask.Flask.__call__ = original
    seen.note("paths", seen_paths)


@same_on_both
def test_dispatch_request_may_answer_everything(flask: Any, seen: Seen) -> None:
    class Dispatching(flask.Flask):
        def dispatch_request(self) -> Any:
            if flask.request.path.startswith("/mine"):
                return f"mine {flask.request.routing_exception!r}", 202
            return super().dispatch_request()

    app = simple(flask, Dispatching)
    seen.visit(app, "/mine/x", "/", "/none", "POST /mine")
    plain = simple(flask)
    plain.dispatch_request = lambda: {"instance": flask.request.path}
    seen.visit(plain, "/", "/none")


@same_on_both
def test_make_response_may_accept_new_types(flask: Any, seen: Seen) -> None:
    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    class Making(flask.Flask):
        def make_response(self, rv: Any) -> Any:
            if isinstance(rv, Point):
                rv = {"x": rv.x}
            if rv is None:
                rv = ("", 204)
            return super().make_response(rv)

    app = simple(flask, Making)
    app.add_url_rule("/point", "point", lambda: Point(4))
    app.add_url_rule("/nothing", "nothing", lambda: None)
    seen.visit(app, "/point", "/nothing", "/", "/none")


@same_on_both
def test_middleware_on_wsgi_app_sees_every_request(flask: Any, seen: Seen) -> None:
    class Middleware:
        def __init__(self, app: Any, name: str) -> None:
            self.app, self.name = app, name

        def __call__(self, environ: Any, start_response: Any) -> Any:
            environ[f"from.{self.name}"] = self.name

            def started(status: str, headers: Any, exc_info: Any = None) -> Any:
                return start_response(status, [*headers, ("X-Middleware", self.name)], exc_info)

            if environ["PATH_INFO"] == "/stopped":
                started("299 Stopped", [])
                return [b"stopped"]
            return self.app(environ, started)

    app = simple(flask)
    app.add_url_rule("/env", "env", lambda: repr(sorted(k for k in flask.request.environ if k.startswith("from."))))
    seen.note("bound", app.wsgi_app.__self__ is app)
    seen.visit(app, "/env")
    app.wsgi_app = Middleware(app.wsgi_app, "one")
    app.wsgi_app = Middleware(app.wsgi_app, "two")
    seen.visit(app, "/env", "/stopped", "/none", "/boom")
    seen.note("name", app.wsgi_app.name)


@same_on_both
def test_proxy_fix_changes_what_the_request_says(flask: Any, seen: Seen) -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix

    app = simple(flask)
    app.add_url_rule(
        "/where",
        "where",
        lambda: f"{flask.request.remote_addr} {flask.url_for('where', _external=True)} {flask.request.is_secure}",
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)
    forwarded = {
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "h.test",
        "X-Forwarded-Prefix": "/p",
    }
    seen.get(app, "/where")
    seen.get(app, "/where", headers=forwarded)
    seen.get(app, "/slash", headers=forwarded)


@same_on_both
def test_a_view_function_replaced_while_serving_is_used(flask: Any, seen: Seen) -> None:
    app = simple(flask)
    seen.visit(app, "/dict")
    app.view_functions["d"] = lambda: "replaced"
    seen.visit(app, "/dict")
    app.view_functions.update(d=lambda: flask.abort(409))
    seen.visit(app, "/dict")
    app.view_functions = dict(app.view_functions, d=lambda: ["whole table"])
    seen.visit(app, "/dict")
    del app.view_functions["d"]
    seen.visit(app, "/dict", "/")
    app.view_functions["d"] = None
    seen.visit(app, "/dict")

    def wrapped() -> str:
        app.view_functions["i"] = lambda: "replaced by itself"
        return "first"

    app.view_functions["i"] = wrapped
    seen.visit(app, "/", "/")


@same_on_both
def test_the_url_map_changed_while_serving_is_used(flask: Any, seen: Seen) -> None:
    from werkzeug.routing import Map, Rule, Submount

    app = simple(flask)
    seen.visit(app, "/dict", "/late")
    app.url_map.add(Rule("/late", endpoint="d"))
    app.url_map.add(Rule("/late/<int:n>", endpoint="late", methods=["GET"]))
    app.view_functions["late"] = lambda n: f"late {n}"
    seen.visit(app, "/late", "/late/5", "/late/x", "POST /late/5")
    app.url_map.add(Submount("/sub", [Rule("/a", endpoint="d")]))
    seen.visit(app, "/sub/a")
    app.url_map.strict_slashes = False
    seen.visit(app, "/slash", "/dict/")
    app.url_map = Map([Rule("/only", endpoint="d")])
    seen.visit(app, "/only", "/dict", "/")
    app.url_map.host_matching = True
    seen.visit(app, "/only")


@same_on_both
def test_a_rule_class_of_ones_own_is_used(flask: Any, seen: Seen) -> None:
    from werkzeug.routing import Rule

    class Versioned(Rule):
        def __init__(self, string: str, *, version: int = 0, **kwargs: Any) -> None:
            self.version = version
            super().__init__(f"/v{version}{string}" if version else string, **kwargs)

    class Mine(flask.Flask):
        url_rule_class = Versioned

    app = Mine(__name__)
    app.add_url_rule("/x", "x", lambda: f"{flask.request.url_rule.version} {flask.request.url_rule.rule}", version=2)
    seen.visit(app, "/v2/x", "/x")


@same_on_both
def test_a_map_class_of_ones_own_is_used(flask: Any, seen: Seen) -> None:
    from werkzeug.routing import Map

    class Lower(Map):
        def bind_to_environ(self, environ: Any, server_name: Any = None, subdomain: Any = None) -> Any:
            environ = dict(environ, PATH_INFO=environ["PATH_INFO"].lower())
            return super().bind_to_environ(environ, server_name, subdomain)

    class Mine(flask.Flask):
        url_map_class = Lower

    app = simple(flask, Mine)
    seen.visit(app, "/DICT", "/dict", "/None")


@same_on_both
def test_a_request_class_of_ones_own_is_used(flask: Any, seen: Seen) -> None:
    class Mine(flask.Request):
        @property
        def user(self) -> str:
            return self.headers.get("X-User", "nobody")

        @property
        def is_json(self) -> bool:
            return True

    app = simple(flask)
    app.request_class = Mine
    app.add_url_rule(
        "/user",
        "user",
        lambda: f"{flask.request.user} {flask.request.is_json} {type(flask.request._get_current_object()).__name__}",
    )
    seen.get(app, "/user", headers={"X-User": "ann"})
    seen.visit(app, "/boom", "/none")


@same_on_both
def test_add_url_rule_overridden_in_a_subclass_is_called_for_every_rule(flask: Any, seen: Seen) -> None:
    rules: list[Any] = []

    class Mine(flask.Flask):
        def add_url_rule(
            self,
            rule: str,
            endpoint: Any = None,
            view_func: Any = None,
            provide_automatic_options: Any = None,
            **options: Any,
        ) -> None:
            rules.append((rule, endpoint, sorted(options)))
            super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    app = simple(flask, Mine)
    blueprint = flask.Blueprint("b", __name__, static_folder="s", url_prefix="/b")
    blueprint.route("/x", methods=["POST"])(lambda: "x")
    app.register_blueprint(blueprint)
    app.get("/g")(lambda: "g")
    seen.note("rules", rules)


@same_on_both
def test_two_apps_behind_a_dispatcher_keep_apart(flask: Any, seen: Seen) -> None:
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    outer, inner = simple(flask), flask.Flask("inner")
    inner.add_url_rule("/x", "x", lambda: f"{flask.current_app.name} {flask.url_for('x')} {flask.request.script_root}")
    outer.wsgi_app = DispatcherMiddleware(outer.wsgi_app, {"/inner": inner})
    seen.visit(outer, "/dict", "/inner/x", "/inner/none", "/inner")


@same_on_both
def test_create_app_style_parts_may_be_set_late(flask: Any, seen: Seen) -> None:
    app = simple(flask)
    app.extensions = {"x": {1}}
    app.service = "free attribute"
    app.name = "renamed"
    app.add_url_rule(
        "/late", "late", lambda: f"{flask.current_app.service} {flask.current_app.extensions} {flask.current_app.name}"
    )
    seen.visit(app, "/late")
    import weakref

    seen.note("weak and hashable", (weakref.ref(app)() is app, {app: 1}[app]))
    seen.attempt("jinja env twice", lambda: app.jinja_env is app.jinja_env)
    seen.attempt("create", lambda: type(app.create_jinja_environment()).__name__)
