"""When the plan may be trusted: what serving needs to know about an application at its present version.

Every request compares one number. When it has moved, the questions below are asked again: has a station been
overridden, has a table been replaced by one that cannot be watched, is the session the stock one? Next: `ewer.app`,
which asks, and `ewer._core.plan`.
"""

from __future__ import annotations

import sys
import typing as t
from types import FunctionType, MethodType

from ._core.hosts import is_plain_host
from ._core.plan import HookTables, Plan
from ._core.table import Route, RouteTable
from ._files import static_view_again
from ._glance import may_be_typed
from ._hooks import in_order_after, in_order_before
from .config import Config
from .sansio.app import App
from .signals import appcontext_pushed, has_receivers
from .watched import HookTable, WatchedDict, WatchedList, is_changed

if t.TYPE_CHECKING:
    from .app import Flask

_ROAD = frozenset({
    "app_context", "async_to_sync", "create_url_adapter", "dispatch_request", "ensure_sync", "full_dispatch_request", "request_context",
})  # fmt: skip
"""Overriding one of these stations takes every request through all of them."""
_BEFORE = frozenset({"preprocess_request"})
_AFTER = frozenset({"finalize_request", "make_response", "process_response"})
_AT_THE_END = frozenset({"do_teardown_appcontext", "do_teardown_request"})
STATIONS = _ROAD | _BEFORE | _AFTER | _AT_THE_END
"""The methods of `Flask` that a plan leaves out where they would do nothing. An overridden one always does something."""

STATIC_STATIONS = frozenset({"get_send_file_max_age", "send_static_file", "static_folder"})
"""What somebody may override to have a say in static files."""

# What a plan leaves out of the parts that it does not use.
_REPLYING = frozenset(
    {
        "__call__",
        "__init__",
        "default_mimetype",
        "default_status",
        "get_app_iter",
        "get_wsgi_headers",
        "get_wsgi_response",
    }
)
_ENCODING = frozenset({"_prepare_response_obj", "_reply_writer", "dumps", "mimetype", "response"})
_NAMING = frozenset({"blueprint", "blueprints", "endpoint", "url_rule"})
_SESSIONS = frozenset({
    "get_cookie_name", "get_signing_serializer", "is_null_session", "make_null_session", "null_session_class", "open_session", "save_session",
    "session_class", "should_set_cookie",
})  # fmt: skip

_MOST_HOSTS = 512
_CO_COROUTINE = 0x80  # inspect.CO_COROUTINE; inspect itself takes long to import


class Serving:
    """What holds for all requests of an application until its watch moves."""

    __slots__ = (
        "closed_because", "closes_plainly", "dump_json", "hosts", "is_heard", "is_open", "is_plain", "is_wrapped", "known", "makes_request", "match",
        "opens_session", "overridden", "replies_plainly", "session_cookie", "starts_sessions_plainly", "version",
    )  # fmt: skip

    def __init__(self, app: Flask) -> None:
        self.version = app._watch.version
        self.overridden = overridden_stations(app)
        self.closed_because = _reason_for_stations(app, self.overridden)
        self.is_open = self.closed_because is None
        self.is_wrapped = any(is_overridden(app, name) for name in ("__call__", "wsgi_app"))
        self.hosts: set[str | bytes | None] = set()
        table = _route_table(app) if self.is_open else RouteTable(())
        self.known = table.known
        self.match = table.match
        self.dump_json = _stock_json(app)
        self.opens_session = not _has_lazy_session(app)
        self.makes_request = not _is_own(app, "request_class") and _constructs_itself(app.request_class)
        self.replies_plainly = _is_own(app, "response_class") and not _is_changed_class(
            "wrappers", "Response", _REPLYING
        )
        self.session_cookie = _refreshed_cookie(app)
        self.starts_sessions_plainly = not self.opens_session and _starts_sessions_plainly(app)
        self.closes_plainly = _closes_plainly(app)
        self.is_heard = has_receivers()
        self.is_plain = self.replies_plainly and not (self.opens_session or self.makes_request or self.is_heard)

    def admits(self, host: str | bytes | None) -> bool:
        """Tell whether URL matching can have no objection to this `Host`, and remember it if so."""
        if not is_plain_host(host.decode("latin-1") if isinstance(host, bytes) else host):
            return False
        if len(self.hosts) < _MOST_HOSTS:
            self.hosts.add(host)
        return True


