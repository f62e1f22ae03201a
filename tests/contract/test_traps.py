"""Traps T1 to T18: where fast replacements of Flask are known to fall."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import pickle
import subprocess
import sys
import threading
from collections import defaultdict
from typing import Any

import flask
import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import create_environ, run_wsgi_app

from . import ewer_only


@pytest.fixture
def site() -> Flask:
    """Return an app with one view."""
    made = Flask(__name__)
    made.secret_key = "key"
    made.add_url_rule("/", "index", lambda: "index")
    return made


def test_t1_a_sync_wrapper_around_an_async_view_does_not_block_itself(site: Flask) -> None:
    def login_required(view: Any) -> Any:
        @functools.wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return flask.current_app.ensure_sync(view)(*args, **kwargs)

        return wrapper

    @site.route("/async")
    @login_required
    async def view() -> str:
        await asyncio.sleep(0)
        return flask.request.path

    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(site.test_client().get("/async").text), daemon=True)
    thread.start()
    thread.join(20)
    assert answers == ["/async"]
    assert site.test_client().get("/async").text == "/async"


@pytest.mark.parametrize("place", ["instance", "class", "subclass"])
def test_t2_a_method_replaced_while_serving_is_called(site: Flask, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    class Sub(Flask):
        pass

    if place == "subclass":
        site.__class__ = Sub
    client = site.test_client()
    assert client.get("/").text == "index"
    for name in "wsgi_app full_dispatch_request preprocess_request dispatch_request finalize_request make_response process_response".split():
        target: Any = {"instance": site, "class": Flask, "subclass": Sub}[place]
        original = getattr(target, name)

        def traced(*args: Any, _name: str = name, _original: Any = original, **kwargs: Any) -> Any:
            calls.append(_name)
            return _original(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(target, name, traced)
            assert client.get("/").text == "index"
        assert calls.pop() == name and not calls
        assert client.get("/").text == "index" and not calls


def test_t3_the_tables_are_what_flasks_tables_are(site: Flask) -> None:
    site.before_request(len)
    table = site.before_request_funcs
    assert isinstance(table, defaultdict) and table == {None: [len]}
    assert isinstance(table[None], list) and table[None] == [len]
    assert pickle.loads(pickle.dumps(dict(table))) == {None: [len]}
    assert json.dumps(site.view_functions, default=lambda f: "f") == '{"static": "f", "index": "f"}'
    assert table["new blueprint"] == []
    assert site.url_map.is_endpoint_expecting("static", "filename")


@pytest.mark.parametrize(
    "table", ["before_request_funcs", "view_functions", "teardown_request_funcs", "after_request_funcs"]
)
def test_t3_a_table_changed_in_every_way_is_seen_by_the_next_request(site: Flask, table: str) -> None:
    calls: list[str] = []

    def hook(*args: Any) -> Any:
        calls.append("called")
        return args[0] if args else None

    client = site.test_client()
    if table == "view_functions":
        site.view_functions |= {"index": lambda: calls.append("called") or "x"}  # type: ignore[func-returns-value]
        client.get("/")
        assert calls == ["called"]
        return
    hooks: Any = getattr(site, table)
    changes: list[Any] = [
        lambda: hooks[None].append(hook),
        lambda: hooks[None].insert(0, hook),
        lambda: hooks[None].extend([hook]),
        lambda: hooks.update({None: [hook]}),
        lambda: hooks.__setitem__(None, [hook]),
        lambda: hooks[None].__iadd__([hook]),
        lambda: hooks[None].__setitem__(slice(None), [hook]),
        lambda: setattr(site, table, {None: [hook]}),
    ]
    for position, change in enumerate(changes):
        hooks[None].clear()
        client.get("/")
        calls.clear()
        change()
        client.get("/")
        assert calls == ["called"], f"change {position}"


def test_t4_the_registered_function_is_what_the_table_holds(site: Flask) -> None:
    def view() -> str:
        return "x"

    site.add_url_rule("/v", "v", view)
    site.test_client().get("/v")
    assert site.view_functions["v"] is view


def test_t5_contexts_of_two_requests_are_never_one_object_while_either_lives(site: Flask) -> None:
    kept = []
    site.view_functions["index"] = lambda: (
        kept.append((flask.globals.request_ctx._get_current_object(), flask.globals.app_ctx._get_current_object()))
        or "x"
    )  # type: ignore[func-returns-value]
    client = site.test_client()
    for _ in range(5):
        client.get("/")
    assert len({id(request) for request, _ in kept}) == len({id(context) for _, context in kept}) == 5


def test_t6_the_proxies_behave_like_local_proxies(site: Flask) -> None:
    from werkzeug.local import LocalProxy
    from werkzeug.wrappers import Request

    proxies: dict[str, Any] = {
        "request": flask.request,
        "session": flask.session,
        "g": flask.g,
        "current_app": flask.current_app,
    }
    for proxy in proxies.values():
        assert isinstance(proxy, LocalProxy) and issubclass(type(proxy), LocalProxy)
        assert not proxy and repr(proxy) == "<LocalProxy unbound>"
    with site.test_request_context("/x"):
        assert isinstance(flask.request, Request) and isinstance(flask.request, flask.Request)
        assert flask.request.__class__ is flask.Request
        assert bool(flask.request) and flask.current_app == site and hash(flask.current_app) == hash(site)
        assert "x" not in flask.session and len(flask.session) == 0
        flask.request.custom = 1  # type: ignore[attr-defined]
        assert flask.request.__dict__["custom"] == 1


def test_t7_a_patched_call_or_wrapped_wsgi_app_sees_complete_environs(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    original = Flask.__call__

    def patched(self: Any, environ: Any, start_response: Any) -> Any:
        seen.append({"REQUEST_METHOD", "PATH_INFO", "wsgi.input", "SERVER_NAME", "wsgi.url_scheme"} <= set(environ))
        return original(self, environ, start_response)

    monkeypatch.setattr(Flask, "__call__", patched)
    assert site.test_client().get("/").text == "index"
    assert seen == [True]


def test_t8_the_app_is_wsgi_alone(site: Flask) -> None:
    assert not inspect.iscoroutinefunction(Flask.__call__) and not inspect.iscoroutinefunction(site)
    assert len(inspect.signature(site).parameters) == 2


def test_t9_one_thread_may_serve_several_requests_in_turns(site: Flask) -> None:
    import contextvars

    trail = []

    def request(path: str) -> Any:
        with site.test_request_context(path):
            flask.g.path = path
            yield
            trail.append((flask.request.path, flask.g.path))
            yield

    runs = [(contextvars.copy_context(), request(path)) for path in ("/a", "/b")]
    for _ in range(2):
        for context, run in runs:
            context.run(next, run)
    for context, run in reversed(runs):
        context.run(next, run, None)
    assert trail == [("/a", "/a"), ("/b", "/b")]


def test_t10_a_taken_over_socket_ends_without_a_written_response(site: Flask) -> None:
    class Taken(flask.Response):
        def __call__(self, *args: Any) -> Any:
            raise StopIteration

    torn = []
    site.teardown_request(lambda e: torn.append(e))
    site.view_functions["index"] = lambda: Taken()
    started: list[Any] = []
    with pytest.raises(StopIteration):
        site(create_environ("/"), lambda *args: started.append(args))  # type: ignore[arg-type,return-value]
    assert started == [] and len(torn) == 1


def test_t11_contexts_outlive_start_response_and_not_the_call(site: Flask) -> None:
    bound = []
    body = site(create_environ("/"), lambda *args: bound.append(flask.has_request_context()))  # type: ignore[arg-type,return-value]
    assert bound == [True] and not flask.has_request_context()
    assert b"".join(body) == b"index"


@pytest.mark.parametrize(
    "name", ["render_template", "render_template_string", "jsonify", "send_file", "after_this_request", "url_for"]
)
def test_t12_a_patched_package_attribute_stays_patched(name: str) -> None:
    code = (
        "import sys\n"
        + ("import ewer.as_flask\n" if "ewer.as_flask" in sys.modules else "")
        + f"import flask\nflask.{name} = 'patched'\n"
        "import flask.templating, flask.json, flask.helpers\nfrom flask import *\n"
        f"assert flask.{name} == 'patched'\n"
        "app = flask.Flask('x'); app.add_url_rule('/', 'i', lambda: {'a': 1}); app.test_client().get('/')\n"
        f"assert flask.{name} == 'patched' and vars(flask)['{name}'] == 'patched'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_t13_parameters_that_a_decorator_injects_are_left_alone(site: Flask) -> None:
    def injects(view: Any) -> Any:
        @functools.wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return view({"from": "decorator"}, *args, **kwargs)

        return wrapper

    @site.get("/inject/<int:n>")
    @injects
    def view(body: dict[str, str], n: int, limit: int = 7) -> list[Any]:
        return [body, n, limit]

    assert site.test_client().get("/inject/5?limit=9").json == [{"from": "decorator"}, 5, 7]


def test_t14_annotations_written_for_a_type_checker_change_nothing(site: Flask) -> None:
    @site.get("/user/<user_id>")
    def user(user_id: int, verbose: bool = False) -> int:
        return f"{user_id!r} {verbose}"  # type: ignore[return-value]

    assert site.test_client().get("/user/007?verbose=1").text == "'007' False"


def test_t15_a_foreign_configuration_is_read_at_every_request(site: Flask) -> None:
    class Foreign(dict[str, Any]):
        pass

    client = site.test_client()
    site.add_url_rule("/boom", "boom", lambda: 1 // 0)
    assert client.get("/boom").status_code == 500
    site.config = Foreign(site.config)  # type: ignore[assignment]
    assert client.get("/").text == "index"
    site.config["PROPAGATE_EXCEPTIONS"] = True
    with pytest.raises(ZeroDivisionError):
        client.get("/boom")


def test_t16_cookies_and_json_have_flasks_bytes(site: Flask) -> None:
    with site.app_context():
        assert flask.jsonify({"b": "ü<", "a": [1, None]}).data == b'{"a":[1,null],"b":"\\u00fc<"}\n'
        site.debug = True
        assert flask.jsonify({"b": 1, "a": 2}).data == b'{\n  "a": 2,\n  "b": 1\n}\n'
    serializer = flask.sessions.SecureCookieSessionInterface().get_signing_serializer(site)
    assert serializer is not None
    assert (serializer.salt, serializer.signer_kwargs["key_derivation"]) == (b"cookie-session", "hmac")


def test_t17_rules_added_to_the_map_itself_are_served(site: Flask) -> None:
    client = site.test_client()
    assert client.get("/late").status_code == 404
    site.url_map.add(Rule("/late", endpoint="index"))
    assert client.get("/late").text == "index"
    site.url_map.strict_slashes = False
    site.url_map.add(Rule("/folder/", endpoint="index"))
    assert client.get("/folder").text == "index"


def test_t18_a_terminated_input_is_read_without_a_content_length(site: Flask) -> None:
    import io

    site.add_url_rule("/read", "read", lambda: flask.request.get_data(), methods=["POST"])
    environ = create_environ("/read", method="POST")
    environ.pop("CONTENT_LENGTH", None)
    environ.update(
        {"wsgi.input": io.BytesIO(b"chunks"), "wsgi.input_terminated": True, "SERVER_SOFTWARE": "gunicorn/x"}
    )
    body, _, _ = run_wsgi_app(site, environ)
    assert b"".join(body) == b"chunks"


@ewer_only
def test_t8_a_scope_given_to_the_app_is_answered_with_the_way_to_asgi(site: Flask) -> None:
    with pytest.raises(TypeError, match="asgi"):
        site({"type": "http", "method": "GET", "path": "/"}, None)  # type: ignore[arg-type]
