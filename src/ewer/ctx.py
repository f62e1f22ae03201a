"""The contexts: what is current while a request, a command or a test runs.

A served request's context holds little more than the application and the environ; its request, session, URL adapter
and application context are made when first asked for. A context that is pushed by hand does at once what Flask
documents. Next: `ewer.app`, whose `wsgi_app` makes and leaves contexts.
"""

from __future__ import annotations

import sys
import typing as t
from functools import update_wrapper

from ._app_globals import _AppCtxGlobals as _AppCtxGlobals  # noqa: TC001  # its home, to the outside, is here
from ._borrowed import borrowing
from ._parts import (
    LEFT_APP_CONTEXT,
    MADE_APP_CONTEXT,
    MADE_DEPENDENCIES,
    MADE_HOOKS,
    MADE_PUSHES,
    MADE_REQUEST,
    MADE_SESSION,
    PUSHED_ABOVE,
    Part,
    app_context_end_is_watched,
    environ_of_scope,
    new_g,
    new_list,
    nothing,
    starts_session_plainly,
)
from .globals import _cv_app, _cv_pushed_app, _get_pushed_app, _get_request, _reset_request, _set_request
from .signals import appcontext_popped, appcontext_pushed

if t.TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.routing import MapAdapter, Rule

    from . import typing as ft
    from ._core.table import Route
    from .app import Flask
    from .sessions import SessionMixin
    from .typed.runner import Scope
    from .wrappers import Request

_sentinel: t.Any = object()
F = t.TypeVar("F", bound=t.Callable[..., t.Any])


def _needs_request(function_name: str) -> RequestContext:
    context = _get_request(None)
    if context is None:
        raise RuntimeError(
            f"{function_name!r} can only be used when a request context is active, such as in a view function."
        )
    return context