def compile_serving(app: Flask) -> Serving:
    """Ask everything anew and keep the answers on the application."""
    if not app._got_first_request:
        app._finish_setup()
        app._got_first_request = True
        if app.debug:
            _report_shadowed_rules(app)
    if app._checks_views:
        check_views(app)
        app._checks_views = False
    serving = app._serving = Serving(app)
    return serving


def check_views(app: Flask) -> None:
    """Bind every view that asks for it, so that a mistake in one is reported before any is served.

    Raises:
        SetupError: a view, or several, cannot be served as they are written.
    """
    mistakes: list[t.Any] = []
    for route in _routes(app):
        view: t.Any = app.view_functions.get(route.endpoint)
        # NOTE: the pages of the document are our own, and most applications are served without loading what they need.
        if view is None or route.endpoint.startswith("ewer_") or not _is_typed(app, view, route):
            continue
        try:
            app._typed(view, _rule_of(app, route))
        except TypeError as error:
            from .typed.errors import SetupError

            if not isinstance(error, SetupError):
                raise
            mistakes.append(error)
    if mistakes:
        from .typed.errors import SetupErrors

        raise mistakes[0] if len(mistakes) == 1 else SetupErrors(mistakes)


def _is_typed(app: Flask, view: t.Any, route: Route) -> bool:
    names = {variable.name for variable in route.variables} | set(route.defaults or ())
    return app._route_asks_more(route.rule, route.endpoint) or may_be_typed(
        view, mode=app._binding_mode, url_names=names
    )


def _report_shadowed_rules(app: Flask) -> None:
    from ._rule_conflicts import warn_about_shadowed_rules

    warn_about_shadowed_rules(app)


def plan_route(app: Flask, serving: Serving, route: Route) -> Plan | None:
    """Compile the plan of `route`; None when its endpoint has no view, which the stations then report."""
    view: t.Any = app.view_functions.get(route.endpoint)
    if view is None:
        return None
    tables = HookTables(
        app.url_value_preprocessors,
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.teardown_appcontext_funcs,
    )
    served = view
    if _is_typed(app, view, route):
        served = app._typed(view, _rule_of(app, route))
    elif _is_own_static_view(app, view):
        served = static_view_again(app, view)
    plan = Plan(served if served is not view else app.ensure_sync(view), serving.version, tables, route.blueprints)
    names_plainly = not _is_changed_class("wrappers", "Request", _NAMING)
    if names_plainly and not serving.overridden & _BEFORE and not app.url_value_preprocessors:
        plan.before = tuple(map(app.ensure_sync, in_order_before(tables.before_request, route.blueprints)))
    if names_plainly and not serving.overridden & _AFTER:
        plan.after = tuple(map(app.ensure_sync, in_order_after(tables.after_request, route.blueprints)))
    plan.has_preprocessing |= bool(serving.overridden & _BEFORE)
    plan.has_processing |= bool(serving.overridden & _AFTER)
    plan.has_teardown |= bool(serving.overridden & _AT_THE_END)
    has_own_code = serving.opens_session or serving.makes_request  # a session interface or request class may block
    if not (plan.has_preprocessing or plan.has_processing or plan.has_teardown or has_own_code or serving.is_heard):
        if served is not view:
            plan.coroutine = getattr(served, "coroutine", None) and served.on_loop
        elif is_coroutine_function(view):
            plan.coroutine = view
    route.plan = plan
    return plan


