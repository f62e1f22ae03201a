"""Decides where a parameter's value comes from, and says so clearly where a view cannot mean what it says."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import kinds
from .errors import SetupError, name_of
from .markers import CONSTRAINTS, MISSING, Dependency, Marker
from .parameters import Parameter
from .shape_reader import ShapeReader
from .signature import UNRESOLVED, Asked, Signature, annotated

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .markers import Place

_TEXT_PLACES = ("query", "header", "cookie", "form", "path")

#: What stands for a value that is no request parameter: the request itself, or scopes known at set-up.
REQUEST: t.Any = "request"
SCOPES: t.Any = "scopes"


@dataclass(frozen=True)
class Rule:
    """What the route says: its variables with their converters' types, its defaults, its methods."""

    variables: Mapping[str, type | None]
    defaults: frozenset[str]
    methods: frozenset[str]

    @property
    def has_body(self) -> bool:
        """Whether the rule's methods have a body to read."""
        return not self.methods or not self.methods <= {"GET", "HEAD", "OPTIONS", "TRACE"}


def decide(asked: Asked, signature: Signature, rule: Rule, *, strict: bool, inner: bool, role: str) -> t.Any:
    """The place of one parameter; None when it is not ours to supply.

    ``strict`` is the ``Ewer`` mode, ``inner`` says that the callable is a dependency, whose every parameter must come
    from somewhere.

    Raises:
        SetupError: the parameter cannot be supplied as it is written.
    """
    if isinstance(asked.marker, Dependency):
        return asked.marker
    if asked.name in rule.defaults:
        return "path" if inner else None
    if isinstance(asked.marker, Marker):
        return _marked(asked, asked.marker, signature, rule, role)
    if asked.name in rule.variables:
        return "path" if inner or (strict and _needs_conversion(asked, rule)) else None
    if asked.annotation is MISSING:
        if inner and asked.default is MISSING:
            raise _no_source(asked, signature, role, "has no annotation")
        return None
    if not inner and not strict and (asked.default is not MISSING or signature.wrapped):
        return None
    return _guess(asked, signature, strict=strict or inner, role=role)


def _marked(asked: Asked, marker: Marker, signature: Signature, rule: Rule, role: str) -> Place:
    if asked.annotation is UNRESOLVED:
        raise _unresolved(asked, signature, role)
    in_rule = asked.name in rule.variables or marker.alias in rule.variables
    if marker.place == "path" and not in_rule:
        raise SetupError(
            f"{role} marks {asked.name!r} as a path parameter, but the rule has no variable of that name",
            where=signature.where,
            fix=f"write <{asked.name}> in the rule, or mark it Query()",
        )
    if marker.place != "path" and asked.name in rule.variables:
        raise SetupError(
            f"{role} marks the URL variable {asked.name!r} as {marker!r}",
            where=signature.where,
            fix=f"rename the parameter, or mark it Path() instead of {marker!r}",
        )
    if marker.place == "path" and (asked.default is not MISSING or marker.default_factory is not None):
        raise SetupError(
            f"{role} gives the path parameter {asked.name!r} a default, which can never be used",
            where=signature.where,
            fix="drop the default; give the route `defaults={...}` and a second rule instead",
        )
    return marker.place


def _needs_conversion(asked: Asked, rule: Rule) -> bool:
    """Whether a URL variable's annotation asks for more than the rule's converter already made."""
    made = rule.variables[asked.name]
    if asked.annotation in (MISSING, UNRESOLVED, t.Any, made) or made is None:
        return False
    return kinds.kind_of(asked.annotation) in ("scalar", "scalars")


def _guess(asked: Asked, signature: Signature, *, strict: bool, role: str) -> t.Any:
    if asked.annotation is UNRESOLVED:
        if strict:
            raise _unresolved(asked, signature, role)
        return None
    plain = kinds.bare(asked.annotation)
    if kinds.is_request(plain):
        return REQUEST
    if getattr(plain, "__name__", "") == "SecurityScopes" and getattr(plain, "__module__", "").startswith("ewer."):
        return SCOPES
    kind = kinds.kind_of(asked.annotation)
    if kind in ("file", "files"):
        return "file"
    if kind == "structured":
        return "body"
    if kind in ("scalar", "scalars"):
        return "query"
    if not strict:
        return None
    raise _no_source(asked, signature, role, f"has type {name_of(asked.annotation)}, which no request can give")


def _no_source(asked: Asked, signature: Signature, role: str, reason: str) -> SetupError:
    return SetupError(
        f"{role} has a parameter {asked.name!r} that {reason}",
        where=signature.where,
        fix=f"say where it comes from, for example {asked.name}: Annotated[str, Query()], or with Depends(...)",
    )


def _unresolved(asked: Asked, signature: Signature, role: str) -> SetupError:
    return SetupError(
        f"{role} annotates {asked.name!r} with {asked.text or asked.annotation!r}, which cannot be found",
        where=signature.where,
        fix="define the name at module level, and import it outside `if TYPE_CHECKING:`",
    )


