"""The shape of a value, worked out once from its annotation.

A shape knows how the native pass sees the value, what is built from the result, and how a refused value is walked again
to name everything that is wrong with it.

``Shape.native`` is what msgspec decodes or converts to; ``Shape.build`` turns that into the user's type and is None when
both are the same. Shapes are made by ``shape_reader``; their JSON Schemas by ``schemas``.
"""

from __future__ import annotations

import typing as t

import msgspec

from .errors import MAX_ERRORS, ErrorRecord, Location
from .leaves import from_wire

if t.TYPE_CHECKING:
    from .models import ModelField

Build = t.Callable[[t.Any], t.Any]

_CONTAINER_DEPTH = 200


class Report:
    """Collects the errors of one refused request; knows how to speak of values without giving secrets away."""

    __slots__ = ("lax", "records", "shows_text")

    def __init__(self, *, lax: bool, shows_text: bool = False) -> None:
        self.records: list[ErrorRecord] = []
        self.lax = lax
        self.shows_text = shows_text

    def add(self, at: Location, kind: str, expected: str, value: t.Any, message: str = "") -> None:
        """Notes that a value does not fit, unless enough errors are noted already."""
        if len(self.records) >= MAX_ERRORS:
            return
        received = self.words_for(value)
        text = message or f"Expected {expected}, received {received}."
        self.records.append(ErrorRecord(at, text, expected, received, kind))

    def missing(self, at: Location, expected: str) -> None:
        """Notes that a value is not there."""
        if len(self.records) < MAX_ERRORS:
            self.records.append(
                ErrorRecord(at, f"Missing: expected {expected}, received nothing.", expected, "nothing", "missing")
            )

    def words_for(self, value: t.Any) -> str:
        """What came, in JSON's words.

        SECURITY: text from bodies, headers and cookies may be a password or token, so only its length is told.
        """
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return repr(value) if abs(value) < 1e30 else "a number out of range"
        if isinstance(value, str):
            if self.shows_text:
                return repr(value if len(value) <= 60 else value[:60] + "...")
            return f"a string of {len(value)} characters" if len(value) != 1 else "a string of 1 character"
        if isinstance(value, dict):
            return "an object"
        if isinstance(value, (list, tuple)):
            return f"an array of {len(value)}"
        return type(value).__name__


class Shape:
    """What is common to all shapes; on its own, a leaf: a value that one native conversion judges."""

    __slots__ = ("annotation", "build", "documented", "expected", "native")

    def __init__(self, annotation: t.Any, native: t.Any, build: Build | None, expected: str) -> None:
        self.annotation = annotation
        self.native = native
        self.build = build
        self.expected = expected
        #: What the JSON Schema is made from, where the native pass sees something simpler.
        self.documented = native

    def convert(self, value: t.Any, *, lax: bool) -> t.Any:
        """A value of the user's type.

        Raises:
            msgspec.ValidationError, ValueError, TypeError: the value does not fit.
        """
        made = msgspec.convert(value, self.native, strict=not lax, dec_hook=from_wire)
        return made if self.build is None else self.build(made)

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """Adds to the report everything that is wrong with the value."""
        self._explain_whole(value, at, report)

    def _explain_whole(self, value: t.Any, at: Location, report: Report) -> None:
        try:
            self.convert(value, lax=report.lax)
        except msgspec.ValidationError as error:
            text = str(error)
            report.add(at, _kind_of(text), self.expected, value, _reason(text))
        except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
            report.add(at, "invalid", self.expected, value, str(error))


def _kind_of(text: str) -> str:
    if "got `" in text:
        return "wrong_type"
    if "unknown field" in text:
        return "unknown_field"
    if "missing required field" in text:
        return "missing"
    if text.startswith("Invalid enum value"):
        return "not_allowed"
    if text.startswith(("Invalid", "Number out", "Integer value", "Timezone")):
        return "invalid_format"
    return "constraint"


def _reason(text: str) -> str:
    """The words of msgspec where they tell more than the expectation does.

    SECURITY: those about enums and tags repeat the whole value, which may be long or secret.
    """
    if text.startswith(("Expected", "Invalid enum value", "Invalid value")):
        return ""
    return text.replace("`", "'").partition(" - at ")[0] + "."


class Sequence(Shape):
    """A list, set, frozenset or tuple of one kind of item."""

    __slots__ = ("item",)

    def __init__(self, annotation: t.Any, native: t.Any, build: Build | None, expected: str, item: Shape) -> None:
        super().__init__(annotation, native, build, expected)
        self.item = item

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, part by part; the whole is judged where no part is at fault."""
        before = len(report.records)
        if isinstance(value, (list, tuple)) and len(at) < _CONTAINER_DEPTH:
            for index, item in enumerate(value):
                if len(report.records) >= MAX_ERRORS:
                    return
                self.item.explain(item, (*at, index), report)
        if len(report.records) == before:
            self._explain_whole(value, at, report)


class Fixed(Shape):
    """A tuple with one shape a place."""

    __slots__ = ("items",)

    def __init__(
        self, annotation: t.Any, native: t.Any, build: Build | None, expected: str, items: tuple[Shape, ...]
    ) -> None:
        super().__init__(annotation, native, build, expected)
        self.items = items

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, part by part; the whole is judged where no part is at fault."""
        before = len(report.records)
        if isinstance(value, (list, tuple)) and len(value) == len(self.items):
            for index, (item, shape) in enumerate(zip(value, self.items)):
                shape.explain(item, (*at, index), report)
        if len(report.records) == before:
            self._explain_whole(value, at, report)


