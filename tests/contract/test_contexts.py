"""Rows C25 to C38: contexts, requests, responses, templates, signals, configuration, the test client."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from typing import Any

import flask
import flask.templating
import flask.testing
import pytest
from flask import Flask
from werkzeug.local import LocalProxy
from werkzeug.test import create_environ, run_wsgi_app


@pytest.fixture
def site() -> Flask:
    """Return an app with one view."""
    made = Flask(__name__)
    made.secret_key = "key"
    made.add_url_rule("/", "index", lambda: "index")
    return made


def test_c25_context_variables_and_proxies_follow_the_current_request(site: Flask) -> None:
    from flask.globals import _cv_app, _cv_request, app_ctx, request_ctx

    assert _cv_app.get(None) is None and _cv_request.get(None) is None
    assert isinstance(app_ctx, LocalProxy) and isinstance(request_ctx, LocalProxy)
    ids = []

    def view() -> str:
        assert _cv_app.get() is app_ctx._get_current_object() and _cv_request.get() is request_ctx._get_current_object()
        assert app_ctx.app is request_ctx.app is site and request_ctx.request.path == "/"
        ids.append({id(app_ctx._get_current_object()) for _ in range(3)})
        return "x"

    site.view_functions["index"] = view
    site.teardown_appcontext(lambda e: ids.append({id(app_ctx._get_current_object())}))
    assert site.test_client().get("/").text == "x"
    assert ids[0] == ids[1] and len(ids[0]) == 1


def test_c25_contexts_can_be_popped_and_pushed_by_hand(site: Flask) -> None:
    from flask.globals import _cv_app

    outer = site.app_context()
    outer.push()
    inner = site.app_context()
    inner.push()
    while (context := _cv_app.get(None)) is not None:
        context.pop()
    assert not flask.has_app_context()
    with site.app_context():
        assert flask.current_app.name == site.name


def test_c26_the_request_context_is_one_weakly_referenceable_object(site: Flask) -> None:
    seen = []

    @site.before_request
    def before() -> None:
        flask.request.environ["ref"] = weakref.ref(flask.globals.request_ctx._get_current_object())

    @site.teardown_request
    def after(error: Any) -> None:
        seen.append(flask.request.environ["ref"]() is flask.globals.request_ctx._get_current_object())

    site.test_client().get("/")
    assert seen == [True]


def test_c27_each_proxy_gives_the_same_object_all_through_a_request(site: Flask) -> None:
    objects: list[tuple[int, ...]] = []
    proxies: tuple[Any, ...] = (flask.current_app, flask.request, flask.session, flask.g)

    def look(*args: Any) -> Any:
        objects.append(tuple(id(proxy._get_current_object()) for proxy in proxies))
        return args[0] if args else None

    site.before_request(look)
    site.after_request(look)
    site.teardown_request(look)
    site.view_functions["index"] = lambda: look("x")
    site.test_client().get("/")
    assert len(objects) == 4 and len(set(objects)) == 1


def test_c28_context_helpers_work_from_threads_of_the_user(site: Flask) -> None:
    results = []

    def view() -> str:
        @flask.copy_current_request_context
        def work() -> None:
            results.append((flask.request.path, flask.has_app_context()))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(10)
        flask.after_this_request(lambda response: response.headers.__setitem__("X-This", "1") or response)
        return "x"

    site.view_functions["index"] = view
    assert site.test_client().get("/").headers["X-This"] == "1"
    assert results == [("/", True)]


def test_c29_requests_accept_attributes(site: Flask) -> None:
    site.before_request(lambda: setattr(flask.request, "csp_nonce", "nonce"))
    site.view_functions["index"] = lambda: flask.request.csp_nonce  # type: ignore[attr-defined]
    assert site.test_client().get("/").text == "nonce"


def test_c30_the_environ_is_one_dict_from_the_server_to_teardown(site: Flask) -> None:
    seen = []
    site.before_request(lambda: flask.request.environ.__setitem__("mine", 1))
    site.teardown_request(lambda e: seen.append((flask.request.environ["mine"], flask.request.environ is environ)))
    rule = {}

    def view() -> str:
        request = flask.request
        assert request.url_rule is not None
        rule.update(rule=request.url_rule.rule, endpoint=request.url_rule.endpoint, view_args=request.view_args)
        return str(request.routing_exception)

    site.view_functions["index"] = view
    environ = create_environ("/")
    body = site(environ, lambda *args: None)  # type: ignore[arg-type,return-value]
    assert (b"".join(body), environ["mine"], seen) == (b"None", 1, [(1, True)])
    assert rule == {"rule": "/", "endpoint": "index", "view_args": {}}


def test_c30_preserve_context_is_told_both_contexts(site: Flask) -> None:
    kept: list[Any] = []
    run_wsgi_app(site, create_environ("/", environ_overrides={"werkzeug.debug.preserve_context": kept.append}))
    assert [type(context).__name__ for context in kept] == ["AppContext", "RequestContext"]


def test_c31_a_response_may_override_its_call(site: Flask) -> None:
    class Socket(flask.Response):
        def __call__(self, environ: Any, start_response: Any) -> Any:
            start_response("101 Switching", [("X-Path", flask.request.path)])
            return []

    closed = []

    def view() -> flask.Response:
        response = Socket("never")
        response.call_on_close(lambda: closed.append(1))
        return response

    site.view_functions["index"] = view
    body, status, headers = run_wsgi_app(site, create_environ("/"))
    assert (list(body), status, headers["X-Path"]) == ([], "101 Switching", "/")

    class Stopping(flask.Response):
        def __call__(self, environ: Any, start_response: Any) -> Any:
            raise StopIteration

    site.view_functions["index"] = lambda: Stopping()
    with pytest.raises(StopIteration):
        site(create_environ("/"), lambda *args: None)  # type: ignore[arg-type,return-value]
    assert not flask.has_request_context()


def test_c31_from_app_runs_the_app(site: Flask) -> None:
    response = flask.Response.from_app(site, create_environ("/"))
    assert (response.get_data(), response.status_code) == (b"index", 200)
    streamed = flask.Response(iter("ab"))
    assert streamed.is_streamed and not flask.Response("ab").is_streamed


def test_c32_the_render_function_is_looked_up_when_it_is_called(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    original = flask.templating._render
    monkeypatch.setattr(
        flask.templating,
        "_render",
        lambda app, template, context: calls.append(app) or original(app, template, context),
    )
    site.view_functions["index"] = lambda: flask.render_template_string("{{ 1 }}")
    assert site.test_client().get("/").text == "1"
    assert calls == [site]


def test_c33_a_receiver_connected_between_requests_is_called(site: Flask) -> None:
    seen: list[Any] = []
    client = site.test_client()
    site.add_url_rule("/t", "t", lambda: flask.render_template_string("{{ added }}"))

    def add(sender: Any, template: Any, context: dict[str, Any], **extra: Any) -> None:
        seen.append(sender)
        context["added"] = "by the receiver"

    assert client.get("/t").text == ""
    with flask.before_render_template.connected_to(add):
        assert client.get("/t").text == "by the receiver"
    assert seen == [site]
    assert client.get("/t").text == ""
    for name in "request_started request_finished request_tearing_down got_request_exception message_flashed".split():
        assert callable(getattr(flask.signals, name).receivers_for)
    assert flask.signals.Namespace().signal("own") is not None


def test_c34_g_takes_private_keys_and_is_one_for_each_app_context(site: Flask) -> None:
    with site.app_context():
        flask.g._login_user = "u"
        assert "_login_user" in flask.g and flask.g.get("gone", 1) == 1
        assert flask.g.setdefault("identity", "i") == flask.g.pop("identity") == "i"
        with site.app_context():
            assert "_login_user" not in flask.g


def test_c35_the_request_is_bound_while_the_response_starts_and_torn_down_after(site: Flask) -> None:
    trail = []
    site.after_request(lambda response: trail.append("after") or response)
    site.teardown_request(lambda e: trail.append("teardown"))

    def start(status: str, headers: Any, exc_info: Any = None) -> Any:
        trail.append(f"start {flask.request.url_rule.rule}")  # type: ignore[union-attr]

    assert list(site(create_environ("/"), start))
    assert trail == ["after", "start /", "teardown"]


def test_c35_a_stream_has_no_context_unless_it_asks(site: Flask) -> None:
    def parts() -> Iterator[str]:
        yield str(flask.has_request_context())

    site.view_functions["index"] = lambda: parts()
    assert site.test_client().get("/").text == "False"
    site.view_functions["index"] = lambda: flask.stream_with_context(parts())
    assert site.test_client().get("/").text == "True"


def test_c36_a_websocket_rule_gets_the_environ_with_its_socket() -> None:
    site = Flask(__name__)
    sock = object()
    site.add_url_rule("/ws", "ws", lambda: str(flask.request.environ["werkzeug.socket"] is sock), websocket=True)
    environ = create_environ("/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    environ["werkzeug.socket"] = sock
    body, status, _ = run_wsgi_app(site, environ)
    assert (b"".join(body), status) == (b"True", "200 OK")


def test_c37_the_configuration_keeps_flasks_keys_and_loaders(site: Flask) -> None:
    class Own(flask.Config):
        pass

    class Site(Flask):
        config_class = Own

    assert isinstance(Site(__name__).config, Own)
    wanted = (
        "DEBUG TESTING PROPAGATE_EXCEPTIONS SECRET_KEY SECRET_KEY_FALLBACKS PERMANENT_SESSION_LIFETIME USE_X_SENDFILE TRUSTED_HOSTS "
        "SERVER_NAME APPLICATION_ROOT SESSION_COOKIE_NAME SESSION_COOKIE_DOMAIN SESSION_COOKIE_PATH SESSION_COOKIE_HTTPONLY "
        "SESSION_COOKIE_SECURE SESSION_COOKIE_PARTITIONED SESSION_COOKIE_SAMESITE SESSION_REFRESH_EACH_REQUEST MAX_CONTENT_LENGTH "
        "MAX_FORM_MEMORY_SIZE MAX_FORM_PARTS SEND_FILE_MAX_AGE_DEFAULT TRAP_BAD_REQUEST_ERRORS TRAP_HTTP_EXCEPTIONS "
        "EXPLAIN_TEMPLATE_LOADING PREFERRED_URL_SCHEME TEMPLATES_AUTO_RELOAD MAX_COOKIE_SIZE PROVIDE_AUTOMATIC_OPTIONS"
    ).split()
    assert sorted(site.config) == sorted(wanted)
    assert (site.config["MAX_FORM_MEMORY_SIZE"], site.config["MAX_FORM_PARTS"], site.config["MAX_COOKIE_SIZE"]) == (
        500_000,
        1_000,
        4093,
    )
    for name in "from_object from_mapping from_pyfile from_file from_envvar from_prefixed_env get_namespace".split():
        assert callable(getattr(site.config, name))


def test_c37_the_session_cookie_name_may_be_a_method_of_the_interface(site: Flask) -> None:
    class Interface(flask.sessions.SecureCookieSessionInterface):
        def get_cookie_name(self, app: Flask) -> str:
            return "own_name"

    site.session_interface = Interface()
    site.view_functions["index"] = lambda: flask.session.setdefault("a", "1")
    assert "own_name=" in site.test_client().get("/").headers["Set-Cookie"]


def test_c38_the_client_may_be_subclassed_and_keeps_contexts(site: Flask) -> None:
    class Client(flask.testing.FlaskClient):
        def open(self, *args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("headers", {})["X-Own"] = "1"
            return super().open(*args, **kwargs)

    site.test_client_class = Client
    site.view_functions["index"] = lambda: flask.request.headers["X-Own"] + flask.session.get("a", "")
    with site.test_client() as client:
        with client.session_transaction() as session:
            session["a"] = "s"
        assert client.get("/").text == "1s"
        assert flask.request.path == "/" and flask.session["a"] == "s"
    assert not flask.has_request_context()
    assert flask.testing.EnvironBuilder(site, "/x", json={"a": 1}).get_environ()["PATH_INFO"] == "/x"
    assert isinstance(site.test_cli_runner(), flask.testing.FlaskCliRunner)
