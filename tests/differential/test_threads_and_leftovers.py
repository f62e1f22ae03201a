"""What threads share of one request, and what becomes of contexts that were pushed during a request and left behind."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from .harness import Seen, same_on_both

THREADS = 4
SLOW_S = 0.02


def in_threads(work: Callable[[int], object]) -> None:
    """Run `work` at the same moment in several threads, each with a copy of the current context."""
    barrier = threading.Barrier(THREADS)

    def start(number: int) -> None:
        barrier.wait(10)
        work(number)

    threads = [threading.Thread(target=copy_context().run, args=(start, number)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


@same_on_both
def test_threads_of_one_request_share_one_g(flask: Any, seen: Seen) -> None:
    class Slow(flask.ctx._AppCtxGlobals):
        def __init__(self) -> None:
            time.sleep(SLOW_S)

    app = flask.Flask(__name__)
    app.app_ctx_globals_class = Slow

    @app.route("/")
    def view() -> str:
        in_threads(lambda number: setattr(flask.g, f"from_{number}", number))
        return str(sorted(flask.g))

    seen.visit(app, "/", "/")


@same_on_both
def test_threads_of_one_request_share_one_session(flask: Any, seen: Seen) -> None:
    class Slow:
        def dumps(self, value: Any) -> str:
            return str(flask.sessions.session_json_serializer.dumps(value))

        def loads(self, text: str) -> Any:
            time.sleep(SLOW_S)
            return flask.sessions.session_json_serializer.loads(text)

    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.session_interface = flask.sessions.SecureCookieSessionInterface()
    app.session_interface.serializer = Slow()

    @app.route("/first")
    def first() -> str:
        flask.session["first"] = True
        return "first"

    @app.route("/")
    def view() -> str:
        in_threads(lambda number: flask.session.__setitem__(str(number), number))
        return str(sorted(flask.session))

    @app.route("/kept")
    def kept() -> str:
        return str(sorted(flask.session))

    seen.visit(app, "/first", "/kept")
    body = seen._sender(app).send("GET", "/").body  # the order in which threads write is nobody's: not compared
    seen.note("after the threads", body)
    seen.visit(app, "/kept")


@same_on_both
def test_threads_that_first_ask_for_the_url_map_get_one_map(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    for number in range(100):
        app.add_url_rule(f"/{number}/<int:n>", str(number), lambda n: str(n))
    maps: list[Any] = []
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        in_threads(lambda number: maps.append(app.url_map))
    finally:
        sys.setswitchinterval(interval_s)
    seen.note("one map", all(url_map is app.url_map for url_map in maps))
    seen.note("rules", len(list(app.url_map.iter_rules())))
    seen.visit(app, "/5/7", "POST /5/7", "/none")


def leaving(flask: Any, leave: Callable[[Any], object]) -> Any:
    """Return an app one of whose views pushes something that it does not pop."""
    app = flask.Flask(__name__)

    @app.route("/leave")
    def view() -> str:
        flask.g.user = "of the first request"
        leave(app)
        flask.g.user = "of the first request"
        return "left"

    @app.route("/next")
    def following() -> str:
        return str(flask.g.get("user"))

    return app


@same_on_both(by="client raw", not_over_asgi="there each request has a context of its own")
def test_an_app_context_left_behind_is_reported_and_not_shared_with_the_next_request(flask: Any, seen: Seen) -> None:
    for hooked in (False, True):
        app = leaving(flask, lambda app: app.app_context().push())
        if hooked:
            app.teardown_appcontext(lambda error: None)
        for url in ("/next", "/leave", "/next", "/leave", "/next"):
            seen.get(app, url)
            seen.note("current", (flask.has_request_context(), flask.has_app_context()))


@same_on_both(by="client raw", not_over_asgi="there each request has a context of its own")
def test_a_request_context_left_behind_is_reported_and_not_shared_with_the_next_request(flask: Any, seen: Seen) -> None:
    other = flask.Flask("other")
    for pushed in (None, other):
        app = leaving(flask, lambda app, pushed=pushed: (pushed or app).test_request_context("/inner").push())
        for url in ("/next", "/leave", "/next"):
            seen.get(app, url)
            seen.note("current", (flask.has_request_context(), flask.has_app_context()))


@same_on_both
def test_hooks_after_a_handled_error_find_no_error_being_handled(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.register_error_handler(ValueError, lambda e: "handled")

    @app.route("/this")
    def this() -> str:
        @flask.after_this_request
        def note(response: Any) -> Any:
            response.headers["X-Error"] = repr(sys.exc_info()[1])
            return response

        raise ValueError

    @app.route("/every")
    def every() -> str:
        raise ValueError

    seen.visit(app, "/this")
    app.after_request_funcs.setdefault(None, []).append(
        lambda r: (r.headers.add("X-Error", repr(sys.exc_info()[1])), r)[1]
    )
    seen.visit(app, "/this", "/every")


def test_a_class_may_be_patched_while_other_threads_make_applications() -> None:
    import ewer

    errors: list[BaseException] = []
    is_over = threading.Event()

    def make_applications() -> None:
        while not is_over.is_set():
            ewer.Flask(__name__, static_folder=None)

    class Patched(ewer.Flask):
        """Stands for the class that an agent patches."""

    makers = [threading.Thread(target=make_applications) for _ in range(2)]
    for maker in makers:
        maker.start()
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for number in range(20000):
            Patched.patched = number  # type: ignore[attr-defined]
    except BaseException as error:
        errors.append(error)
    finally:
        sys.setswitchinterval(interval_s)
        is_over.set()
        for maker in makers:
            maker.join()
    assert not errors
