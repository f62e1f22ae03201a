"""Turns constraints of every spelling into what one native pass checks, and the rest into checks that run after it.

The spellings are ``annotated_types``, ``msgspec.Meta`` and the markers' keywords.
"""

from __future__ import annotations

import datetime
import functools
import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Check = t.Callable[[t.Any], t.Any]

_NUMERIC = ("gt", "ge", "lt", "le", "multiple_of")
_SIZED = ("min_length", "max_length")
_WORDS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "multiple_of": "a multiple of"}
_DESCRIBING = ("title", "description", "examples", "extra_json_schema")
_SIZED_TYPES = (str, bytes, bytearray, list, set, frozenset, dict, tuple)


class Limits(t.NamedTuple):
    """Everything one annotation demands beyond its type."""

    keywords: Mapping[str, t.Any]
    checks: tuple[Check, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.keywords or self.checks)

    def joined(self, other: Limits) -> Limits:
        """Both demands; the other one's keywords win."""
        return Limits({**self.keywords, **other.keywords}, self.checks + other.checks)


NO_LIMITS = Limits({})


def limits_of(metadata: Iterable[t.Any]) -> Limits:
    """Reads the metadata of an ``Annotated``; what no one here knows is left to whoever put it there."""
    keywords: dict[str, t.Any] = {}
    checks: list[Check] = []
    for item in metadata:
        if isinstance(item, msgspec.Meta):
            found = {name: getattr(item, name) for name in (*_NUMERIC, *_SIZED, *_DESCRIBING, "pattern", "tz")}
            keywords.update({name: value for name, value in found.items() if value is not None})
        elif isinstance(item, MarkerLimits):
            keywords.update(item.keywords)
        elif is_foreign_constraint(item):
            _read_foreign(item, keywords, checks)
    return Limits(keywords, tuple(checks))


def is_foreign_constraint(item: t.Any) -> bool:
    """Whether metadata is a constraint that msgspec itself would pass over in silence."""
    return isinstance(item, MarkerLimits) or any(cls.__module__ == "annotated_types" for cls in type(item).__mro__)


def _read_foreign(item: t.Any, keywords: dict[str, t.Any], checks: list[Check]) -> None:
    kind = type(item).__name__
    if kind == "Predicate":
        checks.append(functools.partial(_hold_predicate, item.func))
    elif kind == "Timezone":
        keywords["tz"] = item.tz is not None
    elif kind == "DocInfo" or kind == "Doc":
        keywords["description"] = item.documentation
    elif hasattr(type(item), "__iter__"):
        for part in item:
            _read_foreign(part, keywords, checks)
    else:
        found = {name: getattr(item, name, None) for name in (*_NUMERIC, *_SIZED)}
        keywords.update({name: value for name, value in found.items() if value is not None})


class MarkerLimits:
    """The constraints of a marker, as metadata of an ``Annotated``."""

    __slots__ = ("keywords",)

    def __init__(self, keywords: Mapping[str, t.Any]) -> None:
        self.keywords = keywords

    # NOTE: equal constraints make equal annotations, whose shapes are shared.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, MarkerLimits) and other.keywords == self.keywords

    def __hash__(self) -> int:
        return hash(tuple(self.keywords.items()))


def as_metadata(annotation: t.Any, keywords: Mapping[str, t.Any]) -> list[t.Any]:
    """Constraints in the words of whoever will read the annotation: pydantic, or the shapes here."""
    from .models import needs_pydantic

    if needs_pydantic(annotation):
        from pydantic import Field

        return [Field(**keywords)]
    return [MarkerLimits(keywords)]


def split_for(atom: t.Any, limits: Limits) -> tuple[msgspec.Meta | None, tuple[Check, ...]]:
    """Which of the limits msgspec checks for this type, as its ``Meta``, and checks for the others.

    Raises:
        TypeError: a limit makes no sense for the type.
    """
    native: dict[str, t.Any] = {}
    checks = list(limits.checks)
    cls = t.get_origin(atom) or atom
    for name, value in limits.keywords.items():
        if name in _DESCRIBING:
            native[name] = value
        elif name in _NUMERIC:
            if cls in (int, float) and isinstance(value, (int, float)):
                native[name] = value
            else:
                checks.append(_order_check(name, value, cls))
        elif name in _SIZED:
            if not (isinstance(cls, type) and issubclass(cls, _SIZED_TYPES)):
                raise TypeError(f"{name} needs a str, bytes or collection")
            native[name] = value
        elif name == "pattern":
            if cls is not str:
                raise TypeError("pattern needs a str")
            native[name] = value
        elif name == "tz" and cls in (datetime.datetime, datetime.time):
            native[name] = value
    return (msgspec.Meta(**native) if native else None), tuple(checks)


def _order_check(name: str, bound: t.Any, cls: t.Any) -> Check:
    if cls in (str, bytes, bool, list, dict, set, tuple):
        raise TypeError(f"{name} needs a number, date or time")
    return functools.partial(_CHECKS[name], bound, f"{_WORDS[name]} {bound}")


def _comparison(holds: Callable[[t.Any, t.Any], bool]) -> Callable[[t.Any, str, t.Any], t.Any]:
    def check(bound: t.Any, words: str, value: t.Any) -> t.Any:
        if not holds(value, bound):
            raise ValueError(f"expected a value {words}")
        return value

    return check


_CHECKS = {
    "gt": _comparison(lambda value, bound: bool(value > bound)),
    "ge": _comparison(lambda value, bound: bool(value >= bound)),
    "lt": _comparison(lambda value, bound: bool(value < bound)),
    "le": _comparison(lambda value, bound: bool(value <= bound)),
    "multiple_of": _comparison(lambda value, bound: not value % bound),
}


def _hold_predicate(predicate: Callable[[t.Any], bool], value: t.Any) -> t.Any:
    if not predicate(value):
        raise ValueError(f"does not satisfy {getattr(predicate, '__name__', predicate)}")
    return value


def chain(checks: tuple[Check, ...]) -> Check | None:
    """One callable for all checks, or None where there are none."""
    if len(checks) < 2:
        return checks[0] if checks else None

    def run(value: t.Any) -> t.Any:
        for check in checks:
            value = check(value)
        return value

    return run
