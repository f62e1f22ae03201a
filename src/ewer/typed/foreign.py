"""Shapes of types that validate themselves: what pydantic reads, and marshmallow schemas.

Both libraries are the user's own and imported only when one of their types was seen.
"""

from __future__ import annotations

import typing as t

import msgspec

from .errors import MAX_ERRORS, Location, name_of
from .shapes import Report, Shape

if t.TYPE_CHECKING:
    from collections.abc import Mapping


class PydanticShape(Shape):
    """Values that a pydantic ``TypeAdapter`` reads and writes."""

    __slots__ = ("adapter", "partial_of")

    def __init__(self, annotation: t.Any, *, partial_of: t.Any = None, output: bool = False) -> None:
        import pydantic

        self.adapter = pydantic.TypeAdapter(annotation)
        self.partial_of = partial_of
        build = self._write if output else self._build
        super().__init__(annotation, t.Any, build, f"a value of {name_of(partial_of or annotation)}")

    def _build(self, value: t.Any) -> t.Any:
        return self._finish(self.adapter.validate_python(value))

    def _write(self, value: t.Any) -> t.Any:
        """The JSON form of a field of an answer, with the declared fields alone."""
        made = self.adapter.validate_python(value, from_attributes=True)
        return self.adapter.dump_python(made, mode="json", by_alias=True)

    def _finish(self, made: t.Any) -> t.Any:
        if self.partial_of is None:
            return made
        from .partial import Partial

        return Partial(**{name: getattr(made, name) for name in made.model_fields_set})

    def decode(self, data: bytes) -> t.Any:
        """Reads JSON in pydantic's own pass.

        Raises:
            ValueError: malformed or not fitting; pydantic's ``ValidationError`` is one.
        """
        # NOTE: pydantic's parser takes NaN and Infinity, which JSON does not have (RFC 8259 section 6).
        if b"NaN" in data or b"Infinity" in data:
            msgspec.json.decode(data)
        made = self.adapter.validate_json(data)
        return made if self.partial_of is None else self._finish(made)

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, in the words of the library that validates."""
        import pydantic

        try:
            self.adapter.validate_python(value)
        except pydantic.ValidationError as error:
            for found in error.errors(include_url=False)[:MAX_ERRORS]:
                _add_pydantic(found, at, report)
        except (ValueError, TypeError, AssertionError) as error:
            report.add(at, "invalid", self.expected, value, str(error))


_PYDANTIC_KINDS = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "enum": "not_allowed",
    "literal_error": "not_allowed",
    "union_tag_invalid": "not_allowed",
    "greater_than": "constraint",
    "greater_than_equal": "constraint",
    "less_than": "constraint",
    "less_than_equal": "constraint",
    "multiple_of": "constraint",
    "string_too_short": "constraint",
    "string_too_long": "constraint",
    "string_pattern_mismatch": "constraint",
    "too_short": "constraint",
    "too_long": "constraint",
    "value_error": "invalid",
    "assertion_error": "invalid",
}


def _add_pydantic(found: Mapping[str, t.Any], at: Location, report: Report) -> None:
    place = (*at, *(part if isinstance(part, int) else str(part)[:60] for part in found["loc"]))
    name = found["type"]
    if name == "missing":
        report.missing(place, "a value")
        return
    kind = _PYDANTIC_KINDS.get(name) or ("wrong_type" if name.endswith("_type") else "invalid_format")
    expected = found["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    report.add(place, kind, expected, found.get("input"), f"{found['msg']}.")


class MarshmallowShape(Shape):
    """What a marshmallow schema loads and dumps."""

    __slots__ = ("schema_object",)

    def __init__(self, annotation: t.Any, *, output: bool = False) -> None:
        self.schema_object = annotation() if isinstance(annotation, type) else annotation
        name = type(self.schema_object).__name__
        super().__init__(annotation, t.Any, self.schema_object.dump if output else self._load, f"an object ({name})")

    def _load(self, value: t.Any) -> t.Any:
        import marshmallow

        try:
            return self.schema_object.load(value)
        except marshmallow.ValidationError as error:
            raise ValueError(str(error)) from None

    def explain(self, value: t.Any, at: Location, report: Report) -> None:
        """As ``Shape.explain``, in the words of the library that validates."""
        import marshmallow

        try:
            self.schema_object.load(value)
        except marshmallow.ValidationError as error:
            for place, message in _flatten(error.messages, at):
                kind = "missing" if message.startswith("Missing data") else "invalid"
                report.add(place, kind, self.expected, _at(value, place[len(at) :]), message)


def _at(value: t.Any, path: Location) -> t.Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _flatten(messages: t.Any, at: Location) -> t.Iterator[tuple[Location, str]]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            place = at if key == "_schema" else (*at, key if isinstance(key, int) else str(key)[:60])
            yield from _flatten(inner, place)
    elif isinstance(messages, (list, tuple)):
        for inner in messages:
            yield from _flatten(inner, at)
    else:
        yield at, str(messages)
