"""The six proxies of `ewer.globals`: Werkzeug's `LocalProxy` with the shortest way to attributes and items."""

from __future__ import annotations

import typing as t

import werkzeug
from werkzeug.local import LocalProxy

from .globals import _cv_app, _get_request, find_current_app, find_current_g

OUTSIDE_APP = """\
Working outside of application context.

This typically means that you attempted to use functionality that needed
the current application. To solve this, set up an application context
with app.app_context(). See the documentation for more information."""

OUTSIDE_REQUEST = """\
Working outside of request context.

This typically means that you attempted to use functionality that needed
an active HTTP request. Consult the documentation on testing for
information about how to avoid this problem."""


def _current_app_context() -> t.Any:
    context = _cv_app.get(None)
    if context is None:
        raise RuntimeError(OUTSIDE_APP)
    return context


def _current_application() -> t.Any:
    app = find_current_app()
    if app is None:
        raise RuntimeError(OUTSIDE_APP)
    return app


def _current_g() -> t.Any:
    found = find_current_g()
    if found is None:
        raise RuntimeError(OUTSIDE_APP)
    return found


def _current_request_context() -> t.Any:
    context = _get_request(None)
    if context is None:
        raise RuntimeError(OUTSIDE_REQUEST)
    return context


def _current_request() -> t.Any:
    context = _get_request(None)
    if context is None:
        raise RuntimeError(OUTSIDE_REQUEST)
    return context.request


def _current_session() -> t.Any:
    context = _get_request(None)
    if context is None:
        raise RuntimeError(OUTSIDE_REQUEST)
    return context.session


_OF_PROXY = frozenset(dir(LocalProxy))
"""What a proxy has itself."""


def _proxy_to(current: t.Callable[[], t.Any]) -> t.Any:
    """Make a proxy whose class knows its function.

    PERF: LocalProxy finds attributes and items through a failed look-up, a descriptor, a lambda and a partial; here it is
    one call (tests/call_budgets.toml). As there, an attribute that raises AttributeError is asked for once more.
    """

    class Proxy(LocalProxy[t.Any]):
        __slots__ = ()
        __doc__ = vars(LocalProxy)["__doc__"]  # that of the object, where there is one
        __module__ = LocalProxy.__module__

        def __getattribute__(self, name: str) -> t.Any:
            if name not in _OF_PROXY:
                return getattr(current(), name)
            try:
                return object.__getattribute__(self, name)
            except AttributeError:
                return getattr(current(), name)

        def __setattr__(self, name: str, value: object) -> None:
            setattr(current(), name, value)

        def __getitem__(self, key: t.Any) -> t.Any:
            return current()[key]

        def __setitem__(self, key: t.Any, value: t.Any) -> None:
            current()[key] = value

        def __contains__(self, key: t.Any) -> bool:
            return key in current()

    Proxy.__name__ = Proxy.__qualname__ = "LocalProxy"
    return Proxy(current)


app_ctx: t.Any = _proxy_to(_current_app_context)
current_app: t.Any = _proxy_to(_current_application)
g: t.Any = _proxy_to(_current_g)
request_ctx: t.Any = _proxy_to(_current_request_context)
request: t.Any = _proxy_to(_current_request)
session: t.Any = _proxy_to(_current_session)
