"""Makes the ``Shape`` of an annotation, at set-up.

A type that msgspec checks completely is used as it is. Where it would pass over something in silence (constraints of
``annotated_types``, constructors with work to do, converters, columns), a record with the same fields takes its place in
the native pass, and the user's own constructor is called with the result.
"""

from __future__ import annotations

import collections.abc
import copy
import decimal
import functools
import types
import typing as t

import msgspec

from . import models
from .builds import build_items, build_places, build_unless_none, build_values, then
from .constraints import NO_LIMITS, Limits, chain, is_foreign_constraint, limits_of, split_for
from .errors import SetupError, name_of
from .leaves import bool_from_text, bytes_from_text, finite, from_wire, is_made_from_text
from .markers import MISSING
from .partial import Partial, build_partial, pydantic_partial
from .shapes import Build, Fixed, Model, Sequence, Shape, Table, Union
from .words import words_for_leaf, words_for_size

_SEQUENCES: dict[t.Any, type] = {
    list: list,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
    collections.abc.MutableSequence: list,
    collections.abc.Collection: list,
    collections.abc.Iterable: list,
    collections.abc.Set: set,
    collections.abc.MutableSet: set,
}
_TABLES = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


class ShapeReader:
    """Reads the annotations of one parameter or answer; ``of`` is its one door.

    ``lax`` reads values as text (query, form ...). ``output`` makes records of every structured type, so that what is
    written holds the declared fields and nothing else.
    """

    def __init__(self, *, where: str, what: str, lax: bool = False, output: bool = False, shares: bool = True) -> None:
        self._shares = shares
        self.where = where
        self.what = what
        self.lax = lax
        self.output = output
        self._models: dict[t.Any, Model] = {}

    def of(self, annotation: t.Any, limits: Limits = NO_LIMITS) -> Shape:
        """The shape of an annotation.

        Raises:
            SetupError: no way is known to read or write such a value.
        """
        if self._shares and not limits:
            known = _known_shape(annotation, self.lax, self.output)
            if known is not None:
                return known
        foreign = self._foreign(annotation)
        if foreign is not None:
            return foreign
        if isinstance(annotation, t.NewType):
            return self.of(annotation.__supertype__, limits)
        if type(annotation).__name__ == "TypeAliasType":
            return self.of(annotation.__value__, limits)
        if isinstance(annotation, t.TypeVar):
            return self.of(annotation.__bound__ or t.Any, limits)
        origin = t.get_origin(annotation)
        if origin is t.Annotated:
            base, *metadata = t.get_args(annotation)
            return self.of(base, limits_of(metadata).joined(limits))
        if origin is t.Union or origin is types.UnionType:
            return self._union(annotation, limits)
        if annotation is None or annotation is type(None):
            return Shape(None, None, None, "null")
        if origin is Partial:
            return self._partial(annotation)
        if models.family_of(annotation) is not None:
            return self._model(annotation)
        container = origin or annotation
        if container in _SEQUENCES:
            return self._sequence(annotation, _SEQUENCES[container], limits)
        if container is tuple:
            return self._tuple(annotation, limits)
        if container in _TABLES:
            return self._table(annotation, limits)
        return self._leaf(annotation, limits)

    def _foreign(self, annotation: t.Any) -> Shape | None:
        """The shape of what pydantic or marshmallow must read."""
        from . import foreign

        if models.is_marshmallow(annotation):
            return foreign.MarshmallowShape(annotation, output=self.output)
        if t.get_origin(annotation) is Partial:
            (wanted,) = t.get_args(annotation)
            if not models.is_pydantic(wanted):
                return None
            return foreign.PydanticShape(pydantic_partial(wanted), partial_of=wanted)
        if models.needs_pydantic(annotation):
            return foreign.PydanticShape(annotation, output=self.output)
        return None

    def _refuse(self, annotation: t.Any, reason: str, fix: str) -> SetupError:
        return SetupError(f"{self.what} has type {name_of(annotation)}, {reason}", where=self.where, fix=fix)

    def _split(self, annotation: t.Any, limits: Limits) -> tuple[t.Any, Build | None]:
        try:
            meta, checks = split_for(annotation, limits)
        except (TypeError, ValueError) as error:
            raise self._refuse(
                annotation, f"which its constraint does not suit: {error}", "drop the constraint"
            ) from error
        return (annotation if meta is None else t.Annotated[annotation, meta]), chain(checks)

    def _leaf(self, annotation: t.Any, limits: Limits) -> Shape:
        if annotation is t.Any or annotation is object:
            return Shape(annotation, t.Any, chain(limits.checks), "any value")
        native, build = self._split(annotation, limits)
        try:
            kind = msgspec.inspect.type_info(native)
            msgspec.json.Decoder(native, dec_hook=from_wire)
        except (TypeError, ValueError) as error:
            raise self._refuse(annotation, f"which cannot be read: {error}", _PLAIN_TYPES) from error
        if isinstance(kind, msgspec.inspect.Metadata):
            kind = kind.type
        documented = native
        if self.lax:
            native, build = _as_text(kind, native, build)
        elif isinstance(kind, msgspec.inspect.DecimalType) and not self.output:
            build = then(finite, build)
        if isinstance(kind, msgspec.inspect.EnumType) and self.output:
            native, build = t.Any, then(annotation, build)
        if isinstance(kind, msgspec.inspect.CustomType) and not (
            is_made_from_text(kind.cls) or kind.cls.__name__ in ("UploadFile", "FileStorage")
        ):
            raise self._refuse(annotation, "which Ewer does not know how to read", _PLAIN_TYPES)
        shape = Shape(annotation, native, build, words_for_leaf(kind, limits.keywords))
        shape.documented = documented
        return shape

    def _sequence(self, annotation: t.Any, kind: type, limits: Limits) -> Shape:
        arguments = t.get_args(annotation)
        item = self.of(arguments[0]) if arguments else Shape(t.Any, t.Any, None, "any value")
        native, check = self._split(types.GenericAlias(kind, (item.native,)), limits)
        build = build_items(kind, item.build)
        return Sequence(
            annotation,
            native,
            then(build, check),
            f"an array of {item.expected}{words_for_size(limits.keywords)}",
            item,
        )

    def _tuple(self, annotation: t.Any, limits: Limits) -> Shape:
        arguments = t.get_args(annotation)
        if not arguments or arguments[-1] is ...:
            item = self.of(arguments[0] if arguments else t.Any)
            native, check = self._split(types.GenericAlias(tuple, (item.native, ...)), limits)
            build = then(build_items(tuple, item.build), check)
            return Sequence(annotation, native, build, f"an array of {item.expected}", item)
        items = tuple(self.of(argument) for argument in arguments if argument != ())
        build = build_places([item.build for item in items])
        expected = f"an array of exactly {len(items)}"
        places: t.Any = types.GenericAlias(tuple, tuple(item.native for item in items))
        return Fixed(annotation, places, build, expected, items)

    def _table(self, annotation: t.Any, limits: Limits) -> Shape:
        arguments = t.get_args(annotation)
        key = self.of(arguments[0] if arguments else str)
        item = self.of(arguments[1] if arguments else t.Any)
        native, check = self._split(types.GenericAlias(dict, (key.native, item.native)), limits)
        build = build_values(key.build, item.build)
        expected = f"an object{words_for_size(limits.keywords)}"
        return Table(annotation, native, then(build, check), expected, key, item)

    def _union(self, annotation: t.Any, limits: Limits) -> Shape:
        members = [m for m in t.get_args(annotation) if m is not msgspec.UnsetType]
        alternatives = tuple(self.of(member, NO_LIMITS if member is type(None) else limits) for member in members)
        native: t.Any = t.Union[tuple(a.native for a in alternatives)]
        wanted = [a for a in alternatives if a.native is not None]
        if len(wanted) == 1 and len(alternatives) == 2 and type(wanted[0]) is Shape:
            build = None if wanted[0].build is None else build_unless_none(wanted[0].build)
            return Union(annotation, native, build, alternatives, tried=False)
        built = [a for a in alternatives if a.build is not None]
        # NOTE: an object does not carry the tag of its class as an attribute, so in an answer its class decides.
        by_class = self.output and sum(isinstance(a, Model) for a in alternatives) > 1
        decoded = all(a.native is not t.Any for a in alternatives) and len(built) < 2
        told_apart = decoded and not by_class and _msgspec_tells_apart(alternatives)
        if not told_apart and len(alternatives) > 1:
            attempt = functools.partial(_try_each, alternatives, self.lax, self.output)
            return Union(annotation, t.Any, attempt, alternatives, tried=True)
        build = _build_if_made(built[0], alternatives) if built else None
        return Union(annotation, native, build, alternatives, tried=False)

    def _partial(self, annotation: t.Any) -> Shape:
        (wanted,) = t.get_args(annotation)
        model = ShapeReader(where=self.where, what=self.what, lax=self.lax)._model(wanted, record=True)
        if model.as_array:
            raise self._refuse(annotation, "whose fields cannot be told", "use a dataclass, Struct or TypedDict")
        shape = Model(annotation, wanted, f"an object with any fields of {name_of(wanted)}")
        shape.fields = tuple(
            (models.ModelField(f.name, f.wire_name, f.annotation, required=False), s) for f, s in model.fields
        )
        shape.record = shape.native = _make_record(shape, [msgspec.UNSET] * len(shape.fields))
        _set_types(shape)
        shape.build = functools.partial(build_partial, wanted, [(f.name, s.build) for f, s in shape.fields])
        return shape

    def _model(self, annotation: t.Any, *, record: bool = False) -> Model:
        known = self._models.get(annotation)
        if known is not None:
            return known
        cls = models.origin_class(annotation)
        shape = self._models[annotation] = Model(annotation, cls, f"an object ({name_of(annotation)})")
        config = getattr(cls, "__struct_config__", None)
        if config is not None:
            shape.as_array, shape.closed = config.array_like, config.forbid_unknown_fields
            shape.tag = None if config.tag is None else (config.tag_field, config.tag)
        shape.as_array = shape.as_array or models.family_of(annotation) == "namedtuple"
        # NOTE: a NamedTuple is an array in JSON, but names its fields where text parameters are read.
        record = record or (self.lax and shape.as_array)
        shape.as_array = shape.as_array and not self.lax
        if not record and not self.output and is_plain(annotation) and _msgspec_reads(annotation):
            shape.native = annotation
        else:
            shape.native = None
        self._fill(shape, own=shape.native is None)
        return shape

    def _fill(self, shape: Model, *, own: bool) -> None:
        """Gives a model its fields; ``own`` lets a record of ours stand for it in the native pass."""
        family = models.family_of(shape.annotation)
        wanted = [f for f in models.fields_of(shape.annotation) if self.output or f.takes_input]
        if own:
            shape.fields = tuple((field, Shape(t.Any, t.Any, None, "")) for field in wanted)
            shape.record = shape.native = _make_record(shape, [_default_for(f) for f in wanted])
            # NOTE: set before the fields are read, because a field may be of the same model.
            shape.build = functools.partial(_BUILDERS[family or "dataclass"], shape) if not self.output else None
        what = f"{self.what}: field {{}} of {name_of(shape.annotation)}"
        outer = self.what
        shape_fields = []
        for field in wanted:
            self.what = what.format(field.name)
            shape_fields.append((field, self.of(field.annotation)))
        self.what = outer
        shape.fields = tuple(shape_fields)
        if not own:
            return
        _set_types(shape)
        built = [(f.name, s.build) for f, s in shape.fields if s.build is not None]
        if self.output:
            shape.build = functools.partial(_narrow_fields, built) if built else None
        elif not built and family in ("dataclass", "attrs", "struct", "mapped"):
            shape.build = _constructor(shape)
        else:
            shape.build = functools.partial(_BUILDERS[family or "dataclass"], shape)


