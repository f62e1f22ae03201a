"""Telling at a glance which views the typed layer has nothing to do with, so that it is not loaded for them.

A wrong yes costs an import, a wrong no would cost a feature: whatever is not plainly Flask's is a yes.
"""

from __future__ import annotations

import sys
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Container, Iterator

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "dispatch_request")
_TEXT = frozenset({"str", "bytes", "Response"})
_FLASKS = _TEXT | {
    "Any", "BaseResponse", "Iterator", "Generator", "None", "NoneType", "ResponseReturnValue", "ResponseValue", "WerkzeugResponse", "dict", "list",
    "tuple",
}  # fmt: skip
"""Return annotations under which every value that Flask takes is sent as Flask sends it."""


def may_be_typed(view: t.Any, *, mode: str, url_names: Container[str]) -> bool:
    """Tell whether the typed layer has to look at a view.

    Args:
        view: the view function, with its wrappers.
        mode: "flask" where annotations bind only what Flask could not have supplied, else "ewer".
        url_names: the variables of the rule.
    """
    return any(_asks_for_more(function, mode, url_names) for function in _functions_of(view))


def _functions_of(view: t.Any) -> Iterator[t.Any]:
    cls = getattr(view, "view_class", None)
    found = [view] if cls is None else [vars(base).get(name) for base in cls.__mro__ for name in _METHODS]
    for function in found:
        while hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        if function is not None:
            yield function


def _asks_for_more(function: t.Any, mode: str, url_names: Container[str]) -> bool:
    try:
        annotations = getattr(function, "__annotations__", None)
    except NameError:  # Python 3.14 evaluates annotations here, and one of them names what is not there (yet)
        return True
    if _markers_are_loaded() and (getattr(function, "__defaults__", None) or getattr(function, "__kwdefaults__", None)):
        return True
    if not annotations:
        return False
    for name in annotations:
        if name != "return" and not (mode == "flask" and name in url_names):
            return True
    kinds = _FLASKS if mode == "flask" else _TEXT
    return "return" in annotations and not _is_one_of(annotations["return"], kinds)


def _is_one_of(annotation: t.Any, kinds: Container[str]) -> bool:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", repr(annotation))
    return all(part.split("[")[0].strip().rpartition(".")[2] in kinds for part in text.split("|"))


def _markers_are_loaded() -> bool:
    return f"{__package__}.typed.markers" in sys.modules
