"""Contexts, proxies, `g`, threads and signals."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from werkzeug.exceptions import NotFound

from .harness import Seen, same_on_both
from .sending import call_wsgi, minimal_environ


@same_on_both
def test_proxies_outside_a_context_explain_themselves(flask: Any, seen: Seen) -> None:
    for name in ("request", "session", "g", "current_app"):
        proxy = getattr(flask, name)
        seen.attempt(f"{name} attribute", lambda p=proxy: p.anything)
        seen.attempt(f"{name} object", lambda p=proxy: p._get_current_object())
        seen.attempt(f"{name} set", lambda p=proxy: setattr(p, "x", 1))
        seen.attempt(f"{name} call", lambda p=proxy: p())
        seen.attempt(f"{name} bool", lambda p=proxy: bool(p))
        seen.attempt(f"{name} repr", lambda p=proxy: repr(p))
        seen.attempt(f"{name} dir", lambda p=proxy: dir(p))
    for name in ("request_ctx", "app_ctx"):
        seen.attempt(name, lambda n=name: getattr(flask.globals, n).app)


@same_on_both
def test_functions_outside_a_request_explain_themselves(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    for place in ("outside", "app context"):
        context = app.app_context() if place == "app context" else None
        if context:
            context.push()
        seen.attempt(f"{place} after_this_request", lambda: flask.after_this_request(lambda r: r))
        seen.attempt(f"{place} copy", lambda: flask.copy_current_request_context(lambda: None))
        seen.attempt(f"{place} render", lambda: flask.render_template_string("{{ 1 + 1 }}"))
        seen.attempt(f"{place} session", lambda: flask.session["x"])
        seen.attempt(f"{place} flash", lambda: flask.flash("x"))
        seen.attempt(f"{place} make_response", lambda: flask.make_response("x").get_data())
        seen.attempt(f"{place} send_file", lambda: flask.send_file("x"))
        seen.attempt(f"{place} has", lambda: (flask.has_request_context(), flask.has_app_context()))
        if context:
            context.pop()


@same_on_both
def test_request_contexts_nest_and_restore(flask: Any, seen: Seen) -> None:
    one, two = flask.Flask("one"), flask.Flask("two")
    trail: list[Any] = []
    one.teardown_request(lambda e: trail.append(("one request", flask.request.path)))
    one.teardown_appcontext(lambda e: trail.append("one app"))
    two.teardown_appcontext(lambda e: trail.append("two app"))
    with one.test_request_context("/outer"):
        flask.g.where = "outer"
        trail.append((flask.request.path, flask.current_app.name))
        with two.test_request_context("/inner"):
            trail.append((flask.request.path, flask.current_app.name, flask.g.get("where")))
        with one.app_context():
            trail.append((flask.request.path, flask.g.get("where")))
        with one.test_request_context("/again"):
            trail.append((flask.request.path, flask.g.get("where")))
        trail.append((flask.request.path, flask.g.where))
    seen.note("trail", trail)


@same_on_both
def test_an_app_context_pushed_first_is_shared_or_not_as_in_flask(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: str(flask.g.get("x", "empty")))
    torn: list[str] = []
    app.teardown_appcontext(lambda e: torn.append("app"))
    with app.app_context():
        flask.g.x = "from outside"
        seen.get(app)
        seen.note("during", (torn, flask.g.x))
        with app.test_request_context("/"):
            seen.note("request shares", flask.g.get("x"))
        seen.note("during", torn)
    seen.note("after", torn)


@same_on_both
def test_contexts_popped_in_the_wrong_order_are_refused(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    outer, inner = app.app_context(), app.app_context()
    outer.push()
    inner.push()
    seen.attempt("outer first", outer.pop)
    seen.note("current", flask.has_app_context())
    while flask.globals._cv_app.get(None) is not None:
        try:
            flask.globals._cv_app.get().pop()
        except (LookupError, AssertionError, ValueError) as error:
            seen.note("cleaning", type(error).__name__)
            flask.globals._cv_app.set(None)
    first, second = app.test_request_context("/1"), app.test_request_context("/2")
    first.push()
    second.push()
    seen.attempt("request outer first", first.pop)


@same_on_both
def test_a_context_pushed_twice_pops_twice(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    torn: list[str] = []
    app.teardown_request(lambda e: torn.append("request"))
    app.teardown_appcontext(lambda e: torn.append("app"))
    context = app.test_request_context("/twice")
    with context, context:
        seen.note("inside", (flask.request.path, torn))
    seen.note("after", (torn, flask.has_request_context(), flask.has_app_context()))
    app_context = app.app_context()
    with app_context:
        with app_context:
            flask.g.x = 1
        seen.note("kept", flask.g.get("x"))
    seen.note("after", torn)


@same_on_both
def test_a_context_exposes_the_same_parts(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.add_url_rule("/<x>", "view", lambda x: x)
    with app.test_request_context("/a", method="POST") as context:
        seen.note(
            "parts",
            (
                context.app is app,
                context.request.path,
                context.flashes,
                type(context.session).__name__,
                context.url_adapter is not None,
            ),
        )
        seen.note("match", (context.request.endpoint, repr(context.request.routing_exception)))
        seen.note("repr", context)
        seen.attempt("g", lambda: context.g)
        seen.note(
            "same",
            (flask.globals.request_ctx._get_current_object() is context, flask.globals._cv_request.get() is context),
        )
        copied = context.copy()
        seen.note("copy", (copied.request is context.request, copied is context))
    with app.app_context() as app_context:
        seen.note(
            "app context",
            (
                app_context.app is app,
                app_context.url_adapter,
                flask.globals.app_ctx._get_current_object() is app_context,
            ),
        )


@same_on_both
def test_an_error_inside_a_pushed_context_reaches_teardown(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    given: list[str] = []
    app.teardown_request(lambda e: given.append(f"request {e!r}"))
    app.teardown_appcontext(lambda e: given.append(f"app {e!r}"))
    for make in (app.test_request_context, app.app_context):
        try:
            with make():
                raise ValueError("inside")
        except ValueError:
            pass
        context = make()
        context.push()
        try:
            raise KeyError("current")
        except KeyError:
            context.pop()
        context = make()
        context.push()
        context.pop(TypeError("given"))
    seen.note("given", given)


@same_on_both
def test_g_behaves_like_a_namespace(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    with app.app_context():
        g = flask.g
        seen.note("missing", hasattr(g, "x"))
        seen.attempt("get", lambda: (g.get("x"), g.get("x", 5), "x" in g))
        g.x = 1
        g._private = 2
        seen.attempt("iter", lambda: (sorted(g), "x" in g, "y" in g))
        seen.attempt("setdefault", lambda: (g.setdefault("x", 9), g.setdefault("y"), g.setdefault("z", 3)))
        seen.attempt("pop", lambda: (g.pop("x"), g.pop("gone", None)))
        seen.attempt("pop missing", lambda: g.pop("gone"))
        with contextlib.suppress(AttributeError):
            del g.gone
            seen.note("deleted", "what was not there")
        del g.y
        seen.attempt("left", lambda: sorted(g))
        seen.attempt("repr", lambda: repr(g._get_current_object()))
        seen.attempt("bool", lambda: bool(g))
    seen.attempt("own repr", lambda: repr(flask.ctx._AppCtxGlobals()))


@same_on_both
def test_g_may_have_a_class_of_its_own(flask: Any, seen: Seen) -> None:
    class Globals(flask.ctx._AppCtxGlobals):
        kind = "own"

        def __getattr__(self, name: str) -> str:
            return f"made {name}"

    app = flask.Flask(__name__)
    app.app_ctx_globals_class = Globals
    app.add_url_rule("/", "i", lambda: flask.g.kind + flask.g.anything)
    seen.get(app)


@same_on_both
def test_a_copied_request_context_works_in_a_thread(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    results: list[Any] = []

    def in_thread(work: Any) -> None:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    @app.route("/")
    def view() -> str:
        flask.session["x"] = "s"
        flask.g.x = "g"

        @flask.copy_current_request_context
        def work() -> None:
            results.append(
                (
                    flask.request.path,
                    flask.session.get("x"),
                    flask.g.get("x"),
                    flask.current_app.name,
                    flask.url_for("view"),
                )
            )

        def bare() -> None:
            results.append((flask.has_request_context(), flask.has_app_context()))

        in_thread(work)
        in_thread(bare)
        return "done"

    seen.visit(app, "/?a=b")
    seen.note("results", results)


@same_on_both
def test_threads_with_their_own_contexts_do_not_mix(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    barrier = threading.Barrier(4, timeout=10)
    results: list[Any] = []

    @app.route("/<int:n>")
    def view(n: int) -> str:
        flask.g.n = n
        barrier.wait()
        return f"{flask.g.n} {flask.request.view_args} {flask.request.path}"

    def ask(n: int) -> None:
        results.append(app.test_client().get(f"/{n}").text)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen.note("results", sorted(results))


@same_on_both
def test_a_view_may_send_a_request_to_its_own_app(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    torn: list[str] = []
    app.teardown_appcontext(lambda e: torn.append("app"))
    app.teardown_request(lambda e: torn.append(flask.request.path))
    app.add_url_rule("/inner", "inner", lambda: f"inner {flask.request.path} {flask.g.get('x')}")

    @app.route("/outer")
    def outer() -> str:
        flask.g.x = "outer"
        inner = app.test_client().get("/inner").text
        raw = call_wsgi(app, minimal_environ("GET", "/inner")).body.decode()
        copied = flask.copy_current_request_context(
            lambda: f"copied {flask.g.x} {flask.current_app.name == app.name}"
        )()
        with app.test_request_context("/pushed"):
            pushed = f"pushed {flask.g.x} {flask.request.path}"
        return f"{inner} | {raw} | {copied} | {pushed} | {flask.request.path} {flask.g.x} {torn}"

    seen.get(app, "/outer")


@same_on_both
def test_signals_come_in_order_with_their_arguments(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[Any] = []
    app.before_request(lambda: trail.append("before_request"))
    app.after_request(lambda r: (trail.append("after_request"), r)[1])
    app.teardown_request(lambda e: trail.append("teardown_request"))
    app.teardown_appcontext(lambda e: trail.append("teardown_appcontext"))
    app.add_url_rule("/", "i", lambda: flask.render_template_string("{{ x }}", x=1))
    app.add_url_rule("/fail", "fail", lambda: 1 // 0)
    names = (
        "template_rendered before_render_template request_started request_finished request_tearing_down got_request_exception "
        "appcontext_tearing_down appcontext_pushed appcontext_popped"
    ).split()
    receivers = []
    for name in names:

        def receive(sender: Any, _name: str = name, **values: Any) -> None:
            values.pop("_async_wrapper", None)
            context = values.pop("context", None)
            template = values.pop("template", None)
            response = values.pop("response", None)
            values["parts"] = (
                context is not None and context.get("x"),
                template and template.name,
                response is not None and response.status,
            )
            trail.append((_name, sender is app, flask.has_request_context(), sorted(values.items(), key=str)))

        receivers.append(receive)
        getattr(flask, name).connect(receive, app)
    try:
        for url in ("/", "/none", "/fail"):
            trail.clear()
            seen.get(app, url)
            seen.note(url, trail)
        trail.clear()
        with app.app_context():
            pass
        seen.note("app context", trail)
    finally:
        for name, receive in zip(names, receivers, strict=True):
            getattr(flask, name).disconnect(receive, app)
    seen.get(app)


@same_on_both
def test_a_receiver_may_change_the_response_and_the_context(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: flask.render_template_string("{{ x }} {{ y }}", x=1))
    app.add_url_rule("/text", "t", lambda: "text")

    def stamp(sender: Any, response: Any, **extra: Any) -> None:
        response.headers["X-Signal"] = "1"
        response.data = response.data + b"!"

    def add(sender: Any, template: Any, context: dict[str, Any], **extra: Any) -> None:
        context["y"] = "added"

    seen.visit(app, "/", "/text")
    with flask.request_finished.connected_to(stamp, app), flask.before_render_template.connected_to(add):
        seen.visit(app, "/", "/text", "/none")
    seen.visit(app, "/", "/text")


@same_on_both
def test_a_receiver_that_fails_fails_the_request_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: "x")

    def broken(sender: Any, **values: Any) -> None:
        raise ValueError("receiver")

    for name in ("request_started", "request_finished", "request_tearing_down", "appcontext_pushed"):
        with getattr(flask, name).connected_to(broken, app):
            seen.visit(app, "/", "/none")


@same_on_both
def test_a_signal_connected_in_a_view_is_sent_for_that_request(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[str] = []

    def finished(sender: Any, response: Any, **extra: Any) -> None:
        trail.append(f"finished {response.status_code}")

    @app.route("/")
    def view() -> str:
        flask.request_finished.connect(finished, app)
        return "x"

    seen.visit(app, "/", "/")
    flask.request_finished.disconnect(finished, app)
    seen.visit(app, "/none")
    seen.note("trail", trail)


@same_on_both
def test_the_first_request_flag_is_set_before_the_view(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    flags: list[bool] = [app._got_first_request]
    app.before_request(lambda: flags.append(app._got_first_request))
    app.add_url_rule("/", "i", lambda: str(app._got_first_request))
    with app.test_request_context():
        flags.append(app._got_first_request)
    seen.get(app, "/none")
    seen.note("flags", flags)


@same_on_both
def test_stations_can_be_walked_by_hand(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[str] = []
    app.before_request(lambda: trail.append("before"))
    app.after_request(lambda r: (trail.append("after"), r)[1])
    app.add_url_rule("/<x>", "view", lambda x: (f"view {x}", 201))
    with app.test_request_context("/a"):
        seen.attempt("preprocess", app.preprocess_request)
        value = app.dispatch_request()
        seen.note("dispatch", value)
        response = app.make_response(value)
        seen.note("made", (response.status, response.get_data()))
        response = app.process_response(response)
        seen.note("finalize", app.finalize_request("again").get_data())
        seen.note("full", app.full_dispatch_request().get_data())
        seen.note("options", sorted(app.make_default_options_response().allow))
        seen.note("user error", app.handle_user_exception(NotFound()).code)
        seen.attempt("exception", lambda: app.handle_exception(ValueError("x")).status)
    seen.note("trail", trail)
