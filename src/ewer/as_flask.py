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
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import ewer

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import Distribution, DistributionFinder

_OURS = "ewer"
_THEIRS = "flask"
_OURS_ALONE = frozenset({"__main__", "as_flask", "commands", "serve"})
"""Modules that are called by one name only: they are what starts a program, not what one uses."""
_SPAWN = "multiprocessing.spawn"
_IN_A_CHILD = "try:\n    import ewer.as_flask\nexcept ImportError:\n    pass"


class _SameModule(Loader):
    """Loads a module by handing out the one that is there already, or has the other name."""

    def __init__(self, known: ModuleType | None, other_name: str) -> None:
        self.known = known
        self.other_name = other_name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = self.known or importlib.import_module(self.other_name)
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
        """Return a spec that hands out the module of the other name; None where this name is the one to load it by.

        A module that was taken out of `sys.modules` and is imported again is the same one: the others still work with it.
        """
        if fullname == _SPAWN:
            return _find_spawn(path)
        package, _, rest = fullname.partition(".")
        if target is not None or package not in (_OURS, _THEIRS) or rest in _OURS_ALONE or fullname == _OURS:
            return None  # NOTE: a target is a module that is being reloaded, from its own file
        other_name = f"{_THEIRS if package == _OURS else _OURS}.{rest}".rstrip(".")
        known = sys.modules.get(other_name) or _taken_out(fullname, other_name)
        if known is None and package == _THEIRS and rest:
            return None  # the path of the package finds Ewer's file, and it is loaded by Flask's name
        own = known.__spec__ if known is not None else importlib.util.find_spec(other_name)
        if own is None:
            return None
        spec = ModuleSpec(fullname, _SameModule(known, other_name), origin=own.origin)
        spec.has_location = own.has_location
        spec.submodule_search_locations = own.submodule_search_locations
        return spec

    def find_distributions(self, context: DistributionFinder.Context | None = None) -> Iterable[Distribution]:
        """Offer a `flask` distribution of the version whose behaviour this is, where none is installed."""
        name = getattr(context, "name", None)
        if name is not None and name.lower() != _THEIRS:
            return ()
        from ._flask_distribution import distributions_in

        return distributions_in(context, self)


class _SwitchedOn:
    """Is unpickled by switching on."""

    def __reduce__(self) -> tuple[t.Any, ...]:
        return exec, (_IN_A_CHILD, {})


def _tell_children(spawn: t.Any) -> None:
    """Have each process that `multiprocessing` starts afresh switch on, before it imports anything of the application."""
    preparation_data = spawn.get_preparation_data
    spawn.get_preparation_data = lambda *args: {**preparation_data(*args), "ewer.as_flask": _SwitchedOn()}


def _find_spawn(path: Sequence[str] | None) -> ModuleSpec | None:
    """Find the module that prepares new processes, which few applications import, in such a way that it is told of as it is loaded."""
    spec = PathFinder.find_spec(_SPAWN, path)
    if spec is None or spec.loader is None:
        return None
    load = spec.loader.exec_module

    def load_and_tell(module: ModuleType) -> None:
        load(module)
        _tell_children(module)

    spec.loader.exec_module = load_and_tell  # type: ignore[method-assign]  # this one loader's
    return spec


def _taken_out(*names: str) -> ModuleType | None:
    """Return the module that is no longer in `sys.modules` by any of these names, and still an attribute of its package."""
    package, _, name = names[0].rpartition(".")
    module = vars(sys.modules[package]).get(name) if package in sys.modules else None
    # NOTE: `type` rather than `isinstance`: the attribute may be a proxy, which would be looked through.
    is_module = issubclass(type(module), ModuleType)
    return module if is_module and getattr(t.cast("ModuleType", module).__spec__, "name", None) in names else None


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
    if _SPAWN in sys.modules:
        _tell_children(sys.modules[_SPAWN])


_switch_on()
