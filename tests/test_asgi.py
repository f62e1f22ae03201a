"""`app.asgi`: what reaches the application, where its code runs, how its answers are sent, and who cleans up when the client goes.

Requests are driven in this process by `asgi_driver`; nothing sleeps, and every exchange has a hard limit.
"""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import logging
import os
import threading
import time

import pytest

import ewer
from ewer import Response, g, request, session, stream_with_context
from ewer.interfaces import environs
from ewer.interfaces.bodies import MEMORY_BYTES

from .asgi_driver import Exchange, exchange, http_scope, in_time, lifespan
from .asgi_driver import request as send

LIMIT_S = 30.0
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.fixture(params=["plan", "plain"])
def app(request, monkeypatch):
    monkeypatch.setenv("EWER_PLAN", "0" if request.param == "plain" else "1")
    made = ewer.Flask("over_asgi", static_folder=None)
    made.secret_key = "secret"
    yield made
    logging.getLogger("over_asgi").handlers.clear()


def serving(app, work):
    """Run `work()` between the start-up and the shutdown of the application."""

    async def serve():
        async with lifespan(app):
            return await work()

    return in_time(serve())


async def until(condition) -> None:
    """Let the loop and its threads go on until the condition holds; the driver's limit ends a vain wait."""
    while not condition():
        await asyncio.sleep(0)


# What reaches the application


def test_the_lifespan_is_answered_and_lets_the_threads_go(app):
    app.add_url_rule("/", "index", lambda: "x")

    async def work():
        await exchange(app)
        return app.asgi._last.workers

    workers = serving(app, work)
    for thread in threading.enumerate():
        if thread.name == "ewer-worker":
            thread.join(LIMIT_S)
    assert workers.threads == 0


def test_an_unknown_scope_type_is_named(app):
    with pytest.raises(
        ValueError, match="ASGI scope type 'carrier-pigeon' is unknown; expected 'http', 'lifespan' or 'websocket'"
    ):
        in_time(app.asgi({"type": "carrier-pigeon"}, None, None))


def test_an_asgi_server_that_was_given_the_wsgi_application_is_told_so(app):
    for kind in ("http", "lifespan", "websocket"):
        with pytest.raises(TypeError, match=r"was given an ASGI scope. Give the ASGI server app.asgi instead"):
            app({"type": kind})  # what is no coroutine function passes for ASGI 2


def test_a_websocket_is_refused(app):
    made = Exchange()
    in_time(app.asgi({**http_scope(), "type": "websocket"}, made.receive, made.send))
    assert made.messages == [{"type": "websocket.close", "code": 1000}]


def test_a_scope_given_to_the_wsgi_call_is_told_where_to_go(app):
    with pytest.raises(TypeError, match=r"Give the ASGI server app\.asgi instead"):
        app(http_scope(), lambda *args: None)


def test_the_request_has_what_the_scope_says(app):
    @app.post("/café/<name>")
    def show(name):
        return {
            "name": name, "args": request.args.to_dict(), "url": request.url, "root": request.root_path, "remote": request.remote_addr,
            "server": request.server, "secure": request.is_secure, "type": request.content_type, "data": request.get_data(as_text=True),
        }  # fmt: skip

    made = send(
        app, "POST", "/app/caf%C3%A9/na%20me?q=%C3%BC", [("content-type", "text/x")], b"body", root_path="/app", scheme="https",
        client=("10.0.0.9", 1), server=("inside", 8443),
    )  # fmt: skip
    assert json.loads(made.body) == {
        "name": "na me", "args": {"q": "ü"}, "url": "https://localhost/app/café/na%20me?q=ü", "root": "/app", "remote": "10.0.0.9",
        "server": ["inside", 8443], "secure": True, "type": "text/x", "data": "body",
    }  # fmt: skip


def test_a_root_path_is_in_front_of_urls_and_not_of_routes(app):
    app.add_url_rule("/here", "here", lambda: ewer.url_for("here"))

    assert send(app, url="/app/here", root_path="/app").body == b"/app/here"
    assert send(app, url="/here", root_path="/app/").body == b"/app/here"
    assert send(app, url="/apple/here", root_path="/app").status == 404


def test_headers_that_come_twice_are_joined(app):
    app.add_url_rule("/", "index", lambda: f"{request.headers['X-Twice']}|{request.cookies['a']}{request.cookies['b']}")

    made = send(app, headers=[("x-twice", "1"), ("cookie", "a=1"), ("x-twice", "2"), ("cookie", "b=2")])
    assert made.body == b"1,2|12"


def test_a_header_whose_name_has_an_underscore_is_dropped(app):
    app.add_url_rule("/", "index", lambda: request.headers.get("X-Real-Ip", "none"))

    assert send(app, headers=[("x_real_ip", "6.6.6.6")]).body == b"none"
    assert send(app, headers=[("x_real_ip", "6.6.6.6"), ("x-real-ip", "1.1.1.1")]).body == b"1.1.1.1"


def test_two_hosts_are_no_host_that_a_plan_would_trust(app):
    app.add_url_rule("/", "index", lambda: request.headers["Host"])

    assert send(app, headers=[("host", "a.test"), ("host", "b.test")]).body == b"a.test,b.test"


def test_duplicate_response_headers_stay_two(app):
    @app.get("/")
    def index():
        response = Response("x")
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    assert [value for name, value in send(app).headers if name == b"set-cookie"] == [b"a=1; Path=/", b"b=2; Path=/"]


def test_invalid_utf8_in_a_path_is_answered(app):
    app.add_url_rule("/<name>", "index", lambda name: ascii(name))

    assert send(app, url="/%FF").body == rb"'\ufffd'"