_PLAIN_TYPES = "use a standard type, a dataclass, TypedDict, Struct, attrs class or pydantic model"


def _known_shape(annotation: t.Any, lax: bool, output: bool) -> Shape | None:
    """The shape that all who ask for an annotation share; None where it has none, which the asker then explains."""
    try:
        return _shared_shape(annotation, lax, output)
    except (SetupError, TypeError):  # a TypeError: the annotation's metadata has no hash
        return None


# PERF: applications use the same few models on many routes; tests/typed/test_call_budget.py counts what binding takes.
@functools.lru_cache(maxsize=2048)
def _shared_shape(annotation: t.Any, lax: bool, output: bool) -> Shape:
    return ShapeReader(where="", what="", lax=lax, output=output, shares=False).of(annotation)


def is_plain(annotation: t.Any, seen: frozenset[t.Any] | None = None) -> bool:
    """Whether msgspec checks everything that an annotation, and all it reaches, demands."""
    seen = seen or frozenset()
    origin = t.get_origin(annotation)
    if origin is t.Annotated:
        base, *metadata = t.get_args(annotation)
        return not any(is_foreign_constraint(m) for m in metadata) and is_plain(base, seen)
    if (
        origin is Partial or isinstance(annotation, t.TypeVar) or annotation is decimal.Decimal
    ):  # whose NaN msgspec reads
        return False
    if models.is_marshmallow(annotation) or models.is_pydantic(annotation):
        return False
    family = models.family_of(annotation)
    if family is None:
        return all(is_plain(argument, seen) for argument in t.get_args(annotation) if not isinstance(argument, list))
    if annotation in seen:
        return True
    cls = models.origin_class(annotation)
    if family == "mapped" or (family in ("dataclass", "attrs") and not _constructor_is_plain(cls, family)):
        return False
    return all(is_plain(field.annotation, seen | {annotation}) for field in models.fields_of(annotation))


