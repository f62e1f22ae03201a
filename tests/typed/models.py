"""The models that several tests bind; at module level, as annotations in text demand."""

from __future__ import annotations

import dataclasses
import enum
import typing as t
from typing import Annotated

import attrs
import msgspec
import pydantic
from annotated_types import Gt, MaxLen, MinLen


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


@dataclasses.dataclass
class NewItem:
    name: Annotated[str, MinLen(1), MaxLen(100)]
    price: Annotated[float, Gt(0)]
    description: t.Optional[str] = None
    in_stock: bool = True


@dataclasses.dataclass
class Item(NewItem):
    id: str = ""


@dataclasses.dataclass
class SecretItem(Item):
    margin: float = 0.5


@dataclasses.dataclass
class Plain:
    name: str
    price: float
    tags: list[str] = dataclasses.field(default_factory=list)


class AsTypedDict(t.TypedDict):
    name: str
    price: float


class AsPartTypedDict(t.TypedDict, total=False):
    name: str
    price: float


class AsNamedTuple(t.NamedTuple):
    name: str
    price: float = 1.0


class AsStruct(msgspec.Struct):
    name: str
    price: float


class ClosedStruct(msgspec.Struct, forbid_unknown_fields=True):
    name: str


@attrs.define
class AsAttrs:
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    price: float = attrs.field(converter=float)


class AsPydantic(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=1)
    price: float


class PydanticClosed(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    name: str = "x"


@dataclasses.dataclass
class Line:
    sku: Annotated[str, MinLen(1)]
    count: Annotated[int, Gt(0)] = 1


@dataclasses.dataclass
class Order:
    customer: str
    lines: list[Line]
    note: t.Optional[str] = None


@dataclasses.dataclass
class Tree:
    value: Annotated[int, Gt(0)]
    children: list[Tree] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Cat:
    kind: t.Literal["cat"]
    lives: int


@dataclasses.dataclass
class Dog:
    kind: t.Literal["dog"]
    age: int


class TaggedCat(msgspec.Struct, tag="cat"):
    lives: int


class TaggedDog(msgspec.Struct, tag="dog"):
    age: Annotated[int, Gt(0)]


@dataclasses.dataclass
class Filter:
    limit: int = 10
    tag: list[str] = dataclasses.field(default_factory=list)


T = t.TypeVar("T")


@dataclasses.dataclass
class Page(t.Generic[T]):
    items: list[T]
    total: int
