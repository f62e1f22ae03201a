"""The road of every request: find the route, make the context current, walk the route's plan, leave the context.

Whatever a plan does not cover goes through all of Flask's documented stations instead. Both ways end in the same
reply, byte for byte. `docs/explanation/lifecycle.md` numbers the steps. Next: `ewer._serving` for when a plan may be
trusted, `ewer._core` for table, plan and reply, `ewer.app` for the stations.
"""

from __future__ import annotations

import typing as t
from functools import partial

from ._core.reply import TEXT, WIRE, reply_to
from ._hooks import run_after, run_before
from ._parts import MADE_HOOKS, MADE_REQUEST, NEEDS_POP, NEEDS_RESPONSE
from ._serving import Serving, compile_serving, plan_route
from .ctx import RequestContext
from .globals import _cv_app, _get_pushed_app, _get_request, _reset_request, _set_request
from .sansio.app import App
from .signals import request_finished, request_started

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.exceptions import HTTPException

    from . import typing as ft
    from ._core.plan import Plan
    from ._core.reply import Reply, Spelling
    from ._core.table import Route, RouteTable
    from .app import Flask
    from .imported import Imported
    from .wrappers import Response

    FoundPlan = tuple[Serving, Plan, Route, dict[str, t.Any]]
    Scope = t.Mapping[str, t.Any]
    InThread = t.Callable[[t.Callable[[], t.Any]], t.Awaitable[t.Any]]

_PLAIN_SCHEMES = frozenset({"http", "https"})
_SCOPE_TYPES = frozenset({"http", "websocket", "lifespan"})
_new_context = RequestContext.__new__