def _constructor_is_plain(cls: t.Any, family: str) -> bool:
    """Whether filling the fields in without calling ``__init__`` gives the same object."""
    if family == "attrs":
        return all(field.converter is None and field.init for field in cls.__attrs_attrs__)
    if any(not f.init or f._field_type.name == "_FIELD_INITVAR" for f in cls.__dataclass_fields__.values()):
        return False
    # NOTE: the code that dataclasses generate has no file; an __init__ of the user's own must really be called.
    init = cls.__init__
    return getattr(getattr(init, "__code__", None), "co_filename", "") == "<string>"


def _msgspec_reads(annotation: t.Any) -> bool:
    try:
        msgspec.json.Decoder(annotation, dec_hook=from_wire)
    except (TypeError, ValueError, NotImplementedError, RuntimeError):
        return False
    return True


def _as_text(kind: msgspec.inspect.Type, native: t.Any, build: Build | None) -> tuple[t.Any, Build | None]:
    """A text parameter reads some types in another way than JSON does."""
    if isinstance(kind, msgspec.inspect.BoolType):
        return t.Any, then(bool_from_text, build)
    if isinstance(kind, msgspec.inspect.BytesType):
        return t.Any, then(bytes_from_text, build)
    if isinstance(kind, (msgspec.inspect.FloatType, msgspec.inspect.DecimalType)):
        return native, then(finite, build)
    return native, build


