"""The current request and application: two context variables and the proxies that follow them.

A request is one object in one context variable, `_cv_request`. The application context that Flask opens with each
request is that same object's own business until somebody asks for it, so `_cv_app` is a context variable only in its
methods: it answers with the context pushed last, else with the one that belongs to the current request. Next:
`ewer.ctx` for the contexts, `ewer._proxies` for the proxies.
"""

from __future__ import annotations

import typing as t
from contextvars import ContextVar, Token

from ._borrowed import borrow
from ._parts import LEFT_APP_CONTEXT, MADE_APP_CONTEXT

if t.TYPE_CHECKING:
    from .app import Flask
    from .ctx import AppContext, RequestContext, _AppCtxGlobals
    from .sessions import SessionMixin
    from .wrappers import Request

    app_ctx: AppContext
    current_app: Flask
    g: _AppCtxGlobals
    request_ctx: RequestContext
    request: Request
    session: SessionMixin

T = t.TypeVar("T")
_HAS_APP_CONTEXT = MADE_APP_CONTEXT | LEFT_APP_CONTEXT

_cv_request: ContextVar[RequestContext] = ContextVar("flask.request_ctx")
_cv_pushed_app: ContextVar[AppContext | None] = ContextVar("flask.pushed_app_ctx")

# PERF: where a name is imported, CPython takes it for a module and looks its methods up anew at each call. These are found once
# (bench workload "plaintext").
_get_request = _cv_request.get
_set_request = _cv_request.set
_reset_request = _cv_request.reset
_get_pushed_app = _cv_pushed_app.get


class _AppContextVariable:
    """What `ContextVar("flask.app_ctx")` is in Flask: the same methods, the same answers."""

    __slots__ = ()
    name = "flask.app_ctx"

    @t.overload
    def get(self) -> AppContext: ...
    @t.overload
    def get(self, default: T, /) -> AppContext | T: ...
    def get(self, *default: t.Any) -> t.Any:
        """Return the current application context.

        Raises:
            LookupError: there is none and no default was given.
        """
        context = _get_pushed_app(None)
        if context is not None:
            return context
        request_context = _get_request(None)
        if request_context is not None:
            context = request_context._own_app_context()
            if context is not None:
                return context
        if default:
            return default[0]
        raise LookupError(self)

    def set(self, value: AppContext) -> Token[AppContext | None]:
        """Make `value` current; the token undoes it."""
        return _cv_pushed_app.set(value)

    def reset(self, token: Token[AppContext | None]) -> None:
        """Undo the `set` that gave `token`.

        Raises:
            ValueError: the token was made in another context.
            RuntimeError: the token has been used.
        """
        _cv_pushed_app.reset(token)

    def __repr__(self) -> str:
        return f"<ContextVar name={self.name!r} at {id(self):#x}>"


_cv_app = _AppContextVariable()


def find_current_app() -> Flask | None:
    """Return the application of the current context, None where there is none.

    PERF: a request knows its application without the application context that came with it (bench workload "flask-app").
    """
    if _get_pushed_app(None) is None:
        served = _get_request(None)
        if served is not None and served.route is not None and not served.made & LEFT_APP_CONTEXT:
            return served.app
    context = _cv_app.get(None)
    return None if context is None else context.app


def find_current_g() -> _AppCtxGlobals | None:
    """Return the `g` of the current context, None where there is none.

    PERF: a request has its `g` without the application context that came with it (tests/call_budgets.toml, "cors").
    """
    if _get_pushed_app(None) is None:
        served = _get_request(None)
        if served is not None and served.route is not None and not served.made & _HAS_APP_CONTEXT:
            return served._g
    context = _cv_app.get(None)
    return None if context is None else context.g


_PROXIES = frozenset({"app_ctx", "current_app", "g", "request", "request_ctx", "session"})


def __getattr__(name: str) -> t.Any:
    """Make the proxies when the first one is asked for: they need Werkzeug, which an application may never load.

    Raises:
        AttributeError: for any other name.
    """
    if name not in _PROXIES:
        return borrow(__name__, name)
    from . import _proxies

    # NOTE: a real attribute from now on, so that whoever replaces it replaces it for good.
    return globals().setdefault(name, getattr(_proxies, name))


def __dir__() -> list[str]:
    return sorted({*globals(), *_PROXIES})
