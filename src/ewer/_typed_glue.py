"""Joins the typed layer to the application: a view that collects, runs dependencies, calls, encodes and cleans up.

DRAFT. Two places call `typed_view` in place of the bare view: `_serving.plan_route` (``Plan(app.ensure_sync(...))``, and
``plan.coroutine``) and `Flask.dispatch_request`. `app.view_functions` keeps the user's own function (COMPAT C9), so the
wrapper has to be kept beside it, keyed by rule and function, and dropped when the watch sees a change. What is missing
to be whole is marked TODO; the typed layer's own contract stands in `ewer.typed`.

TODO for whoever takes it over:
- ``route(..., status=, response=, responses=, tags=, summary=, deprecated=, dependencies=)``: pop them before the options
  reach `Rule`, keep them beside the rule (`RouteOptions` here).
- PERF: `reply_to` should know the encoded body (a `bytes` subclass or a `Reply` made here) so that no response object is
  made; 201 and 204 included. Here a `response_class` object is built.
- The body on ASGI comes from `context.body`; here `request.get_data()` reads it.
- Clean-up "after the response": here on `response.call_on_close`; the road knows the moment itself.
- `app.dependency_overrides`, `app.resolve`: the road hands `overrides` in; `AppScope` is closed with the lifespan.
- ``nearby``: an application factory registers views whose annotations (in text, under ``from __future__ import
  annotations``) name its locals; ``route()`` can pass ``sys._getframe(1).f_locals`` of the registration when the global
  names do not do.
"""

from __future__ import annotations

import functools
import io
import typing as t
from dataclasses import dataclass, field

from werkzeug.exceptions import HTTPException

from .globals import _cv_request
from .typed import bind_methods, bind_view
from .typed.errors import RequestInvalid
from .typed.markers import MISSING
from .typed.openapi import RouteDoc
from .typed.problems import DEFAULT, Problems
from .typed.runner import AppScope, Scope

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.routing import Rule

    from .app import Flask
    from .ctx import RequestContext
    from .typed import Mode
    from .typed.binding import Binding
    from .wrappers import Request, Response

#: Bodies up to this many bytes are read in one go, past Werkzeug's stream wrappers.
_DIRECT_BYTES = 1 << 20


