"""One value that a view or dependency takes from a request: the facts, as OpenAPI and binding both need them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .markers import MISSING

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .markers import Marker, Place
    from .shapes import Shape


@dataclass(frozen=True)
class Parameter:
    """Where a value comes from and what it must be.

    ``key`` is unique among all parameters of a binding, ``name`` is how the callable spells it, ``alias`` how the wire
    does. ``fields`` holds the wire names, hints and shapes' order of a model that is read from texts.
    """

    key: str
    name: str
    place: Place
    alias: str
    annotation: t.Any
    shape: Shape
    marker: Marker
    owner: str
    default: t.Any = MISSING
    default_factory: Callable[[], t.Any] | None = None
    many: bool = False
    keeps_blank: bool = True
    fields: tuple[tuple[str, str, bool, bool], ...] = ()
    closed: bool = False
    implied: bool = False
    marked: bool = False

    @property
    def required(self) -> bool:
        """Whether a request without it is refused."""
        return self.default is MISSING and self.default_factory is None

    def make_default(self) -> t.Any:
        """The value for a request that does not give one."""
        return self.default_factory() if self.default_factory is not None else self.default