def test_head_has_the_headers_and_no_body(app):
    app.add_url_rule("/", "index", lambda: "hello")

    @app.get("/async")
    async def asynchronous():
        return "hello"

    for url in ("/", "/async"):
        made = send(app, "HEAD", url)
        assert (made.status, made.header("content-length"), made.body) == (200, "5", b"")


# Where code runs


def test_an_async_view_runs_on_the_servers_loop(app):
    @app.get("/")
    async def index():
        return {"same": asyncio.get_running_loop() is loops[0]}

    loops = []

    async def work():
        loops.append(asyncio.get_running_loop())
        return (await exchange(app)).body

    assert serving(app, work) == b'{"same":true}\n'


@pytest.mark.parametrize("hook", ["before_request", "after_request", "teardown_request", "teardown_appcontext"])
def test_an_async_view_with_hooks_runs_on_the_servers_loop_too(app, hook):
    hooked = []
    getattr(app, hook)(lambda *args: hooked.append(threading.get_ident()) or (args[0] if args else None))

    @app.get("/")
    async def index():
        seen.append(asyncio.get_running_loop())
        return "x"

    seen: list[object] = []

    async def work():
        await exchange(app)
        return asyncio.get_running_loop(), threading.get_ident()

    loop, thread = serving(app, work)
    assert seen == [loop]
    assert hooked != [thread], "a hook may block, and must not on the loop"


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_response_object_that_nobody_looks_behind_needs_no_environ(monkeypatch, kind, method):
    made = []
    real = environs.environ_of
    monkeypatch.setattr(environs, "environ_of", lambda *args: made.append(args) or real(*args))
    monkeypatch.setattr(
        Response, "_is_sent_plainly", True
    )  # whatever other tests have set on the class, and taken back
    app = ewer.Flask("over_asgi", static_folder=None)

    async def view():
        return Response("teapot", 418, {"X-More": "1"})

    app.add_url_rule("/", "view", view if kind == "async" else lambda: Response("teapot", 418, {"X-More": "1"}))
    got = send(app, method)
    assert (got.status, got.body, got.header("x-more")) == (418, b"teapot" if method == "GET" else b"", "1")
    assert len(made) == (method == "HEAD")  # for which Werkzeug decides


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_signal_that_connects_while_serving_is_sent_from_then_on(app, kind):
    heard = []

    def hear(sender, **more):
        heard.append(threading.current_thread().name)

    async def connects():
        ewer.request_finished.connect(hear, app)
        return "connected"

    async def plain():
        return "plain"

    sync = {"connects": lambda: (ewer.request_finished.connect(hear, app), "connected")[1], "plain": lambda: "plain"}
    for name, view in {"connects": connects, "plain": plain}.items():
        app.add_url_rule(f"/{name}", name, view if kind == "async" else sync[name])
    counts = []
    for path in ("/plain", "/connects", "/plain"):
        assert send(app, path=path).status == 200
        counts.append(len(heard))
    ewer.request_finished.disconnect(hear, app)
    assert send(app, path="/plain").body == b"plain"
    assert [*counts, len(heard)] == [0, 1, 2, 2]


def test_a_sync_view_runs_in_a_worker_thread(app):
    app.add_url_rule("/", "index", lambda: threading.current_thread().name)

    assert send(app).body == b"ewer-worker"


def test_an_error_handler_of_an_async_view_never_runs_on_the_loop(app):
    where = []

    @app.errorhandler(ZeroDivisionError)
    def handle(error):
        where.append(threading.current_thread().name)
        return "handled", 409

    @app.get("/")
    async def index():
        g.seen = "by the view"
        return 1 / 0

    made = send(app)
    assert (made.status, made.body, where) == (409, b"handled", ["ewer-worker"])


def test_an_async_view_whose_app_has_a_session_interface_of_its_own_opens_it_in_a_thread(app):
    from ewer.sessions import SecureCookieSessionInterface

    where = []

    class Sessions(SecureCookieSessionInterface):
        def open_session(self, app, request):
            where.append(threading.current_thread().name)
            return super().open_session(app, request)

    app.session_interface = Sessions()

    @app.get("/")
    async def index():
        session["a"] = 1
        return "x"

    assert "session=" in send(app).header("set-cookie")
    assert where == ["ewer-worker"]


def test_200_blocking_views_at_once_all_finish(app):
    barrier = threading.Barrier(200)

    @app.get("/")
    def index():
        barrier.wait(LIMIT_S)
        return "x"

    async def work():
        return await asyncio.gather(*(exchange(app) for _ in range(200)))

    assert [made.status for made in serving(app, work)] == [200] * 200


def test_a_blocking_view_does_not_keep_an_async_one_waiting(app):
    gate = threading.Event()
    app.add_url_rule("/blocking", "blocking", lambda: str(gate.wait(LIMIT_S)))

    @app.get("/async")
    async def asynchronous():
        return "there"

    async def work():
        blocked = asyncio.ensure_future(exchange(app, url="/blocking"))
        quick = await exchange(app, url="/async")
        gate.set()
        return quick.body, (await blocked).body

    assert serving(app, work) == (b"there", b"True")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_context_variables_go_in_and_come_back(app, kind):
    def index():
        seen = variable.get()
        variable.set("set by the view")
        return seen

    async def asynchronous():
        return index()

    app.add_url_rule("/", "index", index if kind == "sync" else asynchronous)

    async def work():
        variable.set("set by middleware")
        made = await exchange(app)
        return made.body, variable.get()

    assert serving(app, work) == (b"set by middleware", "set by the view")


