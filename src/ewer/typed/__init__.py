"""The typed layer: annotations on a view validate, convert, inject, encode and document. It knows nothing of the app.

The contract with the engine, all of it:

``bind_view(view, *, rule_variables, rule_defaults, methods, mode, ...) -> Binding | None``
    Once per rule, at start (annotations may name what is defined further down the module). None: nothing is asked for and
    the answer is Flask's; serve the view as ever. Raises ``SetupError``. For a ``MethodView`` use ``bind_methods``.

``binding.collect(source) -> dict``
    Per request. ``source`` is a ``Source`` (``source.py``): seven attributes and two methods. Raises ``RequestInvalid``
    with ``status`` and ``errors``; ``problems.render`` makes the answer of it. With ``binding.graph is None`` the dict
    *is* the extra keyword arguments: ``view(**{**path_values, **collected})`` (a URL variable is in it only when it had
    to be converted). Otherwise it is what the graph starts from::

        scope = Scope(app=app_scope, await_sync=app.async_to_sync_call)      # one a request
        try:
            kwargs = binding.graph.run(binding.collect(source), scope)     # await ...run_async(...) on a loop
            result = view(**{**path_values, **kwargs})
            if binding.graph.closes_early: scope.close(only_function=True)
        except BaseException as error:
            scope.close(error)          # may raise another error in its place
            raise
        ...                             # the response is sent, then:
        scope.close()                   # await scope.aclose() on a loop

    With ``dependency_overrides`` not empty, use ``binding.overridden(overrides)`` in place of ``binding``.

``binding.encode(result) -> bytes | None``
    The body (``binding.answer.content_types[0]``); an empty one answers 204; None leaves the result to Flask's rules. Under
    ``flask.Flask`` ask it only for results that Flask would refuse (with ``binding.only_answers`` nothing else is to be
    done, so such a view's plan stays as it is). Raises ``ResponseInvalid``, a 500, already logged.
    ``binding.answer`` is None when there is no return annotation; ``answer.in_tuple`` (encode ``result[0]`` of Flask's
    tuple), ``answer.streams`` (``encode_lines``) and ``answer.is_frame`` (``encode_frame``) are the rarer answers.

``openapi.build_document(routes, info)``
    The OpenAPI 3.1 document of ``RouteDoc`` records, one a rule and endpoint; built on first use by whoever serves it.

``resolve(call, scope, overrides)`` and ``resolve_async`` give a dependency outside a request, with the same life.
"""

from __future__ import annotations

import typing as t
from functools import update_wrapper

from .markers import (
    MISSING,
    Body,
    Cookie,
    Dependency,
    Depends,
    File,
    Form,
    Header,
    Marker,
    Path,
    Query,
    Security,
)

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .binding import Binding
    from .errors import ErrorRecord, RequestInvalid, ResponseInvalid, SetupError
    from .partial import Partial
    from .problems import Problems
    from .runner import AppScope, Scope
    from .source import Source
    from .upload import UploadFile

Mode = t.Literal["ewer", "flask"]

__all__ = [
    "AppScope",
    "Binding",
    "Body",
    "Cookie",
    "Depends",
    "ErrorRecord",
    "File",
    "Form",
    "Header",
    "Mode",
    "Partial",
    "Path",
    "Problems",
    "Query",
    "RequestInvalid",
    "ResponseInvalid",
    "Scope",
    "Security",
    "SetupError",
    "Source",
    "UploadFile",
    "bind_methods",
    "bind_view",
    "resolve",
    "resolve_async",
]

_HOMES = {
    "AppScope": "runner",
    "Binding": "binding",
    "ErrorRecord": "errors",
    "Partial": "partial",
    "Problems": "problems",
    "RequestInvalid": "errors",
    "ResponseInvalid": "errors",
    "Scope": "runner",
    "SetupError": "errors",
    "Source": "source",
    "UploadFile": "upload",
}