def _is_own_static_view(app: Flask, view: t.Any) -> bool:
    """Tell whether a view is the one for the application's static folder, as Flask comes with it."""
    return view is app.__dict__.get("_static_view") and not any(is_overridden(app, name) for name in STATIC_STATIONS)


def _rule_of(app: Flask, route: Route) -> t.Any:
    """Return the rule of a route; the route itself, which tells as much, where the map has not been made yet.

    PERF: Werkzeug compiles each rule of a map to Python code, which takes longer than all else at start-up (bench workload "start-500").
    """
    if route.bound is None and route.segments is None:
        app.url_map  # noqa: B018  # making the map gives every route its rule
    return route if route.bound is None else route.bound


def overridden_stations(app: Flask) -> frozenset[str]:
    """Name the stations that a subclass, an extension or an agent has replaced, on the class or on the instance."""
    return frozenset(name for name in STATIONS if is_overridden(app, name))


def is_overridden(app: Flask, name: str) -> bool:
    """Tell whether one station has been replaced, on the class or on the instance."""
    return name in app.__dict__ or find_in_class(type(app), name) is not app._stock_stations[name]


def find_in_class(cls: type, name: str) -> t.Any:
    """Return the raw attribute, without running a descriptor that would import something."""
    for base in cls.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _is_own(app: Flask, name: str) -> bool:
    """Tell whether a replaceable part is the one that Flask comes with, without loading it to find out."""
    part = app.__dict__[name] if name in app.__dict__ else find_in_class(type(app), name)
    stock = app._stock_parts[name]
    return part is stock or (stock.resolved is not None and part is stock.resolved)


def _reason_for_stations(app: Flask, overridden: frozenset[str]) -> str | None:
    """Say why every request has to go through the stations; None when plans may be used."""
    if not app._has_plan:
        return "plans are switched off by EWER_PLAN=0"
    if appcontext_pushed.receivers:
        return "somebody listens to appcontext_pushed"
    if overridden & _ROAD:
        return f"{', '.join(sorted(overridden & _ROAD))} is overridden"
    if app.subdomain_matching or app._host_matching:
        return "rules depend on the host"
    config: t.Any = app.config
    if not isinstance(config, Config) or config.watch is not app._watch:
        return "app.config is not an ewer.Config"
    if config["TRUSTED_HOSTS"] is not None:
        return "TRUSTED_HOSTS is set"
    if (request_class := _loaded_request_class(app)) is not None and request_class.trusted_hosts is not None:
        return "the request class names trusted hosts"
    if not is_plain_host(config["SERVER_NAME"]):
        return "SERVER_NAME is not a plain host name"
    return _reason_in_tables(app)


def _loaded_request_class(app: Flask) -> t.Any:
    """Return the request class, without loading Flask's own to find out."""
    if not _is_own(app, "request_class"):
        return app.request_class
    return getattr(_loaded("wrappers"), "Request", None)


def _reason_in_tables(app: Flask) -> str | None:
    for name in ("url_value_preprocessors", "before_request_funcs", "after_request_funcs", "teardown_request_funcs"):
        table = getattr(app, name)
        if not isinstance(table, HookTable) or table.watch is not app._watch or table.is_opaque:
            return f"app.{name} was replaced, or holds a list that was"
    views, ends = app.view_functions, app.teardown_appcontext_funcs
    if not isinstance(views, WatchedDict) or views.watch is not app._watch:
        return "app.view_functions was replaced"
    if not isinstance(ends, WatchedList) or ends.watch is not app._watch:
        return "app.teardown_appcontext_funcs was replaced"
    url_map = app._url_map
    if url_map is not None and (
        getattr(url_map, "watch", None) is not app._rules_watch or url_map.default_subdomain or url_map.host_matching
    ):
        return "app.url_map was replaced or depends on the host"
    return None


def _route_table(app: Flask) -> RouteTable:
    """Return the table of the present rules, compiled again only when a rule has come."""
    known = app._route_table
    if known is not None and known[0] == app._rules_watch.version:
        return known[1]
    version = app._rules_watch.version
    table = RouteTable(_routes(app))
    app._route_table = (version, table)
    return table


