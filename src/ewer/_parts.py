"""The parts of a served request's context that are made when they are first asked for: their marks, and the simple ones.

`ewer.ctx` makes the others and keeps them all; `ewer._road` looks at the marks to see what a request has left behind.
"""

from __future__ import annotations

import os
import typing as t
from _thread import RLock

from .signals import appcontext_popped, appcontext_tearing_down

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from .app import Flask
    from .ctx import RequestContext

# What a served request's context has had made so far; the quick way out is open only to a context with nothing.
MADE_REQUEST = 1
MADE_SESSION = 2
MADE_APP_CONTEXT = 4
MADE_HOOKS = 8
MADE_PUSHES = 16
LEFT_APP_CONTEXT = 32
MADE_DEPENDENCIES = 64
PUSHED_ABOVE = 128
"""Somebody pushed another context while the request was current, which has to be gone when the request ends."""
NEEDS_RESPONSE = MADE_SESSION | MADE_HOOKS
NEEDS_POP = MADE_APP_CONTEXT | MADE_PUSHES | LEFT_APP_CONTEXT | MADE_DEPENDENCIES | PUSHED_ABOVE

_COOKIES = frozenset({"cookies", "headers"})
"""What somebody may have put on a request to say which cookies it has."""

keeping = RLock()
"""Held for the moment in which a part that was just made is kept. Threads with a copy of the context share the parts."""
# PERF: found once, they are some 700 instructions less than a `with` (bench workload "flask-app-extensions").
_keep, _have_kept = keeping.acquire, keeping.release
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=keeping._at_fork_reinit)  # type: ignore[attr-defined]  # as the standard library does with its locks


class Part:
    """An attribute of a served request's context that is made when it is first asked for, and then stays on the context.

    PERF: a class with a `__getattr__` would make every attribute of the context slow to read (tests/call_budgets.toml).

    Args:
        name: of the attribute.
        make: makes it, given the context.
        mark: what serving looks for, to see that it was made; 0 for nothing.
    """

    __slots__ = ("_make", "_mark", "_name")

    def __init__(self, name: str, make: t.Callable[[RequestContext], t.Any], mark: int) -> None:
        self._name = name
        self._make = make
        self._mark = mark

    def __get__(self, context: RequestContext | None, owner: type | None = None) -> t.Any:
        """Make the part, once: afterwards the context has an attribute of its own, which comes first."""
        if context is None:
            return self
        value = self._make(context)
        if not self._mark:
            return context.__dict__.setdefault(self._name, value)  # at once: threads may ask together
        _keep()
        try:
            if context.made & self._mark:
                return getattr(context, self._name)  # another thread was faster, and its part is in use
            setattr(context, self._name, value)
            context.made |= self._mark
        finally:
            _have_kept()
        return value


def environ_of_scope(context: RequestContext) -> WSGIEnvironment:
    """Make the WSGI environ of a request that came over ASGI."""
    from .interfaces.environs import environ_of

    body = context.body() if callable(context.body) else context.body
    return environ_of(t.cast("t.Mapping[str, t.Any]", context.scope), body)


def starts_session_plainly(context: RequestContext) -> bool:
    """Tell whether the request sends no cookies, and opening its session would make an empty one and nothing else.

    PERF: Flask-Login asks for the session at every request (bench workload "flask-app-extensions").
    """
    serving = context.app._serving
    if context.route is None or serving is None or not serving.starts_sessions_plainly:
        return False
    if serving.version != context.app._watch.version:
        return False
    if context.made & MADE_REQUEST and not _COOKIES.isdisjoint(context.request.__dict__):
        return False
    if context.scope is None or "environ" in context.__dict__:
        return not context.environ.get("HTTP_COOKIE")
    return not any(name == b"cookie" for name, _ in context.scope["headers"])


def nothing(context: RequestContext) -> None:
    """Make a part that a served request starts without."""
    return None


def new_g(context: RequestContext) -> t.Any:
    """Make the `g` of a served request."""
    return context.app.app_ctx_globals_class()


def new_list(context: RequestContext) -> list[t.Any]:
    """Make a part that starts empty."""
    return []


def app_context_end_is_watched(app: Flask) -> bool:
    """Tell whether somebody wants to know that an application context ends, besides the functions registered for it."""
    station = "do_teardown_appcontext"
    is_overridden = station in app.__dict__ or getattr(type(app), station) is not app._stock_stations[station]
    return bool(appcontext_tearing_down.receivers or appcontext_popped.receivers or is_overridden)
