"""Puts into words what a leaf of a shape expects: ``an integer >= 1 and <= 100``, ``a string of 1 to 100 characters``."""

from __future__ import annotations

import typing as t

from msgspec import inspect as mi

if t.TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN: dict[type, str] = {
    mi.AnyType: "any value",
    mi.NoneType: "null",
    mi.BoolType: "true or false",
    mi.IntType: "an integer",
    mi.FloatType: "a number",
    mi.StrType: "a string",
    mi.BytesType: "base64 text",
    mi.ByteArrayType: "base64 text",
    mi.MemoryViewType: "base64 text",
    mi.DateTimeType: "a date and time (RFC 3339)",
    mi.TimeType: "a time (RFC 3339)",
    mi.DateType: "a date (YYYY-MM-DD)",
    mi.TimeDeltaType: "a duration (ISO 8601)",
    mi.UUIDType: "a UUID",
    mi.DecimalType: "a decimal number",
}
_BOUNDS = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))


def words_for_leaf(kind: mi.Type, limits: Mapping[str, t.Any]) -> str:
    """What a value must be, as the end of a sentence that begins with *expected*."""
    if isinstance(kind, mi.LiteralType):
        return "one of " + ", ".join(map(repr, kind.values))
    if isinstance(kind, mi.EnumType):
        return "one of " + ", ".join(repr(member.value) for member in kind.cls)
    if isinstance(kind, mi.CustomType):
        return _words_for_custom(kind.cls)
    words = _PLAIN.get(type(kind), "a valid value") + _length(limits)
    bounds = [f"{sign} {limits[name]}" for name, sign in _BOUNDS if limits.get(name) is not None]
    if bounds:
        words += " " + " and ".join(bounds)
    if limits.get("multiple_of") is not None:
        words += f" that is a multiple of {limits['multiple_of']}"
    if limits.get("pattern") is not None:
        words += f" that matches {limits['pattern']}"
    return words


def _words_for_custom(cls: type) -> str:
    if cls.__name__ in ("UploadFile", "FileStorage"):
        return "a file"
    return f"text for {cls.__name__}"


def words_for_size(limits: Mapping[str, t.Any]) -> str:
    """How many items a container may have, as the end of its description."""
    return _length(limits).replace("of ", "with ").replace("character", "item")


def _length(limits: Mapping[str, t.Any]) -> str:
    least, most = limits.get("min_length"), limits.get("max_length")
    if least is not None and most is not None:
        return f" of {least} to {most} characters"
    if least is not None:
        return f" of at least {least} character{'s' if least != 1 else ''}"
    if most is not None:
        return f" of at most {most} characters"
    return ""
