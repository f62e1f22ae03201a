"""Rows C1 to C6: packaging and the import surface."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import flask
import pytest

from . import ON_EWER, ewer_only

HOMES = {
    "flask.app": "Flask",
    "flask.blueprints": "Blueprint",
    "flask.cli": "AppGroup FlaskGroup ScriptInfo with_appcontext load_dotenv NoAppException",
    "flask.config": "Config ConfigAttribute",
    "flask.ctx": "AppContext RequestContext _AppCtxGlobals after_this_request copy_current_request_context has_app_context has_request_context",
    "flask.debughelpers": "UnexpectedUnicodeError DebugFilesKeyError FormDataRoutingRedirect explain_template_loading_attempts",
    "flask.helpers": "abort flash get_debug_flag get_flashed_messages get_load_dotenv get_root_path get_template_attribute make_response "
    "redirect send_file send_from_directory stream_with_context url_for",
    "flask.json.provider": "DefaultJSONProvider JSONProvider",
    "flask.json.tag": "JSONTag TaggedJSONSerializer PassDict PassList TagBytes TagDateTime TagDict TagMarkup TagTuple TagUUID",
    "flask.logging": "create_logger has_level_handler",
    "flask.sansio.app": "App",
    "flask.sansio.blueprints": "Blueprint BlueprintSetupState",
    "flask.sansio.scaffold": "Scaffold _endpoint_from_view_func find_package setupmethod",
    "flask.sessions": "NullSession SecureCookieSession SecureCookieSessionInterface SessionInterface SessionMixin",
    "flask.templating": "DispatchingJinjaLoader Environment _render _stream render_template render_template_string stream_template "
    "stream_template_string",
    "flask.testing": "EnvironBuilder FlaskClient FlaskCliRunner",
    "flask.views": "MethodView View",
    "flask.wrappers": "Request Response",
}
PUBLIC = (
    "Blueprint Config Flask Request Response abort after_this_request app appcontext_popped appcontext_pushed appcontext_tearing_down "
    "before_render_template blueprints cli config copy_current_request_context ctx current_app flash g get_flashed_messages "
    "get_template_attribute globals got_request_exception has_app_context has_request_context helpers json jsonify logging make_response "
    "message_flashed redirect render_template render_template_string request request_finished request_started request_tearing_down "
    "sansio send_file send_from_directory session sessions signals stream_template stream_template_string stream_with_context "
    "template_rendered templating typing url_for wrappers"
).split()


@pytest.mark.parametrize("name", ["flask", "werkzeug", "jinja2", "click", "blinker", "itsdangerous", "markupsafe"])
def test_c1_the_distributions_tell_a_version_that_other_packages_accept(name: str) -> None:
    version = importlib.metadata.version(name)
    assert version
    if name == "flask":
        assert version.split(".")[:2] == ["3", "1"]


@ewer_only
def test_c1_a_flask_distribution_is_found_where_none_is_installed(tmp_path: Path) -> None:
    import werkzeug

    import ewer

    for entry in Path(werkzeug.__file__).parent.parent.iterdir():
        if not entry.name.lower().startswith("flask-") and entry.name != "flask":
            (tmp_path / entry.name).symlink_to(entry)
    code = (
        f"import sys; sys.path[:0] = [{str(Path(ewer.__file__).parent.parent)!r}, {str(tmp_path)!r}]\n"
        "import ewer.as_flask, importlib.metadata as metadata\n"
        "print(metadata.version('flask'), metadata.distribution('flask').metadata['Name'])\n"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.lower().split() == ["3.1.3", "flask"], done.stderr


def test_c2_the_deprecated_version_attribute_is_parsable() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert [int(part) for part in flask.__version__.split(".")[:2]] == [3, 1]
    with pytest.warns(DeprecationWarning, match="__version__"):
        flask.__version__


@pytest.mark.parametrize("module", sorted(HOMES))
def test_c3_each_name_lives_in_the_module_that_flask_promises(module: str) -> None:
    home = importlib.import_module(module)
    assert sys.modules[module] is home
    for name in HOMES[module].split():
        assert getattr(home, name).__module__ == module, f"{module}.{name}"


@pytest.mark.parametrize("name", PUBLIC)
def test_c3_each_public_name_of_the_package_is_there(name: str) -> None:
    assert getattr(flask, name) is not None


def test_c3_submodules_are_one_object_however_they_are_reached() -> None:
    for module in HOMES:
        parent, _, name = module.rpartition(".")
        assert getattr(importlib.import_module(parent), name) is importlib.import_module(module)
    from flask import app as app_module
    from flask.app import Flask

    assert app_module.Flask is Flask is flask.Flask


def test_c3_classes_and_errors_pickle_under_flasks_names() -> None:
    for thing in (
        flask.Flask,
        flask.Blueprint,
        flask.Config,
        flask.Request,
        flask.views.MethodView,
        flask.json.provider.JSONProvider,
    ):
        assert pickle.loads(pickle.dumps(thing)) is thing


def test_c3_names_imported_by_extensions_are_there() -> None:
    from flask.globals import _cv_app, _cv_request, app_ctx, request_ctx  # noqa: F401
    from flask.logging import default_handler, wsgi_errors_stream  # noqa: F401
    from flask.sansio.scaffold import _endpoint_from_view_func
    from flask.sessions import session_json_serializer  # noqa: F401
    from flask.signals import Namespace  # noqa: F401
    from flask.typing import ResponseReturnValue, RouteCallable  # noqa: F401
    from flask.wrappers import ResponseBase  # noqa: F401

    assert _endpoint_from_view_func(test_c2_the_deprecated_version_attribute_is_parsable).startswith("test_c2")


def test_c4_werkzeug_is_whole_with_its_private_names() -> None:
    from werkzeug._internal import _log
    from werkzeug._reloader import run_with_reloader
    from werkzeug.debug import DebuggedApplication
    from werkzeug.debug.tbtools import DebugTraceback
    from werkzeug.local import LocalProxy
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.middleware.proxy_fix import ProxyFix
    from werkzeug.routing import BaseConverter, Map, Rule
    from werkzeug.serving import is_running_from_reloader
    from werkzeug.wrappers import Request, Response
    from werkzeug.wsgi import wrap_file

    assert issubclass(flask.Request, Request)
    assert issubclass(flask.Response, Response)
    for proxy in (flask.request, flask.session, flask.g, flask.current_app):
        assert type(proxy).__mro__[-2] is LocalProxy or isinstance(object.__getattribute__(proxy, "__class__"), type)


def test_c5_the_class_in_the_module_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    original = flask.Flask

    class Instrumented(original):  # type: ignore[misc,valid-type]
        pass

    monkeypatch.setattr(flask, "Flask", Instrumented)
    app = flask.Flask(__name__)
    assert type(app) is Instrumented
    app.add_url_rule("/", "i", lambda: "x")
    app.register_blueprint(flask.Blueprint("b", __name__))
    assert app.test_client().get("/").text == "x"


def test_c6_the_methods_of_the_app_are_plain_functions() -> None:
    for name, member in inspect.getmembers(flask.Flask, callable):
        if not name.startswith("_"):
            assert not inspect.iscoroutinefunction(member), name
    assert not inspect.iscoroutinefunction(flask.Flask.__call__)
    assert list(inspect.signature(flask.Flask.__call__).parameters) == ["self", "environ", "start_response"]


@ewer_only
def test_c6_flask_and_ewer_are_one_class_under_two_names() -> None:
    import ewer

    assert ewer.Flask is flask.Flask
    assert issubclass(ewer.Ewer, flask.Flask)
    assert ON_EWER
