"""Reads the fields of a structured type: dataclass, TypedDict, NamedTuple, Struct, attrs class, SQLAlchemy model.

None of the libraries is imported for the asking: a class tells by its attributes which of them made it. Pydantic models
and marshmallow schemas are not read here, they validate themselves (``codecs``).
"""

from __future__ import annotations

import sys
import typing as t
from dataclasses import MISSING as NO_VALUE
from dataclasses import dataclass

import msgspec

from .errors import SetupError, place_of
from .markers import MISSING

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Family = t.Literal["dataclass", "typeddict", "namedtuple", "struct", "attrs", "mapped"]


@dataclass(frozen=True)
class ModelField:
    """One field of a structured type. ``takes_input`` is false for what a constructor does not accept."""

    name: str
    wire_name: str
    annotation: t.Any
    required: bool
    default: t.Any = MISSING
    default_factory: Callable[[], t.Any] | None = None
    takes_input: bool = True


def origin_class(annotation: t.Any) -> t.Any:
    """The class behind a possibly parametrised annotation."""
    return t.get_origin(annotation) or annotation


def family_of(annotation: t.Any) -> Family | None:
    """Which kind of structured type an annotation names; None when it is none of them."""
    cls = origin_class(annotation)
    if not isinstance(cls, type):
        return None
    if hasattr(cls, "__mapper__"):
        return "mapped"
    if hasattr(cls, "__attrs_attrs__"):
        return "attrs"
    if issubclass(cls, msgspec.Struct):
        return "struct"
    if hasattr(cls, "__dataclass_fields__") and not hasattr(cls, "__pydantic_fields__"):
        return "dataclass"
    if issubclass(cls, dict) and hasattr(cls, "__required_keys__"):
        return "typeddict"
    if issubclass(cls, tuple) and hasattr(cls, "_fields") and hasattr(cls, "__annotations__"):
        return "namedtuple"
    return None


def is_pydantic(annotation: t.Any) -> bool:
    """Whether pydantic must validate this: a model or type of its own, or metadata that only it reads."""
    cls = origin_class(annotation)
    if cls is t.Annotated:
        return any(is_pydantic(part) for part in (annotation.__origin__, *annotation.__metadata__))
    if cls is annotation and not isinstance(cls, type):
        return _is_of_pydantic(type(annotation))
    made_by_pydantic = hasattr(cls, "__pydantic_core_schema__") or hasattr(cls, "__get_pydantic_core_schema__")
    return isinstance(cls, type) and made_by_pydantic


def _is_of_pydantic(cls: type) -> bool:
    """Whether metadata belongs to pydantic: ``Field(...)``, ``AfterValidator(...)`` and the like."""
    return cls.__module__.partition(".")[0] == "pydantic" or hasattr(cls, "__get_pydantic_core_schema__")


def needs_pydantic(annotation: t.Any) -> bool:
    """Whether pydantic has a part in an annotation itself, not in the fields of a model that it names."""
    if t.get_origin(annotation) is not t.Annotated and isinstance(annotation, type) and not t.get_args(annotation):
        return is_pydantic(annotation)
    return is_pydantic(annotation) or any(
        needs_pydantic(argument) for argument in t.get_args(annotation) if not isinstance(argument, (str, int, list))
    )


def is_marshmallow(annotation: t.Any) -> bool:
    """Whether this is a marshmallow schema, as a class or as an instance."""
    return hasattr(annotation, "_declared_fields") and hasattr(annotation, "load") and hasattr(annotation, "dump")


def fields_of(annotation: t.Any) -> tuple[ModelField, ...]:
    """The fields of a structured type, in order.

    Raises:
        SetupError: a field's annotation names something that cannot be found.
    """
    family = family_of(annotation)
    cls = origin_class(annotation)
    hints = _hints(annotation)
    if family == "mapped":
        return tuple(_mapped_fields(cls, hints))
    if family == "struct":
        return tuple(_struct_fields(cls, hints))
    if family == "attrs":
        return tuple(_attrs_fields(cls, hints))
    if family == "dataclass":
        return tuple(_dataclass_fields(cls, hints))
    if family == "typeddict":
        return tuple(_typeddict_fields(cls, hints))
    defaults = cls._field_defaults
    return tuple(
        ModelField(n, n, hints.get(n, t.Any), required=n not in defaults, default=defaults.get(n, MISSING))
        for n in cls._fields
    )


def _hints(annotation: t.Any) -> Mapping[str, t.Any]:
    cls = origin_class(annotation)
    try:
        hints = t.get_type_hints(cls, localns=_class_names(cls), include_extras=True)
    except (NameError, AttributeError) as error:
        raise SetupError(
            f"{cls.__name__} has a field whose annotation cannot be resolved: {error}",
            where=_class_place(cls),
            fix="define the name at module level, and import it outside `if TYPE_CHECKING:`",
        ) from error
    bound = dict(_type_arguments(annotation))
    if bound:
        hints = {name: _substitute(hint, bound) for name, hint in hints.items()}
    return hints


def _class_names(cls: type) -> dict[str, t.Any]:
    names = {parameter.__name__: parameter for parameter in getattr(cls, "__type_params__", ())}
    names[cls.__name__] = cls
    return names


def _class_place(cls: type) -> str:
    place = place_of(cls)
    module = sys.modules.get(cls.__module__)
    return place if ":" in place else f"{getattr(module, '__file__', cls.__module__)} ({cls.__qualname__})"