class Table(Shape):
    """An object with free keys."""

    __slots__ = ("item", "key")

    def __init__(
        self, annotation: t.Any, native: t.Any, build: Build | None, expected: str, key: Shape, item: Shape
    ) -> None:
        super().__init__(annotation, native, build, expected)
        self.key = key
        self.item = item

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, part by part; the whole is judged where no part is at fault."""
        before = len(report.records)
        if isinstance(value, dict) and len(at) < _CONTAINER_DEPTH:
            for name, item in value.items():
                if len(report.records) >= MAX_ERRORS:
                    return
                self.item.explain(item, (*at, str(name)[:60]), report)
        if len(report.records) == before:
            self._explain_whole(value, at, report)


class Union(Shape):
    """One of several shapes; ``tried`` says that msgspec cannot tell them apart and each is tried in order."""

    __slots__ = ("alternatives", "tried")

    def __init__(
        self, annotation: t.Any, native: t.Any, build: Build | None, alternatives: tuple[Shape, ...], *, tried: bool
    ) -> None:
        super().__init__(annotation, native, build, " or ".join(a.expected for a in alternatives))
        self.alternatives = alternatives
        self.tried = tried

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, part by part; the whole is judged where no part is at fault."""
        before = len(report.records)
        suited = [a for a in self.alternatives if _same_build(a, value)]
        if len(suited) > 1:
            suited = [a for a in suited if isinstance(a, Model) and a.recognises(value)]
        if len(suited) == 1:
            suited[0].explain(value, at, report)
        elif not suited and isinstance(value, dict):
            self._explain_tag(value, at, report)
        if len(report.records) == before:
            self._explain_whole(value, at, report)

    def _explain_tag(self, value: dict[str, t.Any], at: Location, report: Report) -> None:
        """An object that is none of several tagged models: its tag is at fault."""
        tags = [a.tag for a in self.alternatives if isinstance(a, Model) and a.tag is not None]
        if not tags:
            return
        name, expected = tags[0][0], "one of " + ", ".join(repr(tag) for _, tag in tags)
        if name not in value:
            report.missing((*at, name), expected)
        elif value[name] not in [tag for _, tag in tags]:
            report.add((*at, name), "not_allowed", expected, value[name])


def _same_build(shape: Shape, value: t.Any) -> bool:
    """Whether a value has at least the outer form of a shape."""
    if isinstance(value, dict):
        return isinstance(shape, (Model, Table))
    if isinstance(value, (list, tuple)):
        return isinstance(shape, (Sequence, Fixed))
    return type(shape) is Shape and shape.native is not type(None) and shape.native is not None


class Model(Shape):
    """A structured type: named fields, each with a shape."""

    __slots__ = ("as_array", "cls", "closed", "fields", "record", "tag")

    def __init__(self, annotation: t.Any, cls: t.Any, expected: str) -> None:
        super().__init__(annotation, t.Any, None, expected)
        self.cls = cls
        self.fields: tuple[tuple[ModelField, Shape], ...] = ()
        self.record: t.Any = None
        self.as_array = False
        self.closed = False
        self.tag: tuple[str, t.Any] | None = None

    def recognises(self, value: t.Any) -> bool:
        """Whether an object carries this model's tag, or the one value that a ``Literal`` field admits."""
        if self.tag is not None:
            return bool(value.get(self.tag[0]) == self.tag[1])
        literals = [(f.wire_name, t.get_args(s.native)) for f, s in self.fields if t.get_origin(s.native) is t.Literal]
        return bool(literals) and all(value.get(name) in allowed for name, allowed in literals)

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, part by part; the whole is judged where no part is at fault."""
        before = len(report.records)
        if isinstance(value, dict) and not self.as_array and len(at) < _CONTAINER_DEPTH:
            self._explain_fields(value, at, report)
        if len(report.records) == before:
            self._explain_whole(value, at, report)

    def _explain_fields(self, value: dict[str, t.Any], at: Location, report: Report) -> None:
        for field, shape in self.fields:
            if len(report.records) >= MAX_ERRORS:
                return
            if field.wire_name in value:
                shape.explain(value[field.wire_name], (*at, field.wire_name), report)
            elif field.required:
                report.missing((*at, field.wire_name), shape.expected)
        if not self.closed:
            return
        known = {field.wire_name for field, _ in self.fields} | ({self.tag[0]} if self.tag else set())
        for name in value:
            if name not in known:
                message = f"Unknown field; {self.expected} has {', '.join(sorted(known))}."
                report.add((*at, str(name)[:60]), "unknown_field", "no such field", value[name], message)
