"""The names that Flask's modules have only because they import them: other packages import them from there all the same.

`from flask.app import Rule` stands in extensions and in their tests. A module of ours that has no use for such a name gives it on request, from
where it really lives. `tests/test_borrowed.py` holds the names of every module against Flask's.
"""

from __future__ import annotations

import sys
import typing as t

from .imported import import_from_the_top

_STANDARD = {
    "TracebackType": "types:TracebackType",
    "ModuleType": "types:ModuleType",
    "_url_quote": "urllib.parse:quote",
    "ast": "ast:",
    "c": "collections.abc:",
    "cabc": "collections.abc:",
    "cache": "functools:cache",
    "contextvars": "contextvars:",
    "dataclasses": "dataclasses:",
    "date": "datetime:date",
    "datetime": "datetime:datetime",
    "decimal": "decimal:",
    "hashlib": "hashlib:",
    "importlib": "importlib:",
    "iscoroutinefunction": "inspect:iscoroutinefunction",
    "itemgetter": "operator:itemgetter",
    "logging": "logging:",
    "os": "os:",
    "pathlib": "pathlib:",
    "sys": "sys:",
    "timedelta": "datetime:timedelta",
    "types": "types:",
    "uuid": "uuid:",
}
_LIBRARIES = {
    "Aborter": "werkzeug.exceptions:Aborter",
    "BadRequest": "werkzeug.exceptions:BadRequest",
    "BadRequestKeyError": "werkzeug.exceptions:BadRequestKeyError",
    "BaseLoader": "jinja2:BaseLoader",
    "BaseResponse": "werkzeug.wrappers:Response",
    "BuildError": "werkzeug.routing:BuildError",
    "FileSystemLoader": "jinja2:FileSystemLoader",
    "HTTPException": "werkzeug.exceptions:HTTPException",
    "Headers": "werkzeug.datastructures:Headers",
    "ImmutableDict": "werkzeug.datastructures:ImmutableDict",
    "InternalServerError": "werkzeug.exceptions:InternalServerError",
    "LocalProxy": "werkzeug.local:LocalProxy",
    "Map": "werkzeug.routing:Map",
    "MapAdapter": "werkzeug.routing:MapAdapter",
    "RequestRedirect": "werkzeug.routing:RequestRedirect",
    "RoutingException": "werkzeug.routing:RoutingException",
    "Rule": "werkzeug.routing:Rule",
    "_wz_redirect": "werkzeug.utils:redirect",
    "click": "click:",
    "default_exceptions": "werkzeug.exceptions:default_exceptions",
    "get_host": "werkzeug.wsgi:get_host",
    "http_date": "werkzeug.http:http_date",
    "import_string": "werkzeug.utils:import_string",
    "is_running_from_reloader": "werkzeug.serving:is_running_from_reloader",
}
_OWN = {
    "AppGroup": ".cli:AppGroup",
    "DefaultJSONProvider": ".json.provider:DefaultJSONProvider",
    "DispatchingJinjaLoader": ".templating:DispatchingJinjaLoader",
    "Environment": ".templating:Environment",
    "JSONProvider": ".json.provider:JSONProvider",
    "Request": ".wrappers:Request",
    "Response": ".wrappers:Response",
    "ScriptInfo": ".cli:ScriptInfo",
    "SecureCookieSessionInterface": ".sessions:SecureCookieSessionInterface",
    "SessionInterface": ".sessions:SessionInterface",
    "SessionMixin": ".sessions:SessionMixin",
    "T_shell_context_processor": ".sansio.app:T_shell_context_processor",
    "T_teardown": ".sansio.app:T_teardown",
    "T_template_filter": ".sansio.app:T_template_filter",
    "T_template_global": ".sansio.app:T_template_global",
    "T_template_test": ".sansio.app:T_template_test",
    "_cv_app": ".globals:_cv_app",
    "_cv_request": ".globals:_cv_request",
    "_find_package_path": "._packages:_find_package_path",
    "_make_timedelta": ".sansio.app:_make_timedelta",
    "_no_app_msg": "._proxies:OUTSIDE_APP",
    "_no_req_msg": "._proxies:OUTSIDE_REQUEST",
    "app": ".sansio.app:",
    "blueprints": ".sansio.blueprints:",
    "cli": ".cli:",
    "create_logger": ".logging:create_logger",
    "current_app": ".globals:current_app",
    "ft": ".typing:",
    "g": ".globals:g",
    "get_debug_flag": ".helpers:get_debug_flag",
    "get_flashed_messages": ".helpers:get_flashed_messages",
    "get_load_dotenv": ".helpers:get_load_dotenv",
    "json": ".json:",
    "request": ".globals:request",
    "request_ctx": ".globals:request_ctx",
    "scaffold": ".sansio.scaffold:",
    "send_from_directory": ".helpers:send_from_directory",
    "session": ".globals:session",
    "tag": ".json.tag:",
}
_PLACES = {**_STANDARD, **_LIBRARIES, **_OWN}
_NAMES = {
    "app": (
        "BadRequestKeyError BaseResponse BuildError Environment HTTPException Headers ImmutableDict InternalServerError MapAdapter Request"
        " RequestRedirect Response RoutingException Rule SecureCookieSessionInterface SessionInterface T_shell_context_processor T_teardown"
        " T_template_filter T_template_global T_template_test TracebackType _cv_app _cv_request _make_timedelta _url_quote cabc cli click current_app"
        " ft g get_debug_flag get_flashed_messages get_host get_load_dotenv is_running_from_reloader iscoroutinefunction request request_ctx"
        " send_from_directory session timedelta"
    ),
    "blueprints": "AppGroup current_app os send_from_directory timedelta",
    "cli": "ModuleType ast cabc import_string itemgetter",
    "config": "import_string json types",
    "ctx": "HTTPException TracebackType _cv_request contextvars ft",
    "debughelpers": "BaseLoader request_ctx",
    "globals": "LocalProxy _no_app_msg _no_req_msg app_ctx current_app g request request_ctx session",
    "helpers": "BaseResponse _cv_request cache datetime importlib os sys",
    "json": "current_app tag",
    "json.provider": "dataclasses date decimal http_date uuid",
    "logging": "LocalProxy request wsgi_errors_stream",
    "sansio": "app blueprints scaffold",
    "sansio.app": (
        "Aborter BadRequest BadRequestKeyError BuildError DefaultJSONProvider DispatchingJinjaLoader Environment JSONProvider Map Response Rule"
        " _wz_redirect create_logger logging timedelta"
    ),
    "sansio.blueprints": "os",
    "sansio.scaffold": (
        "BaseLoader FileSystemLoader HTTPException _find_package_path default_exceptions importlib pathlib sys"
    ),
    "sessions": "c hashlib",
    "templating": "_cv_app _cv_request",
    "testing": "ScriptInfo SessionMixin TracebackType importlib",
    "typing": "cabc",
    "wrappers": "current_app",
}
_ELSEWHERE = {("config", "json"): "json:", ("sansio.app", "Response"): "werkzeug.sansio.response:Response"}


def borrow(module_name: str, name: str) -> t.Any:
    """Return what `name` is in Flask's module of the same name.

    Args:
        module_name: the asking module's `__name__`.
        name: the attribute that it does not have.

    Raises:
        AttributeError: Flask's module has none either.
    """
    package, _, module = module_name.partition(".")
    if name == "__all__":
        # NOTE: asked for by `from flask.app import *`, which takes what Flask's module imports along.
        return [known for known in {*vars(sys.modules[module_name]), *_NAMES[module].split()} if known[0] != "_"]
    if name not in _NAMES.get(module, "").split():
        raise AttributeError(f"module {module_name!r} has no attribute {name!r}")
    place, _, attribute = _ELSEWHERE.get((module, name), _PLACES[name]).partition(":")
    found = import_from_the_top(package + place if place.startswith(".") else place)
    return getattr(found, attribute) if attribute else found


def borrowing(module_name: str) -> t.Callable[[str], t.Any]:
    """Make the `__getattr__` of a module that gives the names Flask's module has."""

    def __getattr__(name: str) -> t.Any:
        return borrow(module_name, name)

    return __getattr__
