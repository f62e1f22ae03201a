"""Changes and overrides that a compiled plan could miss: class attributes, providers, contexts handled inside a view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .harness import Seen, same_on_both
from .sending import minimal_environ


def warm(flask: Any, seen: Seen) -> Any:
    """Return an app with a few views that has served each of them once."""
    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.add_url_rule("/text", "text", lambda: "text")
    app.add_url_rule("/dict", "dict", lambda: {"b": 1, "a": "ü"})
    app.add_url_rule("/item/<int:n>", "item", lambda n: [n], methods=["GET", "POST"])
    seen.visit(app, "/text", "/dict", "/item/5")
    return app


@same_on_both
def test_hosts_of_every_shape_are_taken_or_refused_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: f"{flask.request.host} {flask.request.url}")
    app.add_url_rule("/plain", "p", lambda: "plain")
    for host in (
        "h:99999 h:0 H.TEST h. .h a..b h: 1.2.3.4 1.2.3.4:80 a@b -a- xn--4ca.test a,b a;b a/b a?b [::1 ::1 [v1.x] h:443 "
        + "x" * 70
        + ".test"
    ).split():
        for path in ("/", "/plain"):
            seen.get(app, path, environ={"HTTP_HOST": host})


@same_on_both(by="raw")
def test_an_environ_with_little_in_it_is_served_alike(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    for missing in ("HTTP_HOST", "QUERY_STRING", "SCRIPT_NAME", "PATH_INFO", "SERVER_PROTOCOL", "SERVER_PORT"):
        environ = minimal_environ("GET", "/dict")
        del environ[missing]
        answer: list[Any] = []
        seen.attempt(
            missing,
            lambda e=environ, a=answer: b"".join(
                app(e, lambda status, headers, exc=None: a.append((status, sorted(headers))))
            ),
        )
        seen.note("started", answer)
    for changes in (
        {"REQUEST_METHOD": "get"},
        {"wsgi.url_scheme": "https"},
        {"PATH_INFO": "text"},
        {"PATH_INFO": "//text"},
        {"SERVER_NAME": "other"},
    ):
        seen.get(app, "/text", environ=changes)


@same_on_both
def test_trusted_hosts_of_a_request_class_are_heeded(flask: Any, seen: Seen) -> None:
    class Careful(flask.Request):
        trusted_hosts = ["ok.test"]

    app = warm(flask, seen)
    app.request_class = Careful
    for host in ("ok.test", "bad.test"):
        seen.get(app, "/text", base_url=f"http://{host}")


@same_on_both
def test_a_request_class_may_name_its_own_blueprints(flask: Any, seen: Seen) -> None:
    class Odd(flask.Request):
        @property
        def blueprints(self) -> list[str]:
            return ["ghost"]

    app = flask.Flask(__name__)
    trail: list[str] = []
    app.request_class = Odd
    app.before_request_funcs["ghost"] = [lambda: trail.append("ghost before")]
    app.after_request_funcs["ghost"] = [lambda response: (trail.append("ghost after"), response)[1]]
    app.teardown_request_funcs["ghost"] = [lambda error: trail.append("ghost teardown")]
    app.add_url_rule("/", "i", lambda: "x")
    seen.visit(app, "/", "/")
    seen.note("trail", trail)


@same_on_both
def test_attributes_changed_on_the_response_class_are_seen(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    original_call = flask.Response.__call__

    def call(self: Any, environ: Any, start_response: Any) -> Any:
        self.headers["X-Called"] = "1"
        return original_call(self, environ, start_response)

    for name, value in (("default_mimetype", "text/plain"), ("default_status", 203), ("__call__", call)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(flask.Response, name, value, raising=False)
            seen.visit(app, "/text", "/dict", "/none")
        seen.visit(app, "/text")


@same_on_both
def test_a_json_provider_changed_while_serving_is_used(flask: Any, seen: Seen) -> None:
    for name, value in (
        ("mimetype", "application/changed"),
        ("sort_keys", False),
        ("ensure_ascii", False),
        ("compact", False),
        ("dumps", lambda obj, **options: "replaced dumps"),
        ("response", lambda *args, **kwargs: flask.Response("replaced response")),
        ("default", lambda value: "replaced default"),
    ):
        app = warm(flask, seen)
        setattr(app.json, name, value)
        seen.visit(app, "/dict", "/item/5")
    app = warm(flask, seen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flask.json.provider.DefaultJSONProvider, "mimetype", "application/of-the-class")
        patch.setattr(flask.json.provider.DefaultJSONProvider, "sort_keys", False)
        seen.visit(app, "/dict", "/item/5")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flask.json.provider.DefaultJSONProvider, "dumps", lambda self, obj, **options: "class dumps")
        seen.visit(app, "/dict", "/item/5")
    seen.visit(app, "/dict")


@same_on_both
def test_debug_switched_while_serving_changes_json(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    app.debug = True
    seen.visit(app, "/dict", "/item/5")
    app.config["DEBUG"] = False
    seen.visit(app, "/dict", "/item/5")


@same_on_both
def test_a_session_interface_patched_while_serving_is_called(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    stock = flask.sessions.SecureCookieSessionInterface
    original = stock.save_session

    def save(self: Any, app: Any, session: Any, response: Any) -> None:
        response.headers["X-Saved"] = "1"
        original(self, app, session, response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stock, "save_session", save)
        seen.visit(app, "/text", "/none")
    seen.visit(app, "/text")
    app.session_interface = stock()
    app.session_interface.save_session = lambda app, session, response: response.headers.__setitem__("X-Instance", "1")
    seen.visit(app, "/text", "/dict")
    with pytest.MonkeyPatch.context() as patch:
        other = warm(flask, seen)
        patch.setattr(flask.Flask, "session_interface", type("Own", (stock,), {"save_session": save})())
        seen.visit(other, "/text")


@same_on_both
def test_lists_put_into_a_hook_table_stay_the_callers_own(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    trail: list[str] = []
    mine: list[Any] = []
    app.before_request_funcs[None] = mine
    seen.visit(app, "/text")
    mine.append(lambda: trail.append("mine"))
    seen.note("same", app.before_request_funcs[None] is mine)
    seen.visit(app, "/text")
    app.before_request_funcs[None].append(lambda: trail.append("through the table"))
    seen.visit(app, "/text")
    mine.reverse()
    seen.visit(app, "/text")
    mine.clear()
    app.before_request_funcs.pop(None)
    seen.visit(app, "/text")
    app.after_request_funcs |= {None: [lambda response: (trail.append("merged"), response)[1]]}
    seen.visit(app, "/text")
    app.after_request_funcs.popitem()
    seen.visit(app, "/text")
    seen.note("trail", trail)


@same_on_both
def test_hooks_may_change_what_is_dispatched(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)

    def meddle() -> None:
        request = flask.request
        how = request.args.get("how")
        if how == "arguments":
            request.view_args = {"n": 99}
        if how == "rule":
            request.url_rule = next(app.url_map.iter_rules("text"))
            request.view_args = {}
        if how == "error":
            from werkzeug.exceptions import Gone

            request.routing_exception = Gone()
        if how == "views":
            app.view_functions["item"] = lambda n: f"new view {n}"

    app.before_request_funcs.setdefault(None, []).append(meddle)
    seen.visit(app, *(f"/item/5?how={how}" for how in ("none", "arguments", "rule", "error", "views", "none")))


@same_on_both
def test_contexts_may_be_popped_and_pushed_inside_a_view(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[Any] = []
    app.teardown_request(lambda e: trail.append("request"))
    app.teardown_appcontext(lambda e: trail.append("app"))

    @app.route("/app")
    def pop_app() -> str:
        flask.g.x = 1
        context = flask.globals._cv_app.get()
        context.pop()
        trail.append((flask.has_app_context(), flask.has_request_context()))
        context.push()
        return f"{flask.g.get('x')} {flask.current_app.name == app.name}"

    @app.route("/nested")
    def nested() -> str:
        flask.g.x = "outer"
        with app.app_context():
            inner = flask.g.get("x")
            flask.g.x = "inner"
        with app.test_request_context("/other"):
            other = (flask.request.path, flask.g.get("x"))
        return f"{inner} {other} {flask.g.x} {flask.request.path}"

    for url in ("/app", "/nested"):
        trail.clear()
        seen.get(app, url)
        seen.note(url, trail)


@same_on_both
def test_the_parts_of_the_current_context_are_flasks(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/<int:n>")
    def view(n: int) -> Any:
        context = flask.globals.request_ctx
        adapter = context.url_adapter
        rule, values = adapter.match(return_rule=True)
        context.match_request()
        return {
            "matched": [rule.rule, values],
            "built": adapter.build("view", {"n": 7}),
            "allowed": sorted(adapter.allowed_methods()),
            "again": [flask.request.endpoint, flask.request.view_args],
            "same rule": flask.request.url_rule is rule,
            "app": context.app is app and flask.globals.app_ctx.app is app,
            "adapter": flask.globals.app_ctx.url_adapter is None,
            "flashes": context.flashes,
            "session": context.session is flask.session._get_current_object(),
        }

    seen.visit(app, "/5", "/5?x=1")


@same_on_both
def test_g_lives_as_long_as_a_stream_that_keeps_its_context(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    trail: list[Any] = []
    app.teardown_appcontext(lambda e: trail.append(("app", flask.g.get("x"))))

    def parts() -> Iterator[str]:
        yield str(flask.g.get("x"))
        flask.g.y = 1
        yield f"{flask.g.get('y')} {flask.session.get('s')} {flask.url_for('view')} {flask.current_app.name == app.name}"

    @app.route("/")
    def view() -> Any:
        flask.g.x = "set in the view"
        flask.session["s"] = "in the session"
        return flask.stream_with_context(parts())

    @app.route("/untouched")
    def untouched() -> Any:
        return flask.stream_with_context(parts())

    seen.visit(app, "/", "/untouched", "/")
    seen.note("trail", trail)


@same_on_both
def test_errors_while_making_the_response_skip_the_users_handlers(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.register_error_handler(TypeError, lambda e: "never asked")
    app.register_error_handler(UnicodeEncodeError, lambda e: "never asked")
    app.register_error_handler(500, lambda e: (f"500 of {type(e.original_exception).__name__}", 500))
    app.add_url_rule("/none", "none", lambda: None)
    app.add_url_rule("/set", "set", lambda: {"x": {1}})
    app.add_url_rule("/int", "int", lambda: 5)
    app.add_url_rule("/surrogate", "surrogate", lambda: "\ud800")
    app.add_url_rule("/raised", "raised", lambda: len(5))  # type: ignore[arg-type]
    seen.visit(app, "/none", "/set", "/int", "/surrogate", "/raised")


@same_on_both
def test_rules_changed_in_place_are_matched_as_changed(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/a", "a", lambda: flask.request.method)
    app.add_url_rule("/b/<int:n>", "b", lambda n: f"{flask.request.method} {n}")
    for rule in app.url_map.iter_rules():
        rule.methods.add("POST")
    seen.visit(app, "POST /a", "POST /b/5", "OPTIONS /a", "PUT /a")


@same_on_both
def test_huge_numbers_in_a_path_fail_alike(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    seen.visit(app, f"/item/{'9' * 5000}", f"/item/{'9' * 100}", "/item/" + "0" * 50)


@same_on_both
def test_a_thread_may_outlive_its_request(flask: Any, seen: Seen) -> None:
    import threading

    app = flask.Flask(__name__)
    gate = threading.Event()
    threads: list[threading.Thread] = []
    results: list[Any] = []

    @app.route("/<x>")
    def view(x: str) -> str:
        flask.g.x = x

        @flask.copy_current_request_context
        def work() -> None:
            gate.wait(10)
            results.append(
                (flask.request.path, flask.request.view_args, flask.g.get("x"), flask.url_for("view", x="y"))
            )

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return x

    seen.visit(app, "/a")
    gate.set()
    for thread in threads:
        thread.join(10)
    seen.note("results", results)


@same_on_both
def test_what_a_session_interface_changes_about_untouched_sessions_is_seen(flask: Any, seen: Seen) -> None:
    stock = flask.sessions.SecureCookieSessionInterface

    class Numbered(flask.sessions.SecureCookieSession):
        def __init__(self, initial: Any = None) -> None:
            super().__init__(initial)
            if "id" not in self:
                self["id"] = "new"

    for attributes in ({"should_set_cookie": lambda self, app, session: True}, {"session_class": Numbered}):
        for refresh in (True, False):
            app = flask.Flask(__name__)
            app.secret_key = "k"
            app.config["SESSION_REFRESH_EACH_REQUEST"] = refresh
            app.session_interface = type("Own", (stock,), attributes)()
            app.add_url_rule("/set", "set", lambda: str(flask.session.setdefault("a", 1)))
            app.add_url_rule("/text", "text", lambda: "text")
            seen.visit(app, "/text", "/set", "/text")


@same_on_both
def test_a_secret_key_may_be_an_attribute_of_the_class(flask: Any, seen: Seen) -> None:
    app = type("Keyed", (flask.Flask,), {"secret_key": "k"})(__name__)
    app.add_url_rule("/set", "set", lambda: str(flask.session.update(_permanent=True, a=1)))
    app.add_url_rule("/text", "text", lambda: "text")
    seen.visit(app, "/text", "/set", "/text", "/text")


@same_on_both
def test_a_session_that_cannot_be_opened_is_asked_for_once(flask: Any, seen: Seen) -> None:
    asked: list[str] = []

    class Broken(flask.sessions.SecureCookieSessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            asked.append(request.path)
            raise ValueError("no store")

    app = flask.Flask(__name__)
    app.session_interface = Broken()
    app.add_url_rule("/text", "text", lambda: "text")
    seen.visit(app, "/text", "/text")
    seen.note("asked", asked)


@same_on_both
def test_receivers_that_come_and_go_between_requests_and_inside_one_hear_what_they_should(
    flask: Any, seen: Seen
) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/text", "text", lambda: "text")
    app.add_url_rule("/dict", "dict", lambda: {"b": 1})
    heard: list[str] = []
    names = (
        "appcontext_pushed",
        "request_started",
        "request_finished",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    )
    receivers = {name: lambda sender, name=name, **more: heard.append(name) for name in names}

    @app.get("/connects")
    def connects() -> str:
        for name in names:
            getattr(flask, name).connect(receivers[name], app)
        return "connected"

    @app.get("/disconnects")
    def disconnects() -> str:
        for name in names:
            getattr(flask, name).disconnect(receivers[name], app)
        return "disconnected"

    for path in ("/text", "/connects", "/text", "/dict", "/disconnects", "/text"):
        seen.get(app, path)
        seen.note(path, heard[:])
        heard.clear()
    for name in names:
        with getattr(flask, name).connected_to(receivers[name], app):
            seen.get(app, "/dict")
        seen.get(app, "/dict")
        seen.note(name, heard[:])
        heard.clear()
    other = flask.Flask("other")
    other.add_url_rule("/", "i", lambda: "other")
    with flask.request_started.connected_to(receivers["request_started"], app):
        seen.get(other, "/")
    seen.note("of another application", heard)


@same_on_both
def test_a_receiver_that_is_forgotten_is_not_called_again(flask: Any, seen: Seen) -> None:
    app = warm(flask, seen)
    heard: list[str] = []

    class Listener:
        def hear(self, sender: Any, **more: Any) -> None:
            heard.append("heard")

    listener = Listener()
    flask.request_finished.connect(listener.hear, app)
    seen.get(app, "/text")
    del listener
    seen.get(app, "/text")
    seen.note("heard", heard)


@same_on_both
def test_what_is_set_on_a_response_class_reaches_the_subclasses_it_has_already(flask: Any, seen: Seen) -> None:
    class Base(flask.Response):
        pass

    class Mine(Base):
        pass

    app = flask.Flask(__name__)
    app.response_class = Mine
    app.add_url_rule("/text", "text", lambda: "text")
    app.add_url_rule("/made", "made", lambda: Mine("made"))
    seen.visit(app, "/text", "/made")
    Base.get_app_iter = lambda self, environ: [b"four"]
    seen.visit(app, "/text", "/made")
    Base.__call__ = lambda self, environ, start_response: flask.Response("called")(environ, start_response)
    seen.visit(app, "/text", "/made")
