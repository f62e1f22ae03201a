"""JSON Schemas (2020-12, as OpenAPI 3.1 uses them) of shapes, and the book that keeps their names apart."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import re
import typing as t

import msgspec

from . import models
from .errors import name_of
from .foreign import MarshmallowShape, PydanticShape
from .kinds import bare
from .leaves import to_wire, wire_schema
from .markers import MISSING
from .shapes import Fixed, Model, Sequence, Shape, Table, Union

if t.TYPE_CHECKING:
    from collections.abc import Callable

Schema = dict[str, t.Any]
Mode = t.Literal["input", "output"]

_PREFIX = "#/components/schemas/"
_LOCAL = "#/$defs/"


class SchemaBook:
    """The named schemas of one document. Equal ones share a name, others with the same name are told apart."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._names: dict[t.Any, str] = {}

    def of(self, shape: Shape, mode: Mode) -> Schema:
        """The schema of a shape; what has a name is put into the book and referred to."""
        if isinstance(shape, PydanticShape):
            return self._pydantic(shape, mode)
        if isinstance(shape, MarshmallowShape):
            return self._marshmallow(shape, mode)
        if isinstance(shape, Model):
            return self._model(shape, mode)
        if isinstance(shape, Sequence):
            unique = {"uniqueItems": True} if bare_origin(shape.annotation) in (set, frozenset) else {}
            return {"type": "array", "items": self.of(shape.item, mode), **unique, **_limits(shape)}
        if isinstance(shape, Fixed):
            items = [self.of(item, mode) for item in shape.items]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        if isinstance(shape, Table):
            return {"type": "object", "additionalProperties": self.of(shape.item, mode), **_limits(shape)}
        if isinstance(shape, Union):
            return self._union(shape, mode)
        return self._leaf(shape)

    def add(self, name: str, schema: Schema) -> Schema:
        """Puts a schema of the caller's into the book and gives the reference to it."""
        return {"$ref": _PREFIX + self._claim(("own", name), name, lambda _: schema)}

    def _claim(self, key: t.Any, name: str, make: Callable[[str], Schema], *, twin: str | None = None) -> str:
        """The name of a schema that is made for it; ``make`` gets the name, for schemas that refer to themselves."""
        known = self._names.get(key)
        if known is not None:
            return known
        name = re.sub(r"[^\w.-]+", "_", name).strip("_")
        for candidate in _candidates(name, key, twin):
            taken = self.components.get(candidate)
            if taken is not None and taken is not _PENDING:
                before = dict(self._names)
                self._names[key] = candidate
                if _retitled(make(candidate), name, candidate) == taken:
                    return candidate
                self._names = before
                continue
            if taken is None:
                self._names[key] = candidate
                self.components[candidate] = _PENDING
                self.components[candidate] = _retitled(make(candidate), name, candidate)
                return candidate
        raise AssertionError("the candidates never end")

    def _model(self, shape: Model, mode: Mode) -> Schema:
        partial = shape.expected.startswith("an object with any fields")
        name = ("Partial" if partial else "") + name_of(shape.cls if partial else shape.annotation)
        key = (shape.annotation, mode, partial)
        twin = self._names.get((shape.annotation, "input", partial))
        return {"$ref": _PREFIX + self._claim(key, name, lambda _: self._fields(shape, mode), twin=twin)}

    def _fields(self, shape: Model, mode: Mode) -> Schema:
        if shape.as_array:
            items = [self.of(inner, mode) for _, inner in shape.fields]
            least = sum(field.required for field, _ in shape.fields)
            made: Schema = {
                "title": name_of(shape.annotation),
                "type": "array",
                "prefixItems": items,
                "minItems": least,
            }
            if shape.closed or models.family_of(shape.annotation) == "namedtuple":
                made["maxItems"] = len(items)
            return made
        properties: Schema = {}
        required = []
        if shape.tag is not None:
            properties[shape.tag[0]] = {"const": shape.tag[1]}
            required.append(shape.tag[0])
        for field, inner in shape.fields:
            properties[field.wire_name] = {**self.of(inner, mode), **_default(field.default)}
            if field.required:
                required.append(field.wire_name)
        schema: Schema = {"title": name_of(shape.annotation), "type": "object", "properties": properties}
        if required:
            schema["required"] = required
        if shape.closed:
            schema["additionalProperties"] = False
        text = docstring_of(shape.cls)
        return {**schema, "description": text} if text else schema

    def _union(self, shape: Union, mode: Mode) -> Schema:
        parts: list[Schema] = []
        for alternative in shape.alternatives:
            part = self.of(alternative, mode)
            if part not in parts:
                parts.append(part)
        words: Schema = {}
        for part in parts:
            for name in ("title", "description", "examples"):
                if name in part and "$ref" not in part:
                    words[name] = part.pop(name)
        if len(parts) == 1:
            return {**parts[0], **words}
        return {"anyOf": parts, **_discriminator(shape, parts), **words}

    def _leaf(self, shape: Shape) -> Schema:
        if shape.annotation is t.Any or shape.annotation is object:
            return {}
        schema = msgspec.json.schema(shape.documented, schema_hook=wire_schema)
        plain = bare(shape.annotation)
        if isinstance(plain, type) and issubclass(plain, enum.Enum):
            (made,) = schema.pop("$defs").values()
            values = [member.value for member in plain]
            made = {**made, "enum": values, **_type_of(values)}
            name = self._claim(plain, plain.__name__, lambda _: made)
            return {**schema, "$ref": _PREFIX + name}
        if plain is datetime.timedelta:
            schema.pop("format", None)  # JSON Schema's "duration" has neither signs nor fractions; RFC 3339 appendix A
        if plain in _FORMATS:
            return {**_FORMATS[plain], **schema}
        if "enum" in schema and "type" not in schema:
            schema = {**_type_of(schema["enum"]), **schema}
        return schema

    def _pydantic(self, shape: PydanticShape, mode: Mode) -> Schema:
        wanted: t.Any = "validation" if mode == "input" else "serialization"
        schema = shape.adapter.json_schema(mode=wanted, by_alias=True, ref_template=_LOCAL + "{model}")
        definitions = schema.pop("$defs", {})
        if schema.get("type") == "object" and "title" in schema and "properties" in schema:
            # NOTE: pydantic writes the outermost model in place; a name makes clients share its class.
            definitions[schema["title"]] = schema
            schema = {"$ref": _LOCAL + schema["title"]}
        return self._merge(schema, definitions, mode)

    def _merge(self, schema: Schema, definitions: dict[str, Schema], mode: Mode) -> Schema:
        """Takes over the definitions of another generator under names that are free here."""

        def claim(name: str) -> str:
            content = definitions[name]
            content_key = json.dumps(_closure(name, definitions), sort_keys=True, default=str)
            key = ("definition", name, mode, content_key)
            twin = self._names.get(("read", name)) if mode == "output" else None
            found = self._claim(key, name, lambda own: t.cast(Schema, moved(content)), twin=twin)
            if mode == "input":
                self._names.setdefault(("read", name), found)
            return found

        def moved(node: t.Any) -> t.Any:
            if isinstance(node, dict):
                return {k: _moved_ref(v) if k == "$ref" else moved(v) for k, v in node.items() if k != "mapping"} | (
                    {"mapping": {k: _moved_ref(v) for k, v in node["mapping"].items()}} if "mapping" in node else {}
                )
            return [moved(item) for item in node] if isinstance(node, list) else node

        def _moved_ref(reference: t.Any) -> t.Any:
            if isinstance(reference, str) and reference.startswith(_LOCAL):
                return _PREFIX + claim(reference[len(_LOCAL) :])
            return moved(reference) if isinstance(reference, dict) else reference

        return t.cast(Schema, moved(schema))

    def _marshmallow(self, shape: MarshmallowShape, mode: Mode) -> Schema:
        schema = shape.schema_object
        name = type(schema).__name__.removesuffix("Schema") or "Schema"
        key = (type(schema), mode, schema.many, bool(schema.partial))
        twin = self._names.get((type(schema), "input", schema.many, bool(schema.partial)))
        claimed = self._claim(key, name, lambda _: self._marshmallow_fields(schema, mode), twin=twin)
        reference = {"$ref": _PREFIX + claimed}
        return {"type": "array", "items": reference} if schema.many else reference

    def _marshmallow_fields(self, schema: t.Any, mode: Mode) -> Schema:
        fields = schema.load_fields if mode == "input" else schema.dump_fields
        properties = {f.data_key or name: self._marshmallow_field(f, mode) for name, f in fields.items()}
        required = [f.data_key or name for name, f in fields.items() if f.required and mode == "input"]
        made: Schema = {"type": "object", "properties": properties}
        if schema.unknown == "raise":
            made["additionalProperties"] = False
        return {**made, "required": required} if required else made

    def _marshmallow_field(self, field: t.Any, mode: Mode) -> Schema:
        kinds = [cls.__name__ for cls in type(field).__mro__]
        if "Nested" in kinds:
            made = self._marshmallow(MarshmallowShape(field.schema), mode)
        elif "List" in kinds:
            made = {"type": "array", "items": self._marshmallow_field(field.inner, mode)}
        else:
            made = dict(next((_MARSHMALLOW[kind] for kind in kinds if kind in _MARSHMALLOW), {}))
        return {"anyOf": [made, {"type": "null"}]} if field.allow_none and made else made