def test_no_request_is_current_after_an_answer(app):
    @app.get("/async")
    async def asynchronous():
        return stream_with_context(iter(["x"]))

    app.add_url_rule("/", "index", lambda: stream_with_context(iter(["x"])))

    async def work():
        for url in ("/", "/async", "/none"):
            await exchange(app, url=url)
            assert not ewer.has_request_context()
            assert not ewer.has_app_context()

    serving(app, work)


# ensure_sync: never a deadlock (trap T1)


def wrapped(app, view):
    """Wrap an async view in a plain decorator, as Flask-Login and its like do."""

    def decorated(**arguments):
        return app.ensure_sync(view)(**arguments)

    decorated.__name__ = view.__name__
    return decorated


def test_a_sync_wrapper_around_an_async_view_waits_for_the_servers_loop(app):
    async def view():
        await asyncio.sleep(0)
        return {"same": asyncio.get_running_loop() is loops[0]}

    app.add_url_rule("/", "index", wrapped(app, view))
    loops = []

    async def work():
        loops.append(asyncio.get_running_loop())
        return (await exchange(app)).body

    assert serving(app, work) == b'{"same":true}\n'


def test_wrappers_in_wrappers_do_not_wait_for_themselves(app):
    async def view():
        await asyncio.sleep(0)
        return "innermost"

    async def between():
        return wrapped(app, view)()  # plain code on the loop's own thread

    app.add_url_rule("/", "index", wrapped(app, between))

    assert send(app).body == b"innermost"


def test_more_wrapped_views_than_threads_do_not_wait_for_each_other(app, monkeypatch):
    monkeypatch.setenv("EWER_THREADS", "2")

    async def view():
        await asyncio.sleep(0)
        return "x"

    app.add_url_rule("/", "index", wrapped(app, view))

    async def work():
        return await asyncio.gather(*(exchange(app) for _ in range(20)))

    assert [made.status for made in serving(app, work)] == [200] * 20


def test_ensure_sync_works_in_threads_that_a_view_starts(app):
    async def coroutine():
        return "from a thread"

    @app.get("/")
    def index():
        found = []
        thread = threading.Thread(target=lambda: found.append(app.ensure_sync(coroutine)()), daemon=True)
        thread.start()
        thread.join(LIMIT_S)
        return found[0]

    assert send(app).body == b"from a thread"


# Bodies


def read_whole(app, **config):
    app.config.update(config)
    app.add_url_rule("/", "index", lambda: f"{len(request.get_data())}", methods=["POST"])

    @app.post("/async")
    async def asynchronous():
        return f"{len(request.get_data())}"


each_url = pytest.mark.parametrize("url", ["/", "/async"])


async def post(app, url, parts, headers=(), *, is_complete=True, **more):
    made = Exchange(parts, is_complete=is_complete)
    await app.asgi(http_scope("POST", url, headers, **more), made.receive, made.send)
    return made


@each_url
def test_a_body_past_the_limit_is_refused_before_it_is_read(app, url):
    read_whole(app, MAX_CONTENT_LENGTH=10)

    made = in_time(post(app, url, [b"x" * 11], [("content-length", "11")]))
    assert (made.status, made.received) == (413, 0)


@each_url
@pytest.mark.parametrize(
    "parts", [[b"x" * 11], [b"x" * 6, b"x" * 6], [b"x" * 6] * 100], ids=["one part", "two parts", "endless"]
)
def test_a_chunked_body_past_the_limit_is_refused_and_not_read_to_its_end(app, url, parts):
    read_whole(app, MAX_CONTENT_LENGTH=10)

    made = in_time(post(app, url, parts, [("transfer-encoding", "chunked")]))
    assert (made.status, made.received) == (413, min(len(parts), 2))


@each_url
def test_a_body_within_the_limit_is_whole(app, url):
    read_whole(app, MAX_CONTENT_LENGTH=10)

    assert in_time(post(app, url, [b"x" * 10], [("content-length", "10")])).body == b"10"
    assert in_time(post(app, url, [b"x" * 5, b"", b"x" * 5], [("transfer-encoding", "chunked")])).body == b"10"


@pytest.mark.parametrize(
    "framing", [[("content-length", "3000")], [("transfer-encoding", "chunked")]], ids=["announced", "chunked"]
)
def test_a_view_that_raises_its_limit_gets_the_whole_body(app, framing):
    app.config["MAX_CONTENT_LENGTH"] = 10

    @app.post("/")
    def index():
        request.max_content_length = 5000
        return str(len(request.get_data()))

    assert in_time(post(app, "/", [b"x" * 1000] * 3, framing)).body == b"3000"


def test_an_async_view_that_raises_its_limit_is_refused_and_not_given_half(app):
    app.config["MAX_CONTENT_LENGTH"] = 10

    @app.post("/")
    async def index():
        request.max_content_length = 5000
        return str(len(request.get_data()))

    made = in_time(post(app, "/", [b"x" * 1000] * 3, [("content-length", "3000")]))
    assert made.status == 413 or made.body == b"3000"  # without a plan the view's stations run in a thread


def test_a_client_that_goes_within_a_late_body_is_a_400(app):
    app.config["MAX_CONTENT_LENGTH"] = 10

    @app.post("/")
    def index():
        request.max_content_length = 5000
        return str(len(request.get_data()))

    async def work():
        made = Exchange([b"x" * 1000], is_complete=False)
        made.gone.set()
        await app.asgi(http_scope("POST", "/", [("content-length", "3000")]), made.receive, made.send)
        return made.status

    assert in_time(work()) == 400