def _type_arguments(annotation: t.Any) -> t.Iterator[tuple[t.Any, t.Any]]:
    """What each type variable stands for, in the class and in its parametrised bases."""
    cls = origin_class(annotation)
    own = dict(zip(getattr(cls, "__parameters__", ()), t.get_args(annotation)))
    yield from own.items()
    for base in getattr(cls, "__orig_bases__", ()):
        origin = t.get_origin(base)
        if isinstance(origin, type) and origin is not t.Generic:
            yield from _type_arguments(_substitute(base, own) if own else base)


def _substitute(hint: t.Any, bound: Mapping[t.Any, t.Any]) -> t.Any:
    if isinstance(hint, t.TypeVar):
        return bound.get(hint, hint)
    free = getattr(hint, "__parameters__", ())
    if not free or t.get_origin(hint) is None:
        return hint
    return hint[tuple(bound.get(parameter, parameter) for parameter in free)]


def _dataclass_fields(cls: t.Any, hints: Mapping[str, t.Any]) -> t.Iterator[ModelField]:
    for field in cls.__dataclass_fields__.values():
        kind = field._field_type.name
        if kind == "_FIELD_CLASSVAR":
            continue
        annotation = hints[field.name]
        yield ModelField(
            name=field.name,
            wire_name=field.name,
            annotation=annotation.type if kind == "_FIELD_INITVAR" else annotation,
            required=field.default is NO_VALUE and field.default_factory is NO_VALUE,
            default=MISSING if field.default is NO_VALUE else field.default,
            default_factory=None if field.default_factory is NO_VALUE else field.default_factory,
            takes_input=field.init,
        )


def _struct_fields(cls: t.Any, hints: Mapping[str, t.Any]) -> t.Iterator[ModelField]:
    for field in msgspec.structs.fields(cls):
        yield ModelField(
            name=field.name,
            wire_name=field.encode_name,
            annotation=hints.get(field.name, field.type),
            required=field.required,
            default=MISSING if field.default is msgspec.NODEFAULT else field.default,
            default_factory=None if field.default_factory is msgspec.NODEFAULT else field.default_factory,
        )


def _attrs_fields(cls: t.Any, hints: Mapping[str, t.Any]) -> t.Iterator[ModelField]:
    import attrs

    for field in attrs.fields(cls):
        default, factory = field.default, None
        if default is attrs.NOTHING:
            default = MISSING
        elif hasattr(default, "takes_self"):
            default, factory = MISSING, (None if field.default.takes_self else field.default.factory)
        yield ModelField(
            name=field.name,
            wire_name=field.name,
            annotation=hints.get(field.name, t.Any),
            required=field.default is attrs.NOTHING,
            default=default,
            default_factory=factory,
            takes_input=field.init,
        )


def _typeddict_fields(cls: t.Any, hints: Mapping[str, t.Any]) -> t.Iterator[ModelField]:
    for name, hint in hints.items():
        required = name in cls.__required_keys__
        # NOTE: under `from __future__ import annotations` __required_keys__ does not know Required and NotRequired.
        origin = getattr(t.get_origin(hint), "_name", None)
        if origin in ("Required", "NotRequired", "ReadOnly"):
            required = origin == "Required" or (origin == "ReadOnly" and required)
            hint = t.get_args(hint)[0]
        yield ModelField(name, name, hint, required=required)


def _mapped_fields(cls: t.Any, hints: Mapping[str, t.Any]) -> t.Iterator[ModelField]:
    """Columns and, when annotated, relationships; the constructor's fields first in a ``MappedAsDataclass``."""
    made_by_dataclass = getattr(cls, "__dataclass_fields__", None)
    for attribute in cls.__mapper__.attrs:
        name = attribute.key
        annotation = hints.get(name, MISSING)
        column = attribute.columns[0] if hasattr(attribute, "columns") else None
        if annotation is not MISSING and getattr(t.get_origin(annotation), "__name__", "") in _MAPPED:
            annotation = t.get_args(annotation)[0]
        if annotation is MISSING:
            if column is None:
                continue
            annotation = _column_type(column)
        facts = made_by_dataclass.get(name) if made_by_dataclass else None
        if facts is None:
            required = column is None or not (column.nullable or column.default or column.primary_key)
            yield ModelField(name, name, annotation, required=required, default=MISSING if required else None)
            continue
        yield ModelField(
            name=name,
            wire_name=name,
            annotation=annotation,
            required=facts.default is NO_VALUE and facts.default_factory is NO_VALUE,
            default=_plain_default(facts.default),
            default_factory=None if facts.default_factory is NO_VALUE else facts.default_factory,
            takes_input=facts.init,
        )


_MAPPED = ("Mapped", "WriteOnlyMapped", "DynamicMapped")


def _plain_default(default: t.Any) -> t.Any:
    """SQLAlchemy keeps a sentinel of its own where the column's default applies."""
    if default is NO_VALUE or isinstance(default, (int, float, str, bytes, bool, type(None))):
        return MISSING if default is NO_VALUE else default
    return None


def _column_type(column: t.Any) -> t.Any:
    try:
        python_type = column.type.python_type
    except NotImplementedError:
        return t.Any
    return t.Optional[python_type] if column.nullable else python_type
