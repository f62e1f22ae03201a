"""Rows C7 to C24: the application object."""

from __future__ import annotations

import inspect
import weakref
from typing import Any

import flask
import flask.testing
import flask.views
import pytest
from flask import Blueprint, Flask
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.test import create_environ, run_wsgi_app


@pytest.fixture
def site() -> Flask:
    """Return an app with two views."""
    made = Flask(__name__)
    made.secret_key = "key"
    made.add_url_rule("/", "index", lambda: "index")
    made.add_url_rule("/item/<int:n>", "item", lambda n: {"n": n})
    return made


def text(site: Flask, url: str = "/", **options: Any) -> str:
    """Return the body of a GET request."""
    return site.test_client().get(url, **options).text


def test_c7_extensions_is_a_plain_dict_that_may_be_replaced(site: Flask) -> None:
    assert type(site.extensions) is dict
    site.extensions.setdefault("limiter", set()).add(site)
    site.extensions[object()] = []  # type: ignore[index]
    site.extensions = getattr(site, "extensions", {})
    site.extensions = {"only": {"a": 1}}
    assert text(site) == "index"
    with site.app_context():
        assert flask.current_app.extensions["only"]["a"] == 1


def test_c8_view_functions_may_be_replaced_by_item_or_as_a_whole_at_any_time(site: Flask) -> None:
    assert isinstance(site.view_functions, dict)
    assert text(site) == "index"
    original = site.view_functions["index"]
    site.view_functions["index"] = lambda: f"wrapped {original()}"
    assert text(site) == "wrapped index"
    site.view_functions = {name: (lambda **values: "whole") for name in site.view_functions}
    assert text(site) == text(site, "/item/5") == "whole"
    site.view_functions["static"] = lambda filename: f"static {filename}"
    assert text(site, "/static/a.css") == "static a.css"


def test_c9_the_view_stays_the_function_that_was_registered(site: Flask) -> None:
    def view() -> str:
        return f"{flask.current_app.view_functions['view'] is view}"

    view.custom = {"a": 1}  # type: ignore[attr-defined]
    assert site.route("/view")(view) is view
    assert site.view_functions["view"] is view
    assert text(site, "/view") == "True"
    assert site.view_functions["view"].__module__ == __name__

    class Page(flask.views.MethodView):
        def get(self) -> str:
            return "page"

    site2 = Flask(__name__)
    site2.add_url_rule("/page", view_func=Page.as_view("page"))
    assert text(site2, "/page") == "page"
    assert site2.view_functions["page"].view_class is Page  # type: ignore[attr-defined]
    assert site2.view_functions["page"].__dict__["view_class"] is Page


def test_c10_the_static_views_have_the_names_that_csrf_exemptions_spell_out() -> None:
    site = Flask(__name__)
    blueprint = Blueprint("b", __name__, static_folder="static", url_prefix="/b")
    site.register_blueprint(blueprint)
    static = site.view_functions["static"]
    assert (static.__module__, static.__name__) == ("flask.app", "<lambda>")
    bp_static = site.view_functions["b.static"]
    assert f"{bp_static.__module__}.{bp_static.__name__}" == "flask.blueprints.send_static_file"


def test_c11_the_url_map_is_a_live_werkzeug_map(site: Flask) -> None:
    class Upper(BaseConverter):
        def to_python(self, value: str) -> str:
            return value.upper()

    assert isinstance(site.url_map, Map)
    site.url_map.converters["up"] = Upper
    site.add_url_rule("/up/<up:v>", "up", lambda v: v)
    assert text(site, "/up/abc") == "ABC"
    site.url_map.add(Rule("/later", endpoint="index"))
    assert text(site, "/later") == "index"
    assert {rule.endpoint for rule in site.url_map.iter_rules()} == {"static", "index", "item", "up"}
    assert [rule.rule for rule in site.url_map.iter_rules("item")] == ["/item/<int:n>"]
    assert site.url_map.is_endpoint_expecting("item", "n")
    assert site.url_map.bind("h").match("/item/5") == ("item", {"n": 5})
    assert site.url_map.host_matching is False
    site.url_map = Map([Rule("/only", endpoint="index")])
    assert text(site, "/only") == "index"
    assert site.test_client().get("/").status_code == 404


