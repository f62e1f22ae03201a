"""``Partial[Model]``: some fields of a model, for PATCH. A field that was not sent is absent, which is not ``null``."""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

M = t.TypeVar("M")


class Partial(t.Generic[M]):
    """The fields of ``M`` that a request gave, validated as in ``M``; none of them is required.

    A sent field is an attribute and in ``changes``; asking for one that was not sent raises ``AttributeError``.
    """

    __slots__ = ("changes",)

    changes: dict[str, t.Any]

    def __init__(self, **changes: t.Any) -> None:
        self.changes = changes

    def __getattr__(self, name: str) -> t.Any:
        try:
            return self.changes[name]
        except KeyError:
            raise AttributeError(f"field {name!r} was not sent; test with `{name!r} in patch` first") from None

    def __contains__(self, name: object) -> bool:
        return name in self.changes

    def __iter__(self) -> Iterator[str]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Partial) and other.changes == self.changes

    __hash__ = None  # type: ignore[assignment]  # what changes has no hash; typeshed declares a method

    def __repr__(self) -> str:
        return f"Partial({', '.join(f'{name}={value!r}' for name, value in self.changes.items())})"

    def get(self, name: str, default: t.Any = None) -> t.Any:
        """The field's value, or ``default`` where it was not sent."""
        return self.changes.get(name, default)

    def apply(self, target: M) -> M:
        """The target with the changes made.

        Dataclasses, Structs, attrs and pydantic models, dicts and NamedTuples give a changed copy; an object of any
        other class, a mapped SQLAlchemy one for example, is changed in place and returned.
        """
        whole: t.Any = target
        if isinstance(whole, dict):
            return t.cast(M, {**whole, **self.changes})
        if isinstance(whole, msgspec.Struct):
            return t.cast(M, msgspec.structs.replace(whole, **self.changes))
        if hasattr(whole, "_sa_instance_state"):
            return self._assign(whole)
        if hasattr(whole, "__dataclass_fields__"):
            import dataclasses

            return t.cast(M, dataclasses.replace(whole, **self.changes))
        if hasattr(whole, "__attrs_attrs__"):
            import attrs

            return t.cast(M, attrs.evolve(whole, **self.changes))
        if hasattr(whole, "model_copy"):
            return t.cast(M, whole.model_copy(update=self.changes))
        if isinstance(whole, tuple) and hasattr(whole, "_replace"):
            return t.cast(M, whole._replace(**self.changes))
        return self._assign(whole)

    def _assign(self, target: t.Any) -> M:
        for name, value in self.changes.items():
            setattr(target, name, value)
        return t.cast(M, target)


def build_partial(
    model: t.Any, builds: t.Sequence[tuple[str, Callable[[t.Any], t.Any] | None]], record: t.Any
) -> Partial[t.Any]:
    """Makes a ``Partial`` of the record that the native pass filled."""
    changes: dict[str, t.Any] = {}
    for name, build in builds:
        value = getattr(record, name)
        if value is not msgspec.UNSET:
            changes[name] = value if build is None else build(value)
    return Partial(**changes)


def pydantic_partial(model: t.Any) -> t.Any:
    """A pydantic model with the same fields and validators as ``model``, none of them required."""
    import pydantic

    fields: Mapping[str, t.Any] = {
        name: (field.annotation, _optional(field)) for name, field in model.model_fields.items()
    }
    return pydantic.create_model(f"Partial{model.__name__}", __base__=model, **fields)


def _optional(field: t.Any) -> t.Any:
    import copy

    from pydantic_core import PydanticUndefined

    changed = copy.copy(field)
    changed.default = PydanticUndefined
    changed.default_factory = _nothing
    return changed


def _nothing() -> None:
    return None