class Road(App):
    """The half of `Flask` that takes a request from the server to its stations."""

    if t.TYPE_CHECKING:  # the stations, which `Flask` has
        ensure_sync: t.Callable[[t.Callable[..., t.Any]], t.Callable[..., t.Any]]
        full_dispatch_request: t.Callable[[], Response]
        preprocess_request: t.Callable[[], ft.ResponseReturnValue | None]
        make_response: t.Callable[[t.Any], Response]
        _save_session: t.Callable[[RequestContext, Response], None]
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
            and environ.get("wsgi.url_scheme") in _PLAIN_SCHEMES
            and "werkzeug.debug.preserve_context" not in environ
            and _get_request(None) is None
            and _get_pushed_app(None) is None
        ):
            method = environ["REQUEST_METHOD"]
            found = serving.known.get((method, path)) or serving.match(method, path)
            if found is not None:
                plan = found[0].plan
                if plan is None or plan.version != serving.version:
                    plan = self._make_plan(serving, found[0])
            if found is not None and plan is not None:
                context = _new_context(RequestContext)
                context.environ = environ
                context.scope = None
                context.route = found[0]
                context.arguments = found[1]
                if plan.is_simple:
                    return self._serve_simply(context, serving, plan, start_response, TEXT)  # type: ignore[no-any-return]  # not a `WireReply`
                return self._serve_by_plan(context, serving, plan, start_response)
        return self._serve_by_stations(environ, start_response)

    def _make_plan(self, serving: Serving, route: Route) -> Plan | None:
        plan = plan_route(t.cast("Flask", self), serving, route)
        if plan is not None:
            plan.is_simple = serving.is_plain and not (
                plan.has_preprocessing or plan.has_processing or plan.has_teardown
            )
        return plan

    def _serve_simply(
        self, context: RequestContext, serving: Serving, plan: Plan, start_response: StartResponse, spelling: Spelling
    ) -> t.Any:
        """Serve a request whose plan is the view alone: the commonest there is. Otherwise like `_serve_by_plan`.

        With `WIRE` a reply without a response object is returned as a `WireReply`, and `start_response` is not called.
        """
        context.app = self  # type: ignore[assignment]  # the only kind of Road there is
        context.made = 0
        context._served = token = _set_request(context)
        error: BaseException | None = None
        failure: Exception | None = None
        arguments = context.arguments
        try:
            try:
                rv = plan.view(**arguments) if arguments else plan.view()
            except Exception as e:
                failure = e
            # NOTE: past the except clause, so that hooks find nothing in `sys.exc_info()`, as in Flask.
            if (
                failure is None
                and not context.made & NEEDS_RESPONSE
                and serving.version == self._watch.version
                and (serving.session_cookie is None or not context.has_cookie(serving.session_cookie))
            ):
                reply = reply_to(rv, serving.dump_json, spelling)
                if reply is None:
                    # PERF: a response object of ours is what finalize_request() would hand back (tests/call_budgets.toml, "response_object").
                    answer, error = (rv, None) if hasattr(rv, "_start_whole") else self._finalize(rv)
                elif spelling is WIRE:
                    return reply
                else:
                    status, headers, body = reply
                    start_response(status, headers)
                    return [body]
            else:
                answer, error = self._finalize(rv) if failure is None else self._answer_failure(failure, True)
            return _start(answer, context, serving, start_response)
        except BaseException as e:
            error = e
            raise
        finally:
            failure = None  # it knows this frame
            made = context.made
            leaves_something = made and (made & NEEDS_POP or not serving.closes_plainly)
            if error is not None or leaves_something or serving.version != self._watch.version:
                context.pop(None if error is not None and self.should_ignore_error(error) else error)
            else:
                # PERF: what pop() comes down to when nobody looks on (tests/call_budgets.toml).
                context._served = None
                _reset_request(token)
                if made & MADE_REQUEST:
                    context.release_request()

    def _serve_by_plan(
        self, context: RequestContext, serving: Serving, plan: Plan, start_response: StartResponse
    ) -> t.Iterable[bytes]:
        """Serve a request whose route is known, leaving out what would do nothing."""
        context.app = self  # type: ignore[assignment]  # the only kind of Road there is
        context.made = 0
        context._served = token = _set_request(context)
        error: BaseException | None = None
        answer: t.Any
        try:
            try:
                answer = self._answer(context, plan, serving)
            except Exception as e:
                error = e
                answer = self.handle_exception(e)
            except BaseException as e:
                error = e
                raise
            if type(answer) is tuple:
                start_response(answer[0], answer[1])
                return [answer[2]]  # PERF: Granian sends a list at once, any other iterable as a stream
            return _start(answer, context, serving, start_response)
        finally:
            if error is not None and self.should_ignore_error(error):
                error = None
            if (
                context.made & NEEDS_POP
                or plan.has_teardown
                or serving.is_heard
                or serving.version != self._watch.version
                or not (serving.closes_plainly or not context.made)
            ):
                context.pop(error)
            else:
                # PERF: what pop() comes down to when nobody looks on (tests/call_budgets.toml).
                context._served = None
                _reset_request(token)
                if context.made & MADE_REQUEST:
                    context.release_request()

    async def _serve_on_loop(
        self, found: FoundPlan, scope: Scope, body: t.Any, new_start: t.Callable[[], t.Any], in_thread: InThread
    ) -> t.Any:
        """Serve a request to a coroutine view that nobody hooks, on the loop. Like `_serve_by_plan`, with `await`.

        Error handlers may block, so they and the log are left to `in_thread`.

        Returns:
            A `WireReply` where there is no response object; else the `start_response` that it was given, with its `chunks`.
        """
        context = _new_context(RequestContext)
        serving, plan, context.route, context.arguments = found
        context.scope = scope
        context.body = body
        context.app = self  # type: ignore[assignment]  # the only kind of Road there is
        context.made = 0
        context._served = token = _set_request(context)
        error: BaseException | None = None
        rv = failure = None
        is_final = False
        arguments = context.arguments
        coroutine: t.Any = plan.coroutine  # the caller has seen that there is one
        try:
            try:
                rv = await (coroutine(**arguments) if arguments else coroutine())
            except Exception as e:
                failure = e
            if (
                failure is None
                and plan.is_simple
                and not context.made & NEEDS_RESPONSE
                and serving.version == self._watch.version
                and (serving.session_cookie is None or not context.has_cookie(serving.session_cookie))
            ):
                reply = reply_to(rv, serving.dump_json, WIRE)
                if reply is not None:
                    return reply
                is_final = hasattr(rv, "_start_whole")
            answer, error = (rv, None) if is_final else await self._answer_awaited(rv, failure, in_thread)
            started = new_start()
            started.chunks = _start(answer, context, serving, started)
            return started
        except BaseException as e:
            error = e
            raise
        finally:
            failure = None  # it knows this frame
            made = context.made
            leaves_something = made and (made & NEEDS_POP or not serving.closes_plainly)
            if error is not None or leaves_something or serving.version != self._watch.version:
                context.pop(None if error is not None and self.should_ignore_error(error) else error)
            else:
                context._served = None
                _reset_request(token)
                if made & MADE_REQUEST:
                    context.release_request()

    async def _answer_awaited(
        self, rv: t.Any, failure: Exception | None, in_thread: InThread
    ) -> tuple[Response, BaseException | None]:
        """Make the response to what a coroutine view has returned or raised; return with it what the teardown functions get to see."""
        is_of_view = failure is not None
        if failure is None:
            try:
                return self.finalize_request(rv), None
            except Exception as e:
                failure = e
        try:
            answer, error = await in_thread(partial(self._answer_failure, failure, is_of_view))
            return answer, error
        finally:
            failure = None  # it knows this frame

    def _finalize(self, rv: t.Any) -> tuple[Response, Exception | None]:
        """Like `finalize_request`, with what the teardown functions get to see of an error in it."""
        try:
            return self.finalize_request(rv), None
        except Exception as e:
            return self.handle_exception(e), e

    def _answer_failure(self, failure: Exception, is_of_view: bool) -> tuple[Response, Exception | None]:
        """Answer what a view, or the making of its reply, has raised; return with it what the teardown functions get to see of it."""
        try:
            try:
                raise failure  # handlers look for it in `sys.exc_info()`
            except Exception as e:
                if not is_of_view:
                    raise
                rv = self.handle_user_exception(e)
            return self.finalize_request(rv), None
        except Exception as e:
            return self.handle_exception(e), e

    def _find_plan(self, method: str, path: str, host: bytes | None) -> FoundPlan | None:
        """Return what an interface other than WSGI needs to serve a request by its plan; None where it has to go through WSGI."""
        serving = self._serving
        if serving is None or serving.version != self._watch.version:
            serving = compile_serving(t.cast("Flask", self))
        if (
            not serving.is_open
            or serving.is_wrapped
            or not path.isascii()
            or not (host in serving.hosts or serving.admits(host))
            or _get_request(None) is not None
            or _get_pushed_app(None) is not None
        ):
            return None
        found = serving.known.get((method, path)) or serving.match(method, path)
        if found is None:
            return None
        plan = found[0].plan
        if plan is None or plan.version != serving.version:
            plan = self._make_plan(serving, found[0])
        return None if plan is None else (serving, plan, found[0], found[1])

    def _serve_in_thread(self, found: FoundPlan, scope: Scope, body: t.Any, start_response: StartResponse) -> t.Any:
        """Serve a request that an ASGI server has taken, by its plan, in a thread that may block.

        Returns:
            A `WireReply`, or a WSGI body.
        """
        serving, plan, route, arguments = found
        context = _new_context(RequestContext)
        context.scope = scope
        context.body = body
        context.route = route
        context.arguments = arguments
        if plan.is_simple:
            return self._serve_simply(context, serving, plan, start_response, WIRE)
        return self._serve_by_plan(context, serving, plan, start_response)

    def _answer(self, context: RequestContext, plan: Plan, serving: Serving) -> Response | Reply:
        """Run hooks and view, and make the reply; a response object only where somebody is going to look at it."""
        if serving.opens_session:
            context.open_session_first()  # a session interface of the application's own is asked at every request
        if serving.makes_request:
            context.request  # noqa: B018  # a request class with an __init__ of its own is made at every request
        try:
            if serving.is_heard:
                request_started.send(self, _async_wrapper=self.ensure_sync)
            if plan.has_preprocessing or serving.is_heard:
                by_plan = plan.before is not None and plan.version == self._watch.version
                rv = run_before(self, context, plan) if by_plan else self.preprocess_request()
                if rv is None:
                    rv = self._dispatch_after_hooks(context, plan)
            else:
                rv = plan.view(**context.arguments)
        except Exception as e:
            rv = self.handle_user_exception(e)
        return self._answer_with(rv, context, plan, serving)

    def _answer_with(self, rv: t.Any, context: RequestContext, plan: Plan, serving: Serving) -> Response | Reply:
        """Make the reply to what the view returned."""
        if (
            plan.has_processing
            or context.made & NEEDS_RESPONSE
            or serving.is_heard
            or serving.version != self._watch.version
            or not serving.replies_plainly
            or (serving.session_cookie is not None and context.has_cookie(serving.session_cookie))
        ):
            if plan.after is None or context.made & MADE_HOOKS or not context.follows_route(plan.version):
                return self.finalize_request(rv)
            response = run_after(self, context, plan, self.make_response(rv))
            self._save_session(context, response)
            if request_finished.receivers:
                request_finished.send(self, _async_wrapper=self.ensure_sync, response=response)
            return response
        reply: Reply | None = reply_to(rv, serving.dump_json)
        if reply is not None:
            return reply
        return rv if hasattr(rv, "_start_whole") else self.finalize_request(rv)

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
        return plan.view(**(arguments or {}))  # type: ignore[no-any-return]  # PERF: a cast is a call

    def _serve_by_stations(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        """Serve a request exactly as Flask documents it.

        Raises:
            TypeError: what came is the scope of an ASGI server.
        """
        if "wsgi.url_scheme" not in environ and environ.get("type") in _SCOPE_TYPES:
            raise TypeError(
                "The application itself speaks WSGI and was given an ASGI scope. Give the ASGI server app.asgi instead."
            )
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
                environ["werkzeug.debug.preserve_context"](_get_request())
            if error is not None and self.should_ignore_error(error):
                error = None
            context.pop(error)


def _start(
    response: t.Any, context: RequestContext, serving: Serving, start_response: StartResponse
) -> t.Iterable[bytes]:
    """Let a response object start the answer to a served request; return the body."""
    # PERF: over ASGI most responses need no environ, only the method (tests/test_asgi.py).
    if serving.replies_plainly and hasattr(response, "_start_whole"):
        method = context.environ["REQUEST_METHOD"] if context.scope is None else context.scope["method"]
        whole: list[bytes] | None = response._start_whole(method, start_response)
        if whole is not None:
            return whole
    body: t.Iterable[bytes] = response(context.environ, start_response)
    return body