@dataclass(frozen=True)
class RouteOptions:
    """What ``route()`` takes for the typed layer, beside the options of the rule."""

    status: int | None = None
    response: t.Any = MISSING
    responses: Mapping[int | str, t.Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    summary: str | None = None
    deprecated: bool = False
    dependencies: tuple[t.Any, ...] = ()


class InvalidRequest(HTTPException):
    """A refused request as Flask's error handling knows it: `errorhandler(422)` and hooks see it."""

    def __init__(self, refusal: RequestInvalid, problems: Problems) -> None:
        HTTPException.__init__(self, refusal.title)
        self.refusal = refusal
        self.problems = problems
        self.code = problems.status(refusal)

    def get_response(self, environ: t.Any = None, scope: t.Any = None) -> t.Any:
        """Return the refusal in the application's shape."""
        from .wrappers import Response

        status, content_type, body = self.problems.render(self.refusal)
        return Response(body, status, content_type=content_type)


@functools.lru_cache(maxsize=16)
def _kind_for(status: int) -> type[InvalidRequest]:
    """Make the class for a status: also a werkzeug exception of that status, because handlers are found by class."""
    from werkzeug.exceptions import default_exceptions

    bases = (InvalidRequest, default_exceptions[status]) if status in default_exceptions else (InvalidRequest,)
    return t.cast(type[InvalidRequest], type("InvalidRequest", bases, {}))


class RequestSource:
    """The current request as `ewer.typed.source.Source`, read from the environ; a request object only where one is needed."""

    __slots__ = ("context", "environ", "path_values")

    def __init__(self, context: RequestContext, path_values: dict[str, t.Any]) -> None:
        self.context = context
        self.environ = context.environ
        self.path_values = path_values

    @property
    def request(self) -> Request:
        """The request object."""
        return self.context.request

    @property
    def query_string(self) -> bytes:
        """The raw query string."""
        return t.cast(str, self.environ.get("QUERY_STRING", "")).encode("latin1")

    @property
    def content_type(self) -> str:
        """The Content-Type header."""
        return t.cast(str, self.environ.get("CONTENT_TYPE", ""))

    @property
    def cookies(self) -> t.Any:
        """The cookies."""
        return self.context.request.cookies

    @property
    def form(self) -> t.Any:
        """The form fields."""
        return self.context.request.form

    @property
    def files(self) -> t.Any:
        """The uploaded files."""
        return self.context.request.files

    def header(self, name: str, /) -> str | None:
        """Return a header by its lower-case hyphenated name."""
        key = name.upper().replace("-", "_")
        found = self.environ.get(key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}")
        return t.cast("str | None", found)

    def body(self) -> bytes:
        """Return the whole body; small ones are read without a request object, and put back for whoever reads next."""
        environ = self.environ
        length = environ.get("CONTENT_LENGTH", "")
        limit = self.context.app.config["MAX_CONTENT_LENGTH"]
        if not self.context.made and limit is None and length.isdecimal() and int(length) <= _DIRECT_BYTES:
            data: bytes = environ["wsgi.input"].read(int(length))
            environ["wsgi.input"] = io.BytesIO(data)
            return data
        return self.context.request.get_data()


def rule_facts(rule: Rule) -> tuple[dict[str, type | None], frozenset[str], frozenset[str]]:
    """Return a rule's variables with the types their converters make, its defaults and its methods."""
    kinds: dict[str, type | None] = {"IntegerConverter": int, "FloatConverter": float, "UnicodeConverter": str}
    kinds |= {"PathConverter": str, "AnyConverter": str}
    variables: dict[str, type | None] = {}
    for name, converter in rule._converters.items():
        cls = type(converter)
        known = kinds.get(cls.__name__) if cls.__module__ == "werkzeug.routing.converters" else None
        if cls.__name__ == "UUIDConverter":
            import uuid

            known = uuid.UUID
        variables[name] = known
    return variables, frozenset(rule.defaults or ()), frozenset(rule.methods or ())


def bindings_of(
    app: Flask, view: Callable[..., t.Any], rule: Rule, mode: Mode, options: RouteOptions
) -> Binding | dict[str, Binding] | None:
    """Bind a view for one rule; a class-based view by method."""
    variables, defaults, methods = rule_facts(rule)
    name = rule.endpoint.rpartition(".")[0]
    keywords: dict[str, t.Any] = {
        "rule_variables": variables,
        "rule_defaults": defaults,
        "mode": mode,
        "dependencies": options.dependencies,
        "response": options.response,
        "check_variables": not (app.url_value_preprocessors.get(None) or app.url_value_preprocessors.get(name)),
    }
    cls = getattr(view, "view_class", None)
    if cls is not None:
        return bind_methods(cls, methods=methods, **keywords) or None
    return bind_view(view, methods=methods, **keywords)


class TypedView:
    """Serves one view of one rule. Called with the URL's arguments, in the place of the view."""

    __slots__ = ("_app_scope", "_binding", "_ensure_sync", "_problems", "_response", "_status", "_view")

    def __init__(
        self, app: Flask, view: Callable[..., t.Any], binding: Binding, options: RouteOptions, app_scope: AppScope
    ) -> None:
        self._view = app.ensure_sync(view)
        self._ensure_sync = app.ensure_sync
        self._binding = binding
        self._status = options.status
        self._app_scope = app_scope
        self._response = app.response_class
        self._problems: Problems = getattr(app, "problems", DEFAULT)

    def __call__(self, **arguments: t.Any) -> t.Any:
        binding = self._binding
        source = RequestSource(_cv_request.get(), arguments)
        try:
            values = binding.collect(source)
        except RequestInvalid as refusal:
            raise _kind_for(self._problems.status(refusal))(refusal, self._problems) from None
        if binding.graph is None:
            arguments.update(values)
            return self._answer(self._view(**arguments), source)
        scope = Scope(app=self._app_scope, await_sync=self._await)
        try:
            arguments.update(binding.graph.run(values, scope))
            response: t.Any = self._answer(self._view(**arguments), source)
            if binding.graph.closes_early:
                scope.close(only_function=True)
        except BaseException as error:
            scope.close(error)
            raise
        made: Response = source.context.app.make_response(response)
        made.call_on_close(scope.close)
        return made

    def _await(self, coroutine: t.Any) -> t.Any:
        async def run() -> t.Any:
            return await coroutine

        return self._ensure_sync(run)()

    def _answer(self, result: t.Any, source: RequestSource) -> t.Any:
        answer = self._binding.answer
        if answer is None:
            return result if self._status is None or isinstance(result, tuple) else (result, self._status)
        if answer.is_frame:
            body, content_type = answer.encode_frame(result, source.header("accept") or "*/*")
            return self._response(body, self._status, content_type=content_type)
        if answer.streams:
            return self._response(answer.encode_lines(result), self._status, content_type=answer.content_types[0])
        rest: tuple[t.Any, ...] = ()
        if type(result) is tuple and (answer.in_tuple or len(result) in (2, 3)):
            result, *rest_list = result
            rest = tuple(rest_list)
        encoded = answer.encode(result)
        if encoded is None:
            return (result, *rest) if rest else result
        if not encoded:
            return self._response(status=self._status or 204)
        response = self._response(encoded, self._status, content_type=answer.content_types[0])
        return (response, *rest) if rest else response


class ByMethod:
    """A class-based view: the method decides which binding serves."""

    __slots__ = ("_plain", "_typed")

    def __init__(self, plain: Callable[..., t.Any], typed: Mapping[str, TypedView]) -> None:
        self._plain = plain
        self._typed = typed

    def __call__(self, **arguments: t.Any) -> t.Any:
        context = _cv_request.get()
        return self._typed.get(context.environ["REQUEST_METHOD"], self._plain)(**arguments)


def typed_view(
    app: Flask, view: Callable[..., t.Any], rule: Rule, *, mode: Mode, options: RouteOptions, app_scope: AppScope
) -> Callable[..., t.Any]:
    """Return what serves the view under this rule: the view itself where nothing is asked of the typed layer."""
    bound = bindings_of(app, view, rule, mode, options)
    if bound is None:
        return view
    if isinstance(bound, dict):
        typed = {m: TypedView(app, view, binding, options, app_scope) for m, binding in bound.items()}
        return ByMethod(app.ensure_sync(view), typed)
    return TypedView(app, view, bound, options, app_scope)


def route_docs(app: Flask, *, mode: Mode, options_of: Callable[[Rule], RouteOptions]) -> t.Iterator[RouteDoc]:
    """Describe every rule of an application for `ewer.typed.openapi.build_document`; static files are left out."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.endswith(".static") or rule.build_only:
            continue
        view = app.view_functions[rule.endpoint]
        options = options_of(rule)
        bound = bindings_of(app, view, rule, mode, options)
        methods = frozenset(rule.methods or ())
        by_method: dict[frozenset[str], Binding | None] = {methods: bound} if not isinstance(bound, dict) else {}
        if isinstance(bound, dict):
            by_method = {frozenset([m]): bound.get(m) for m in methods - {"HEAD", "OPTIONS"}}
        cls = getattr(view, "view_class", None)
        for served, binding in by_method.items():
            function = getattr(cls, next(iter(served)).lower(), None) if cls is not None and len(served) == 1 else view
            yield RouteDoc(
                rule=rule.rule,
                methods=served,
                endpoint=rule.endpoint,
                binding=binding,
                docstring=getattr(function, "__doc__", None) or "",
                summary=options.summary,
                tags=options.tags,
                status=options.status,
                responses=options.responses,
                deprecated=options.deprecated,
                defaults=frozenset(rule.defaults or ()),
            )