def _msgspec_tells_apart(alternatives: tuple[Shape, ...]) -> bool:
    """Whether one native pass can choose among these.

    NOTE: asked with stand-ins, because msgspec would remember a record of ours before it has its types.
    """
    return _msgspec_reads(t.Union[tuple(map(_stand_in, alternatives))])


def _stand_in(shape: Shape) -> t.Any:
    if isinstance(shape, Model) and shape.record is not None:
        tag_field, tag = shape.tag or (None, None)
        return msgspec.defstruct("Probe", [], array_like=shape.as_array, tag_field=tag_field, tag=tag)
    if isinstance(shape, (Sequence, Fixed)):
        return list
    return dict if isinstance(shape, Table) else shape.native


def _default_for(field: models.ModelField) -> t.Any:
    if field.required:
        return msgspec.NODEFAULT
    if field.default_factory is not None:
        return msgspec.field(default_factory=field.default_factory)
    if field.default is MISSING:
        return msgspec.UNSET
    if type(field.default) in (list, dict, set, bytearray):
        return msgspec.field(default_factory=functools.partial(copy.copy, field.default))
    return msgspec.field(default=field.default)


def _make_record(shape: Model, defaults: t.Sequence[t.Any]) -> t.Any:
    fields: list[t.Any] = []
    for (field, _), default in zip(shape.fields, defaults):
        keywords: dict[str, t.Any] = {} if field.wire_name == field.name else {"name": field.wire_name}
        if default is msgspec.UNSET:
            keywords["default"] = default
        elif default is not msgspec.NODEFAULT:
            keywords["default"], keywords["default_factory"] = default.default, default.default_factory
        fields.append((field.name, t.Any, msgspec.field(**keywords)) if keywords else (field.name, t.Any))
    return msgspec.defstruct(
        getattr(shape.cls, "__name__", "Record"),
        fields,
        kw_only=not shape.as_array,
        array_like=shape.as_array,
        forbid_unknown_fields=shape.closed,
        tag_field=shape.tag[0] if shape.tag else None,
        tag=shape.tag[1] if shape.tag else None,
        omit_defaults=False,
    )


