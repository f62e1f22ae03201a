"""Values without fields: which types stand for one text on the wire.

Those that msgspec does not know are made from their text and written back here.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import re
import typing as t
import uuid

_BY_TEXT_MODULES = frozenset(("pathlib", "ipaddress", "zoneinfo", "fractions"))

#: What a parameter may be without being a body: read from one piece of text.
_SCALARS: tuple[type, ...] = (
    str,
    int,
    float,
    bool,
    bytes,
    decimal.Decimal,
    uuid.UUID,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    enum.Enum,
    type(None),
)


def is_made_from_text(cls: t.Any) -> bool:
    """Whether a class that msgspec does not know is built from, and written as, its text."""
    if not isinstance(cls, type):
        return False
    return cls is re.Pattern or any(base.__module__.partition(".")[0] in _BY_TEXT_MODULES for base in cls.__mro__)


def is_scalar_class(cls: t.Any) -> bool:
    """Whether one text holds a value of this class."""
    return isinstance(cls, type) and (issubclass(cls, _SCALARS) or is_made_from_text(cls))


def from_wire(wanted: type, value: t.Any) -> t.Any:
    """The decoding hook of msgspec: makes a value of a type it does not know.

    Raises:
        ValueError: the text is no such value.
        TypeError: the value is no text.
    """
    if isinstance(value, wanted):
        return value
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{type(value).__name__}`")
    if wanted is re.Pattern:
        try:
            return re.compile(value)
        except re.error as error:
            raise ValueError(f"Invalid regular expression: {error}") from None
    if "\0" in value:
        raise ValueError(f"Invalid {wanted.__name__}: it holds a null character")
    try:
        return wanted(value)
    except Exception:  # the words of other libraries may repeat the value
        raise ValueError(f"Invalid {wanted.__name__}.") from None


_BOOLS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}


def bool_from_text(value: t.Any) -> bool:
    """Reads ``true``, ``1``, ``on``, ``yes`` and their opposites, in any case.

    Raises:
        ValueError: it is another word.
    """
    if isinstance(value, bool):
        return value
    found = _BOOLS.get(str(value).lower())
    if found is None:
        raise ValueError("Expected one of true, 1, on, yes, false, 0, off, no.")
    return found


def bytes_from_text(value: t.Any) -> bytes:
    """A text parameter's bytes are its UTF-8, not base64 as in JSON."""
    return value.encode() if isinstance(value, str) else bytes(value)


def finite(value: t.Any) -> t.Any:
    """Refuses NaN, the infinities and what is too large for a float: comparing or converting those is a trap.

    Raises:
        ValueError: the number is not finite.
    """
    if not math.isfinite(value):
        raise ValueError("Expected a finite number.")
    return value


def to_wire(value: t.Any) -> t.Any:
    """The encoding hook of msgspec, the inverse of ``from_wire``; pydantic models give their own JSON form.

    Raises:
        NotImplementedError: nothing here knows the type.
    """
    cls = type(value)
    if cls is re.Pattern:
        return value.pattern
    if is_made_from_text(cls):
        return str(value)
    if hasattr(cls, "__pydantic_serializer__"):
        return cls.__pydantic_serializer__.to_python(value, mode="json")
    raise NotImplementedError(f"Encoding objects of type {cls.__name__} is unsupported")


def wire_schema(cls: type) -> dict[str, t.Any]:
    """The JSON Schema of a type that ``from_wire`` makes.

    Raises:
        NotImplementedError: nothing here knows the type.
    """
    if cls is re.Pattern:
        return {"type": "string", "format": "regex"}
    if cls.__name__ in ("IPv4Address", "IPv6Address"):
        return {"type": "string", "format": cls.__name__[:4].lower()}
    if is_made_from_text(cls):
        return {"type": "string"}
    if cls.__name__ in ("UploadFile", "FileStorage"):
        return {"type": "string", "format": "binary"}
    raise NotImplementedError(cls.__name__)