def after_this_request(f: ft.AfterRequestCallable[t.Any]) -> ft.AfterRequestCallable[t.Any]:
    """Run `f` on the response of the current request only; it takes the response and returns one.

    Raises:
        RuntimeError: there is no current request.
    """
    _needs_request("after_this_request")._after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Let `f` see the current request wherever it runs later: in a thread, a greenlet, an executor.

    Raises:
        RuntimeError: there is no current request.
    """
    context = _needs_request("copy_current_request_context").copy()

    def with_request(*args: t.Any, **kwargs: t.Any) -> t.Any:
        with context:
            return context.app.ensure_sync(f)(*args, **kwargs)

    return t.cast("F", update_wrapper(with_request, f))


def has_request_context() -> bool:
    """Tell whether `request` and `session` are bound."""
    return _get_request(None) is not None


def has_app_context() -> bool:
    """Tell whether `current_app` and `g` are bound."""
    return _cv_app.get(None) is not None


class AppContext:
    """The application, its URL adapter for use outside requests, and `g`."""

    __slots__ = ("__dict__", "__weakref__", "_cv_tokens", "_owner", "app", "url_adapter")

    app: Flask
    g: _AppCtxGlobals
    url_adapter: MapAdapter | None
    _cv_tokens: list[Token[AppContext | None]]
    _owner: RequestContext | None
    """The served request that this context came with, as long as that request runs; it counts as one push."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.url_adapter = app.create_url_adapter(None)
        self._cv_tokens = []
        self._owner = None

    def __getattr__(self, name: str) -> t.Any:
        """Make `g` when it is first asked for.

        Raises:
            AttributeError: for any other name.
        """
        if name == "g":
            return self.__dict__.setdefault("g", self.app.app_ctx_globals_class())  # atomic: threads may ask at once
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def push(self) -> None:
        """Make this context current."""
        _note_push()
        self._cv_tokens.append(_cv_app.set(self))
        appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Undo one push; the last one runs the teardown functions.

        Raises:
            AssertionError: another application context is current.
        """
        owner = self._owner
        if owner is not None and not self._cv_tokens:
            owner._leave_app_context(exc)
            owner.made |= LEFT_APP_CONTEXT
            return
        try:
            if len(self._cv_tokens) == 1 and owner is None:
                if exc is _sentinel:
                    exc = sys.exc_info()[1]
                self.app.do_teardown_appcontext(exc)
                self._close_dependencies(exc)
        finally:
            context = _cv_app.get()
            _cv_app.reset(self._cv_tokens.pop())
        if context is not self:
            raise AssertionError(f"Popped wrong app context. ({context!r} instead of {self!r})")
        appcontext_popped.send(self.app, _async_wrapper=self.app.ensure_sync)

    def _close_dependencies(self, exc: BaseException | None) -> None:
        """Clean up what `app.resolve()` opened in this context."""
        scope = self.__dict__.pop("dependency_scope", None)
        if scope is not None:
            scope.close(exc)

    def __enter__(self) -> AppContext:
        self.push()
        return self

    def __exit__(self, exc_type: type | None, exc_value: BaseException | None, tb: TracebackType | None) -> None:
        self.pop(exc_value)


def _note_push() -> None:
    """Let the current request know that a context is pushed on top of it, which has to be gone when the request ends."""
    request = _get_request(None)
    if request is not None:
        request.made |= PUSHED_ABOVE


class RequestContext:
    """One request: the object in `_cv_request` from the moment its route is known until its response is on the way."""

    __slots__ = ("__dict__", "__weakref__", "_served", "app", "arguments", "body", "made", "route", "scope")

    app: Flask
    scope: t.Mapping[str, t.Any] | None
    """The ASGI scope of a request that came that way; its environ is made on first use."""
    body: t.Any
    """The body of such a request: a file, or a function that makes one."""
    route: Route | None
    """The route that the route table found; None for a context that asks the URL map."""
    arguments: dict[str, t.Any]
    made: int
    _served: Token[RequestContext] | None
    """Set while `wsgi_app` has this context current without a push; it counts as the first push."""

    # The parts, see _PARTS below.
    environ: WSGIEnvironment
    request: Request
    url_adapter: MapAdapter | None
    flashes: list[tuple[str, str]] | None
    _g: _AppCtxGlobals
    """The `g` of the application context that came with a served request; it is made without that context."""
    _session: SessionMixin | None
    _after_request_functions: list[ft.AfterRequestCallable[t.Any]]
    _cv_tokens: list[tuple[Token[RequestContext], AppContext | None, Token[AppContext | None] | None]]
    _app_context: AppContext | None

    def __init__(
        self,
        app: Flask,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.app = app
        self.environ = environ
        self.scope = None
        self.route = None
        self.made = MADE_REQUEST
        if request is None:
            request = app.request_class(environ)
            request.json_module = app.json
        self.request = request
        self.url_adapter = None
        self._session = session
        self._served = None
        self._app_context = None
        self._bind_url_adapter()

    def _bind_url_adapter(self) -> None:
        import werkzeug
        from werkzeug.exceptions import HTTPException

        try:
            self.url_adapter = self.app.create_url_adapter(self.request)
        except HTTPException as error:
            self.request.routing_exception = error

    def _make_request(self) -> Request:
        request = self.app.request_class(self.environ)
        request.json_module = self.app.json
        request.view_args = self.arguments = self.arguments.copy()  # the route table keeps the other one
        route: t.Any = self.route
        if hasattr(type(request), "_served_by"):
            request._route = route
            request._served_by = self.app
        else:  # a request class that is not ours cannot find the rule itself
            self.app.url_map  # noqa: B018  # making the map gives every route its rule
            request.url_rule = route.bound
        return request

    def _open_session(self) -> SessionMixin:
        interface = self.app.session_interface
        if starts_session_plainly(self):
            return interface.session_class()  # type: ignore[attr-defined,no-any-return]  # it is the stock one
        session = interface.open_session(self.app, self.request)
        return interface.make_null_session(self.app) if session is None else session

    def open_session_first(self) -> None:
        """Open the session while the request does not know its rule: a session interface is asked before the URL is matched."""
        request: t.Any = self.request
        rule = "_route" if hasattr(type(request), "_served_by") else "url_rule"
        found = getattr(request, rule)
        setattr(request, rule, None)
        request.view_args = None
        try:
            self._session  # noqa: B018  # an error leaves the request without a rule, as in Flask
        except BaseException:
            self._session, self.made = None, self.made | MADE_SESSION  # and without a session
            raise
        setattr(request, rule, found)
        request.view_args = self.arguments

    def _own_app_context(self) -> AppContext | None:
        """Return the application context that came with this served request; None once it was popped by hand.

        NOTE: a thread that took a copy of the context keeps it when the request is over, as in Flask.
        """
        if self.route is None or self.made & LEFT_APP_CONTEXT:
            return None
        return self._app_context

    def _make_app_context(self) -> AppContext:
        context = self.app.app_context()
        context._owner = self
        context.g = self._g
        return context

    def keep_dependencies(self, scope: Scope) -> None:
        """Clean up what the dependencies of the view have opened when this request ends."""
        self.dependencies = scope
        self.made |= MADE_DEPENDENCIES

    @property
    def blueprints(self) -> t.Sequence[str]:
        """The names of the current blueprint and its parents, innermost first."""
        # PERF: the route knows them, as long as the request has no other rule (tests/call_budgets.toml).
        route = self.route
        if route is not None and (not self.made & MADE_REQUEST or self._has_rule_of(route)):
            return route.blueprints
        return self.request.blueprints

    def follows_route(self, version: int) -> bool:
        """Tell whether nothing has changed since a plan of that version, neither the application nor the rule of this request."""
        route = self.route
        if version != self.app._watch.version or route is None:
            return False
        return not self.made & MADE_REQUEST or self._has_rule_of(route)

    def _has_rule_of(self, route: Route) -> bool:
        request: t.Any = self.request
        names_plainly: bool = getattr(request, "_names_blueprints_plainly", False)
        return names_plainly and request.__dict__.get("url_rule", route.bound) is route.bound

    def has_cookie(self, start: str) -> bool:
        """Tell whether the `Cookie` headers contain `start`, which is the name of a cookie and an equals sign."""
        if self.scope is None:
            return start in self.environ.get("HTTP_COOKIE", "")
        wanted = start.encode()
        return any(name == b"cookie" and wanted in value for name, value in self.scope["headers"])

    def copy(self) -> RequestContext:
        """Return a context for the same request and session, to be pushed elsewhere."""
        return self.__class__(self.app, environ=self.request.environ, request=self.request, session=self._session)

    def match_request(self) -> None:
        """Find the URL rule and the view's arguments; a routing error is kept for `dispatch_request`."""
        import werkzeug
        from werkzeug.exceptions import HTTPException

        try:
            result = self.url_adapter.match(return_rule=True)  # type: ignore[union-attr]  # push() asks only with an adapter
            self.request.url_rule, self.request.view_args = t.cast("tuple[Rule, dict[str, t.Any]]", result)
        except HTTPException as error:
            self.request.routing_exception = error

    @property
    def session(self) -> SessionMixin:
        """The session, which counts as accessed from now on.

        Raises:
            AssertionError: the context has not been pushed yet.
        """
        session = self._session
        if session is None:
            raise AssertionError("The session has not yet been opened.")
        session.accessed = True
        return session

    def push(self) -> None:
        """Make this request current, with an application context where none of its application is."""
        app_context: AppContext | None = _cv_app.get(None)
        if app_context is None or app_context.app is not self.app:
            app_context = self.app.app_context()
            app_context.push()
            shared = None
        else:
            shared = self._share(app_context)
            app_context = None
        _note_push()
        self._cv_tokens.append((_set_request(self), app_context, shared))
        if self.route is not None:
            return
        if self._session is None:
            self._session = self._open_session()
        if self.url_adapter is not None:
            self.match_request()

    def _share(self, app_context: AppContext) -> Token[AppContext | None] | None:
        """Keep the application context of the served request below in sight while this request is current."""
        if _get_pushed_app(None) is not None or _get_request(None) is self:
            return None
        return _cv_pushed_app.set(app_context)

    def pop(self, exc: BaseException | None = _sentinel) -> None:
        """Undo one push; the last one runs the teardown functions and closes the request's files.

        Raises:
            AssertionError: another request context is current.
        """
        # PERF: most requests are never pushed, and need no list to know it (tests/call_budgets.toml, "cors").
        tokens = self._cv_tokens if self.route is None or self.made & MADE_PUSHES else []
        is_last = len(tokens) + (self._served is not None) == 1
        try:
            if is_last:
                if exc is _sentinel:
                    exc = sys.exc_info()[1]
                self.app.do_teardown_request(exc)
                if self.made & MADE_DEPENDENCIES:
                    self.__dict__.pop("dependencies").close(exc)
                if self.made & MADE_REQUEST and (close := getattr(self.request, "close", None)) is not None:
                    close()
        finally:
            context = _get_request()
            if tokens:
                token, app_context, shared = tokens.pop()
                _reset_request(token)
                if shared is not None:
                    _cv_pushed_app.reset(shared)
            else:
                app_context = None
                self._leave_served(exc)
                self._clear_above()
            if is_last and self.made & MADE_REQUEST:
                # PERF: breaks the cycle of request and environ, so that a request is freed without the garbage collector (tests/test_leaks.py).
                self.request.environ["werkzeug.request"] = None
            if app_context is not None:
                app_context.pop(exc)
            if context is not self:
                raise AssertionError(f"Popped wrong request context. ({context!r} instead of {self!r})")

    def release_request(self) -> None:
        """Close the files of the request and let go of it."""
        request = self.request
        if "files" in request.__dict__:
            request.close()
        # PERF: breaks the cycle of request and environ, so that a request is freed without the garbage collector (tests/test_leaks.py).
        request.environ["werkzeug.request"] = None

    def _leave_served(self, exc: BaseException | None) -> None:
        """Undo what `wsgi_app` did without a push: first this request, then the application context it came with."""
        token = self._served
        if token is None:
            raise LookupError(f"{self!r} is not pushed")
        try:
            self._leave_app_context(exc, token)
        finally:
            self._served = None
        if self.made & LEFT_APP_CONTEXT and (left := self.__dict__.pop("_left", None)) is not None and left._cv_tokens:
            left.pop(exc)  # the view popped it and pushed it again, and it ends with the request all the same

    def _clear_above(self) -> None:
        """Take away the application context that somebody pushed during this served request and did not pop.

        SECURITY: the next request in this thread would share it, and `g` with it (tests/differential/test_threads_and_leftovers.py).

        Raises:
            AssertionError: there was one.
        """
        above = _get_pushed_app(None)
        if above is None:
            return
        _cv_pushed_app.set(None)
        own = self._app_context
        if above is not own:  # a request context that was left behind shares it; `pop()` reports that one
            raise AssertionError(f"Popped wrong app context. ({above!r} instead of {own!r})")

    def _leave_app_context(self, exc: BaseException | None, token: Token[RequestContext] | None = None) -> None:
        """Tear the application context of this served request down, once; reset `token` first where the request ends too."""
        app = self.app
        wanted = self.made & MADE_APP_CONTEXT or app.teardown_appcontext_funcs or app_context_end_is_watched(app)
        context = self._own_app_context() if wanted else None
        if context is None:
            if token is not None:
                _reset_request(token)
            return
        pushed = _cv_pushed_app.set(context)
        try:
            if token is not None:
                _reset_request(token)
            if exc is _sentinel:
                exc = sys.exc_info()[1]
            if not context._cv_tokens:
                app.do_teardown_appcontext(exc)
                context._close_dependencies(exc)
        finally:
            _cv_pushed_app.reset(pushed)
            if token is None:
                self.__dict__["_left"] = context
            context._owner = None
        appcontext_popped.send(app, _async_wrapper=app.ensure_sync)

    def __enter__(self) -> RequestContext:
        self.push()
        return self

    def __exit__(self, exc_type: type | None, exc_value: BaseException | None, tb: TracebackType | None) -> None:
        self.pop(exc_value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.url!r} [{self.request.method}] of {self.app.name}>"


_PARTS: dict[str, tuple[t.Callable[[RequestContext], t.Any], int]] = {
    "request": (RequestContext._make_request, MADE_REQUEST),
    "_session": (RequestContext._open_session, MADE_SESSION),
    "_after_request_functions": (new_list, MADE_HOOKS),
    "_app_context": (RequestContext._make_app_context, MADE_APP_CONTEXT),
    "_cv_tokens": (new_list, MADE_PUSHES),
    "environ": (environ_of_scope, 0),
    "flashes": (nothing, 0),
    "_g": (new_g, 0),
    "url_adapter": (lambda context: context.app.create_url_adapter(context.request), 0),
}
"""The parts that a served request's context makes on first use, and the mark of each that serving looks for."""

for _name, (_make, _mark) in _PARTS.items():
    setattr(RequestContext, _name, Part(_name, _make, _mark))


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