def _set_types(shape: Model) -> None:
    """Tells a record its types. msgspec reads them when the record is first used, so a model may hold itself."""
    types_by_name = {}
    for field, inner in shape.fields:
        optional = not field.required and field.default is MISSING and field.default_factory is None
        types_by_name[field.name] = t.Union[inner.native, msgspec.UnsetType] if optional else inner.native
    shape.record.__annotations__ = types_by_name


def _constructor(shape: Model) -> Build:
    """Calls the user's class with everything that came; what has no default of ours to show is left to the class."""
    cls, names = shape.cls, msgspec.structs.asdict
    if models.family_of(cls) == "attrs":
        return functools.partial(_build_attrs, shape)
    if all(f.required or f.default is not MISSING or f.default_factory is not None for f, _ in shape.fields):
        return lambda record: cls(**names(record)) if type(record) is shape.record else record
    return functools.partial(_build_object, shape)


def _values(shape: Model, record: t.Any) -> dict[str, t.Any]:
    values = {}
    for field, inner in shape.fields:
        value = getattr(record, field.name)
        if value is not msgspec.UNSET:
            values[field.name] = value if inner.build is None else inner.build(value)
    return values


def _build_object(shape: Model, record: t.Any) -> t.Any:
    return shape.cls(**_values(shape, record))


def _build_attrs(shape: Model, record: t.Any) -> t.Any:
    aliases = {field.name: field.alias for field in shape.cls.__attrs_attrs__}
    return shape.cls(**{aliases[name]: value for name, value in _values(shape, record).items()})


def _build_dict(shape: Model, record: t.Any) -> t.Any:
    return _values(shape, record)


_BUILDERS: dict[str, t.Callable[[Model, t.Any], t.Any]] = {
    "dataclass": _build_object,
    "struct": _build_object,
    "mapped": _build_object,
    "attrs": _build_attrs,
    "typeddict": _build_dict,
    "namedtuple": _build_object,
}


def _narrow_fields(built: list[tuple[str, Build]], record: t.Any) -> t.Any:
    for name, build in built:
        setattr(record, name, build(getattr(record, name)))
    return record


def _build_if_made(built: Shape, alternatives: tuple[Shape, ...]) -> Build:
    """Builds only what the native pass made for the one alternative that needs it."""
    build = t.cast(Build, built.build)
    if isinstance(built, Model):
        record = built.record
        return lambda value: build(value) if type(value) is record else value
    kind = t.get_origin(built.native) or built.native
    kind = t.get_args(built.native)[0] if kind is t.Annotated else kind
    kind = t.get_origin(kind) or kind
    return lambda value: build(value) if isinstance(value, kind) else value


def _try_each(alternatives: tuple[Shape, ...], lax: bool, output: bool, value: t.Any) -> t.Any:
    for shape in alternatives:
        if output and isinstance(shape, Model) and isinstance(shape.cls, type) and not _made_by(shape.cls, value):
            continue
        try:
            if output:
                made = msgspec.convert(value, shape.native, from_attributes=True, dec_hook=from_wire)
                return made if shape.build is None else shape.build(made)
            return shape.convert(value, lax=lax)
        except (ValueError, TypeError):
            continue
    raise ValueError("Expected " + " or ".join(shape.expected for shape in alternatives))


def _made_by(cls: type, value: t.Any) -> bool:
    """In an answer an object belongs to its own class; a dict may be any of the structured types."""
    return isinstance(value, (dict, cls))
