"""Views with annotations: what stands between the road and a view that the typed layer serves.

A `TypedView` is called with the URL's arguments, in the place of the view: it collects the rest from the request, runs the dependencies, calls the
view and encodes its result. `app.view_functions` keeps the view itself. Next: `ewer.typed` for how values are read and written.
"""

from __future__ import annotations

import functools
import io
import typing as t
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from ._core.reply import STATUS_LINES, Encoded
from ._core.table import Route
from ._serving import is_coroutine_function
from .globals import _get_request
from .typed import bind_methods, bind_view
from .typed.errors import RequestInvalid
from .typed.markers import MISSING
from .typed.problems import DEFAULT, Problems
from .typed.runner import AppScope, Scope

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import Rule

    from ._ewer import Ewer
    from .app import Flask
    from .ctx import RequestContext
    from .typed.binding import Binding
    from .wrappers import Request

_DIRECT_BYTES = 1 << 20
"""Bodies up to this many bytes are read in one go, past Werkzeug's stream wrappers."""
_FLASKS_OWN = (str, bytes, bytearray, dict, list, tuple, Iterator, AsyncIterator)
"""What Flask makes responses of, beside response objects and WSGI callables."""
_TYPES_OF_KINDS: dict[str, type | None] = {"int": int, "float": float, "string": str, "path": str}
_KNOWN_TYPES = {
    "IntegerConverter": int,
    "FloatConverter": float,
    "UnicodeConverter": str,
    "PathConverter": str,
    "AnyConverter": str,
}


@dataclass(frozen=True)
class RouteOptions:
    """What `Ewer.route()` takes for the typed layer, beside the options of the rule.

    Attributes:
        status: the status of a result that names none; 200 by default, 204 for an empty one. Where the annotation
            admits ``None`` beside a model, ``None`` is a 204 whatever this says.
        response: stands for the return annotation.
        responses: further statuses with a text, a type or a dict, for the document.
        dependencies: `Depends(...)` that run for their effect.
        tags, summary, description, deprecated, operation_id, include_in_schema: what the document says.
    """

    status: int | None = None
    response: t.Any = MISSING
    responses: Mapping[int | str, t.Any] = field(default_factory=dict)
    dependencies: tuple[t.Any, ...] = ()
    tags: tuple[str, ...] = ()
    summary: str | None = None
    description: str | None = None
    deprecated: bool = False
    operation_id: str | None = None
    include_in_schema: bool = True


NO_OPTIONS = RouteOptions()


class RequestSource:
    """The current request as the typed layer reads it: from the environ, with a request object only where one is needed."""

    __slots__ = ("context", "path_values")

    def __init__(self, context: RequestContext, path_values: dict[str, t.Any]) -> None:
        self.context = context
        self.path_values = path_values

    @property
    def request(self) -> Request:
        """The request object."""
        return self.context.request

    @property
    def query(self) -> str:
        """The query string, its escapes as they came."""
        # PERF: one that came over ASGI is read without an environ (bench workload "typed-parameters").
        environ = self.context.__dict__.get("environ")
        if environ is None:
            raw: bytes = self.context.scope["query_string"]  # type: ignore[index]  # without an environ there is a scope
            return raw.decode()
        query: str = environ.get("QUERY_STRING", "")
        return query if query.isascii() else query.encode("latin-1").decode()

    @property
    def content_type(self) -> str:
        """The Content-Type header, empty without one."""
        found: str = self.context.environ.get("CONTENT_TYPE", "")
        return found

    @property
    def cookies(self) -> Mapping[str, str]:
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
        found: str | None = self.context.environ.get(
            key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        )
        return found

    def body(self) -> bytes:
        """Return the whole body; a small one is read without a request object, and put back for whoever reads next.

        Raises:
            werkzeug.exceptions.RequestEntityTooLarge: it is longer than `MAX_CONTENT_LENGTH`.
        """
        context = self.context
        environ = context.environ
        length = environ.get("CONTENT_LENGTH", "")
        if (
            not context.made
            and length.isdecimal()
            and length.isascii()
            and int(length) <= _DIRECT_BYTES
            and context.app.config["MAX_CONTENT_LENGTH"] is None
        ):
            data: bytes = environ["wsgi.input"].read(int(length))
            if len(data) == int(length):
                environ["wsgi.input"] = io.BytesIO(data)
                return data
            environ["wsgi.input"] = io.BytesIO(data)
        whole: bytes = context.request.get_data()
        return whole


