"""Seeded chance: the same seed gives the same throws on every Python version, for the generator and the covers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Throws that repeat.

    NOTE: only `random.random()` is promised to stay the same between Python versions; `choice`, `shuffle` and `sample`
    are not, so they are built here.
    """

    __slots__ = ("_source",)

    def __init__(self, seed: str) -> None:
        self._source = random.Random(seed)

    def number(self, low: float, high: float) -> float:
        """Throw a number from `low` up to `high`."""
        return low + (high - low) * self._source.random()

    def whole(self, low: int, high: int) -> int:
        """Throw a whole number from `low` to `high`, both included."""
        return low + int(self._source.random() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        """Tell whether something that happens this often, from 0 to 1, happens now."""
        return self._source.random() < probability

    def pick(self, things: Sequence[T]) -> T:
        """Pick one of several things."""
        return things[int(self._source.random() * len(things))]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Bring things into a new order, leaving the original as it is."""
        keyed = sorted((self._source.random(), place) for place in range(len(things)))
        return [things[place] for _, place in keyed]
