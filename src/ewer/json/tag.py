"""JSON that keeps Python's types: what JSON lacks is written as an object with one key, the tag.

``(1, 2)`` becomes ``{" t": [1, 2]}``. The session cookie is written so. To teach a serializer a further
type, derive from `JSONTag` and `TaggedJSONSerializer.register` it, before the tags that would take the value.
"""

# ruff: noqa: D102  # the tags' methods do what JSONTag says of them

from __future__ import annotations

import typing as t
from base64 import b64decode, b64encode
from datetime import datetime
from uuid import UUID

import werkzeug
from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from ..json import dumps, loads


class JSONTag:
    """One type's way into JSON and back, bound to the serializer that uses it."""

    __slots__ = ("serializer",)

    key: str = ""
    """The tag. Without one the value is passed on as `to_json` makes it and cannot be told apart when read."""

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: t.Any) -> bool:
        """Tell whether this tag is for the value."""
        raise NotImplementedError

    def to_json(self, value: t.Any) -> t.Any:
        """Give the value in types JSON has, without the tag."""
        raise NotImplementedError

    def to_python(self, value: t.Any) -> t.Any:
        """Make the value again from what `to_json` gave."""
        raise NotImplementedError

    def tag(self, value: t.Any) -> dict[str, t.Any]:
        """Give the value in types JSON has, under its tag."""
        return {self.key: self.to_json(value)}


class TagDict(JSONTag):
    """Guards a dict that looks like a tagged value: its only key, a known tag, gets two underscores appended."""

    __slots__ = ()
    key = " di"

    def check(self, value: t.Any) -> bool:
        return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in self.serializer.tags

    def to_json(self, value: t.Any) -> t.Any:
        (key,) = value
        return {f"{key}__": self.serializer.tag(value[key])}

    def to_python(self, value: t.Any) -> t.Any:
        key = next(iter(value))
        return {key[:-2]: value[key]}


class PassDict(JSONTag):
    """Leaves a dict a dict and tags its values; its keys become text, as JSON has it."""

    __slots__ = ()

    def check(self, value: t.Any) -> bool:
        return isinstance(value, dict)

    def to_json(self, value: t.Any) -> t.Any:
        tag = self.serializer.tag
        return {key: tag(item) for key, item in value.items()}

    tag = to_json


class TagTuple(JSONTag):
    """Writes a tuple as a tagged list."""

    __slots__ = ()
    key = " t"

    def check(self, value: t.Any) -> bool:
        return isinstance(value, tuple)

    def to_json(self, value: t.Any) -> t.Any:
        return list(map(self.serializer.tag, value))

    def to_python(self, value: t.Any) -> t.Any:
        return tuple(value)


class PassList(JSONTag):
    """Leaves a list a list and tags its items."""

    __slots__ = ()

    def check(self, value: t.Any) -> bool:
        return isinstance(value, list)

    def to_json(self, value: t.Any) -> t.Any:
        return list(map(self.serializer.tag, value))

    tag = to_json


class TagBytes(JSONTag):
    """Writes bytes in base 64 (RFC 4648, section 4)."""

    __slots__ = ()
    key = " b"

    def check(self, value: t.Any) -> bool:
        return isinstance(value, bytes)

    def to_json(self, value: t.Any) -> t.Any:
        return b64encode(value).decode("ascii")

    def to_python(self, value: t.Any) -> t.Any:
        return b64decode(value)


class TagMarkup(JSONTag):
    """Writes anything with an ``__html__`` method as the text that gives; it is read as `markupsafe.Markup`."""

    __slots__ = ()
    key = " m"

    def check(self, value: t.Any) -> bool:
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: t.Any) -> t.Any:
        return str(value.__html__())

    def to_python(self, value: t.Any) -> t.Any:
        return Markup(value)


class TagUUID(JSONTag):
    """Writes a UUID as its 32 hexadecimal digits."""

    __slots__ = ()
    key = " u"

    def check(self, value: t.Any) -> bool:
        return isinstance(value, UUID)

    def to_json(self, value: t.Any) -> t.Any:
        return value.hex

    def to_python(self, value: t.Any) -> t.Any:
        return UUID(value)


class TagDateTime(JSONTag):
    """Writes a datetime as an HTTP date: in UTC, to the second; it is read as an aware datetime."""

    __slots__ = ()
    key = " d"

    def check(self, value: t.Any) -> bool:
        return isinstance(value, datetime)

    def to_json(self, value: t.Any) -> t.Any:
        return http_date(value)

    def to_python(self, value: t.Any) -> t.Any:
        return parse_date(value)


class TaggedJSONSerializer:
    """Writes and reads tagged JSON; an intermediate serializer for `itsdangerous.Serializer`.

    Knows dict, tuple, bytes, markup, UUID and datetime beyond JSON's own types. ``tags`` maps each tag to its
    handler; ``order`` is the order in which they are asked.
    """

    __slots__ = ("order", "tags")

    default_tags = [TagDict, PassDict, TagTuple, PassList, TagBytes, TagMarkup, TagUUID, TagDateTime]

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        for tag_class in self.default_tags:
            self.register(tag_class)

    def register(self, tag_class: type[JSONTag], force: bool = False, index: int | None = None) -> None:
        """Add a tag, at ``index`` in the order of asking, else last.

        Raises:
            KeyError: The tag's key is taken, and ``force`` is false.
        """
        tag = tag_class(self)
        key = tag.key
        if key:
            if key in self.tags and not force:
                raise KeyError(f"Tag '{key}' is already registered.")
            self.tags[key] = tag
        self.order.insert(len(self.order) if index is None else index, tag)

    def tag(self, value: t.Any) -> t.Any:
        """Give the value as the first tag that is for it does, or as it is."""
        for tag in self.order:
            if tag.check(value):
                return tag.tag(value)
        return value

    def untag(self, value: dict[str, t.Any]) -> t.Any:
        """Make the value again that a tagged object stands for; any other object is returned as it is."""
        if len(value) != 1:
            return value
        (key,) = value
        tag = self.tags.get(key)
        return value if tag is None else tag.to_python(value[key])

    def _untag_scan(self, value: t.Any) -> t.Any:
        # NOTE: from the inside out: a tag's to_python finds its parts made.
        if isinstance(value, dict):
            return self.untag({key: self._untag_scan(item) for key, item in value.items()})
        if isinstance(value, list):
            return [self._untag_scan(item) for item in value]
        return value

    def _tag_plainly(self, value: t.Any) -> t.Any:
        """Do what `tag` does when only the default tags are asked, in their order."""
        kind = type(value)
        if kind in _UNTAGGED:
            return value
        if kind is dict and not (len(value) == 1 and next(iter(value)) in self.tags):
            return {key: self._tag_plainly(item) for key, item in value.items()}
        if kind is list:
            return [self._tag_plainly(item) for item in value]
        return self.tag(value)

    def dumps(self, value: t.Any) -> str:
        """Write the value as compact tagged JSON text."""
        # PERF: a session is mostly text and numbers, for which all tags would be asked in vain.
        stock = type(self) is TaggedJSONSerializer and list(map(type, self.order)) == _STOCK_TAGS
        tagged = self._tag_plainly(value) if stock else self.tag(value)
        return dumps(tagged, separators=(",", ":"))

    def loads(self, value: str) -> t.Any:
        """Read a value from tagged JSON text."""
        return self._untag_scan(loads(value))


_STOCK_TAGS: list[type] = list(TaggedJSONSerializer.default_tags)

# None of the default tags is for a value of exactly one of these types.
_UNTAGGED = frozenset({str, int, float, bool, type(None)})
