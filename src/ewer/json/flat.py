"""Flat objects, the commonest JSON reply, by msgspec where its bytes are exactly those of the standard library.

The two differ in what they make of other types, of text outside ASCII, of floats written with an exponent and of keys
that are not text: whatever might be any of these is left to the caller. `tests/test_json.py` holds the rest equal.
"""

from __future__ import annotations

import typing as t

_WARM_UP = 4
"""How many replies the standard library writes before msgspec is imported, which an application that sends none should not pay for."""
_MOST_KEYS = 16
_TEXT = frozenset({str})
_EXACT = frozenset({str, int, bool, type(None)})
_EXACT_IN_RANGE = _EXACT | {float}
_SMALLEST, _LARGEST = 1e-4, 1e16
"""Floats from the one up to the other are written without an exponent by both."""


def _never(value: object) -> bytes:
    raise TypeError("not yet")


class FlatObjects:
    """Writes flat dicts as compact JSON with sorted keys, if it can."""

    __slots__ = ("_encode", "_replies")

    def __init__(self) -> None:
        self._replies = 0
        self._encode: t.Callable[[object], bytes] = _never

    def dumps(self, value: t.Any) -> bytes | None:
        """Return the bytes that `json.dumps` would give for a flat dict, None where it has to be asked."""
        if type(value) is not dict or len(value) > _MOST_KEYS or not _TEXT.issuperset(map(type, value)):
            return None
        if self._replies < _WARM_UP:
            self._count()
            return None
        values = value.values()
        if not _EXACT.issuperset(map(type, values)) and (
            not _EXACT_IN_RANGE.issuperset(map(type, values)) or not _are_in_range(value)
        ):
            return None
        try:
            text = self._encode(value)
        except (OverflowError, ValueError):  # an integer past 64 bits, a lone surrogate
            return None
        return text if text.isascii() and b"\x7f" not in text else None

    def _count(self) -> None:
        self._replies += 1
        if self._replies == _WARM_UP:
            import msgspec

            self._encode = msgspec.json.Encoder(order="sorted").encode


def _are_in_range(value: dict[str, t.Any]) -> bool:
    return all(number == 0 or _SMALLEST <= abs(number) < _LARGEST for number in value.values() if type(number) is float)
