"""What a failed search for the application tells the reader beyond Flask's sentence: the likely cause and the fix.

Each ``hint_*`` function gives the text to append to an error message, starting with a line break, or an empty string
if there is nothing true to add. None of them imports or runs the user's code.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import os
import re
import sys
import typing as t
from functools import partial
from types import ModuleType

import click

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

_MORE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_REFERENCE_FIX = "\n  Fix: write 'module', 'module:app' or 'module:create_app(\"argument\")'."
_LITERALS_FIX = (
    "\n  Fix: pass only literals (strings, numbers, True, None, lists, dicts); let the factory read everything else"
    " from its configuration or the environment."
)

_FRAMEWORK_MODULES = frozenset({"flask", "ewer"})
_MAKES_AN_APP = re.compile(r"^[^#\n]*(?:=\s*(?:\w+\.)?(?:Flask|Ewer)\(|\bdef (?:create_app|make_app)\()", re.MULTILINE)
_MAX_FILES_READ = 100
_MAX_BYTES_READ = 64 * 1024


class AppReference(t.NamedTuple):
    """The part of an import path after the colon: a name, and the arguments if it is a call."""

    name: str
    args: tuple[t.Any, ...]
    kwargs: dict[str, t.Any]


def parse_app_reference(text: str) -> AppReference:
    """Read ``name`` or ``name(literal, key=literal)``; nothing is evaluated but literals.

    Raises:
        ValueError: the text is something else. The message is meant for the user.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        tree = None

    if isinstance(tree, ast.Name):
        return AppReference(tree.id, (), {})
    if not isinstance(tree, ast.Call):
        raise ValueError(f"Failed to parse {text!r} as an attribute name or function call." + _REFERENCE_FIX)
    if not isinstance(tree.func, ast.Name):
        raise ValueError(f"Function reference must be a simple name: {text!r}." + _REFERENCE_FIX)

    try:
        args = tuple(ast.literal_eval(node) for node in tree.args)
        kwargs = {node.arg: ast.literal_eval(node.value) for node in tree.keywords if node.arg is not None}
    except (ValueError, TypeError):
        raise ValueError(f"Failed to parse arguments as literal values: {text!r}." + _LITERALS_FIX) from None
    return AppReference(tree.func.id, args, kwargs)


def prepare_import(path: str) -> str:
    """Turn a file path into the dotted name it can be imported by, and put its root first on ``sys.path``."""
    path = os.path.realpath(path)
    stem, extension = os.path.splitext(path)
    if extension == ".py":
        path = stem
    if os.path.basename(path) == "__init__":
        path = os.path.dirname(path)

    # The root is the first directory, going up, that is not itself a package.
    root, name = os.path.split(path)
    names = [name]
    while os.path.exists(os.path.join(root, "__init__.py")):
        root, name = os.path.split(root)
        names.insert(0, name)

    if sys.path[0] != root:
        sys.path.insert(0, root)
    return ".".join(names)


def _path_is_ancestor(path: str, other: str) -> bool:
    """Tell whether the directory ``path`` lies on the way to ``other``, by their text alone."""
    rest = other[len(path) :].lstrip(os.sep)
    return os.path.join(path, rest) == other