def test_a_body_in_very_many_pieces_waits_on_disk_whatever_its_size(app):
    def index():
        return [isinstance(request.environ["wsgi.input"], io.BytesIO), len(request.get_data())]

    app.add_url_rule("/", "index", index, methods=["POST"])

    assert json.loads(in_time(post(app, "/", [b"x"] * 1500, [("content-length", "1500")])).body) == [False, 1500]


@each_url
@pytest.mark.parametrize("size", [MEMORY_BYTES, MEMORY_BYTES + 1])
def test_a_body_past_a_mebibyte_waits_on_disk(app, url, size, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.bodies.MEMORY_BYTES", MEMORY_BYTES)
    kinds = []

    def index():
        kinds.append(not isinstance(request.environ["wsgi.input"], io.BytesIO))
        return str(len(request.get_data()))

    async def asynchronous():
        return index()

    app.add_url_rule("/", "index", index, methods=["POST"])
    app.add_url_rule("/async", "asynchronous", asynchronous, methods=["POST"])

    half = size // 2
    made = in_time(post(app, url, [b"x" * half, b"x" * (size - half)], [("content-length", str(size))]))
    assert made.body == str(size).encode()
    assert kinds == [size > MEMORY_BYTES]


def test_a_body_on_disk_is_closed_after_the_request(app):
    streams = []

    @app.post("/")
    def index():
        streams.append(request.environ["wsgi.input"])
        return "x"

    in_time(post(app, "/", [b"x" * MEMORY_BYTES] * 2, [("transfer-encoding", "chunked")]))
    assert streams[0].closed


def test_a_body_of_many_small_parts_is_copied_once(app):
    read_whole(app)
    parts = [b"x"] * 20_000

    made = in_time(post(app, "/", parts, [("transfer-encoding", "chunked")]), 20)
    assert made.body == b"20000"


@each_url
@pytest.mark.parametrize(
    ("length", "status", "answer"),
    [
        ("5", 200, b"5"),
        ("nonsense", 200, b"0"),
        ("-1", 200, b"0"),
        ("9" * 5000, 200, b"0"),
        ("20", 400, None),
        ("", 200, b"0"),
    ],
    ids=["shorter", "nonsense", "negative", "absurd", "longer", "empty"],
)
def test_a_wrong_length_is_taken_as_flask_takes_it(app, url, length, status, answer):
    read_whole(app)

    made = in_time(post(app, url, [b"0123456789"], [("content-length", length)]))
    assert made.status == status
    assert answer is None or made.body == answer


@each_url
def test_lengths_that_contradict_each_other_are_no_length(app, url):
    read_whole(app)

    same = in_time(post(app, url, [b"0123456789"], [("content-length", "10"), ("content-length", "10")]))
    other = in_time(post(app, url, [b"0123456789"], [("content-length", "10"), ("content-length", "5")]))
    assert (same.body, other.body) == (b"10", b"0")


@each_url
def test_http2_needs_no_length(app, url):
    read_whole(app)

    assert in_time(post(app, url, [b"01234", b"56789"], http_version="2")).body == b"10"
    assert in_time(post(app, url, [], http_version="2")).body == b"0"


@each_url
def test_http1_without_a_length_has_no_body_and_nobody_waits_for_one(app, url):
    read_whole(app)

    made = in_time(post(app, url, [b"never asked for"]))
    assert (made.body, made.received) == (b"0", 0)


@each_url
@pytest.mark.parametrize("parts", [[], [b"half"]], ids=["before", "within"])
def test_a_client_that_goes_before_its_body_is_complete_is_dropped(app, url, parts, caplog):
    read_whole(app)

    async def work():
        made = Exchange(parts, is_complete=False)
        made.gone.set() if not parts else None
        task = asyncio.ensure_future(
            app.asgi(http_scope("POST", url, [("content-length", "10")]), made.receive, made.send)
        )
        await until(lambda: made.received == len(parts))
        made.gone.set()
        await task
        return made.messages

    assert in_time(work()) == []
    assert caplog.records == []


# Clients that go


def test_a_client_that_goes_cancels_an_async_view(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)
    seen = []

    @app.get("/")
    async def index():
        try:
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    @app.teardown_request
    def teardown(error):
        seen.append(type(error).__name__)

    async def work():
        nonlocal begun
        begun = asyncio.Event()
        made = Exchange()
        task = asyncio.ensure_future(app.asgi(http_scope(), made.receive, made.send))
        await begun.wait()
        made.gone.set()
        await task
        return made.messages, task.cancelled()

    begun = None
    if not app._has_plan:
        pytest.skip("without a plan every view has a thread, which nobody can cancel")
    app.teardown_request_funcs.clear()
    assert in_time(work()) == ([], False)
    assert seen == ["cancelled"]


def test_a_cancellation_by_the_server_goes_through(app):
    @app.get("/")
    async def index():
        begun.set()
        await asyncio.Event().wait()

    async def work():
        nonlocal begun
        begun = asyncio.Event()
        made = Exchange()
        task = asyncio.ensure_future(app.asgi(http_scope(), made.receive, made.send))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    begun = None
    in_time(work())


def test_a_timeout_around_the_application_is_not_confused_by_a_client_that_goes(app, monkeypatch):
    if not hasattr(asyncio, "timeout"):
        pytest.skip("asyncio.timeout() came with Python 3.11")
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)

    @app.get("/")
    async def index():
        made.gone.set()
        await asyncio.Event().wait()

    async def work():
        nonlocal made
        made = Exchange()
        async with asyncio.timeout(LIMIT_S):
            await app.asgi(http_scope(), made.receive, made.send)
        return asyncio.current_task().cancelling()

    made = None
    if not app._has_plan:
        pytest.skip("without a plan every view has a thread, which nobody can cancel")
    assert in_time(work()) == 0


