"""Importing this module makes `flask` mean Ewer, for the rest of the process.

`import flask` and every `import flask.x` hand out `ewer` and `ewer.x` themselves: one module object under two names, so classes, context variables and
pickles are the same whichever name they are reached by. Use it before anything imports the real Flask: in the first line of `wsgi.py`, with
`pytest -p ewer.as_flask`, or through any `ewer` command, which does it for you.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
import typing as t
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

import ewer

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

_OURS = "ewer"
_THEIRS = "flask"
_VERSION = ewer._FLASK_VERSION
_NOT_FLASK = frozenset({"as_flask", "commands", "serve", "typed", "interfaces", "watched", "imported"})
"""Modules that Flask does not have: they have one name only."""


class _SameModule(Loader):
    """Loads `flask.x` by importing `ewer.x` and handing that out."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.name)
        self.own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # NOTE: the import machinery has just written the spec of the alias over the module's own.
        module.__spec__ = self.own_spec
        if self.own_spec is not None:
            module.__loader__ = self.own_spec.loader
            module.__package__ = self.own_spec.parent


class AsFlask(MetaPathFinder):
    """Finds `flask` and `flask.x`, before the real one could be found."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec that loads the module of the same name in `ewer`; None for everything that is not `flask`."""
        package, _, rest = fullname.partition(".")
        if package != _THEIRS or rest.partition(".")[0] in _NOT_FLASK or rest.startswith("_"):
            return None
        name = f"{_OURS}.{rest}" if rest else _OURS
        try:
            own = importlib.import_module(name).__spec__
        except ModuleNotFoundError as error:
            if error.name == name:
                return None
            raise
        is_package = own is not None and own.submodule_search_locations is not None
        return ModuleSpec(fullname, _SameModule(name), is_package=is_package)

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterable[importlib.metadata.Distribution]:
        """Offer a `flask` distribution of the version whose behaviour this is, where none is installed."""
        name = getattr(context, "name", None)
        if name is not None and name.lower() != _THEIRS:
            return ()
        if any(distribution.metadata["Name"].lower() == _THEIRS for distribution in _installed()):
            return ()
        return (_FlaskDistribution(),)


class _FlaskDistribution(importlib.metadata.Distribution):
    """The metadata of a Flask that is not installed, for packages that ask which one is."""

    def read_text(self, filename: str) -> str | None:
        """Return a metadata file; there is only `METADATA`."""
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: Flask\nVersion: {_VERSION}\nSummary: Ewer, by the name of Flask\n"

    def locate_file(self, path: t.Any) -> t.Any:
        """Return where a file of the distribution is: with Ewer."""
        from pathlib import Path

        return Path(ewer.__file__).parent / path


def _installed() -> list[importlib.metadata.Distribution]:
    """Return the `flask` distributions that other finders know."""
    context = importlib.metadata.DistributionFinder.Context(name=_THEIRS)
    return [
        distribution
        for finder in sys.meta_path
        if not isinstance(finder, AsFlask) and hasattr(finder, "find_distributions")
        for distribution in finder.find_distributions(context)
    ]


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
    if not any(isinstance(finder, AsFlask) for finder in sys.meta_path):
        sys.meta_path.insert(0, AsFlask())
    importlib.import_module(_THEIRS)


_switch_on()