def program_name() -> str:
    """Give the command that the reader typed: ``ewer`` under the ``ewer`` script, else ``flask``."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().command.name == "ewer":
        return "ewer"
    return "flask"


def _is_for_serve() -> bool:
    """Tell whether the reader typed ``serve``, which takes the application as an argument and not as an option."""
    context = click.get_current_context(silent=True)
    return context is not None and context.command.name == "serve"


def _naming(reference: str) -> str:
    """Give what the reader types to name an application."""
    return f"{program_name()} serve {reference}" if _is_for_serve() else f"--app {reference}"


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Give the candidate that reads most like ``name``, ignoring case, or None if none comes near."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def hint_several_apps(module: ModuleType, apps: Mapping[str, object]) -> str:
    """Name the applications that the module holds."""
    names = sorted(apps)
    hint = f"\n  Found: {_quoted(names)}.\n  Fix: choose one, for example '{_naming(f'{module.__name__}:{names[0]}')}'."
    around = [name for name, value in vars(module).items() if name not in apps and is_wsgi_callable(value)]
    if around:
        hint += f"\n  'ewer serve {module.__name__}:{around[0]}' serves the WSGI callable of that name, with whatever is below it."
    return hint


def hint_no_app(module: ModuleType) -> str:
    """Say why a module that was imported has no application: wrong module, other framework, or odd factory name."""
    name = module.__name__
    if name in _FRAMEWORK_MODULES:
        return (
            f"\n  '{name}' is the framework itself: a file of that name cannot be imported."
            f"\n  Fix: rename '{name}.py', for example to 'app.py'."
        )

    foreign = sorted(key for key, value in vars(module).items() if is_foreign_flask(value))
    if foreign:
        return _foreign_hint(foreign[0])

    factories = [key for key, value in vars(module).items() if _looks_like_factory(module, key, value)]
    if factories:
        return f"\n  Fix: if {factories[0]}() makes the application, write '{_naming(f'{name}:{factories[0]}')}'."
    return ""


def hint_not_an_app(found: object) -> str:
    """Say what was found where an application should have been."""
    if is_foreign_flask(found):
        return _foreign_hint("it")
    if found is None:
        return "\n  Got None.\n  Fix: end the factory with 'return app'."
    if isinstance(found, type):
        return f"\n  Got the class {found.__name__}.\n  Fix: name an instance of it, or a function that returns one."
    kind = type(found)
    return f"\n  Got an object of type {kind.__module__}.{kind.__qualname__}."


def hint_missing_attribute(module: ModuleType, name: str, app_class: type) -> str:
    """Name the attribute that was probably meant; applications and factories come first."""
    names = [key for key in vars(module) if not key.startswith("__")]
    apps = [key for key in names if isinstance(vars(module)[key], app_class)]
    match = closest(name, apps) or closest(name, names)
    if match is not None:
        return f"\n  Did you mean '{module.__name__}:{match}'?"
    if apps:
        return f"\n  Fix: this module's application is '{module.__name__}:{apps[0]}'."
    factories = [key for key in names if _looks_like_factory(module, key, vars(module)[key])]
    if factories:
        return f"\n  This module has {_quoted(factories)}, which may make the application."
    return ""


def hint_wrong_arguments(
    module: ModuleType, name: str, factory: Callable[..., t.Any], args: tuple[t.Any, ...], kwargs: Mapping[str, t.Any]
) -> str:
    """Show the factory's signature, what is wrong with the call, and a call of the right shape."""
    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):
        return ""
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        problem = str(error)
    else:
        return ""

    required = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    shape = ", ".join(required)
    quoted = f'"{module.__name__}:{name}({shape})"'
    return (
        f"\n  It is defined as {name}{signature}: {problem}."
        f"\n  Fix: '{_naming(quoted)}' with literal values{f' for {shape}' if required else ''}"
        f"{', or give the parameters defaults' if required else ''}."
    )


def hint_missing_module(module_name: str) -> str:
    """Name the module that was probably meant, and the directory that was searched."""
    package, _, last = module_name.rpartition(".")
    parent = sys.modules.get(package)
    if parent is not None and (hasattr(parent, last) or not hasattr(parent, "__path__")):
        return f"\n  '{package}' has no module '{last}'; a name inside a module follows a colon: '{package}:{last}'."
    directories = _search_path(package)
    if not directories:
        return ""
    match = closest(last, (name for directory in directories for name in _modules_in(directory)))
    hint = f"\n  Searched in {directories[0]!r}."
    if match is not None:
        hint += f"\n  Did you mean '{package + '.' if package else ''}{match}'?"
    return hint


def hint_nothing_named(directory: str) -> str:
    """Point at files in the directory that make an application under another name."""
    found = []
    for name in sorted(_modules_in(directory))[:_MAX_FILES_READ]:
        path = _source_of(directory, name)
        if path is not None and _MAKES_AN_APP.search(_head_of(path)):
            found.append(name)
    if not found:
        return ""
    makes = "makes an application" if len(found) == 1 else "make applications"
    command = _naming(found[0]) if _is_for_serve() else f"{program_name()} {_naming(found[0])} ..."
    return f"\n  Here, {_quoted(found)} {makes}.\n  Fix: '{command}'."


def hint_import_error(error: ImportError) -> str:
    """Explain a circular import, a misspelled name and a missing package; empty for other import errors."""
    circle = _circular_import(error)
    if circle:
        return circle

    name = error.name or ""
    if not isinstance(error, ModuleNotFoundError):
        match = re.search(r"cannot import name '(\w+)' from '([\w.]+)'", str(error))
        module = sys.modules.get(match[2]) if match else None
        guess = closest(match[1], dir(module)) if match and module else None
        return f"\n  Did you mean '{guess}'?" if match and guess else ""
    package, _, last = name.rpartition(".")
    guess = closest(last, (module for directory in _search_path(package) for module in _modules_in(directory)))
    if guess is not None and guess != last:
        return f"\n  Did you mean '{package + '.' if package else ''}{guess}'?"
    if package or not name:
        return ""
    return (
        f"\n  Fix: install the package that provides '{name}' into this environment ({sys.prefix}), or check its name."
    )