def test_a_view_that_will_not_be_cancelled_ends_as_it_likes(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)

    @app.get("/")
    async def index():
        made.gone.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "all the same"

    async def work():
        nonlocal made
        made = Exchange()
        await app.asgi(http_scope(), made.receive, made.send)
        await asyncio.sleep(0)
        return made.body, getattr(asyncio.current_task(), "cancelling", int)()

    made = None
    if not app._has_plan:
        pytest.skip("without a plan every view has a thread, which nobody can cancel")
    assert in_time(work()) == (b"all the same", 0)


def test_a_request_that_is_over_is_never_cancelled(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.0)

    @app.get("/")
    async def index():
        for _ in range(20):
            await asyncio.sleep(0)
        return "x"

    async def work():
        for _ in range(50):
            made = Exchange()
            made.on_message = lambda message, made=made: made.gone.set()
            await app.asgi(http_scope(), made.receive, made.send)
            await asyncio.sleep(0)
            assert made.body == b"x"

    serving(app, work)


def test_the_thread_of_a_view_whose_client_has_gone_comes_back(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)
    gate, ended = threading.Event(), []

    @app.get("/")
    def index():
        gate.wait(LIMIT_S)
        ended.append(1)
        return "x"

    async def work():
        made = Exchange()
        task = asyncio.ensure_future(app.asgi(http_scope(), made.receive, made.send))
        made.gone.set()
        await task
        gate.set()
        await until(lambda: ended)
        await until(lambda: app.asgi._last.workers.at_work == 0)
        return made.messages, (await exchange(app)).body

    assert serving(app, work) == ([], b"x")


def test_a_response_that_nobody_waits_for_any_more_is_closed(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)
    gate, closed = threading.Event(), []

    @app.get("/")
    def index():
        gate.wait(LIMIT_S)
        response = Response(iter(["x"]))
        response.call_on_close(lambda: closed.append(1))
        return response

    async def work():
        made = Exchange()
        made.gone.set()
        await app.asgi(http_scope(), made.receive, made.send)
        gate.set()
        await until(lambda: closed)

    serving(app, work)
    assert closed == [1]


def test_a_client_gone_when_the_answer_is_sent_is_nobodys_error(app, caplog):
    app.add_url_rule("/", "index", lambda: "x")
    app.add_url_rule("/stream", "stream", lambda: Response(iter(["x", "y"])))

    async def work():
        for url in ("/", "/stream"):
            made = Exchange()
            made.send_error = OSError("the client has gone")
            await app.asgi(http_scope(url=url), made.receive, made.send)

    serving(app, work)
    assert caplog.records == []


# Streams


