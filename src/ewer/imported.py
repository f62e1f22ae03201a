"""Class attributes that are imported when they are first read, so that what an application does not use is never loaded."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Imported:
    """Stands in a class for `module:name` until somebody reads it, then gives way to it."""

    def __init__(self, path: str) -> None:
        self.module, _, self.attribute = path.partition(":")
        self.resolved: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        self.resolved = getattr(import_module(self.module), self.attribute)
        # NOTE: not through the owner's metaclass: nothing has changed that a watch should hear of.
        type.__setattr__(self.owner, self.name, self.resolved)
        return self.resolved