def note_circular_import(error: AttributeError) -> None:
    """Attach the explanation of a circular import to the error's own traceback (Python 3.11 and later)."""
    text = _circular_import(error)
    if text and sys.version_info >= (3, 11):
        error.add_note(text.strip("\n"))


def _circular_import(error: ImportError | AttributeError) -> str:
    message = str(error)
    modules = _modules_of(error.__traceback__)
    asked = getattr(error, "obj", None)
    halfway = asked.__name__ if isinstance(asked, ModuleType) else None
    # NOTE: the interpreter's own words for names since Python 3.8; for attributes, Python 3.13 has others and the module itself tells.
    if "partially initialized module" not in message and halfway not in modules:
        return ""
    match = re.search(r"(?:name|attribute) '(\w+)'", message)
    wanted = match[1] if match else "the name"
    target = re.search(r"(?:from )?(?:partially initialized )?module '([\w.]+)'", message)
    first = target[1] if target else (modules[0] if modules else "the module")
    last = modules[-1] if modules else first
    if first in modules:
        modules = modules[modules.index(first) :]
    circle = " -> ".join([*modules, first])
    return (
        f"\n  Circular import: {circle}. When '{last}' asks for '{wanted}', '{first}' has not reached the line that"
        " makes it."
        f"\n  Fix: in '{last}' use 'from flask import current_app' or a Blueprint instead of importing '{wanted}'; or in"
        f" '{first}' move the import of '{modules[1] if len(modules) > 1 else last}' below the line that makes"
        f" '{wanted}'."
    )


def _modules_of(trace: TracebackType | None) -> list[str]:
    """List the modules whose top-level code is running in the traceback, outermost first."""
    names: list[str] = []
    while trace is not None:
        frame = trace.tb_frame
        name = frame.f_globals.get("__name__", "")
        if frame.f_code.co_name == "<module>" and name not in names:
            names.append(name)
        trace = trace.tb_next
    return names


def _search_path(package: str) -> list[str]:
    if package:
        return [str(path) for path in getattr(sys.modules.get(package), "__path__", ())]
    return [sys.path[0] or os.getcwd()] if sys.path else []


def _modules_in(directory: str) -> list[str]:
    try:
        entries = os.listdir(directory)
    except OSError:
        return []
    stems = (entry[:-3] for entry in entries if entry.endswith(".py"))
    packages = (entry for entry in entries if os.path.isfile(os.path.join(directory, entry, "__init__.py")))
    return [name for name in (*stems, *packages) if name.isidentifier() and name != "__init__"]


def _source_of(directory: str, name: str) -> str | None:
    for path in (os.path.join(directory, name + ".py"), os.path.join(directory, name, "__init__.py")):
        if os.path.isfile(path):
            return path
    return None


def _head_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_BYTES_READ)
    except OSError:
        return ""


def _looks_like_factory(module: ModuleType, name: str, value: object) -> bool:
    if not inspect.isfunction(value) or value.__module__ != module.__name__:
        return False
    returns = str(value.__annotations__.get("return", ""))
    return "app" in name.lower() or "Flask" in returns or "Ewer" in returns


def is_wsgi_callable(found: object) -> bool:
    """Tell what can only be meant as a WSGI application: a function or an object whose parameters are named as in PEP 3333.

    Any other function may be a factory. An application of the installed Flask is none of these, so that its own hint is given.
    """
    if isinstance(found, type) or is_foreign_flask(found):
        return False
    is_function = inspect.isroutine(found) or isinstance(found, partial)
    # NOTE: of the type, because a proxy such as `request` stands for nothing yet.
    call = found if is_function else inspect.getattr_static(type(found), "__call__", None)
    try:
        first, second, *more = list(inspect.signature(t.cast("t.Any", call)).parameters.values())[not is_function :]
    except (TypeError, ValueError):
        return False
    is_named_so = first.name in ("environ", "env") and second.name == "start_response"
    return is_named_so and all(
        parameter.default is not parameter.empty or parameter.kind in _MORE for parameter in more
    )


def is_foreign_flask(value: object) -> bool:
    """Tell an application of the installed Flask from one of Ewer's, without importing either."""
    return any(base.__module__ == "flask.app" and base.__name__ == "Flask" for base in type(value).__mro__)


def _foreign_hint(name: str) -> str:
    return (
        f"\n  '{name}' is an application of the installed Flask package, not of Ewer."
        "\n  Fix: leave out '--no-as-flask', or write 'from ewer import Flask' in the application."
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
