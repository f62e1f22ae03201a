"""Reads what a view or dependency asks for: its parameters, their types and markers, and its return annotation.

It looks through transparent wrappers (``functools.wraps`` around ``*args, **kwargs``) and never further: a decorator
with a signature of its own is taken at its word. What a parameter then means is decided in ``places``.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import operator
import sys
import typing as t
from dataclasses import dataclass

from .errors import SetupError, place_of
from .markers import MISSING, Dependency, Marker

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ANY_ARGUMENTS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS

#: Stands for an annotation that names something Python cannot find.
UNRESOLVED: t.Any = type("_Unresolved", (), {"__repr__": lambda self: "UNRESOLVED"})()


@dataclass(frozen=True)
class Asked:
    """One parameter as it is written: its type without the marker, the marker, and its default."""

    name: str
    annotation: t.Any
    marker: Marker | Dependency | None
    default: t.Any
    positional_only: bool
    text: str


@dataclass(frozen=True)
class Signature:
    """A callable's parameters and return annotation (``MISSING`` when there is none)."""

    function: Callable[..., t.Any]
    parameters: tuple[Asked, ...]
    returns: t.Any
    wrapped: bool
    takes_any_keyword: bool
    returns_text: str = ""

    @property
    def where(self) -> str:
        """The file and line of the callable."""
        return place_of(self.function)

    @property
    def name(self) -> str:
        """What messages call the callable."""
        return getattr(self.function, "__name__", type(self.function).__name__)


def is_transparent(function: Callable[..., t.Any]) -> bool:
    """Whether a wrapper hands every argument on: it takes ``*args, **kwargs`` and nothing else."""
    if type(function).__module__ in ("wrapt", "wrapt.wrappers", "_wrappers") or type(function).__name__ in (
        "FunctionWrapper",
        "BoundFunctionWrapper",
    ):
        return True
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    return bool(
        code.co_flags & _ANY_ARGUMENTS == _ANY_ARGUMENTS and code.co_argcount == 0 and code.co_kwonlyargcount == 0
    )


def unwrap(view: Callable[..., t.Any]) -> tuple[Callable[..., t.Any], bool]:
    """The function whose parameters count, and whether anything stands around it."""
    function, wrapped = view, False
    while True:
        if isinstance(function, functools.partial):
            return function, True
        inner = getattr(function, "__wrapped__", None)
        if inner is None or isinstance(function, type):
            return function, wrapped
        wrapped = True
        if not is_transparent(function):
            return function, wrapped
        function = inner


def read_signature(
    view: Callable[..., t.Any], *, skip_first: bool = False, nearby: Mapping[str, t.Any] | None = None
) -> Signature:
    """Reads a view or a dependency.

    ``skip_first`` leaves out the first parameter, the ``self`` of a method read from its class. ``nearby`` are names that
    annotations may use besides the global and enclosing ones: the locals of an application factory.

    Raises:
        SetupError: the callable has no signature Python can tell.
    """
    function, wrapped = unwrap(view)
    owner = _initialiser(function) if isinstance(function, type) else function
    try:
        raw = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError) as error:
        raise SetupError(
            f"{function!r} has no signature that can be read",
            where=place_of(function),
            fix="wrap it in a function with annotated parameters",
        ) from error
    annotations = _raw_annotations(owner)
    names = _names_in_reach(owner)
    if nearby:
        names = (names[0], {**nearby, **names[1]})
    resolved = _evaluate_all(annotations, names)
    parameters = []
    everything = list(raw.parameters.values())
    for parameter in everything[1:] if skip_first else everything:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        found = annotations.get(parameter.name, parameter.annotation)
        parameters.append(_asked(parameter, found, resolved.get(parameter.name, UNRESOLVED), names))
    returns = annotations.get("return", MISSING) if owner is function else MISSING
    return Signature(
        function=function,
        parameters=tuple(parameters),
        returns=MISSING if returns is MISSING else resolved.get("return") or _evaluate(returns, names),
        wrapped=wrapped,
        takes_any_keyword=any(p.kind is p.VAR_KEYWORD for p in everything),
        returns_text=returns if isinstance(returns, str) else "",
    )


def _initialiser(cls: t.Any) -> t.Any:
    return cls.__init__


