"""The metadata of a Flask that is not installed, for packages that ask which one is."""

from __future__ import annotations

import sys
import typing as t
from importlib.metadata import Distribution, DistributionFinder
from pathlib import Path

import ewer

_NAME = "flask"
_METADATA = f"""\
Metadata-Version: 2.1
Name: Flask
Version: {ewer._FLASK_VERSION}
Summary: Ewer, by the name of Flask
Requires-Python: >=3.9
Requires-Dist: blinker>=1.9.0
Requires-Dist: click>=8.1.3
Requires-Dist: importlib-metadata>=3.6.0; python_version < '3.10'
Requires-Dist: itsdangerous>=2.2.0
Requires-Dist: jinja2>=3.1.2
Requires-Dist: markupsafe>=2.1.1
Requires-Dist: werkzeug>=3.1.0
Requires-Dist: asgiref>=3.2 ; extra == "async"
Requires-Dist: python-dotenv ; extra == "dotenv"
Provides-Extra: async
Provides-Extra: dotenv
"""
_FILES = {"METADATA": _METADATA, "top_level.txt": f"{_NAME}\n"}


class FlaskDistribution(Distribution):
    """A distribution called Flask, of the version whose behaviour this is."""

    def read_text(self, filename: str) -> str | None:
        """Return a metadata file: `METADATA` or `top_level.txt`. The command `flask` is no entry point of it: there is none."""
        return _FILES.get(filename)

    def locate_file(self, path: t.Any) -> t.Any:
        """Return where a file of the distribution is: with Ewer."""
        return Path(ewer.__file__).parent / path


def distributions_in(context: DistributionFinder.Context | None, finder: object) -> list[Distribution]:
    """Return the distribution that `finder` has to offer: none in folders that Ewer is not in, or where Flask is installed."""
    folders = vars(context).get("path") if context is not None else None
    if folders is not None and folders != sys.path and str(Path(ewer.__file__).parent.parent) not in folders:
        return []
    return [] if _installed(without=finder) else [FlaskDistribution()]


def _installed(*, without: object) -> list[Distribution]:
    context = DistributionFinder.Context(name=_NAME)
    return [
        distribution
        for finder in sys.meta_path
        if finder is not without and hasattr(finder, "find_distributions")
        for distribution in finder.find_distributions(context)
    ]
