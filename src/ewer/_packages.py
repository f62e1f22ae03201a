"""Where a package is installed, which decides where its instance folder goes."""

from __future__ import annotations

import os
import sys


def _find_package_path(import_name: str) -> str:
    """Return the folder that has to be on the import path for `import_name` to be found; the working folder if nothing is."""
    from importlib.util import find_spec

    try:
        spec = find_spec(import_name.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return os.getcwd()
    if not spec.submodule_search_locations:
        return os.path.dirname(spec.origin or "")
    if spec.origin not in (None, "namespace"):
        return os.path.dirname(os.path.dirname(spec.origin or ""))
    return os.path.dirname(_namespace_portion(import_name, list(spec.submodule_search_locations)))


def _namespace_portion(import_name: str, portions: list[str]) -> str:
    """Return the part of a namespace package, which may lie in several places, that holds `import_name`."""
    from importlib.util import find_spec

    package = find_spec(import_name)
    if package is None or not package.submodule_search_locations:
        return portions[0]
    location = os.path.commonpath(list(package.submodule_search_locations))
    return next(portion for portion in portions if _is_inside(location, portion))


def _is_inside(path: str, folder: str) -> bool:
    return os.path.normcase(path) == os.path.normcase(folder) or os.path.normcase(path).startswith(
        os.path.join(os.path.normcase(folder), "")
    )


def find_package(import_name: str) -> tuple[str | None, str]:
    """Return the installation prefix of a package, None where it is not installed, and the folder it is imported from."""
    package_path = _find_package_path(import_name)
    python_prefix = os.path.abspath(sys.prefix)
    if _is_inside(package_path, python_prefix):
        return python_prefix, package_path
    parent, folder = os.path.split(package_path)
    if folder.lower() != "site-packages":
        return None, package_path
    grandparent, lib = os.path.split(parent)
    if lib.lower() == "lib":  # Windows: prefix/Lib/site-packages
        return grandparent, package_path
    if os.path.basename(grandparent).lower() == "lib":  # elsewhere: prefix/lib/python3.x/site-packages
        return os.path.dirname(grandparent), package_path
    return parent, package_path


find_package.__module__ = _find_package_path.__module__ = f"{__package__}.sansio.scaffold"
