"""`Flask` and `Ewer`: the application, with every station a request may pass.

The stations (`full_dispatch_request`, `preprocess_request`, `finalize_request`, ...) do what Flask documents. Which
of them a request passes is decided in `ewer._road`; `docs/explanation/lifecycle.md` numbers the steps.
"""

from __future__ import annotations

import os
import sys
import typing as t
import weakref
from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from itertools import chain

from ._borrowed import borrowing
from ._core.reply import STATUS_LINES
from ._defaults import DEFAULT_CONFIG
from ._files import open_resource_file, send_file_max_age, send_static
from ._glance import may_be_typed
from ._hooks import in_order_after, in_order_before
from ._parts import MADE_SESSION
from ._results import OWN_RESULTS, as_response, explain_none, plain_response, response_of, split_result
from ._road import Road
from ._serving import STATIC_STATIONS, STATIONS, find_in_class, is_coroutine_function, is_overridden
from .ctx import AppContext, RequestContext
from .globals import _get_request
from .imported import Imported
from .sansio.app import App
from .sansio.scaffold import _sentinel
from .signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)

if t.TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import MapAdapter, RoutingException, Rule

    from . import typing as ft
    from ._core.table import Route
    from ._openapi import OpenAPI
    from ._typed_views import RouteOptions
    from .cli import AppGroup
    from .interfaces.asgi import Asgi
    from .sessions import SessionInterface
    from .templating import Environment
    from .testing import FlaskClient, FlaskCliRunner
    from .wrappers import Request, Response

# PERF: one truth test per signal and request instead of a call that finds no receivers (tests/call_budgets.toml). blinker never replaces these.
_on_app_teardown = appcontext_tearing_down.receivers
_on_started = request_started.receivers
_on_finished = request_finished.receivers
_on_teardown = request_tearing_down.receivers


