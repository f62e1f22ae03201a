"""Importing this module makes `flask` mean Ewer, for the rest of the process.

`flask` becomes the `ewer` package itself, and each of its modules is one object under two names, so classes, context
variables and pickles are the same whichever name they are reached by. A module that is first imported from now on is
called by Flask's name, as its classes are: warning filters, CSRF exemption lists and log formats of existing
applications spell these names out. Use it before anything imports the real Flask: in the first line of `wsgi.py`,
with `pytest -p ewer.as_flask`, or through any `ewer` command, which does it for you.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import typing as t
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

import ewer

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import Distribution, DistributionFinder
    from types import ModuleType

_OURS = "ewer"
_THEIRS = "flask"
_OURS_ALONE = frozenset({"__main__", "as_flask", "commands", "serve"})
"""Modules that are called by one name only: they are what starts a program, not what one uses."""


class _SameModule(Loader):
    """Loads a module by handing out the one that has the other name."""

    def __init__(self, other_name: str) -> None:
        self.other_name = other_name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.other_name)
        self.own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # NOTE: the import machinery has just written the spec of the alias over the module's own.
        module.__spec__ = self.own_spec


class AsFlask(MetaPathFinder):
    """Finds every module of Ewer by Flask's name and by its own, and sees to it that both are one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec that hands out the module of the other name; None where this name is the one to load it by."""
        package, _, rest = fullname.partition(".")
        if package not in (_OURS, _THEIRS) or not rest or rest in _OURS_ALONE:
            return None
        other_name = f"{_THEIRS if package == _OURS else _OURS}.{rest}"
        other = sys.modules.get(other_name)
        if other is None and package == _THEIRS:
            return None  # the path of the package finds Ewer's file, and it is loaded by Flask's name
        if other is None and importlib.util.find_spec(other_name) is None:
            return None
        is_package = other is not None and hasattr(other, "__path__")
        return ModuleSpec(fullname, _SameModule(other_name), is_package=is_package)

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterable[Distribution]:
        """Offer a `flask` distribution of the version whose behaviour this is, where none is installed."""
        name = getattr(context, "name", None)
        if name is not None and name.lower() != _THEIRS:
            return ()
        from ._flask_distribution import FlaskDistribution, installed_distributions

        return () if installed_distributions(without=self) else (FlaskDistribution(),)


def _switch_on() -> None:
    """Put the finder in front.

    Raises:
        ImportError: the real Flask has been imported.
    """
    known = sys.modules.get(_THEIRS)
    if known is ewer:
        return
    if known is not None:
        raise ImportError(
            f"ewer.as_flask comes too late: the real Flask was imported first, from {getattr(known, '__file__', 'somewhere')}.\n"
            "  Two Flasks in one process would each have half of your application.\n"
            "  Fix: make 'import ewer.as_flask' the first line of your program, or start it with an 'ewer' command.",
            name=_THEIRS,
        )
    sys.meta_path.insert(0, AsFlask())
    sys.modules[_THEIRS] = ewer


_switch_on()