def _raw_annotations(owner: t.Any) -> Mapping[str, t.Any]:
    if isinstance(owner, functools.partial):
        owner = owner.func
    if not hasattr(owner, "__code__") and not hasattr(owner, "__annotations__"):
        owner = vars(type(owner)).get("__call__", owner)
    owner = getattr(owner, "__func__", owner)
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(owner, format=annotationlib.Format.FORWARDREF)
    return getattr(owner, "__annotations__", None) or {}


def _names_in_reach(owner: t.Any) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
    """The global and enclosing names that an annotation written in ``owner`` may use."""
    if isinstance(owner, functools.partial):
        owner = owner.func
    if not hasattr(owner, "__code__"):
        owner = getattr(owner, "__func__", None) or vars(type(owner)).get("__call__", owner)
    inner = inspect.unwrap(owner) if callable(owner) else owner
    code = getattr(inner, "__code__", None)
    module = sys.modules.get(getattr(inner, "__module__", ""), None)
    names = dict(vars(module)) if module is not None else {}
    names.update(getattr(inner, "__globals__", {}))
    enclosed: dict[str, t.Any] = {}
    for name, cell in zip(getattr(code, "co_freevars", ()), getattr(inner, "__closure__", None) or ()):
        try:
            enclosed[name] = cell.cell_contents
        except ValueError:
            continue
    for parameter in getattr(inner, "__type_params__", ()):
        enclosed[parameter.__name__] = parameter
    return names, enclosed


def _evaluate(annotation: t.Any, names: tuple[dict[str, t.Any], dict[str, t.Any]]) -> t.Any:
    def holder() -> None: ...

    holder.__annotations__ = {"it": annotation}
    try:
        return t.get_type_hints(holder, *names, include_extras=True)["it"]
    except (NameError, AttributeError, SyntaxError, TypeError):
        return UNRESOLVED


def _evaluate_all(
    annotations: Mapping[str, t.Any], names: tuple[dict[str, t.Any], dict[str, t.Any]]
) -> dict[str, t.Any]:
    """All annotations at once; none where one of them cannot be found, and they are looked at one by one."""

    def holder() -> None: ...

    holder.__annotations__ = {name: _class_named(annotation, names) for name, annotation in annotations.items()}
    try:
        return t.get_type_hints(holder, *names, include_extras=True)
    except (NameError, AttributeError, SyntaxError, TypeError):
        return {}


def _class_named(annotation: t.Any, names: tuple[dict[str, t.Any], dict[str, t.Any]]) -> t.Any:
    """The class that an annotation names, or the annotation as it is.

    PERF: `typing` compiles each text; most are the name of a class (bench workload "typed-start").
    """
    if type(annotation) is not str:
        return annotation
    for scope in (names[1], names[0], vars(builtins)):
        if annotation in scope:
            found = scope[annotation]
            return found if isinstance(found, type) else annotation
    return annotation


def _asked(parameter: inspect.Parameter, found: t.Any, resolved: t.Any, names: t.Any) -> Asked:
    text = found if isinstance(found, str) else getattr(found, "__forward_arg__", "")
    annotation = resolved
    if annotation is UNRESOLVED:
        annotation = MISSING if found is inspect.Parameter.empty else _evaluate(found, names)
    default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
    marker: Marker | Dependency | None = None
    if isinstance(default, (Marker, Dependency)):
        marker, default = default, MISSING
        if isinstance(marker, Marker):
            default = marker.default
    if t.get_origin(annotation) is t.Annotated:
        base, *metadata = t.get_args(annotation)
        marked = [m for m in metadata if isinstance(m, (Marker, Dependency))]
        rest = tuple(m for m in metadata if not isinstance(m, (Marker, Dependency)))
        if marked:
            marker = marked[-1]
            if isinstance(marker, Marker) and default is MISSING:
                default = marker.default
        annotation = annotated(base, rest) if rest else base
    return Asked(
        name=parameter.name,
        annotation=annotation,
        marker=marker,
        default=default,
        positional_only=parameter.kind is parameter.POSITIONAL_ONLY,
        text=text,
    )


def annotated(base: t.Any, metadata: t.Sequence[t.Any]) -> t.Any:
    """``Annotated`` with a list of metadata."""
    return operator.getitem(t.cast(t.Any, t.Annotated), (base, *metadata))
