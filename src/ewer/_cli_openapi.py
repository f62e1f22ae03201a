"""What the command ``openapi`` writes and compares: an OpenAPI document as text, and the list of what two documents differ in.

It knows documents as dicts, and nothing of the application. How a document comes about is `ewer._openapi`'s.
"""

from __future__ import annotations

import importlib
import json
import re
import typing as t

import click

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

Json = dict[str, t.Any]
Steps = tuple[str, ...]

_YAML_SUFFIXES = frozenset((".yaml", ".yml"))
_METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch", "trace"))
_OPERATIONS = frozenset(("paths", "webhooks"))
_UNORDERED = frozenset(("required", "enum"))
_LONGEST_VALUE = 60
"""Characters of a value that the list of changes shows; the rest is cut off."""
_ABSENT: t.Any = object()
_NUMBER = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_LINE_BREAK = re.compile("[\x85\u2028\u2029]")
"""Line breaks for YAML 1.1 and mere characters for 1.2; between double quotes they are escaped."""


def is_yaml(file: Path) -> bool:
    """Whether a file's name says that YAML stands in it."""
    return file.suffix.lower() in _YAML_SUFFIXES


def as_text(document: Json, *, yaml: bool) -> str:
    """Write a document, keys in its own order, ending with a line break.

    Raises:
        click.ClickException: it is to be YAML, and PyYAML is not installed.
    """
    if not yaml:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    library = _pyyaml("write")
    dumper = _dumper(library)
    text: str = library.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)
    return text


def _dumper(library: ModuleType) -> t.Any:
    """Return a dumper that quotes texts which readers of YAML 1.2 take for numbers: PyYAML knows 1.1 alone, where 1e5 is a text.

    Source: YAML 1.2.2, section 10.3.2.
    """

    class Dumper(library.SafeDumper):  # type: ignore[name-defined,misc]  # PyYAML is imported when it is needed
        """Writes what every reader of YAML takes for the same."""

    def represent_text(dumper: t.Any, text: str) -> t.Any:
        style = '"' if _LINE_BREAK.search(text) else "'" if _NUMBER.fullmatch(text) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, represent_text)
    return Dumper


def read_stored(file: Path, *, yaml: bool) -> Json:
    """Read a document that was written before, by hand perhaps.

    Raises:
        click.ClickException: there is no such file, it is neither JSON nor YAML, or it holds no document.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise click.ClickException(
            f"There is no file '{file}' to compare with.\n  Fix: 'ewer openapi --output {file}' writes it."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"'{file}' cannot be read: {error}") from error
    found = _parsed_yaml(file, text) if yaml else _parsed_json(file, text)
    if not isinstance(found, dict):
        raise click.ClickException(f"'{file}' holds no OpenAPI document: it is not an object with keys.")
    return found


def _parsed_json(file: Path, text: str) -> t.Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.ClickException(
            f"'{file}' is not JSON: {error}\n  Fix: a file with YAML is called '.yaml' or '.yml'."
        ) from error


def _parsed_yaml(file: Path, text: str) -> t.Any:
    library = _pyyaml("read")

    class Loader(library.SafeLoader):  # type: ignore[name-defined,misc]  # PyYAML is imported when it is needed
        """Reads what JSON has too: a date stays the text that it is in the document."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in library.SafeLoader.yaml_implicit_resolvers.items()
    }
    try:
        return _with_text_keys(library.load(text, Loader))
    except library.YAMLError as error:
        raise click.ClickException(f"'{file}' is not YAML: {error}") from error


def _pyyaml(purpose: str) -> ModuleType:
    try:
        return importlib.import_module("yaml")
    except ImportError:
        raise click.ClickException(
            f"PyYAML is needed to {purpose} YAML, and is not installed.\n"
            "  Fix: 'pip install pyyaml', or leave out '--yaml' and take a file that ends in '.json'."
        ) from None


def _with_text_keys(value: t.Any) -> t.Any:
    """Make text of keys that YAML reads as numbers, as the statuses of responses often are."""
    if isinstance(value, dict):
        return {str(key): _with_text_keys(inner) for key, inner in value.items()}
    return [_with_text_keys(inner) for inner in value] if isinstance(value, list) else value


def changes_between(stored: Json, current: Json) -> Iterator[str]:
    """Give a line for each difference: ``-`` for what is gone, ``+`` for what came, ``~`` for what has another value.

    The order of keys, of parameters, of tags and of required names makes no difference.
    """
    yield from _in_objects((), stored, current)


def _in_values(steps: Steps, old: t.Any, new: t.Any) -> Iterator[str]:
    if len(steps) == 2 and steps[0] in _OPERATIONS and _has_operations(old, new):
        yield from _in_objects(steps, {} if old is _ABSENT else old, {} if new is _ABSENT else new)
    elif old is _ABSENT or new is _ABSENT:
        yield f"{'+' if old is _ABSENT else '-'} {_place(steps)}{_ending(new if old is _ABSENT else old)}"
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _in_objects(steps, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _in_lists(steps, old, new)
    elif not _is_same(old, new):
        yield f"~ {_place(steps)}: {_shown(old)} -> {_shown(new)}"


def _has_operations(*sides: t.Any) -> bool:
    """Whether a path that came or went can be told by its operations."""
    return all(side is _ABSENT or (isinstance(side, dict) and _METHODS & side.keys()) for side in sides)


def _in_objects(steps: Steps, old: Json, new: Json) -> Iterator[str]:
    for key in (*old, *(key for key in new if key not in old)):
        yield from _in_values((*steps, key), old.get(key, _ABSENT), new.get(key, _ABSENT))


def _in_lists(steps: Steps, old: list[t.Any], new: list[t.Any]) -> Iterator[str]:
    if all(isinstance(inner, dict) for inner in (*old, *new)):
        yield from _in_objects(steps, _by_name(old), _by_name(new))
        return
    if steps[-1:] and steps[-1] in _UNORDERED:
        old, new = sorted(old, key=json.dumps), sorted(new, key=json.dumps)
    if json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):
        yield f"~ {_place(steps)}: {_shown(old)} -> {_shown(new)}"


def _by_name(items: list[Json]) -> Json:
    """Key a list's objects: parameters by place and name, tags by name, the others by their number."""
    found: Json = {}
    for number, item in enumerate(items):
        words = [str(item[word]) for word in ("in", "name") if word in item]
        key = " ".join(words) if "name" in item else str(number)
        found[str(number) if key in found else key] = item
    return found


def _is_same(old: t.Any, new: t.Any) -> bool:
    """Compare scalars as JSON does: 1 is 1.0, and neither is true."""
    return isinstance(old, bool) is isinstance(new, bool) and bool(old == new)


def _place(steps: Steps) -> str:
    """Say where something stands; an operation is named by method and path."""
    if len(steps) > 2 and steps[0] in _OPERATIONS and steps[2] in _METHODS:
        head = f"{steps[2].upper()} {steps[1]}"
        return f"{head}: {' > '.join(steps[3:])}" if steps[3:] else head
    return " > ".join(steps)


def _ending(value: t.Any) -> str:
    return "" if isinstance(value, (dict, list)) else f": {_shown(value)}"


def _shown(value: t.Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
