"""Compact JSON replies with the bytes of the standard library, faster: by msgspec where it writes the same ones.

The two differ in what they make of other types, of floats written with an exponent, of keys that are not text and,
where everything outside ASCII is escaped, of such text: whatever might be any of these is written by the library's own
encoder, made once. `tests/test_json.py` holds the bytes equal.
"""

from __future__ import annotations

import json
import json.encoder
import typing as t
from itertools import chain

WARM_UP = 4
"""How many bodies the standard library writes, or reads, before msgspec is imported, which an application that sends none should not pay for."""
_TEXT = frozenset({str})
_OBJECT = frozenset({dict})
_EXACT = frozenset({str, int, bool, type(None)})
_EXACT_IN_RANGE = _EXACT | {float}
_SMALLEST, _LARGEST = 1e-4, 1e16
"""Floats from the one up to the other are written without an exponent by both."""
_DELETE = 0x7F
"""The one character of ASCII that the library escapes and msgspec does not. As a number: looking for bytes raises an error first."""
_library: t.Any = json.encoder
_STDLIB_DUMPS = json.dumps
_STDLIB_ENCODER = json.JSONEncoder


def library_is_untouched() -> bool:
    """Tell whether `json` writes as it came: apps do replace json.dumps or json.JSONEncoder, and then theirs must write."""
    return json.dumps is _STDLIB_DUMPS and json.JSONEncoder is _STDLIB_ENCODER


class CompactReplies:
    """Writes the compact bodies of one provider, as long as none of its options changes.

    Args:
        default: is called with each value that `json` cannot write, as in `json.dumps`.
        ensure_ascii: whether everything outside ASCII is escaped.
        sort_keys: whether keys are sorted.
        otherwise: writes a body wherever this cannot, and reports what has no JSON form.
        as_dicts: turns a list of dataclass instances into one of dicts where `default` would come to the same.
    """

    __slots__ = ("_as_dicts", "_by_library", "_encode", "_ensure_ascii", "_otherwise", "_replies", "_sort_keys")

    def __init__(
        self,
        default: t.Callable[[t.Any], t.Any],
        *,
        ensure_ascii: bool,
        sort_keys: bool,
        otherwise: t.Callable[[t.Any], bytes],
        as_dicts: t.Callable[[list[t.Any]], list[t.Any]] | None = None,
    ) -> None:
        quote = _library.encode_basestring_ascii if ensure_ascii else _library.encode_basestring
        # NOTE: without a record of the objects in the making, which threads could not share: circles end in a RecursionError.
        self._by_library = _library.c_make_encoder(None, default, quote, None, ":", ",", sort_keys, False, True)
        self._ensure_ascii = ensure_ascii
        self._sort_keys = sort_keys
        self._otherwise = otherwise
        self._as_dicts = as_dicts
        self._replies = 0
        self._encode: t.Callable[[object], bytes] | None = None

    def write(self, value: t.Any) -> bytes:
        """Return the body for a value, which ends in a line feed.

        Raises:
            TypeError: something has no JSON form, or the keys cannot be sorted.
            ValueError: the value contains itself.
        """
        # PERF: spelled out, for this is what most replies of an API go through (bench workload "json").
        if json.dumps is not _STDLIB_DUMPS or json.JSONEncoder is not _STDLIB_ENCODER:
            return self._otherwise(value)
        encode = self._encode
        if encode is None:
            self._warm_up()
            return self._write_by_library(value)
        given = value
        if type(value) is dict:
            # NOTE: a list of them first: another thread may be adding to a dict that views share, and the library does not mind either.
            for key, item in list(value.items()):
                if type(key) is not str or type(item) not in _EXACT:
                    return self._write_by_library(value)
        elif type(value) is not list:
            return self._write_by_library(value)
        else:
            if value and self._as_dicts is not None and hasattr(value[0], "__dataclass_fields__"):
                value = self._as_dicts(value)
            if not _are_flat(value):
                return self._write_by_library(given)
        try:
            text = encode(value)
        except (OverflowError, ValueError):  # an integer past 64 bits, a lone surrogate
            return self._write_by_library(given)
        if not self._ensure_ascii or (text.isascii() and _DELETE not in text):
            return text + b"\n"
        return self._write_by_library(given)

    def _write_by_library(self, value: t.Any) -> bytes:
        try:
            return "".join(self._by_library(value, 0)).encode() + b"\n"
        except (RecursionError, UnicodeEncodeError):
            return self._otherwise(value)

    def _warm_up(self) -> None:
        self._replies += 1
        if self._replies == WARM_UP:
            import msgspec

            self._encode = msgspec.json.Encoder(order="sorted" if self._sort_keys else None).encode


def _are_flat(values: list[t.Any]) -> bool:
    """Tell whether both write the same for a list of flat objects. PERF: all its loops are native (bench workload "hundred-objects")."""
    if not _OBJECT.issuperset(map(type, values)) or not _TEXT.issuperset(map(type, chain.from_iterable(values))):
        return False
    kinds = set(map(type, chain.from_iterable(map(dict.values, values))))
    if _EXACT.issuperset(kinds):
        return True
    return _EXACT_IN_RANGE.issuperset(kinds) and all(
        number == 0 or _SMALLEST <= abs(number) < _LARGEST
        for found in values
        for number in found.values()
        if type(number) is float
    )