def _routes(app: Flask) -> t.Iterable[Route]:
    # NOTE: looked up before the map is: another thread may be moving them into one.
    routes: t.Iterable[Route] = app._pending_routes
    if app._url_map is not None:
        from ._routemap import routes_of

        routes = routes_of(t.cast("t.Any", app._url_map))
    return list(routes)


def _stock_json(app: Flask) -> t.Callable[[t.Any], bytes] | None:
    """Return what turns a dict into a body; None when the JSON provider is not Flask's own."""
    from .json.provider import DefaultJSONProvider

    provider = app.json
    cls = type(provider)
    if not isinstance(provider, DefaultJSONProvider) or is_changed(provider, _ENCODING):
        return None
    if any(getattr(cls, name) is not getattr(DefaultJSONProvider, name) for name in _ENCODING):
        return None
    return provider._reply_writer(app.debug)


def _has_lazy_session(app: Flask) -> bool:
    """Tell whether opening an untouched session would have no effect: the stock interface, with none of its steps overridden."""
    if _is_own(app, "session_interface") and _loaded("sessions") is None:
        return True
    from .sessions import SecureCookieSessionInterface as Stock

    interface: t.Any = app.session_interface
    cls = type(interface)
    return not is_changed(interface, _SESSIONS) and all(
        getattr(cls, name, None) is getattr(Stock, name) for name in _SESSIONS
    )


def _is_changed_class(module: str, name: str, attributes: frozenset[str]) -> bool:
    """Tell whether attributes of a class of this package were replaced; a class that nobody has loaded is as it was."""
    loaded = _loaded(module)
    return loaded is not None and is_changed(getattr(loaded, name), attributes)


def _loaded(module: str) -> t.Any:
    """Return a module of this package if it has been imported, by whichever of its names.

    NOTE: an attribute of the package, unlike an entry of `sys.modules`, is there only once the module is whole: another thread may be
    importing it.
    """
    return vars(sys.modules[__package__]).get(module)


def _constructs_itself(request_class: t.Any) -> bool:
    from .wrappers import Request

    return request_class.__init__ is not vars(Request)["__init__"]


def _closes_plainly(app: Flask) -> bool:
    """Tell whether closing a request means closing its files."""
    if _is_own(app, "request_class"):
        return not _is_changed_class("wrappers", "Request", frozenset({"close"}))
    import werkzeug
    from werkzeug.wrappers import Request

    return getattr(app.request_class, "close", None) is Request.close


def _starts_sessions_plainly(app: Flask) -> bool:
    """Tell whether the session of a request without cookies is an empty one, whoever opens it."""
    return (
        bool(app.config["SECRET_KEY"])
        and find_in_class(type(app), "secret_key") is vars(App)["secret_key"]
        and _is_own(app, "request_class")
        and not _is_changed_class("wrappers", "Request", frozenset({"cookies", "headers"}))
    )


def _refreshed_cookie(app: Flask) -> str | None:
    """Return the start of the cookie that may have to be sent again although nobody touched the session; None if none has."""
    config: t.Any = app.config
    has_key = bool(config["SECRET_KEY"]) or find_in_class(type(app), "secret_key") is not vars(App)["secret_key"]
    if not has_key or not config["SESSION_REFRESH_EACH_REQUEST"]:
        return None
    return f"{config['SESSION_COOKIE_NAME']}="


def is_coroutine_function(function: t.Any) -> bool:
    """Tell whether calling `function` gives a coroutine. Like `inspect.iscoroutinefunction`, which it asks about anything unusual."""
    plain = function.__func__ if type(function) is MethodType else function
    if type(plain) is FunctionType and "_is_coroutine_marker" not in plain.__dict__:
        return bool(plain.__code__.co_flags & _CO_COROUTINE)
    from inspect import iscoroutinefunction

    return iscoroutinefunction(function)
