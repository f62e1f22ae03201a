"""Compares two records of the same scenario and words each difference.

Equal means equal, with two exceptions: an error text of Ewer may say more after Flask's own first line, and moments
in cookies may be two seconds apart, because the two runs follow each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

DATE = re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
TOLERANCE_S = 2.0
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@dataclass
class Event:
    """One thing seen: a reply, a note, a raised error, a log record or a warning."""

    kind: str
    label: str
    fields: dict[str, object]


def plain_text(text: str) -> str:
    """Return the text with Ewer's module names written as Flask's and without memory addresses."""
    return ADDRESS.sub("0x", re.sub(r"\bewer\b", "flask", text))


def describe_error(error: BaseException) -> tuple[str, str]:
    """Return an error as its type's name and its text."""
    return type(error).__name__, plain_text(str(error))


def split_dates(text: str) -> tuple[str, list[float]]:
    """Take HTTP dates out of a header value; return the rest and the moments in seconds."""
    moments = [parsedate_to_datetime(found).timestamp() for found in DATE.findall(text)]
    return DATE.sub("<date>", text), moments


def differences(on_flask: list[Event], on_ewer: list[Event]) -> list[str]:
    """Return one text per difference between the two records, none if they agree."""
    found = []
    for position, (expected, came) in enumerate(zip(on_flask, on_ewer, strict=False)):
        if (expected.kind, expected.label) != (came.kind, came.label):
            found.append(f"#{position}: Flask: {expected}\n     Ewer: {came}")
            return found
        found += _field_differences(position, expected, came)
    for name, rest in (("Flask", on_flask[len(on_ewer) :]), ("Ewer", on_ewer[len(on_flask) :])):
        found += [f"only on {name}: {event}" for event in rest]
    return found


def _field_differences(position: int, expected: Event, came: Event) -> list[str]:
    found = []
    for name in expected.fields.keys() | came.fields.keys():
        wanted, got = expected.fields.get(name), came.fields.get(name)
        if not _agree(name, wanted, got):
            found.append(
                f"#{position} {expected.kind} {expected.label!r}, {name}:\n  Flask {wanted!r}\n  Ewer  {got!r}"
            )
    return found


def _agree(name: str, wanted: object, got: object) -> bool:
    if wanted == got:
        return True
    if name == "dates" and isinstance(wanted, list) and isinstance(got, list):
        close = all(abs(a - b) <= TOLERANCE_S for a, b in zip(wanted, got, strict=False))
        return close and len(wanted) == len(got)
    if name != "error" or not isinstance(wanted, tuple) or not isinstance(got, tuple):
        return False
    first_line = wanted[1].partition("\n")[0]
    return wanted[0] == got[0] and bool(first_line) and got[1].startswith(first_line)
