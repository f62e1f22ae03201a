"""The road of every request: find the route, make the context current, walk the route's plan, leave the context.

Whatever a plan does not cover goes through all of Flask's documented stations instead. Both ways end in the same
reply, byte for byte. `docs/explanation/lifecycle.md` numbers the steps. Next: `ewer._serving` for when a plan may be
trusted, `ewer._core` for table, plan and reply, `ewer.app` for the stations.
"""

from __future__ import annotations

import typing as t

from ._core.reply import Reply, reply_to
from ._serving import Serving, compile_serving, plan_route
from .ctx import MADE_REQUEST, NEEDS_RESPONSE, RequestContext
from .globals import _cv_app, _cv_pushed_app, _cv_request
from .sansio.app import App
from .signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.exceptions import HTTPException

    from . import typing as ft
    from ._core.plan import Plan
    from ._core.table import Route, RouteTable
    from .app import Flask
    from .imported import Imported
    from .wrappers import Response

# PERF: one truth test per signal and request instead of a call that finds no receivers (tests/call_budgets.toml). blinker never replaces these.
_on_pushed = appcontext_pushed.receivers
_on_popped = appcontext_popped.receivers
_on_app_teardown = appcontext_tearing_down.receivers
_on_started = request_started.receivers
_on_finished = request_finished.receivers
_on_teardown = request_tearing_down.receivers

_PLAIN_SCHEMES = frozenset({"http", "https"})
_new_context = RequestContext.__new__


class Road(App):
    """The half of `Flask` that takes a request from the server to its stations."""

    if t.TYPE_CHECKING:  # the stations, which `Flask` has
        ensure_sync: t.Callable[[t.Callable[..., t.Any]], t.Callable[..., t.Any]]
        full_dispatch_request: t.Callable[[], Response]
        preprocess_request: t.Callable[[], ft.ResponseReturnValue | None]
        dispatch_request: t.Callable[[], ft.ResponseReturnValue]
        finalize_request: t.Callable[[t.Any], Response]
        handle_user_exception: t.Callable[[Exception], HTTPException | ft.ResponseReturnValue]
        handle_exception: t.Callable[[Exception], Response]
        request_context: t.Callable[[WSGIEnvironment], RequestContext]

    _serving: Serving | None = None
    _route_table: tuple[int, RouteTable] | None = None
    _has_plan: bool
    _stock_stations: t.ClassVar[dict[str, t.Any]]
    _stock_parts: t.ClassVar[dict[str, Imported]]

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        """Serve a WSGI request: by the plan of its route where there is one, else through the documented stations.

        Args:
            environ: the WSGI environ.
            start_response: called once, while the request context is still current.
        """
        serving = self._serving
        if serving is None or serving.version != self._watch.version:
            serving = compile_serving(t.cast("Flask", self))
        path = environ.get("PATH_INFO", "")
        if (
            serving.is_open
            and path.isascii()
            and ((host := environ.get("HTTP_HOST")) in serving.hosts or serving.admits(host))
            and "HTTP_UPGRADE" not in environ
            and environ["wsgi.url_scheme"] in _PLAIN_SCHEMES
            and "werkzeug.debug.preserve_context" not in environ
            and _cv_request.get(None) is None
            and _cv_pushed_app.get(None) is None
            and not _on_pushed
        ):
            method = environ["REQUEST_METHOD"]
            route = serving.static_routes.get((method, path))
            if route is not None:
                return self._serve_by_plan(serving, route, dict(route.defaults or ()), environ, start_response)
            found = serving.match(method, path)
            if found is not None:
                return self._serve_by_plan(serving, *found, environ, start_response)
        return self._serve_by_stations(environ, start_response)

    def _serve_by_plan(
        self,
        serving: Serving,
        route: Route,
        arguments: dict[str, t.Any],
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> t.Iterable[bytes]:
        """Serve a request whose route is known, leaving out what would do nothing."""
        plan = route.plan
        if plan is None or plan.version != serving.version:
            plan = plan_route(t.cast("Flask", self), serving, route)
            if plan is None:
                return self._serve_by_stations(environ, start_response)
        context = _new_context(RequestContext)
        context.app = self  # type: ignore[assignment]  # the only kind of Road there is
        context.environ = environ
        context.route = route
        context.arguments = arguments
        context.made = 0
        context._served = token = _cv_request.set(context)
        error: BaseException | None = None
        try:
            try:
                answer = self._answer(context, plan, serving)
            except Exception as e:
                error = e
                answer = self.handle_exception(e)
            except BaseException as e:
                error = e
                raise
            if type(answer) is Reply:
                start_response(answer.status, answer.headers)
                return (answer.body,)
            return answer(environ, start_response)  # type: ignore[operator]  # what is no Reply is a response object
        finally:
            if error is not None and self.should_ignore_error(error):
                error = None
            if (
                context.made
                or plan.has_teardown
                or _on_teardown
                or _on_app_teardown
                or _on_popped
                or serving.version != self._watch.version
            ):
                context.pop(error)
            else:
                context._served = None
                _cv_request.reset(token)

    def _answer(self, context: RequestContext, plan: Plan, serving: Serving) -> Response | Reply:
        """Run hooks and view, and make the reply; a response object only where somebody is going to look at it."""
        if serving.opens_session:
            context.open_session_first()  # a session interface of the application's own is asked at every request
        if serving.makes_request:
            context.request  # noqa: B018  # a request class with an __init__ of its own is made at every request
        try:
            if _on_started:
                request_started.send(self, _async_wrapper=self.ensure_sync)
            if plan.has_preprocessing or _on_started:
                rv = self.preprocess_request()
                if rv is None:
                    rv = self._dispatch_after_hooks(context, plan)
            else:
                rv = plan.view(**context.arguments)
        except Exception as e:
            return self.finalize_request(self.handle_user_exception(e))
        if (
            plan.has_processing
            or context.made & NEEDS_RESPONSE
            or _on_finished
            or serving.version != self._watch.version
            or not serving.replies_plainly
            or (serving.session_cookie is not None and serving.session_cookie in context.environ.get("HTTP_COOKIE", ""))
        ):
            return self.finalize_request(rv)
        return reply_to(rv, serving.dump_json) or self.finalize_request(rv)

    def _dispatch_after_hooks(self, context: RequestContext, plan: Plan) -> ft.ResponseReturnValue:
        """Call the view with what the hooks have left of the plan."""
        if plan.version != self._watch.version:
            return self.dispatch_request()
        arguments: dict[str, t.Any] | None = context.arguments
        if context.made & MADE_REQUEST:
            touched = context.request.__dict__
            if "url_rule" in touched or "routing_exception" in touched:
                return self.dispatch_request()
            arguments = context.request.view_args
        return t.cast("ft.ResponseReturnValue", plan.view(**(arguments or {})))

    def _serve_by_stations(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        """Serve a request exactly as Flask documents it."""
        context = self.request_context(environ)
        error: BaseException | None = None
        try:
            try:
                context.push()
                response = self.full_dispatch_request()
            except Exception as e:
                error = e
                response = self.handle_exception(e)
            except BaseException as e:
                error = e
                raise
            return response(environ, start_response)
        finally:
            if "werkzeug.debug.preserve_context" in environ:
                environ["werkzeug.debug.preserve_context"](_cv_app.get())
                environ["werkzeug.debug.preserve_context"](_cv_request.get())
            if error is not None and self.should_ignore_error(error):
                error = None
            context.pop(error)
