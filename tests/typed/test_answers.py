"""The return annotation is the response: encoded natively, narrowed to what is declared, refused when it does not fit."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import decimal
import http
import json
import logging
import pathlib
import typing as t
import uuid
from typing import Annotated

import attrs
import marshmallow as ma
import pydantic
import pytest
import sqlalchemy as sa
import sqlalchemy.orm as orm
from werkzeug.datastructures import Headers
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ewer.typed import Header
from ewer.typed.errors import ResponseInvalid, SetupError

from .binding_of import bound
from .models import (
    AsNamedTuple,
    AsPydantic,
    AsStruct,
    AsTypedDict,
    Cat,
    Colour,
    Dog,
    Item,
    Line,
    NewItem,
    Order,
    Page,
    Plain,
    SecretItem,
    TaggedCat,
    TaggedDog,
)


def _answer(annotation: t.Any) -> t.Any:
    def view(): ...

    view.__annotations__ = {"return": annotation}
    binding = bound(view)
    return None if binding is None else binding.answer


def encoded(annotation: t.Any, result: t.Any) -> t.Any:
    body = _answer(annotation).encode(result)
    return body if not body else json.loads(body)


ITEM = {"name": "a", "price": 1.0, "description": None, "in_stock": True, "id": "7"}


def test_an_instance_of_the_declared_type_is_written_as_it_is():
    assert encoded(Item, Item("a", 1.0, id="7")) == ITEM
    assert encoded(list[Item], [Item("a", 1.0, id="7")]) == [ITEM]


@pytest.mark.parametrize(
    "wide", [SecretItem("a", 1.0, id="7"), {**ITEM, "margin": 3, "password": "s3cret"}, AsPydantic(name="a", price=1.0)]
)
def test_a_wider_value_is_narrowed_to_the_declared_fields(wide):
    assert encoded(Plain, wide) == {"name": "a", "price": 1.0, "tags": []}
    assert encoded(list[Plain], [wide, Plain("b", 2.0)])[0] == {"name": "a", "price": 1.0, "tags": []}
    assert encoded(t.Optional[Plain], wide) == {"name": "a", "price": 1.0, "tags": []}
    assert encoded(dict[str, Plain], {"k": wide}) == {"k": {"name": "a", "price": 1.0, "tags": []}}


@dataclasses.dataclass
class SecretLine(Line):
    cost: int = 9


def test_a_nested_wider_value_is_narrowed_too():
    order = Order("c", [SecretLine("a")])
    assert encoded(Order, order) == {"customer": "c", "lines": [{"sku": "a", "count": 1}], "note": None}
    assert encoded(Page[Line], Page([SecretLine("a")], 1)) == {"items": [{"sku": "a", "count": 1}], "total": 1}


class PydanticOut(pydantic.BaseModel):
    name: str

    @pydantic.computed_field
    def shout(self) -> str:
        return self.name.upper()


class PydanticWide(PydanticOut):
    password: str = "s3cret"


@pytest.mark.filterwarnings("error")
def test_pydantic_models_are_narrowed_and_keep_computed_fields():
    assert encoded(PydanticOut, PydanticWide(name="a")) == {"name": "a", "shout": "A"}
    assert encoded(list[PydanticOut], [PydanticWide(name="a")]) == [{"name": "a", "shout": "A"}]
    assert encoded(PydanticOut, {"name": "a", "password": "x"}) == {"name": "a", "shout": "A"}
    assert encoded(PydanticOut, Plain("a", 1.0)) == {"name": "a", "shout": "A"}


@dataclasses.dataclass
class Holder:
    inner: PydanticOut


def test_a_pydantic_model_inside_a_dataclass_is_narrowed():
    assert encoded(Holder, Holder(PydanticWide(name="a"))) == {"inner": {"name": "a", "shout": "A"}}


def test_structs_typed_dicts_and_named_tuples_are_written():
    assert encoded(AsStruct, AsStruct("a", 1.0)) == {"name": "a", "price": 1.0}
    assert encoded(AsTypedDict, {"name": "a", "price": 1, "x": 2}) == {"name": "a", "price": 1.0}
    assert encoded(AsNamedTuple, AsNamedTuple("a", 2.0)) == ["a", 2.0]


class OutSchema(ma.Schema):
    name = ma.fields.String()


def test_a_marshmallow_schema_dumps():
    assert encoded(OutSchema, Plain("a", 1.0)) == {"name": "a"}
    assert encoded(list[OutSchema], [Plain("a", 1.0)]) == [{"name": "a"}]


class Base(orm.DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "author"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str]
    born = sa.Column(sa.Date)


def test_a_mapped_class_is_written_column_by_column():
    author = Author(id=1, name="a", born=dt.date(1900, 1, 2))
    assert encoded(Author, author) == {"id": 1, "name": "a", "born": "1900-01-02"}
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add(author)
        session.commit()
        assert encoded(list[Author], session.scalars(sa.select(Author)))[0]["name"] == "a"


def test_an_orm_object_is_narrowed_to_a_model():
    assert encoded(PydanticOut, Author(id=1, name="a")) == {"name": "a", "shout": "A"}


@dataclasses.dataclass
class Everything:
    at: dt.datetime
    day: dt.date
    wait: dt.timedelta
    price: decimal.Decimal
    key: uuid.UUID
    colour: Colour
    data: bytes
    path: pathlib.PurePosixPath
    either: t.Union[int, str, None] = None


EVERYTHING = Everything(
    dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
    dt.date(2024, 1, 2),
    dt.timedelta(seconds=90),
    decimal.Decimal("1.50"),
    uuid.UUID(int=1),
    Colour.RED,
    b"\x00\xff",
    pathlib.PurePosixPath("a/b"),
)


def test_values_are_written_as_documented():
    expected = {
        "at": "2024-01-02T03:04:05Z",
        "day": "2024-01-02",
        "wait": "PT90S",
        "price": "1.50",
        "key": "00000000-0000-0000-0000-000000000001",
        "colour": "red",
        "data": "AP8=",
        "path": "a/b",
        "either": None,
    }
    assert encoded(Everything, EVERYTHING) == expected
    assert encoded(Everything, dataclasses.asdict(EVERYTHING)) == expected


def test_scalars_and_containers_are_data():
    assert encoded(int, 3) == 3
    assert encoded(dict[str, int], {"a": 1}) == {"a": 1}
    assert encoded(list[dt.date], [dt.date(2024, 1, 2)]) == ["2024-01-02"]
    assert encoded(list[int], (n for n in (1, 2))) == [1, 2]


def test_a_union_is_written_by_the_class_of_the_result():
    assert encoded(t.Union[Cat, Dog], Dog("dog", 3)) == {"kind": "dog", "age": 3}
    assert encoded(list[t.Union[Cat, Dog]], [Cat("cat", 9)]) == [{"kind": "cat", "lives": 9}]


def test_a_tagged_union_is_written_with_its_tags():
    assert encoded(t.Union[TaggedCat, TaggedDog], TaggedDog(3)) == {"type": "dog", "age": 3}
    assert encoded(list[t.Union[TaggedCat, TaggedDog]], [TaggedCat(9)]) == [{"type": "cat", "lives": 9}]
    assert encoded(list[t.Optional[TaggedCat]], [TaggedCat(9), None]) == [{"type": "cat", "lives": 9}, None]


@attrs.define
class Private:
    _key: int
    name: str = ""


def test_no_declared_field_is_left_out():
    assert encoded(Private, Private(3)) == {"_key": 3, "name": ""}


@pytest.mark.parametrize("annotation", [None, t.Optional[Item]])
def test_none_has_no_body(annotation):
    assert _answer(annotation).encode(None) == b""
    assert _answer(annotation).may_be_empty


def test_responses_pass_through_untouched():
    assert _answer(Item).encode(Response("x")) is None
    assert _answer(t.Union[Item, Response]).encode(Response("x")) is None
    assert _answer(None).encode(Response("x")) is None
    assert _answer(Item).encode(NotFound()) is None
    assert _answer(t.Union[Item, str]).encode("text") is None


@pytest.mark.parametrize(
    "annotation",
    [
        str, bytes, Response, dict, list, t.Any, object, dict[str, t.Any], tuple[str, int], t.Union[str, Response],
        t.Iterator[str], t.Generator[bytes, None, None], t.Callable[..., t.Any], t.Optional[str],
    ],
)  # fmt: skip
def test_what_flask_answers_itself_is_left_to_flask(annotation):
    assert _answer(annotation) is None


@pytest.mark.parametrize(
    ("annotation", "result"),
    [
        (Item, 5),
        (Item, {"name": "a"}),
        (Item, "text"),
        (Item, None),
        (list[Item], Item("a", 1.0)),
        (list[Item], [1]),
        (int, "3"),
        (dict[str, int], {"a": "b"}),
        (PydanticOut, {"nom": "a"}),
        (None, 3),
        (t.Union[Cat, Dog], Line("x")),
        (float, object()),
    ],
)
def test_a_result_that_does_not_fit_is_an_error_with_view_place_and_fix(annotation, result, caplog):
    with caplog.at_level(logging.ERROR), pytest.raises(ResponseInvalid) as caught:
        _answer(annotation).encode(result)
    text = str(caught.value)
    assert text.startswith(f"View view() returned {type(result).__name__}, which does not fit its annotation")
    assert "test_answers.py:" in text
    assert "Fix:" in text
    assert text in caplog.text


def test_flasks_tuple_is_recognised():
    answer = _answer(tuple[Item, int])
    assert answer.in_tuple
    assert json.loads(answer.encode(Item("a", 1.0, id="7"))) == ITEM
    assert _answer(tuple[Item, int, dict[str, str]]).in_tuple


@pytest.mark.parametrize(
    "annotation",
    [
        tuple[Item, dict[str, str]], tuple[Item, list[tuple[str, str]]], tuple[Item, http.HTTPStatus], tuple[Item, t.Any],
        tuple[Item, t.Optional[int], t.Mapping[str, str]], tuple[Item, t.Union[int, str], t.Sequence[tuple[str, str]]],
        tuple[Item, Headers], tuple[Item, t.Literal[201]],
    ],
)  # fmt: skip
def test_every_way_to_write_flasks_tuple_is_recognised(annotation):
    assert _answer(annotation).in_tuple


@pytest.mark.parametrize(
    "annotation", [tuple[float, float], tuple[Item, Item], tuple[int, str, int], tuple[int, int, int, int], tuple[int]]
)
def test_a_tuple_that_flask_would_take_apart_is_a_mistake_at_start(annotation):
    with pytest.raises(SetupError) as caught:
        _answer(annotation)
    assert "a tuple is the (body, status, headers) of a response" in str(caught.value)
    assert "Fix: return a list, a NamedTuple or a dataclass" in str(caught.value)


def test_a_stream_of_models_is_lines_of_json():
    answer = _answer(t.Iterator[Plain])
    assert answer.streams
    assert answer.content_types == ("application/jsonl",)
    lines = list(answer.encode_lines(iter([Plain("a", 1.0), {"name": "b", "price": 2, "x": 1}])))
    assert lines == [b'{"name":"a","price":1.0,"tags":[]}\n', b'{"name":"b","price":2.0,"tags":[]}\n']


def test_an_asynchronous_stream_is_lines_of_json():
    async def items():
        yield Plain("a", 1.0)

    async def main():
        return [line async for line in _answer(t.AsyncIterator[Plain]).encode_lines(items())]

    assert asyncio.run(main()) == [b'{"name":"a","price":1.0,"tags":[]}\n']


def test_headers_in_the_annotation_are_kept_for_the_document():
    (header,) = _answer(Annotated[Item, Header(alias="x-total", description="How many")]).headers
    assert (header.alias, header.description) == ("x-total", "How many")


def test_response_stands_for_the_annotation():
    def view() -> Item: ...

    assert json.loads(bound(view, response=NewItem).encode(Item("a", 1.0))) == {
        "name": "a", "price": 1.0, "description": None, "in_stock": True,
    }  # fmt: skip