class Chunks:
    """A stream that tells what happens to it: pulled chunk by chunk, ended, closed."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.pulled = 0
        self.closed = 0
        self.threads: set[str] = set()

    def generate(self):
        self.threads.add(threading.current_thread().name)
        try:
            for number in range(self.number):
                self.pulled = number + 1
                yield f"{number} "
        finally:
            self.closed += 1

    async def generate_async(self):
        self.threads.add(threading.current_thread().name)
        try:
            for number in range(self.number):
                self.pulled = number + 1
                yield f"{number} "
        finally:
            await asyncio.sleep(0)
            self.closed += 1


each_stream = pytest.mark.parametrize("kind", ["generate", "generate_async"])
each_view = pytest.mark.parametrize("view", ["sync", "async"])


def streaming(app, kind, view, number=3):
    """Register a streaming view at `/`; return its stream and the number of times its response was closed."""
    chunks, closed = Chunks(number), []

    def index():
        response = Response(getattr(chunks, kind)())
        response.call_on_close(lambda: closed.append(threading.current_thread().name))
        return response

    async def asynchronous():
        return index()

    app.add_url_rule("/", "index", index if view == "sync" else asynchronous)
    return chunks, closed


@each_stream
@each_view
def test_a_stream_is_sent_chunk_by_chunk_and_closed_once(app, kind, view):
    chunks, closed = streaming(app, kind, view)

    made = send(app)
    assert made.chunks == [b"0 ", b"1 ", b"2 ", b""]
    assert made.is_ended
    assert (chunks.closed, closed) == (1, ["ewer-worker"])
    assert chunks.threads == {"ewer-worker" if kind == "generate" else "MainThread"}


@each_stream
def test_what_middleware_writes_into_the_messages_of_a_stream_is_for_that_stream_alone(app, kind):
    streaming(app, kind, "sync")

    async def work():
        written = Exchange()
        written.on_message = lambda message: message.update(body=b"written over", headers=[])
        await app.asgi(http_scope(), written.receive, written.send)
        return await exchange(app)

    made = serving(app, work)
    assert made.chunks == [b"0 ", b"1 ", b"2 ", b""]
    assert made.header("content-type") == "text/html; charset=utf-8"


@each_view
def test_an_async_stream_that_has_nothing_yet_to_say_is_begun(app, view, monkeypatch):
    monkeypatch.setattr(Response, "_is_sent_plainly", True)  # whatever other tests have set on the class

    async def work():
        go_on = asyncio.Event()

        async def generate():
            await go_on.wait()
            yield "said at last"

        async def asynchronous():
            return Response(generate())

        app.add_url_rule("/", "index", asynchronous if view == "async" else lambda: Response(generate()))
        made = Exchange()
        serving_it = asyncio.ensure_future(app.asgi(http_scope(), made.receive, made.send))
        await until(lambda: made.messages)
        assert [message["type"] for message in made.messages] == ["http.response.start"]
        go_on.set()
        await serving_it
        return made

    made = serving(app, work)
    assert (made.status, made.body, made.is_ended) == (200, b"said at last", True)


@each_stream
@each_view
def test_the_next_chunk_is_pulled_only_when_the_last_was_sent(app, kind, view):
    chunks, _ = streaming(app, kind, view, number=5)

    async def work():
        may_send = asyncio.Semaphore(0)
        made = Exchange(may_send=may_send)
        task = asyncio.ensure_future(app.asgi(http_scope(), made.receive, made.send))
        for sent in range(5):
            await until(lambda: may_send.locked() and may_send._waiters)
            for _ in range(20):
                await asyncio.sleep(0)
            assert (chunks.pulled, len(made.chunks)) == (sent + 1, sent)
            may_send.release()
            await until(lambda: len(made.chunks) == sent + 1)
        may_send.release()
        await task

    serving(app, work)


@each_stream
@each_view
def test_a_client_that_goes_stops_a_stream(app, kind, view, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)
    chunks, closed = streaming(app, kind, view, number=10**9)

    async def work():
        made = Exchange()
        made.on_message = lambda message: made.gone.set() if len(made.messages) == 4 else None
        await app.asgi(http_scope(), made.receive, made.send)
        await until(lambda: closed)
        return made.is_ended

    assert serving(app, work) is False
    assert (chunks.closed, len(closed)) == (1, 1)


def test_a_client_that_goes_stops_an_async_stream_that_waits(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)
    ended = []

    @app.get("/")
    async def index():
        async def chunks():
            try:
                yield "first"
                made.gone.set()
                await asyncio.Event().wait()
            finally:
                ended.append(1)

        return chunks()

    async def work():
        nonlocal made
        made = Exchange()
        await app.asgi(http_scope(), made.receive, made.send)
        return made.body

    made = None
    assert serving(app, work) == b"first"
    assert ended == [1]


def test_a_client_that_goes_while_a_plain_stream_works_has_it_closed_by_its_thread(app, monkeypatch):
    monkeypatch.setattr("ewer.interfaces.clients.WATCH_S", 0.001)
    gate, closed = threading.Event(), []

    @app.get("/")
    def index():
        def chunks():
            try:
                yield "first"
                loop.call_soon_threadsafe(made.gone.set)
                gate.wait(LIMIT_S)
                yield "second"
            finally:
                closed.append(threading.current_thread().name)

        return chunks()

    async def work():
        nonlocal loop, made
        loop, made = asyncio.get_running_loop(), Exchange()
        await app.asgi(http_scope(), made.receive, made.send)
        assert closed == []
        gate.set()
        await until(lambda: closed)
        return made.body

    loop = made = None
    assert serving(app, work) == b"first"
    assert closed == ["ewer-worker"]


@each_stream
@each_view
def test_a_stream_that_the_server_cancels_is_closed(app, kind, view):
    chunks, closed = streaming(app, kind, view, number=10**9)

    async def work():
        made = Exchange()
        task = asyncio.ensure_future(app.asgi(http_scope(), made.receive, made.send))
        await until(lambda: len(made.messages) > 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: closed)

    serving(app, work)
    assert (chunks.closed, len(closed)) == (1, 1)


@each_view
def test_an_error_within_a_stream_breaks_it_off_and_reaches_the_server(app, view):
    closed = []

    def index():
        def chunks():
            yield "first"
            raise KeyError("lost")

        response = Response(chunks())
        response.call_on_close(lambda: closed.append(1))
        return response

    async def asynchronous():
        return index()

    app.add_url_rule("/", "index", index if view == "sync" else asynchronous)

    async def work():
        made = Exchange()
        with pytest.raises(KeyError, match="lost"):
            await app.asgi(http_scope(), made.receive, made.send)
        return made

    made = serving(app, work)
    assert (made.body, made.is_ended, closed) == (b"first", False, [1])


@each_stream
@each_view
def test_an_error_before_the_first_chunk_reaches_the_server_with_nothing_sent(app, kind, view):
    closed = []

    def generate():
        raise KeyError("lost")
        yield

    async def generate_async():
        raise KeyError("lost")
        yield

    def index():
        response = Response(generate() if kind == "generate" else generate_async())
        response.call_on_close(lambda: closed.append(1))
        return response

    async def asynchronous():
        return index()

    app.add_url_rule("/", "index", index if view == "sync" else asynchronous)

    async def work():
        made = Exchange()
        with pytest.raises(KeyError, match="lost"):
            await app.asgi(http_scope(), made.receive, made.send)
        return made.messages

    assert serving(app, work) == []
    assert closed == [1]


@each_view
def test_stream_with_context_keeps_the_request(app, view):
    ended = []

    @app.teardown_appcontext
    def teardown(error):
        ended.append("torn down")

    def index():
        g.word = "word"

        def chunks():
            for number in range(3):
                yield f"{g.word}{number}{request.path} "
            ended.append("last chunk")

        return stream_with_context(chunks()), 200

    async def asynchronous():
        return index()

    app.add_url_rule("/", "index", index if view == "sync" else asynchronous)

    assert send(app).body == b"word0/ word1/ word2/ "
    assert ended[-2:] == ["last chunk", "torn down"]


def test_a_stream_sees_the_context_variables_that_its_last_step_set(app):
    @app.get("/")
    def index():
        def chunks():
            for number in range(3):
                variable.set(variable.get() + str(number))
                yield variable.get() + " "

        variable.set("v")
        return chunks()

    assert send(app).body == b"v0 v01 v012 "


def test_an_async_stream_has_one_task(app):
    @app.get("/")
    async def index():
        async def chunks():
            for _ in range(3):
                yield str(id(asyncio.current_task()))

        return chunks()

    made = send(app)
    assert len({chunk for chunk in made.chunks if chunk}) == 1


def test_a_bodyless_status_drops_an_async_stream_and_closes_it(app):
    chunks, closed = Chunks(3), []

    @app.get("/")
    async def index():
        response = Response(chunks.generate_async(), 204)
        response.call_on_close(lambda: closed.append(1))
        return response

    made = send(app)
    assert (made.status, made.body, closed) == (204, b"", [1])


def test_a_file_is_sent_in_large_blocks(app, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(os.urandom(600_000))
    app.add_url_rule("/", "index", lambda: ewer.send_file(path))

    made = send(app)
    assert made.body == path.read_bytes()
    assert len(made.messages) <= 5
    assert send(app, headers=[("range", "bytes=300000-300009")]).body == path.read_bytes()[300_000:300_010]


def test_a_whole_response_with_something_to_do_on_close_does_it_after_the_answer(app):
    order = []

    @app.get("/")
    def index():
        response = Response("whole")
        response.call_on_close(lambda: order.append("closed"))
        return response

    async def work():
        made = Exchange()
        made.on_message = lambda message: order.append(message["type"])
        await app.asgi(http_scope(), made.receive, made.send)

    serving(app, work)
    assert order[0] == "http.response.start"
    assert order[-1] == "closed"
    assert order.count("closed") == 1


# Errors


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_an_error_is_a_500_that_is_logged_once(app, kind, caplog):
    def index():
        return 1 / 0

    async def asynchronous():
        return 1 / 0

    app.add_url_rule("/", "index", index if kind == "sync" else asynchronous)

    assert send(app).status == 500
    assert [record.getMessage() for record in caplog.records] == ["Exception on / [GET]"]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_an_error_that_is_to_be_propagated_reaches_the_server(app, kind):
    app.config["PROPAGATE_EXCEPTIONS"] = True

    def index():
        return 1 / 0

    async def asynchronous():
        return 1 / 0

    app.add_url_rule("/", "index", index if kind == "sync" else asynchronous)

    with pytest.raises(ZeroDivisionError):
        send(app)


def test_handlers_of_an_async_view_find_the_error_that_is_being_handled(app):
    import sys

    app.register_error_handler(ZeroDivisionError, lambda error: str(sys.exc_info()[1] is error))

    @app.get("/")
    async def index():
        return 1 / 0

    assert send(app).body == b"True"


def test_a_wrong_return_value_of_an_async_view_is_a_500(app):
    app.register_error_handler(TypeError, lambda error: "a handler of the view's errors")

    @app.get("/")
    async def index():
        return object()

    assert send(app).status == 500


# WSGI middleware and patched classes


@each_url
def test_wsgi_middleware_runs_with_a_complete_environ(app, url):
    from wsgiref.validate import validator

    environs = []
    inner = app.wsgi_app

    def middleware(environ, start_response):
        environs.append(environ)

        def starting(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Middleware", "ran")])

        return inner(environ, starting)

    app.wsgi_app = middleware
    read_whole(app)

    made = in_time(
        post(app, f"{url}?a=1", [b"body"], [("content-length", "4"), ("content-type", "text/plain"), ("x-one", "1")])
    )
    assert (made.body, made.header("x-middleware")) == (b"4", "ran")
    (environ,) = environs
    expected = {
        "REQUEST_METHOD": "POST", "SCRIPT_NAME": "", "PATH_INFO": url, "QUERY_STRING": "a=1", "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "HTTP_X_ONE": "1", "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": True,
    }  # fmt: skip
    assert {key: environ[key] for key in expected} == expected
    assert callable(validator(middleware))


def test_a_patched_call_of_the_class_runs(app, monkeypatch):
    app.add_url_rule("/", "index", lambda: "x")
    called, original = [], ewer.Flask.__call__

    def patched(self, environ, start_response):
        called.append(environ["PATH_INFO"])
        return original(self, environ, start_response)

    monkeypatch.setattr(ewer.Flask, "__call__", patched)
    assert send(app).body == b"x"
    assert called == ["/"]


def test_middleware_may_write_and_may_start_late(app):
    def writing(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])(b"written ")
        return [b"returned"]

    def late(environ, start_response):
        start_response("200 OK", [])
        yield b"late"

    app.wsgi_app = writing
    assert send(app).body == b"written returned"
    app.wsgi_app = late
    assert send(app).body == b"late"


def test_middleware_may_replace_the_start_until_it_is_sent(app):
    import sys

    def changing(environ, start_response):
        start_response("200 OK", [])
        try:
            1 / 0
        except ZeroDivisionError:
            start_response("500 Oh", [("X-Error", "1")], sys.exc_info())
        return [b"error page"]

    def too_late(environ, start_response):
        start_response("200 OK", [])
        yield b"first"
        try:
            1 / 0
        except ZeroDivisionError:
            start_response("500 Oh", [], sys.exc_info())

    app.wsgi_app = changing
    made = send(app)
    assert (made.status, made.header("x-error"), made.body) == (500, "1", b"error page")
    app.wsgi_app = too_late
    with pytest.raises(ZeroDivisionError):
        send(app)


def test_middleware_that_never_starts_is_named(app):
    app.wsgi_app = lambda environ, start_response: [b"x"]

    with pytest.raises(RuntimeError, match=r"returned a body without calling start_response\(\)"):
        send(app)


def test_an_application_context_that_is_current_is_shared_as_in_flask(app):
    app.add_url_rule("/", "index", lambda: g.word)

    async def work():
        with app.app_context():
            g.word = "of the outer context"
            return (await exchange(app)).body

    assert serving(app, work) == b"of the outer context"


# Loops


def test_several_loops_one_after_another_are_served(app):
    app.add_url_rule("/", "index", lambda: "x")

    @app.get("/async")
    async def asynchronous():
        return "y"

    for _ in range(4):
        assert (send(app).body, send(app, url="/async").body) == (b"x", b"y")
    assert len(app.asgi._on_loops) == 1


def test_several_loops_at_once_are_served(app):
    meeting = threading.Barrier(3)

    @app.get("/")
    def index():
        meeting.wait(LIMIT_S)
        return threading.current_thread().name

    bodies: list[bytes] = []
    threads = [threading.Thread(target=lambda: bodies.append(send(app).body), daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert bodies == [b"ewer-worker"] * 3


def test_nothing_of_a_request_stays_behind(app):
    import gc
    import weakref

    class Held:
        pass

    left = []

    @app.get("/")
    async def index():
        g.held = Held()
        left.append(weakref.ref(g.held))
        variable.set("x")
        return "x"

    async def work():
        await exchange(app)
        await exchange(app)
        gc.collect()
        return [reference() for reference in left]

    assert serving(app, work) == [None, None]


# One suite holds the sync and the async loop equal


def plain_text():
    return "text"


def as_json():
    return {"number": 1, "list": [1, 2]}


def with_status():
    return "made", 201, {"X-Own": "1"}


def by_session():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])


def by_request():
    return f"{request.method} {request.path} {request.args.get('q')} {request.headers.get('X-In')} {request.get_data(as_text=True)}"


def raising():
    raise LookupError("raised by the view")


def aborting():
    ewer.abort(418)


def deciding_later():
    @ewer.after_this_request
    def stamp(response):
        response.headers["X-Stamp"] = "1"
        return response

    return "stamped"


def redirecting():
    return ewer.redirect("/elsewhere")


def streaming_plainly():
    return iter(["a", "b"])


def returning_none():
    return None


def rendering():
    return ewer.render_template_string("{{ request.path }} {{ 1 + 1 }}")


VIEWS = [
    plain_text, as_json, with_status, by_session, by_request, raising, aborting, deciding_later, redirecting, streaming_plainly, returning_none,
    rendering,
]  # fmt: skip


def over_wsgi(app, method, url, headers, body):
    """Send a request as a WSGI server would, and return what a client sees."""
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": url.partition("?")[0], "QUERY_STRING": url.partition("?")[2], "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)), **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers},
    }  # fmt: skip
    started: list[object] = []
    chunks = contextvars.copy_context().run(
        app, environ, lambda status, headers, exc_info=None: started.extend((status, headers))
    )
    whole = b"".join(chunks)
    getattr(chunks, "close", int)()
    status, headers = started
    return int(status[:3]), sorted((name.lower(), value) for name, value in headers), whole


def over_asgi(app, method, url, headers, body):
    made = send(app, method, url, headers, body)
    return made.status, sorted((name.decode(), value.decode("latin-1")) for name, value in made.headers), made.body


def build(view, kind, *, is_hooked):
    """Make an application with one view, as `def` or as `async def`, with or without hooks around it."""
    made = ewer.Flask("alike", static_folder=None)
    made.secret_key = "secret"

    async def asynchronous():
        return view()

    made.add_url_rule("/", "index", view if kind == "def" else asynchronous, methods=["GET", "POST"])
    made.register_error_handler(LookupError, lambda error: (f"handled {error}", 409))
    if is_hooked:
        made.before_request(lambda: setattr(g, "order", "before"))
        made.after_request(lambda response: response.headers.set("X-After", g.order) or response)
        made.teardown_request(lambda error: None)
    return made


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
@pytest.mark.parametrize("is_hooked", [False, True], ids=["bare", "hooked"])
@pytest.mark.parametrize("mode", ["1", "0"], ids=["plan", "plain"])
@pytest.mark.parametrize("over", [over_wsgi, over_asgi], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("kind", ["def", "async def"])
class TestEveryWayAnswersAlike:
    """The same views as `def` and as `async def`, under WSGI and ASGI, give what the plain stations give a `def` view under WSGI."""

    def test_with_this_reply(self, kind, over, mode, is_hooked, view, monkeypatch):
        moment_s = time.time()
        monkeypatch.setattr(time, "time", lambda: moment_s)
        monkeypatch.setenv("EWER_PLAN", "0")
        reference = build(view, "def", is_hooked=is_hooked)
        monkeypatch.setenv("EWER_PLAN", mode)
        application = build(view, kind, is_hooked=is_hooked)
        for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE"):
            request = (method, "/?q=1", [("x-in", "in")], b"body" if method == "POST" else b"")
            assert over(application, *request) == over_wsgi(reference, *request), method


def test_a_view_may_ask_its_own_application_in_the_same_task(app):
    @app.get("/outer")
    async def outer() -> str:
        answer = await exchange(app, "GET", "/inner")
        return f"{answer.body.decode()} through outer"

    @app.get("/inner")
    async def inner() -> str:
        return "inner"

    assert send(app, "GET", "/outer").body == b"inner through outer"