class Flask(Road):
    """A Flask application on Ewer's engine.

    Args:
        import_name: the name of the module or package it is defined in, usually `__name__`.
        static_url_path: the URL prefix of the static route; by default the folder's name.
        static_folder: the folder with static files, relative to `root_path`; None for no static route.
        static_host: the host of the static route; goes with `host_matching`.
        host_matching: whether rules name their hosts.
        subdomain_matching: whether subdomains of `SERVER_NAME` choose among rules.
        template_folder: the folder with templates, relative to `root_path`.
        instance_path: the absolute path of the instance folder; found by convention when it is None.
        instance_relative_config: whether config files are relative to the instance folder instead of `root_path`.
        root_path: where relative folders start; found from `import_name` when it is None.
        openapi: whether the OpenAPI document and its pages are served; an `ewer.OpenAPI` also says what stands in them, and where they are.

    Raises:
        ValueError: `instance_path` is relative.
        AssertionError: `static_host` without `host_matching`, or the other way round with a static folder.
    """

    default_config = DEFAULT_CONFIG
    _binding_mode: t.Literal["ewer", "flask"] = "flask"
    """Which parameters annotations bind: in a Flask application, only those that Flask could not have supplied."""
    _checks_views = False
    """Whether all views have yet to be looked at before the first one is served."""

    if t.TYPE_CHECKING:
        request_class: type[Request]
        response_class: type[Response]
        session_interface: SessionInterface
    else:
        request_class = Imported("ewer.wrappers:Request")
        response_class = Imported("ewer.wrappers:Response")
        session_interface = Imported("ewer.sessions:_default_interface")

    _watched_attributes = STATIONS | {
        "_got_first_request", "_url_map", "after_request_funcs", "async_to_sync", "before_request_funcs", "config", "json",
        "json_provider_class", "request_class", "response_class", "session_interface", "subdomain_matching", "teardown_appcontext_funcs",
        "teardown_request_funcs", "wsgi_app", "url_map_class", "url_rule_class", "url_value_preprocessors", "view_functions", "__class__",
        "_static_folder", "get_send_file_max_age", "root_path", "send_static_file",
    }  # fmt: skip

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
        *,
        openapi: bool | OpenAPI = False,
    ) -> None:
        super().__init__(
            import_name=import_name,
            static_url_path=static_url_path,
            static_folder=static_folder,
            static_host=static_host,
            host_matching=host_matching,
            subdomain_matching=subdomain_matching,
            template_folder=template_folder,
            instance_path=instance_path,
            instance_relative_config=instance_relative_config,
            root_path=root_path,
        )
        self._typed_views: dict[int, tuple[t.Any, int, t.Any]] = {}
        self._openapi_settings = openapi
        self._docs_are_due = bool(openapi)
        self._has_plan = os.environ.get("EWER_PLAN") != "0"
        if self.has_static_folder:
            self._add_static_route(static_host, host_matching)

    def _add_static_route(self, static_host: str | None, host_matching: bool) -> None:
        if bool(static_host) != host_matching:
            raise AssertionError("Invalid static_host/host_matching combination")
        # NOTE: a weak reference, so that the application is freed by reference counting. The name of the view, flask.app.<lambda>, is what
        # CSRF exemption lists of existing applications spell out.
        reference = weakref.ref(self)
        view = lambda **kw: reference().send_static_file(**kw)  # type: ignore[union-attr]  # noqa: E731  # alive while it serves
        # NOTE: transactions of tracing agents are named after it; their series go on when an application moves here.
        view.__qualname__ = "Flask.__init__.<locals>.<lambda>"
        self._static_view = view
        self.add_url_rule(
            f"{self.static_url_path}/<path:filename>", endpoint="static", host=static_host, view_func=view
        )

    @cached_property
    def cli(self) -> AppGroup:  # type: ignore[override]  # an attribute in Flask; here it is made on first use
        """The group of this application's own commands."""
        from .cli import AppGroup

        group = AppGroup()
        group.name = self.name
        return group

    # The road of a request

    # fmt: off
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse = None) -> t.Iterable[bytes]:  # type: ignore[assignment]  # left out for ASGI 2
        """Serve a WSGI request through `wsgi_app`, which middleware may have wrapped; TypeError for an ASGI server. Source: PEP 3333."""
        # fmt: on
        return self.wsgi_app(environ, start_response)

    @cached_property
    def asgi(self) -> Asgi:
        """This application for an ASGI server: `uvicorn module:app.asgi`. Source: ASGI specification 3.0."""
        from .interfaces.asgi import Asgi

        return Asgi(self)

    # The stations

    def full_dispatch_request(self) -> Response:
        """Run hooks, view and error handlers, and finish the response."""
        self._note_first_request()
        try:
            if _on_started:
                request_started.send(self, _async_wrapper=self.ensure_sync)
            rv = self.preprocess_request()
            if rv is None:
                rv = self.dispatch_request()
        except Exception as e:
            rv = self.handle_user_exception(e)
        return self.finalize_request(rv)

    def _note_first_request(self) -> None:
        if not self._got_first_request:
            self._got_first_request = True

    def preprocess_request(self) -> ft.ResponseReturnValue | None:
        """Run the URL value preprocessors, then the `before_request` functions; the first value returned ends it."""
        context = _current_context()
        if self.url_value_preprocessors:
            request = context.request
            for preprocess in in_order_before(self.url_value_preprocessors, context.blueprints):
                preprocess(request.endpoint, request.view_args)
        for function in in_order_before(self.before_request_funcs, context.blueprints):
            rv = self.ensure_sync(function)()
            if rv is not None:
                return t.cast("ft.ResponseReturnValue", rv)
        return None

    def dispatch_request(self) -> ft.ResponseReturnValue:
        """Call the view of the rule that matched, or raise the routing error.

        Raises:
            werkzeug.exceptions.HTTPException: no rule matched.
        """
        request = _current_context().request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule: t.Any = request.url_rule
        if getattr(rule, "provide_automatic_options", False) and request.method == "OPTIONS":
            return self.make_default_options_response()
        view = self._typed(self.view_functions[rule.endpoint], rule)
        return t.cast("ft.ResponseReturnValue", self.ensure_sync(view)(**t.cast("dict[str, t.Any]", request.view_args)))

    def raise_routing_exception(self, request: Request) -> t.NoReturn:
        """Raise why no rule matched; in debug mode, a redirect that would lose a form body is explained.

        Raises:
            werkzeug.exceptions.HTTPException: always.
        """
        import werkzeug
        from werkzeug.routing import RequestRedirect

        error = t.cast("RoutingException", request.routing_exception)
        if (
            not self.debug
            or not isinstance(error, RequestRedirect)
            or error.code in {307, 308}
            or request.method in {"GET", "HEAD", "OPTIONS"}
        ):
            raise error
        from .debughelpers import FormDataRoutingRedirect

        raise FormDataRoutingRedirect(request)

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods that the URL allows."""
        adapter = t.cast("MapAdapter", _current_context().url_adapter)
        response = self.response_class()
        response.allow.update(adapter.allowed_methods())
        return response

    def finalize_request(
        self, rv: ft.ResponseReturnValue | HTTPException, from_error_handler: bool = False
    ) -> Response:
        """Make the response, run it through the hooks and tell `request_finished`.

        With `from_error_handler` an error in the hooks is logged instead of raised.
        """
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
            if _on_finished:
                request_finished.send(self, _async_wrapper=self.ensure_sync, response=response)
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception("Request finalizing failed with an error while handling an error")
        return response

    def make_response(self, rv: t.Any) -> Response:
        """Make a response object from what a view returned.

        Raises:
            TypeError: the value, or the tuple it stands in, is none of the kinds that a view may return.
        """
        status: t.Any = None
        headers: t.Any = None
        if isinstance(rv, tuple):
            rv, status, headers = split_result(rv)
        if rv is None:
            raise TypeError(explain_none(_current_context().request.endpoint, self.view_functions))
        if not isinstance(rv, self.response_class):
            if type(rv) in OWN_RESULTS:
                rv = response_of(rv, self.response_class)
            elif isinstance(rv, (str, bytes, bytearray, Iterator, AsyncIterator)):
                # NOTE: the response class makes a status or headers of its own from these.
                plain = None if headers else plain_response(rv, status, self.response_class)
                rv = self.response_class(rv, status=status, headers=headers) if plain is None else plain
                status = headers = None
            elif isinstance(rv, (dict, list)):
                rv = self.json.response(rv)
            else:
                rv = self._as_response(rv)
        if status is not None:
            if type(status) is int and status in STATUS_LINES and getattr(rv, "_is_sent_plainly", False):
                # PERF: Werkzeug looks the reason up and writes and checks the line (bench workload "flask-app-extensions").
                rv._status_code, rv._status = status, STATUS_LINES[status]
            elif isinstance(status, (str, bytes, bytearray)):
                rv.status = status
            else:
                rv.status_code = status
        if headers:
            rv.headers.update(headers)
        return rv  # type: ignore[no-any-return]  # PERF: a cast is a call

    def _as_response(self, rv: t.Any) -> Response:
        """Make a response object of an HTTP exception, another response object or a WSGI callable."""
        return as_response(rv, self.response_class, _current_context().request.environ)

    def _typed(self, view: t.Any, rule: Rule | Route) -> t.Any:
        """Return what serves the view under `rule`: the view itself unless its annotations ask for more."""
        if not self._route_asks_more(rule.rule, rule.endpoint) and not may_be_typed(
            view, mode=self._binding_mode, url_names=rule.arguments
        ):
            return view
        known = self._typed_views.get(id(rule))
        if known is None or known[0] is not view or known[1] != self._watch.version:
            from ._typed_views import typed_view

            known = self._typed_views[id(rule)] = (view, self._watch.version, typed_view(self, view, rule))
        return known[2]

    def _options_of(self, rule: Rule | Route) -> RouteOptions:
        """Return what the route says for the typed layer; in a Flask application, nothing."""
        from ._typed_views import NO_OPTIONS

        return NO_OPTIONS

    def _route_asks_more(self, rule: str, endpoint: str) -> bool:
        """Tell whether a route has options or dependencies for the typed layer, whatever its view is annotated with."""
        return False

    def _dependencies_of(self, endpoint: str) -> tuple[t.Any, ...]:
        """Return the dependencies that the application and the endpoint's blueprints add to its own."""
        return ()

    def process_response(self, response: Response) -> Response:
        """Run the `after_this_request` and `after_request` functions, then save the session."""
        context = _current_context()
        # PERF: most requests have no functions of their own, and no list for them (bench workload "signed session").
        for function in context.__dict__.get("_after_request_functions", ()):
            response = self.ensure_sync(function)(response)
        if self.after_request_funcs:
            for function in in_order_after(self.after_request_funcs, context.blueprints):
                response = self.ensure_sync(function)(response)
        self._save_session(context, response)
        return response

    def _save_session(self, context: RequestContext, response: Response) -> None:
        if context.route is not None and not context.made & MADE_SESSION and self._leaves_session_alone(context):
            return
        interface = self.session_interface
        session: t.Any = context._session
        if not interface.is_null_session(session):
            interface.save_session(self, session, response)

    def _leaves_session_alone(self, context: RequestContext) -> bool:
        """Tell whether opening and saving the session that nobody touched would change nothing."""
        serving = self._serving
        if serving is None or serving.version != self._watch.version:
            return False
        cookie = serving.session_cookie
        return not serving.opens_session and (cookie is None or not context.has_cookie(cookie))

    def do_teardown_request(self, exc: BaseException | None = _sentinel) -> None:
        """Run the `teardown_request` functions, the last registered first, and tell `request_tearing_down`."""
        if exc is _sentinel:
            exc = sys.exc_info()[1]
        if self.teardown_request_funcs:
            for name in (*_current_context().blueprints, None):
                for function in reversed(self.teardown_request_funcs.get(name, ())):
                    self.ensure_sync(function)(exc)
        if _on_teardown:
            request_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)

    def do_teardown_appcontext(self, exc: BaseException | None = _sentinel) -> None:
        """Run the `teardown_appcontext` functions, the last registered first, and tell `appcontext_tearing_down`."""
        if exc is _sentinel:
            exc = sys.exc_info()[1]
        for function in reversed(self.teardown_appcontext_funcs):
            self.ensure_sync(function)(exc)
        if _on_app_teardown:
            appcontext_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ft.ResponseReturnValue:
        """Answer an HTTP exception with its handler, or with itself where it has none."""
        import werkzeug
        from werkzeug.routing import RoutingException

        # NOTE: a proxied exception has no code; a routing exception is an answer in itself.
        if e.code is None or isinstance(e, RoutingException):
            return e
        handler = self._find_error_handler(e, _current_context().blueprints)
        if handler is None:
            return e
        return t.cast("ft.ResponseReturnValue", self.ensure_sync(handler)(e))

    def handle_user_exception(self, e: Exception) -> HTTPException | ft.ResponseReturnValue:
        """Answer an exception from a view or hook with its handler.

        Raises:
            Exception: `e` itself, where it has no handler.
        """
        import werkzeug
        from werkzeug.exceptions import BadRequestKeyError, HTTPException

        if isinstance(e, BadRequestKeyError) and (self.debug or self.config["TRAP_BAD_REQUEST_ERRORS"]):
            e.show_exception = True
        if isinstance(e, HTTPException) and not self.trap_http_exception(e):
            return self.handle_http_exception(e)
        handler = self._find_error_handler(e, _current_context().blueprints)
        if handler is None:
            raise  # called while the error is being handled: keeps its traceback
        return t.cast("ft.ResponseReturnValue", self.ensure_sync(handler)(e))

    def handle_exception(self, e: Exception) -> Response:
        """Answer an exception that nothing handled: tell `got_request_exception`, then log it and answer 500, or raise it again.

        Raises:
            Exception: `e` itself, when `PROPAGATE_EXCEPTIONS` asks for it; by default in testing and debug mode.
        """
        exc_info = sys.exc_info()
        got_request_exception.send(self, _async_wrapper=self.ensure_sync, exception=e)
        propagate = self.config["PROPAGATE_EXCEPTIONS"]
        if propagate is None:
            propagate = self.testing or self.debug
        if propagate:
            if exc_info[1] is e:
                raise  # called while the error is being handled: keeps its traceback
            raise e
        import werkzeug
        from werkzeug.exceptions import InternalServerError

        self.log_exception(t.cast("tuple[type, BaseException, TracebackType]", exc_info))
        answer: t.Any = InternalServerError(original_exception=e)
        handler = self._find_error_handler(answer, _current_context().blueprints)
        if handler is not None:
            answer = self.ensure_sync(handler)(answer)
        return self.finalize_request(answer, from_error_handler=True)

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log an exception that is about to be answered with 500."""
        request = _current_context().request
        self.logger.error(f"Exception on {request.path} [{request.method}]", exc_info=exc_info)

    # Contexts, URLs, templates

    def app_context(self) -> AppContext:
        """Make an application context; `with app.app_context():` makes it current."""
        context = AppContext(self)
        if is_overridden(self, "create_url_adapter"):
            context.url_adapter  # noqa: B018  # otherwise made on first use
        return context

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Make a request context for a WSGI environ; `with` makes it current."""
        return RequestContext(self, environ)

    def test_request_context(self, *args: t.Any, **kwargs: t.Any) -> RequestContext:
        """Make a request context for a made-up request; the arguments are those of `ewer.testing.EnvironBuilder`."""
        from .testing import EnvironBuilder

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            return self.request_context(builder.get_environ())
        finally:
            builder.close()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map to a request, or to `SERVER_NAME` outside of one; None where there is neither.

        Raises:
            werkzeug.exceptions.SecurityError: the request's host is not one of `TRUSTED_HOSTS`.
        """
        server_name = self.config["SERVER_NAME"]
        if request is None:
            if server_name is None:
                return None
            return self.url_map.bind(
                server_name,
                script_name=self.config["APPLICATION_ROOT"],
                url_scheme=self.config["PREFERRED_URL_SCHEME"],
            )
        import werkzeug
        from werkzeug.wsgi import get_host

        if (trusted_hosts := self.config["TRUSTED_HOSTS"]) is not None:
            request.trusted_hosts = trusted_hosts
        # SECURITY: refuses an untrusted host before anything is matched (tests/differential).
        request.host = get_host(request.environ, request.trusted_hosts)
        subdomain = None
        if self.url_map.host_matching:
            server_name = None
        elif not self.subdomain_matching:
            subdomain = self.url_map.default_subdomain or ""
        return self.url_map.bind_to_environ(request.environ, server_name=server_name, subdomain=subdomain)

    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: t.Any,
    ) -> str:
        """Build the URL of an endpoint; a leading dot means the current blueprint. Values the rule has no variable for go to the query.

        Raises:
            RuntimeError: outside a request, and `SERVER_NAME` is not configured.
            ValueError: `_scheme` for a URL that is not external.
            werkzeug.routing.BuildError: no rule of the endpoint fits the values.
        """
        from ._urls import build_url

        return build_url(self, endpoint, values, anchor=_anchor, method=_method, scheme=_scheme, external=_external)

    def create_jinja_environment(self) -> Environment:
        """Make the template environment, with Flask's globals in it."""
        from .globals import g, request, session
        from .helpers import get_flashed_messages

        options = dict(self.jinja_options)
        options.setdefault("autoescape", self.select_jinja_autoescape)
        if "auto_reload" not in options:
            auto_reload = self.config["TEMPLATES_AUTO_RELOAD"]
            options["auto_reload"] = self.debug if auto_reload is None else auto_reload
        environment = self.jinja_environment(self, **options)
        environment.globals.update(
            url_for=self.url_for,
            get_flashed_messages=get_flashed_messages,
            config=self.config,
            request=request,
            session=session,
            g=g,
        )
        environment.policies["json.dumps_function"] = self.json.dumps
        return environment

    def update_template_context(self, context: dict[str, t.Any]) -> None:
        """Add what the context processors give to `context`; what is in it already stays."""
        names: t.Iterable[str | None] = (None,)
        request_context = _get_request(None)
        if request_context is not None:
            names = chain(names, reversed(request_context.blueprints))
        given = context.copy()
        for name in names:
            for function in self.template_context_processors.get(name, ()):
                context.update(self.ensure_sync(function)())
        context.update(given)

    def make_shell_context(self) -> dict[str, t.Any]:
        """Return the names in the interactive shell: `app`, `g` and what the shell context processors give."""
        from .globals import g

        names: dict[str, t.Any] = {"app": self, "g": g}
        for function in self.shell_context_processors:
            names.update(function())
        return names

    # Sync and async

    def ensure_sync(self, func: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        """Return `func`, or for a coroutine function a plain function that waits for it."""
        return self.async_to_sync(func) if is_coroutine_function(func) else func

    def async_to_sync(self, func: t.Callable[..., t.Coroutine[t.Any, t.Any, t.Any]]) -> t.Callable[..., t.Any]:
        """Return a plain function that runs the coroutine function on the process's background loop and waits for it."""
        from ._bridge import async_to_sync

        return async_to_sync(func)

    # Files, tools

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return for how many seconds a file may be cached; None leaves it to conditional requests."""
        return send_file_max_age()

    def send_static_file(self, filename: str) -> Response:
        """Serve a file of the static folder.

        Raises:
            RuntimeError: there is no static folder.
            werkzeug.exceptions.NotFound: there is no such file in it.
        """
        return send_static(self, filename)

    def open_resource(self, resource: str, mode: str = "rb", encoding: str | None = None) -> t.IO[t.Any]:
        """Open a file below `root_path` for reading.

        Raises:
            ValueError: the mode would write.
        """
        return open_resource_file(self.root_path, resource, mode, encoding)

    def open_instance_resource(self, resource: str, mode: str = "rb", encoding: str | None = "utf-8") -> t.IO[t.Any]:
        """Open a file in the instance folder, for reading or writing."""
        path = os.path.join(self.instance_path, resource)
        return open(path, mode) if "b" in mode else open(path, mode, encoding=encoding)

    def test_client(self, use_cookies: bool = True, **kwargs: t.Any) -> FlaskClient:
        """Make a client that calls this application in the same process; `test_client_class` decides its kind."""
        from .testing import FlaskClient

        cls = self.test_client_class or FlaskClient
        return cls(self, self.response_class, use_cookies=use_cookies, **kwargs)

    def test_cli_runner(self, **kwargs: t.Any) -> FlaskCliRunner:
        """Make a runner for this application's commands; `test_cli_runner_class` decides its kind."""
        from .testing import FlaskCliRunner

        cls = self.test_cli_runner_class or FlaskCliRunner
        return cls(self, **kwargs)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: t.Any,
    ) -> None:
        """Serve until interrupted; ignored while a `flask` or `ewer` command runs.

        An `ewer.Ewer` application outside debug mode is served by the production server, where Granian is installed and
        no option of Werkzeug's asks for more. Everything else is served by the development server.

        Args:
            host: by default the host of `SERVER_NAME`, else 127.0.0.1.
            port: by default the port of `SERVER_NAME`, else 5000.
            debug: sets debug mode unless it is None.
            load_dotenv: whether `.env` and `.flaskenv` are loaded first.
            **options: for `werkzeug.serving.run_simple`.
        """
        from ._development import run_application

        try:
            run_application(self, host, port, debug=debug, load_dotenv=load_dotenv, **options)
        finally:
            self._got_first_request = False

    def openapi(self) -> dict[str, t.Any]:
        """Return the OpenAPI 3.1 document of the rules as they are: the same dict until a rule comes. Source: OpenAPI specification 3.1.0.

        Raises:
            SetupError: a view is written in a way that cannot be served.
        """
        from ._openapi import document_of

        return document_of(self).content

    def _finish_setup(self) -> None:
        """Add what stands behind the application's own rules: before the first request, and before its routes are listed."""
        if self._docs_are_due:
            from ._docs_pages import add_docs_pages

            add_docs_pages(self)

    def explain(self, endpoint: str) -> str:
        """Describe, one numbered step a line, everything that runs for a request to `endpoint`.

        Raises:
            LookupError: there is no such endpoint.
        """
        from ._explain import explain

        return explain(self, endpoint)


def _current_context() -> RequestContext:
    context = _get_request(None)
    if context is None:
        from ._proxies import _current_request_context

        return t.cast(RequestContext, _current_request_context())
    return context


type.__setattr__(
    Flask,
    "_stock_stations",
    {name: find_in_class(Flask, name) for name in (*STATIONS, *STATIC_STATIONS, "__call__", "wsgi_app")},
)
type.__setattr__(
    Flask,
    "_stock_parts",
    {name: part for cls in (Flask, App) for name, part in vars(cls).items() if isinstance(part, Imported)},
)


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
