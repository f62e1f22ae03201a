"""The metadata of a Flask that is not installed, for packages that ask which one is."""

from __future__ import annotations

import sys
import typing as t
from importlib.metadata import Distribution, DistributionFinder
from pathlib import Path

import ewer

_NAME = "flask"


class FlaskDistribution(Distribution):
    """A distribution called Flask, of the version whose behaviour this is."""

    def read_text(self, filename: str) -> str | None:
        """Return a metadata file; there is only `METADATA`."""
        if filename != "METADATA":
            return None
        return (
            f"Metadata-Version: 2.1\nName: Flask\nVersion: {ewer._FLASK_VERSION}\nSummary: Ewer, by the name of Flask\n"
        )

    def locate_file(self, path: t.Any) -> t.Any:
        """Return where a file of the distribution is: with Ewer."""
        return Path(ewer.__file__).parent / path


def installed_distributions(*, without: object) -> list[Distribution]:
    """Return the `flask` distributions that the finders other than `without` know."""
    context = DistributionFinder.Context(name=_NAME)
    return [
        distribution
        for finder in sys.meta_path
        if finder is not without and hasattr(finder, "find_distributions")
        for distribution in finder.find_distributions(context)
    ]