class TypedView:
    """Serves one view of one rule, in a thread when it is called, on an event loop through `on_loop`."""

    __slots__ = (
        "_app_scope", "_binding", "_content_type", "_flask_first", "_problems", "_status", "_view", "coroutine", "overrides",
    )  # fmt: skip

    def __init__(self, app: Flask, view: Callable[..., t.Any], binding: Binding, options: RouteOptions) -> None:
        self._view = app.ensure_sync(view)
        self.coroutine = view if is_coroutine_function(view) else None
        self._binding = binding
        self._status = options.status
        self._flask_first = app._binding_mode == "flask"
        self._app_scope = app_scope(app)
        self._problems: Problems = getattr(app, "problems", DEFAULT)
        self.overrides = dependency_overrides(app)
        content_type = binding.answer.content_types[0] if binding.answer else "application/json"
        self._content_type = ("Content-Type", content_type)

    @property
    def binding(self) -> Binding:
        """What is collected now, with the overrides that tests have set."""
        return self._binding.overridden(self.overrides) if self.overrides else self._binding

    def __call__(self, **arguments: t.Any) -> t.Any:
        """Collect, call and encode. The keyword arguments are the URL's.

        Raises:
            werkzeug.exceptions.HTTPException: the request does not fit the view.
        """
        binding = self._binding if not self.overrides else self.binding
        context = _get_request()
        source = RequestSource(context, arguments)
        try:
            values = binding.collect(source)
        except RequestInvalid as refusal:
            raise self._refuse(refusal) from None
        if binding.graph is None:
            arguments.update(values)
            return self._encode(self._view(**arguments), binding, source)
        scope = Scope(app=self._app_scope, await_sync=_wait)
        try:
            arguments.update(binding.graph.run(values, scope))
            result = self._encode(self._view(**arguments), binding, source)
            if binding.graph.closes_early:
                scope.close(only_function=True)
        except BaseException as error:
            scope.close(error)
            raise
        if scope.is_open and not self._closes_with_stream(result, scope):
            context.keep_dependencies(scope)
        return result

    async def on_loop(self, **arguments: t.Any) -> t.Any:
        """Like calling it, for a coroutine view whose request is served on an event loop."""
        binding = self._binding if not self.overrides else self.binding
        context = _get_request()
        source = RequestSource(context, arguments)
        try:
            values = binding.collect(source)
        except RequestInvalid as refusal:
            raise self._refuse(refusal) from None
        view = t.cast("Callable[..., t.Any]", self.coroutine)
        if binding.graph is None:
            arguments.update(values)
            return self._encode(await view(**arguments), binding, source)
        scope = Scope(app=self._app_scope, await_sync=_wait)
        try:
            arguments.update(await binding.graph.run_async(values, scope))
            result = self._encode(await view(**arguments), binding, source)
            if binding.graph.closes_early:
                await scope.aclose(only_function=True)
        except BaseException as error:
            await scope.aclose(error)
            raise
        if scope.is_open and not self._closes_with_stream(result, scope):
            await scope.aclose()
        return result

    def _refuse(self, refusal: RequestInvalid) -> HTTPException:
        from ._refusals import refused

        return refused(refusal, self._problems)

    def _closes_with_stream(self, result: t.Any, scope: Scope) -> bool:
        """Let a streamed response close the scope when its last chunk is out, and tell whether it will."""
        if not getattr(result, "is_streamed", False):
            return False
        result.call_on_close(scope.close)
        return True

    def _encode(self, result: t.Any, binding: Binding, source: RequestSource) -> t.Any:
        """Turn the result into what the road sends: encoded where the annotation says how, else as Flask's rules have it."""
        answer = binding.answer
        if answer is None:
            return result if self._status is None or _has_status(result) else (result, self._status)
        if self._flask_first and _is_answered_by_flask(result):
            return result
        if answer.is_frame or answer.streams:
            return self._encode_stream(result, answer, source)
        own_status: t.Any = None
        headers: t.Any = None
        if type(result) is tuple and (answer.in_tuple or len(result) in (2, 3)):
            from ._results import split_result

            result, own_status, headers = split_result(result)
        encoded = answer.encode(result)
        status = self._status if own_status is None else own_status
        if encoded is None:
            return result if status is None and headers is None else (result, status, headers)
        if not encoded and answer.shape is not None:
            status = own_status or 204
        reply = Encoded(encoded, status_line(status or (200 if encoded else 204)), self._content_type)
        return reply if headers is None else (reply, None, headers)

    def _encode_stream(self, result: t.Any, answer: t.Any, source: RequestSource) -> t.Any:
        from .wrappers import Response

        body, own_status, headers = result, None, None
        if isinstance(result, tuple):
            from ._results import split_result

            body, own_status, headers = split_result(result)
        if hasattr(body, "status_code"):
            return result
        status = self._status if own_status is None else own_status
        if answer.streams:
            return Response(answer.encode_lines(body), status, headers, content_type=answer.content_types[0])
        if body is None and answer.may_be_empty:
            reply: t.Any = Encoded(b"", status_line(own_status or 204), self._content_type)
            return reply if headers is None else (reply, None, headers)
        data, content_type = answer.encode_frame(body, source.header("accept") or "*/*")
        response = Response(data, status, headers, content_type=content_type)
        response.vary.add("Accept")
        return response


def _is_answered_by_flask(result: t.Any) -> bool:
    """Tell whether Flask has an answer for a result, which is then not ours to change."""
    if type(result) is tuple and len(result) in (2, 3):
        result = result[0]
    return isinstance(result, _FLASKS_OWN) or callable(result)


def _has_status(result: t.Any) -> bool:
    return isinstance(result, tuple) or hasattr(result, "status_code")


