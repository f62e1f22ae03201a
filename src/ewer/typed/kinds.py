"""Sorts annotations by what they can be read from: one text, several texts, a structured body, or a file."""

from __future__ import annotations

import collections.abc
import typing as t
from types import UnionType

from . import models
from .leaves import is_scalar_class
from .partial import Partial

Kind = t.Literal["scalar", "scalars", "structured", "file", "files", "unknown"]

_ITERABLES = (
    list,
    set,
    frozenset,
    tuple,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Collection,
    collections.abc.Iterable,
    collections.abc.Set,
    collections.abc.MutableSet,
)
_COMMON = frozenset((int, float, str, bool))
_OBJECTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def bare(annotation: t.Any) -> t.Any:
    """An annotation without ``Annotated``, ``NewType``, aliases and bounds around it."""
    # PERF: most annotations are classes; this is asked a dozen times for each (bench workload "typed-start").
    if type(annotation) is type:
        return annotation
    while True:
        if t.get_origin(annotation) is t.Annotated:
            annotation = t.get_args(annotation)[0]
        elif isinstance(annotation, t.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        elif isinstance(annotation, t.TypeVar) and annotation.__bound__ is not None:
            annotation = annotation.__bound__
        else:
            return annotation


def members_of(annotation: t.Any) -> tuple[t.Any, ...]:
    """The alternatives of a union; any other annotation is its own only one."""
    plain = bare(annotation)
    if t.get_origin(plain) in (t.Union, UnionType):
        return t.get_args(plain)
    return (annotation,)


def kind_of(annotation: t.Any) -> Kind:
    """What kind of value an annotation asks for; ``None`` in a union does not count."""
    plain = bare(annotation)
    if type(plain) is type and plain in _COMMON:
        return "scalar"
    origin = t.get_origin(plain)
    if origin in (t.Union, UnionType):
        kinds = {kind_of(member) for member in t.get_args(plain) if member is not type(None)}
        for kind in ("unknown", "structured", "files", "file", "scalars"):
            if kind in kinds:
                return t.cast(Kind, kind)
        return "scalar"
    if origin is t.Literal:
        return "scalar"
    if origin is Partial or models.is_marshmallow(plain) or models.family_of(plain) is not None:
        return "structured"
    if is_upload(plain):
        return "file"
    if (origin or plain) in _OBJECTS:
        return "structured"
    if (origin or plain) in _ITERABLES:
        return _kind_of_items(t.get_args(plain))
    if models.is_pydantic(plain):
        return (
            "scalar" if not (hasattr(plain, "model_fields") or hasattr(plain, "__pydantic_fields__")) else "structured"
        )
    if is_scalar_class(plain):
        return "scalar"
    return "unknown"


def _kind_of_items(arguments: tuple[t.Any, ...]) -> Kind:
    kinds = {kind_of(argument) for argument in arguments if argument is not ...}
    if kinds == {"scalar"}:
        return "scalars"
    if kinds == {"file"}:
        return "files"
    return "structured" if "unknown" not in kinds or arguments == (t.Any,) else "unknown"


def is_upload(annotation: t.Any) -> bool:
    """Whether this is ``UploadFile`` or Werkzeug's ``FileStorage``."""
    if not isinstance(annotation, type):
        return False
    return any(
        cls.__module__ in ("ewer.typed.upload", "werkzeug.datastructures.file_storage")
        and cls.__name__ in ("UploadFile", "FileStorage")
        for cls in annotation.__mro__
    )


def is_request(annotation: t.Any) -> bool:
    """Whether this is a request class of Werkzeug's kind, told without importing Werkzeug."""
    return _descends_from(annotation, "Request")


def is_response(annotation: t.Any) -> bool:
    """Whether this is a response class of Werkzeug's kind, or one of its HTTP exceptions."""
    return _descends_from(annotation, "Response") or _descends_from(annotation, "HTTPException")


def _descends_from(annotation: t.Any, name: str) -> bool:
    return isinstance(annotation, type) and any(
        base.__name__ == name and base.__module__.startswith("werkzeug.") for base in getattr(annotation, "__mro__", ())
    )


def keeps_blank(annotation: t.Any) -> bool:
    """Whether an empty text is a value of this type; an HTML form sends one for every field left blank."""
    for member in members_of(annotation):
        plain = bare(member)
        if t.get_origin(plain) in _ITERABLES:
            return any(map(keeps_blank, t.get_args(plain)))
        if plain in (str, bytes, t.Any) or (isinstance(plain, type) and issubclass(plain, (str, bytes))):
            return True
        if t.get_origin(plain) is t.Literal and "" in t.get_args(plain):
            return True
    return False


def text_fields(annotation: t.Any) -> tuple[tuple[str, t.Any], ...] | None:
    """The wire names and types of a model that is read from texts; None when it has no fields to look for."""
    plain: t.Any = next((bare(m) for m in members_of(annotation) if m is not type(None)), None)
    if t.get_origin(plain) is Partial:
        plain = bare(t.get_args(plain)[0])
    if models.family_of(plain) is not None:
        return tuple((field.wire_name, field.annotation) for field in models.fields_of(plain) if field.takes_input)
    if models.is_marshmallow(plain):
        declared = plain._declared_fields.items()
        return tuple((f.data_key or name, list[str] if hasattr(f, "inner") else str) for name, f in declared)
    fields = getattr(plain, "model_fields", None) or getattr(plain, "__pydantic_fields__", None)
    if not isinstance(fields, dict):
        return None
    return tuple((str(_pydantic_key(name, field)), field.annotation) for name, field in fields.items())


def _pydantic_key(name: str, field: t.Any) -> str:
    wanted = field.validation_alias or field.alias or name
    return wanted if isinstance(wanted, str) else name


def is_closed(annotation: t.Any) -> bool:
    """Whether a model wants to see the names it does not know, to refuse or to keep them."""
    return forbids_unknown(annotation) or _extra_of(annotation) == "allow"


def forbids_unknown(annotation: t.Any) -> bool:
    """Whether a model refuses names that it does not know."""
    config = getattr(_model_of(annotation), "__struct_config__", None)
    return bool(config.forbid_unknown_fields) if config is not None else _extra_of(annotation) == "forbid"


def _extra_of(annotation: t.Any) -> t.Any:
    settings = getattr(_model_of(annotation), "model_config", None)
    return settings.get("extra") if isinstance(settings, dict) else None


def _model_of(annotation: t.Any) -> t.Any:
    return next((bare(m) for m in members_of(annotation) if m is not type(None)), None)