def make_parameter(
    asked: Asked, place: Place, signature: Signature, *, key: str, role: str, implied: bool
) -> Parameter:
    """Works out one parameter: its alias, its shape, the fields of a model over texts.

    Raises:
        SetupError: a value of this type cannot come from there.
    """
    marker = asked.marker if isinstance(asked.marker, Marker) else Marker(place)
    annotation = str if asked.annotation is MISSING else asked.annotation
    if place == "path" and asked.annotation is MISSING and not isinstance(asked.marker, Marker):
        annotation = t.Any
    what = f"{role}: parameter {asked.name!r}"
    lax = place != "body"
    shape = ShapeReader(where=signature.where, what=what, lax=lax).of(_constrained(annotation, marker))
    kind = kinds.kind_of(annotation)
    fields: tuple[tuple[str, str, bool, bool], ...] = ()
    if lax and kind == "structured" and place != "path":
        fields = _model_fields(annotation, place, signature, what, asked.name)
    elif place == "file" and kind not in ("file", "files") and not _is_bytes(annotation):
        raise SetupError(
            f"{what} is marked File() but has type {name_of(annotation)}",
            where=signature.where,
            fix=f"write {asked.name}: UploadFile, bytes, or a list of either",
        )
    return Parameter(
        key=key,
        name=asked.name,
        place=place,
        alias=_alias(asked.name, place, marker),
        annotation=annotation,
        shape=shape,
        marker=marker,
        owner=role,
        default=asked.default,
        default_factory=marker.default_factory,
        many=kind in ("scalars", "files"),
        keeps_blank=place != "form" or kinds.keeps_blank(annotation),
        fields=fields,
        closed=bool(fields) and place in ("query", "form", "cookie") and kinds.is_closed(annotation),
        implied=implied,
        marked=isinstance(asked.marker, Marker),
    )


def _is_bytes(annotation: t.Any) -> bool:
    return any(
        kinds.bare(member) is bytes or bytes in t.get_args(kinds.bare(member))
        for member in kinds.members_of(annotation)
    )


def _alias(name: str, place: Place, marker: Marker) -> str:
    if marker.alias is not None:
        return marker.alias.lower() if place == "header" else marker.alias
    return header_name(name) if place == "header" and marker.convert_underscores else name


def header_name(name: str) -> str:
    """A Python name as a header's name, in lower case."""
    return name.lower().replace("_", "-")


def _model_fields(
    annotation: t.Any, place: Place, signature: Signature, what: str, name: str
) -> tuple[tuple[str, str, bool, bool], ...]:
    found = kinds.text_fields(annotation)
    if found is None:
        raise SetupError(
            f"{what} of type {name_of(annotation)} cannot be read from the {place}: its fields are not known",
            where=signature.where,
            fix=f"use a dataclass or another model, or read it from the body: {name}: Annotated[..., Body()]",
        )
    fields = []
    for wire_name, hint in found:
        kind = kinds.kind_of(hint)
        if kind == "structured" and place != "form":
            raise SetupError(
                f"{what}: field {wire_name!r} is a structure, and the {place} holds only single values and lists",
                where=signature.where,
                fix="give the field a plain type, or read the model from the body",
            )
        alias = header_name(wire_name) if place == "header" else wire_name
        blank = place != "form" or kinds.keeps_blank(hint)
        fields.append((alias, wire_name, kind in ("scalars", "files"), blank))
    return tuple(fields)


def _constrained(annotation: t.Any, marker: Marker) -> t.Any:
    """The annotation with the constraints and words of its marker, as metadata that a shape understands."""
    wanted = {name: marker.constraints[name] for name in CONSTRAINTS if name in marker.constraints}
    if not wanted:
        return annotation
    from .constraints import as_metadata

    return annotated(annotation, as_metadata(annotation, wanted))


def check_bodies(parameters: t.Sequence[Parameter], signature: Signature, rule: Rule, role: str) -> None:
    """Refuses views that read one body twice, or a body that never comes.

    Raises:
        SetupError: as said.
    """
    bodies = [p for p in parameters if p.place == "body"]
    forms = [p for p in parameters if p.place in ("form", "file")]
    if (bodies or forms) and not rule.has_body:
        first = (bodies or forms)[0]
        served = ", ".join(sorted(rule.methods - {"HEAD", "OPTIONS"})) or "GET"
        raise SetupError(
            f"{role} reads {first.name!r} from the body, but is served for {served}, whose requests have none",
            where=signature.where,
            fix=f"register it with methods=['POST'], or mark it: {first.name}: Annotated[..., Query()]",
        )
    if bodies and forms:
        raise SetupError(
            f"{role} reads the request body twice: {bodies[0].name!r} as JSON and {forms[0].name!r} as a form",
            where=signature.where,
            fix=f"read both from the form: {bodies[0].name}: Annotated[..., Form()]",
        )
    # NOTE: one Body() among them says that several keys are meant.
    if len(bodies) > 1 and not any(p.marked for p in bodies):
        other = bodies[-1].name
        names = " and ".join(repr(p.name) for p in bodies[:2])
        raise SetupError(
            f"{role} reads the request body twice: {names} are both body parameters.",
            where=signature.where,
            fix=f"keep one body parameter, or mark the other: {other}: Annotated[str, Query()];\n"
            "       to read both as keys of one JSON object, mark one of them with Body()",
        )