def __getattr__(name: str) -> t.Any:
    """The names that need more than the markers are imported when first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    found = globals()[name] = getattr(importlib.import_module(f".{home}", __name__), name)
    return found


def bind_view(
    view: Callable[..., t.Any],
    *,
    rule_variables: Mapping[str, type | None],
    rule_defaults: t.Iterable[str] = (),
    methods: t.Iterable[str] = (),
    mode: Mode = "ewer",
    dependencies: t.Sequence[t.Any] = (),
    response: t.Any = MISSING,
    check_variables: bool = True,
    skip_first: bool = False,
    nearby: Mapping[str, t.Any] | None = None,
) -> Binding | None:
    """Works out what a view takes from a request and how its result is written.

    Args:
        view: the function as registered, wrappers and all.
        rule_variables: the rule's variables with the Python type each converter makes, None where that is unknown.
        rule_defaults: the names that the route's ``defaults`` supply.
        methods: the methods of the rule; an empty iterable means any.
        mode: ``"ewer"`` binds every annotated parameter; ``"flask"`` only marked ones and those Flask could not supply.
        dependencies: ``Depends(...)`` of the route, its blueprint and the app, run for their effect.
        response: stands for the return annotation where given (the route's ``response=``).
        check_variables: whether a URL variable without a parameter is a mistake; false where a
            ``url_value_preprocessor`` may take it away.
        skip_first: leaves out ``self`` of a method read from its class.
        nearby: names that annotations in text may use besides global and enclosing ones, such as the locals of the
            application factory that registers the view.

    Raises:
        SetupError: the view cannot be served as it is written.
    """
    at_ease = mode == "flask" or not check_variables or _takes_all(view, rule_variables)
    if at_ease and not dependencies and response is MISSING and _asks_nothing(view):
        return None
    from .bind import Request, compile_binding

    wanted = Request(
        view=view,
        variables=dict(rule_variables),
        defaults=frozenset(rule_defaults),
        methods=frozenset(method.upper() for method in methods),
        mode=mode,
        dependencies=tuple(dependencies),
        response=response,
        skip_first=skip_first,
        check_variables=check_variables,
        nearby=nearby or {},
    )
    return compile_binding(wanted)


def bind_methods(
    view_class: type, *, methods: t.Iterable[str] = (), wrapped: bool = False, **keywords: t.Any
) -> dict[str, Binding]:
    """The bindings of a class-based view by HTTP method; methods without one are served as ever.

    A ``MethodView`` is bound method by method, ``HEAD`` like ``GET`` where it has no method of its own; another ``View``
    by its ``dispatch_request``, for all methods. ``wrapped`` says that decorators stand around the class's view, which may
    supply arguments. Keywords are those of ``bind_view``.
    """
    found: dict[str, Binding] = {}
    served = [method.upper() for method in methods] or ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    for method in served:
        function = getattr(view_class, method.lower(), None)
        if function is None and method == "HEAD":
            function = getattr(view_class, "get", None)
        if function is None and not hasattr(view_class, "get") and "dispatch_request" in vars(view_class):
            function = vars(view_class)["dispatch_request"]
        if function is None:
            continue
        if wrapped:
            function = _through_a_wrapper(function)
        binding = bind_view(function, methods=(method,), skip_first=True, **keywords)
        if binding is not None:
            found[method] = binding
    return found


def _through_a_wrapper(function: Callable[..., t.Any]) -> Callable[..., t.Any]:
    """Returns what a transparent decorator makes of a method, so that it is read as decorated functions are."""

    def wrapper(*args: t.Any, **kwargs: t.Any) -> t.Any:
        return function(*args, **kwargs)

    return update_wrapper(wrapper, function)


def _asks_nothing(view: Callable[..., t.Any]) -> bool:
    """Whether a plain view can be told at a glance, without importing what reads signatures."""
    function = view
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    try:
        if type(function) is not type(_asks_nothing) or function.__annotations__:
            return False
    except NameError:  # Python 3.14 evaluates annotations here, and one of them names what is not there (yet)
        return False
    defaults = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    return not any(isinstance(default, (Marker, Dependency)) for default in defaults)


def _takes_all(view: Callable[..., t.Any], variables: Mapping[str, t.Any]) -> bool:
    """Whether a function has a parameter for each URL variable, as far as a glance can tell."""
    code = getattr(view, "__code__", None)
    if code is None or code.co_flags & 0x08 or hasattr(view, "__wrapped__"):
        return True
    return variables.keys() <= set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def resolve(call: Callable[..., t.Any], scope: Scope, overrides: Mapping[t.Any, t.Any] | None = None) -> t.Any:
    """What a dependency gives outside a request; closed with the scope.

    Raises:
        SetupError: it needs a value that only a request has.
    """
    from .bind import resolve_request
    from .runner import run

    return run(resolve_request(call, overrides or {}), {}, scope)["it"]


async def resolve_async(
    call: Callable[..., t.Any], scope: Scope, overrides: Mapping[t.Any, t.Any] | None = None
) -> t.Any:
    """As ``resolve``, from an event loop."""
    from .bind import resolve_request
    from .runner import run_async

    return (await run_async(resolve_request(call, overrides or {}), {}, scope))["it"]
