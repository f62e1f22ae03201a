"""What is imported when it is first used, so that what an application does not use is never loaded."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def import_from_the_top(name: str) -> ModuleType:
    """Import the module `name` after the packages it is in, which several threads may do at once.

    A package that imports its own modules, as `werkzeug` does, and another thread that starts with one of these modules wait for each
    other; Python then hands out half of a module. Statements follow the same rule: `tests/test_house_rules.py`.

    Raises:
        ImportError: there is no such module.
    """
    package = name.rpartition(".")[0]
    if package:
        import_from_the_top(package)
    return import_module(name)


class Imported:
    """Stands in a class for `module:name` until somebody reads it, then gives way to it."""

    def __init__(self, path: str) -> None:
        self.module, _, self.attribute = path.partition(":")
        self.resolved: Any = None

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        self.resolved = getattr(import_from_the_top(self.module), self.attribute)
        # NOTE: not through the owner's metaclass: nothing has changed that a watch should hear of.
        type.__setattr__(self.owner, self.name, self.resolved)
        return self.resolved