def test_c11_a_replaced_standard_converter_is_honoured() -> None:
    class Wide(BaseConverter):
        regex = r"-?\d+"

        def to_python(self, value: str) -> int:
            return int(value)

    site = Flask(__name__)
    site.url_map.converters["int"] = Wide
    site.add_url_rule("/n/<int:n>", "n", lambda n: repr(n))
    assert text(site, "/n/-5") == "-5"


def test_c12_add_url_rule_keeps_its_parameter_names_and_sees_every_rule() -> None:
    seen = []

    class Recording(Flask):
        def add_url_rule(
            self,
            rule: str,
            endpoint: Any = None,
            view_func: Any = None,
            provide_automatic_options: Any = None,
            **options: Any,
        ) -> None:
            seen.append(rule)
            super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    names = list(inspect.signature(Flask.add_url_rule).parameters)
    assert names == ["self", "rule", "endpoint", "view_func", "provide_automatic_options", "options"]
    site = Recording(__name__)
    site.get("/a")(lambda: "a")
    blueprint = Blueprint("b", __name__, url_prefix="/b")
    blueprint.add_url_rule("/c", "c", lambda: "c")
    site.register_blueprint(blueprint)
    assert seen == ["/static/<path:filename>", "/a", "/b/c"]


def test_c13_the_blueprint_setup_state_may_be_replaced_on_the_instance() -> None:
    rules = []

    class Extended(Blueprint):
        def make_setup_state(self, app: Any, options: Any, first_registration: bool = False) -> Any:
            state = super().make_setup_state(app, options, first_registration)
            original = state.add_url_rule

            def add(rule: str, endpoint: Any = None, view_func: Any = None, **kwargs: Any) -> None:
                rules.append(rule)
                original(f"/x{rule}", endpoint, view_func, **kwargs)

            state.add_url_rule = add
            return state

        def register(self, app: Any, options: Any) -> None:
            super().register(app, options)

    site, blueprint = Flask(__name__), Extended("b", __name__)
    blueprint.add_url_rule("/a", "a", lambda: "a")
    blueprint.record(lambda state: rules.append("recorded"))
    blueprint.record_once(lambda state: rules.append("once"))
    assert len(blueprint.deferred_functions) == 3
    site.register_blueprint(blueprint)
    assert rules == ["/a", "recorded", "once"]
    assert text(site, "/x/a") == "a"