def status_line(status: t.Any) -> str:
    """Return the status line of a code, in Werkzeug's words; a line stays as it is."""
    if isinstance(status, str):
        return status
    known = STATUS_LINES.get(status)
    if known is not None:
        return known
    if status == 204:
        return "204 NO CONTENT"
    # NOTE: Werkzeug is not loaded for the few that nearly every view answers with, so that a typed app starts fast.
    import werkzeug
    from werkzeug.http import HTTP_STATUS_CODES

    return f"{int(status)} {HTTP_STATUS_CODES.get(int(status), 'Unknown').upper()}"


def _wait(coroutine: t.Any) -> t.Any:
    from ._bridge import wait_for

    async def run() -> t.Any:
        return await coroutine

    return wait_for(run)


class ByMethod:
    """A class-based view some of whose methods are typed: the request's method decides who serves."""

    __slots__ = ("_plain", "coroutine", "typed")

    def __init__(self, plain: Callable[..., t.Any], typed: Mapping[str, TypedView]) -> None:
        self._plain = plain
        self.typed = typed
        self.coroutine = None

    def __call__(self, **arguments: t.Any) -> t.Any:
        """Serve by the typed method, or as Flask would."""
        method = _get_request().environ["REQUEST_METHOD"]
        return self.typed.get(method, self._plain)(**arguments)


def app_scope(app: Flask) -> AppScope:
    """Return the scope of the application's singletons."""
    return t.cast(AppScope, app.__dict__.setdefault("_dependency_scope", AppScope()))


def dependency_overrides(app: Flask) -> dict[t.Any, t.Any]:
    """Return the table of what stands for which dependency, empty outside tests."""
    return t.cast("dict[t.Any, t.Any]", app.__dict__.setdefault("dependency_overrides", {}))


def rule_variables(rule: Rule | Route) -> dict[str, type | None]:
    """Return a rule's variables with the types that their converters make, None for a converter of the application's own."""
    if isinstance(rule, Route):
        return {variable.name: _TYPES_OF_KINDS.get(variable.kind) or _uuid() for variable in rule.variables}
    variables: dict[str, type | None] = {}
    for name, converter in rule._converters.items():
        kind = type(converter)
        known = _KNOWN_TYPES.get(kind.__name__) if kind.__module__ == "werkzeug.routing.converters" else None
        if kind.__name__ == "UUIDConverter":
            known = _uuid()
        variables[name] = known
    return variables


def _uuid() -> type:
    from uuid import UUID

    return UUID


def bindings_of(app: Flask, view: t.Any, rule: Rule | Route) -> Binding | dict[str, Binding] | None:
    """Bind a view for one rule; a class-based view by method.

    Raises:
        SetupError: the view is written in a way that cannot be served.
    """
    options = app._options_of(rule)
    blueprint = rule.endpoint.rpartition(".")[0]
    keywords: dict[str, t.Any] = {
        "rule_variables": rule_variables(rule),
        "rule_defaults": frozenset(rule.defaults or ()),
        "mode": app._binding_mode,
        "dependencies": (*app._dependencies_of(rule.endpoint), *options.dependencies),
        "response": options.response,
        "check_variables": not (app.url_value_preprocessors.get(None) or app.url_value_preprocessors.get(blueprint)),
    }
    cls = getattr(view, "view_class", None)
    methods = frozenset(rule.methods or ())
    if cls is not None:
        wrapped = bool(getattr(cls, "decorators", None)) or hasattr(view, "__wrapped__")
        return bind_methods(cls, methods=methods, wrapped=wrapped, **keywords) or None
    return bind_view(view, methods=methods, **keywords)


def typed_view(app: Flask, view: t.Any, rule: Rule | Route) -> t.Any:
    """Return what serves `view` under this rule: the view itself where nothing is asked of the typed layer.

    Raises:
        SetupError: the view is written in a way that cannot be served.
    """
    options = app._options_of(rule)
    bound = bindings_of(app, view, rule)
    if bound is None:
        return view if options.status is None else _with_status(app.ensure_sync(view), options.status)
    if isinstance(bound, dict):
        typed = {method: TypedView(app, view, binding, options) for method, binding in bound.items()}
        return ByMethod(app.ensure_sync(view), typed)
    return TypedView(app, view, bound, options)


def _with_status(view: Callable[..., t.Any], status: int) -> Callable[..., t.Any]:
    """Give the results of a plain view the status of its route, unless they name one."""

    def with_status(**arguments: t.Any) -> t.Any:
        result = view(**arguments)
        return result if _has_status(result) else (result, status)

    return functools.update_wrapper(with_status, view)


def resolve_in_context(app: Ewer, dependency: Callable[..., t.Any]) -> t.Any:
    """Do what `Ewer.resolve()` says."""
    from .globals import app_ctx
    from .typed import resolve

    kept = app_ctx._get_current_object().__dict__
    if "dependency_scope" not in kept:
        kept["dependency_scope"] = Scope(app=app_scope(app), await_sync=_wait)
        kept["resolved"] = {}
    known = (dependency, app.dependency_overrides.get(dependency))
    if known not in kept["resolved"]:
        kept["resolved"][known] = resolve(dependency, kept["dependency_scope"], app.dependency_overrides)
    return kept["resolved"][known]
