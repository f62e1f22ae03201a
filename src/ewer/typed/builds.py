"""Puts builds together: that of a container from those of what it holds. A build makes the user's type of what the native pass gave."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .shapes import Build


def then(first: Build | None, second: Build | None) -> Build | None:
    """One build after the other; either may be None."""
    if first is None or second is None:
        return first or second
    return lambda value: second(first(value))


def build_items(kind: type, build: Build | None) -> Build | None:
    """Build of a sequence whose items are built."""
    if build is None:
        return None
    if kind is list:
        return lambda values: [build(value) for value in values]
    return lambda values: kind(map(build, values))


def build_places(builds: list[Build | None]) -> Build | None:
    """Build of a tuple, each place by its own."""
    if not any(builds):
        return None
    return lambda values: tuple(v if b is None else b(v) for v, b in zip(values, builds))


def build_values(key: Build | None, item: Build | None) -> Build | None:
    """Build of a table, from those of its keys and values."""
    if key is None and item is None:
        return None
    return lambda table: {(key(k) if key else k): (item(v) if item else v) for k, v in table.items()}


def build_unless_none(build: Build) -> Build:
    """Build that leaves None as it is."""
    return lambda value: None if value is None else build(value)