_PENDING: Schema = {}


def _retitled(schema: Schema, name: str, claimed: str) -> Schema:
    """A schema whose title is its name in the book: generators of clients name classes after titles, which must differ then."""
    return {**schema, "title": claimed} if claimed != name and schema.get("title") == name else schema


#: What msgspec leaves out, and tools need to know what to send.
_FORMATS: dict[t.Any, Schema] = {
    datetime.datetime: {"format": "date-time"},
    datetime.time: {"format": "time"},
    datetime.date: {"format": "date"},
    datetime.timedelta: {"pattern": r"^[+-]?P(?=\d|T)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$"},
    decimal.Decimal: {"pattern": r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"},
}

_MARSHMALLOW: dict[str, Schema] = {
    "Integer": {"type": "integer"},
    "Boolean": {"type": "boolean"},
    "Decimal": {"type": "number"},
    "Number": {"type": "number"},
    "UUID": {"type": "string", "format": "uuid"},
    "Date": {"type": "string", "format": "date"},
    "Time": {"type": "string", "format": "time"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Email": {"type": "string", "format": "email"},
    "Url": {"type": "string", "format": "uri"},
    "TimeDelta": {"type": "integer"},
    "String": {"type": "string"},
    "Mapping": {"type": "object"},
}


def _discriminator(shape: Union, parts: list[Schema]) -> Schema:
    """How to tell tagged models apart, for tools. Source: OpenAPI 3.1.0, Discriminator Object."""
    tags = [a.tag for a in shape.alternatives if isinstance(a, Model) and a.tag is not None]
    if len(tags) != len(parts) or not all(isinstance(tag, str) for _, tag in tags):
        return {}
    mapping = {tag: part["$ref"] for (_, tag), part in zip(tags, parts)}
    return {"discriminator": {"propertyName": tags[0][0], "mapping": mapping}}


def bare_origin(annotation: t.Any) -> t.Any:
    """The class behind an annotation, whatever stands around it."""
    plain = bare(annotation)
    return t.get_origin(plain) or plain


def _candidates(name: str, key: t.Any, twin: str | None) -> t.Iterator[str]:
    """Names to try: the name of the same model on its way in, the plain one, then ever longer ones."""
    if twin is not None:
        yield twin
        yield f"{twin}Output"
    yield name
    annotation = key[0] if isinstance(key, tuple) else key
    module = getattr(models.origin_class(annotation), "__module__", "")
    if isinstance(module, str) and module:
        yield f"{module}.{name}"
    number = 2
    while True:
        yield f"{name}{number}"
        number += 1


def _closure(name: str, definitions: dict[str, Schema]) -> dict[str, Schema]:
    """A definition and all that it reaches, to compare definitions of the same name."""
    found: dict[str, Schema] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in found or current not in definitions:
            continue
        found[current] = definitions[current]
        waiting += re.findall(re.escape(_LOCAL) + r'([^"]+)"', json.dumps(found[current], default=str))
    return found


def _limits(shape: Shape) -> Schema:
    """The size limits of a container, in JSON Schema's words."""
    if t.get_origin(shape.native) is not t.Annotated:
        return {}
    made: Schema = {}
    for meta in t.get_args(shape.native)[1:]:
        if not isinstance(meta, msgspec.Meta):
            continue
        kind = "Properties" if isinstance(shape, Table) else "Items"
        found = {f"min{kind}": meta.min_length, f"max{kind}": meta.max_length}
        found |= {name: getattr(meta, name) for name in ("title", "description", "examples")}
        made.update({name: value for name, value in found.items() if value is not None})
        made.update(meta.extra_json_schema or {})
    return made


def _type_of(values: list[t.Any]) -> Schema:
    kinds = {_JSON_TYPES.get(type(value)) for value in values}
    return {"type": kinds.pop()} if len(kinds) == 1 and None not in kinds else {}


_JSON_TYPES = {str: "string", int: "integer", bool: "boolean", float: "number"}


def _default(default: t.Any) -> Schema:
    if default is MISSING:
        return {}
    try:
        return {"default": msgspec.json.decode(msgspec.json.encode(default, enc_hook=to_wire))}
    except (TypeError, ValueError, NotImplementedError):
        return {}


default_schema = _default


def docstring_of(cls: t.Any) -> str:
    """What a class says of itself; the texts that dataclasses and NamedTuples write for themselves do not count."""
    text = (cls.__dict__.get("__doc__") if isinstance(cls, type) else None) or ""
    if text.startswith((f"{getattr(cls, '__name__', '')}(", "dict() ->")):
        return ""
    import inspect

    return inspect.cleandoc(text)