@pytest.mark.parametrize("when", ["before the first request", "after it"])
def test_c14_methods_replaced_on_the_instance_are_called(site: Flask, when: str) -> None:
    calls = []
    site.add_url_rule("/boom", "boom", lambda: 1 // 0)
    site.add_url_rule("/none", "none", lambda: None)  # type: ignore[arg-type,return-value]
    if when == "after it":
        assert text(site) == "index"
    make, user, exception = site.make_response, site.handle_user_exception, site.handle_exception
    site.make_response = lambda rv: calls.append("make") or make("made" if rv is None else rv)  # type: ignore[method-assign,func-returns-value]
    site.handle_user_exception = lambda e: calls.append("user") or user(e)  # type: ignore[method-assign,func-returns-value]
    site.handle_exception = lambda e: calls.append("exception") or exception(e)  # type: ignore[method-assign,func-returns-value]
    assert text(site, "/none") == "made"
    assert site.test_client().get("/boom").status_code == 500
    assert calls == ["make", "user", "exception", "make"]
    site.dispatch_request = lambda: "dispatched"  # type: ignore[method-assign]
    assert text(site) == "dispatched"


def test_c15_middleware_is_called_for_every_request_and_keeps_its_attributes(site: Flask) -> None:
    class Middleware:
        is_proxied = True

        def __init__(self, app: Any) -> None:
            self.app, self.calls = app, 0

        def __call__(self, environ: Any, start_response: Any) -> Any:
            self.calls += 1
            return self.app(environ, start_response)

    assert site.wsgi_app.__self__ is site  # type: ignore[attr-defined]
    assert text(site) == "index"
    site.wsgi_app = inner = Middleware(site.wsgi_app)  # type: ignore[assignment,method-assign]
    site.wsgi_app = Middleware(site.wsgi_app)  # type: ignore[assignment,method-assign]
    assert text(site) == "index"
    assert site.test_client().get("/none").status_code == 404
    assert (site.wsgi_app.calls, inner.calls, site.wsgi_app.is_proxied) == (2, 2, True)  # type: ignore[attr-defined]


def test_c16_hook_tables_are_public_and_an_append_during_a_request_counts(site: Flask) -> None:
    trail = []

    def caching() -> str:
        def after(response: Any) -> Any:
            trail.append("after")
            return response

        flask.current_app.after_request_funcs.setdefault(None, []).append(after)
        return "cached"

    site.view_functions["index"] = caching
    site.before_request_funcs.setdefault(None, []).insert(0, lambda: trail.append("first"))
    site.teardown_request_funcs.setdefault(None, []).append(lambda e: trail.append("teardown"))
    site.teardown_appcontext_funcs.append(lambda e: trail.append("app"))
    assert text(site) == "cached"
    assert trail == ["first", "after", "teardown", "app"]


def test_c16_all_tables_have_flasks_shape(site: Flask) -> None:
    for name in "before_request_funcs after_request_funcs teardown_request_funcs url_value_preprocessors url_default_functions".split():
        table = getattr(site, name)
        assert isinstance(table, dict), name
        table.setdefault(None, [])
    assert list(site.template_context_processors) == [None]
    for name in "teardown_appcontext_funcs shell_context_processors url_build_error_handlers".split():
        assert isinstance(getattr(site, name), list), name
    site.register_error_handler(404, lambda e: "own")
    site.register_error_handler(KeyError, lambda e: "key")
    spec = site.error_handler_spec[None]
    assert [list(spec[404].values())[0](None), list(spec[None])[0]] == ["own", KeyError]  # type: ignore[arg-type]


def test_c17_parts_may_be_replaced_on_a_live_app(site: Flask) -> None:
    class OwnRequest(flask.Request):
        pass

    class OwnResponse(flask.Response):
        pass

    class OwnGlobals(flask.ctx._AppCtxGlobals):
        pass

    assert text(site) == "index"
    site.request_class, site.response_class, site.app_ctx_globals_class = OwnRequest, OwnResponse, OwnGlobals
    names = lambda: [type(p._get_current_object()).__name__ for p in (flask.request, flask.g)]  # type: ignore[attr-defined]  # noqa: E731
    site.view_functions["index"] = lambda: names()
    response = site.test_client().get("/")
    assert response.json == ["OwnRequest", "OwnGlobals"]
    with site.test_request_context():
        assert type(site.make_response("x")) is OwnResponse
    site.config = flask.Config("/", {**site.config, "OWN": 1})
    site.session_interface = flask.sessions.SecureCookieSessionInterface()
    site.json = flask.json.provider.DefaultJSONProvider(site)
    site.jinja_options = {}
    assert site.test_client().get("/item/5").json == {"n": 5}


def test_c17_parts_may_be_set_on_the_class_and_before_super_init() -> None:
    class Own(Flask):
        jinja_options = {"trim_blocks": True}
        url_rule_class = type("OwnRule", (Rule,), {})
        test_client_class = type("OwnClient", (flask.testing.FlaskClient,), {})

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.request_class = type("Early", (flask.Request,), {})
            self.session_interface = flask.sessions.SecureCookieSessionInterface()
            super().__init__(*args, **kwargs)

    site = Own(__name__)
    site.add_url_rule(
        "/",
        "i",
        lambda: f"{type(flask.request._get_current_object()).__name__} {type(flask.request.url_rule).__name__}",
    )  # type: ignore[attr-defined]
    client = site.test_client()
    assert type(client).__name__ == "OwnClient"
    assert client.get("/").text == "Early OwnRule"


def test_c18_attributes_may_be_set_after_construction(site: Flask, tmp_path: Any) -> None:
    (tmp_path / "a.html").write_text("moved {{ current.service }}")
    (tmp_path / "a.css").write_text("css")
    site.template_folder = str(tmp_path)
    site.static_folder = str(tmp_path)
    site.service = "free"  # type: ignore[attr-defined]
    site.debug = True
    site.secret_key = "later"
    site.view_functions["index"] = lambda: flask.render_template("a.html", current=flask.current_app)
    assert text(site) == "moved free"
    assert text(site, "/static/a.css") == "css"
    assert site.config["SECRET_KEY"] == "later"


def test_c19_stations_can_be_called_from_outside_the_flow(site: Flask) -> None:
    with site.request_context(create_environ("/item/7")):
        assert site.full_dispatch_request().get_json() == {"n": 7}
    with site.test_request_context("/item/8"):
        assert site.create_url_adapter(flask.request).match() == ("item", {"n": 8})  # type: ignore[union-attr,arg-type]
        assert sorted(site.make_default_options_response().allow) == ["GET", "HEAD", "OPTIONS"]
        session = site.session_interface.open_session(site, flask.request)  # type: ignore[arg-type]
        response = flask.make_response("x")
        assert session is not None
        session["a"] = 1
        site.session_interface.save_session(site, session, response)
        assert "session=" in response.headers["Set-Cookie"]
    with site.test_request_context("/gone"), pytest.raises(Exception) as raised:
        site.raise_routing_exception(flask.request)  # type: ignore[arg-type]
    assert raised.value.code == 404  # type: ignore[attr-defined]


def test_c20_got_first_request_is_a_boolean_set_before_the_first_view(site: Flask) -> None:
    assert site._got_first_request is False
    site.view_functions["index"] = lambda: str(flask.current_app._got_first_request)
    assert text(site) == "True"
    assert site._got_first_request is True


def test_c21_the_app_is_hashable_and_weakly_referenceable(site: Flask) -> None:
    table = weakref.WeakKeyDictionary({site: "x"})
    assert table[site] == "x"
    assert weakref.ref(site)() is site


def test_c22_the_session_serializer_is_flasks(site: Flask) -> None:
    from itsdangerous import URLSafeTimedSerializer

    serializer = flask.sessions.SecureCookieSessionInterface().get_signing_serializer(site)
    assert isinstance(serializer, URLSafeTimedSerializer)
    payload = flask.sessions.session_json_serializer.dumps({"a": (1, b"x")})
    assert payload == '{"a":{" t":[1,{" b":"eA=="}]}}'
    by_hand = URLSafeTimedSerializer(
        "key",
        salt="cookie-session",
        serializer=flask.json.tag.TaggedJSONSerializer(),
        signer_kwargs={"key_derivation": "hmac"},
    )
    assert serializer.loads(by_hand.dumps({"a": (1,)})) == {"a": (1,)}
    assert by_hand.loads(serializer.dumps({"a": (1,)})) == {"a": (1,)}


def test_c23_the_command_line_has_flasks_parts(site: Flask) -> None:
    import click
    from flask.cli import AppGroup, FlaskGroup, ScriptInfo, with_appcontext

    assert isinstance(site.cli, AppGroup)
    site.cli.command("say")(lambda: click.echo(flask.current_app.name))
    assert site.test_cli_runner().invoke(args=["say"]).output == f"{site.name}\n"
    assert ScriptInfo(create_app=lambda: site).load_app() is site
    group = FlaskGroup(create_app=lambda: site)
    assert {"run", "shell", "routes"} <= set(
        group.list_commands(click.Context(group, obj=ScriptInfo(create_app=lambda: site)))
    )
    assert callable(with_appcontext(lambda: None))


def test_c24_ensure_sync_works_on_callbacks_from_any_thread(site: Flask) -> None:
    import threading

    async def double(n: int) -> int:
        return n * 2

    results: list[int] = []
    thread = threading.Thread(target=lambda: results.append(site.ensure_sync(double)(4)))
    thread.start()
    thread.join(10)
    assert results == [8]
    assert site.ensure_sync(len) is len
    body, status, _ = run_wsgi_app(site, create_environ("/"))
    assert (b"".join(body), status) == (b"index", "200 OK")
