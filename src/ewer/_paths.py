"""The parts of `ewer.helpers` that need nothing but the standard library: paths, names and environment flags.

Kept apart so that the app and the blueprints, which need them to be made, do not load Werkzeug. To the
outside they belong to `ewer.helpers`.
"""

from __future__ import annotations

import os
import sys
import typing as t
from functools import cache

_NO = frozenset({"0", "false", "no"})


def get_debug_flag() -> bool:
    """Tell whether ``FLASK_DEBUG`` asks for debug mode: set, and not 0, false or no in any case."""
    flag = os.environ.get("FLASK_DEBUG")
    return bool(flag) and t.cast("str", flag).lower() not in _NO


def get_load_dotenv(default: bool = True) -> bool:
    """Tell whether dotenv files should be loaded: not when ``FLASK_SKIP_DOTENV`` is set to anything but 0, false or no.

    With the variable unset or empty the answer is ``default``.
    """
    skip = os.environ.get("FLASK_SKIP_DOTENV")
    return skip.lower() in _NO if skip else default


def get_root_path(import_name: str) -> str:
    """Find the directory of a package or of the file of a module; the current one when there is no such file.

    Raises:
        RuntimeError: The module exists, but neither it nor its loader names a file (a namespace package, or
            an import hook of its own making).
    """
    module = sys.modules.get(import_name)
    file: str | None = getattr(module, "__file__", None)
    if file is not None:
        return os.path.dirname(os.path.abspath(file))

    loader = _find_loader(import_name)
    if loader is None:
        return os.getcwd()
    if hasattr(loader, "get_filename"):
        return os.path.dirname(os.path.abspath(t.cast("str", loader.get_filename(import_name))))

    __import__(import_name)
    file = t.cast("str | None", getattr(sys.modules[import_name], "__file__", None))
    if file is None:
        raise RuntimeError(
            f"No root path can be found for the provided module {import_name!r}. This can happen because the"
            " module came from an import hook that does not provide file name information or because it's a"
            " namespace package. In this case the root path needs to be explicitly provided."
        )
    return os.path.dirname(os.path.abspath(file))


def _find_loader(import_name: str) -> t.Any:
    from importlib.util import find_spec

    try:
        spec = find_spec(import_name)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.loader


@cache
def _split_blueprint_path(name: str) -> list[str]:
    """List a dotted blueprint name and its parents, innermost first: ``a.b`` gives ``["a.b", "a"]``."""
    names = [name]
    while "." in name:
        name = name.rpartition(".")[0]
        names.append(name)
    return names


for _public in (get_debug_flag, get_load_dotenv, get_root_path):
    _public.__module__ = f"{__package__}.helpers"
del _public
