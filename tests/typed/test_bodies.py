"""JSON bodies, raw bodies, forms and files."""

from __future__ import annotations

import dataclasses
import typing as t
from typing import Annotated

import marshmallow as ma
import pydantic
import pytest
import sqlalchemy.orm as orm
from annotated_types import Gt, MaxLen, MinLen
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from ewer.typed import Body, File, Form, Partial, Query, UploadFile

from .binding_of import bound, collected, records, refused
from .fakes import FakeSource, upload
from .models import (
    AsAttrs,
    AsNamedTuple,
    AsPartTypedDict,
    AsPydantic,
    AsStruct,
    AsTypedDict,
    Cat,
    ClosedStruct,
    Dog,
    Filter,
    Line,
    NewItem,
    Order,
    Page,
    Plain,
    TaggedCat,
    TaggedDog,
    Tree,
)


def _view(annotation: t.Any) -> t.Any:
    def view(it): ...

    view.__annotations__ = {"it": annotation}
    return view


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Plain, Plain("a", 2.0)),
        (NewItem, NewItem("a", 2.0)),
        (AsTypedDict, {"name": "a", "price": 2.0}),
        (AsPartTypedDict, {"name": "a", "price": 2.0}),
        (AsStruct, AsStruct("a", 2.0)),
        (AsAttrs, AsAttrs("a", 2.0)),
        (AsPydantic, AsPydantic(name="a", price=2.0)),
    ],
)
def test_every_structured_type_is_read_from_json(model, value):
    assert collected(_view(model), json=b'{"name":"a","price":2,"unknown":1}') == {"it": value}
    assert collected(_view(list[model]), json=b'[{"name":"a","price":2}]') == {"it": [value]}
    assert collected(_view(t.Optional[model]), json=b"null") == {"it": None}
    assert records(_view(model), json=b'{"name":"a","price":{}}')[0][0] == ("body", "price")
    assert records(_view(list[model]), json=b'[{"name":[]}]')[0][0] == ("body", 0, "name")


def test_a_named_tuple_is_an_array_in_json():
    assert collected(_view(AsNamedTuple), json=b'["a",2]') == {"it": AsNamedTuple("a", 2.0)}


def test_fields_left_out_take_their_defaults():
    assert collected(_view(NewItem), json=b'{"name":"a","price":1}') == {"it": NewItem("a", 1.0, None, True)}
    assert collected(_view(AsPartTypedDict), json=b"{}") == {"it": {}}


def test_nested_models_are_built_in_their_own_classes():
    body = b'{"customer":"c","lines":[{"sku":"a"},{"sku":"b","count":2}]}'
    assert collected(_view(Order), json=body) == {"it": Order("c", [Line("a"), Line("b", 2)])}


def test_a_model_may_hold_itself():
    body = b'{"value":1,"children":[{"value":2}]}'
    assert collected(_view(Tree), json=body) == {"it": Tree(1, [Tree(2)])}
    assert records(_view(Tree), json=b'{"value":1,"children":[{"value":0}]}') == [
        (("body", "children", 0, "value"), "constraint")
    ]


def test_a_generic_model_reads_its_argument():
    body = b'{"items":[{"sku":"a"}],"total":1}'
    assert collected(_view(Page[Line]), json=body) == {"it": Page([Line("a")], 1)}


def test_every_error_of_a_body_is_reported_with_its_place():
    body = b'{"lines":[{"sku":""},{"count":0},{"sku":"x","count":"1"}],"note":5}'
    assert records(_view(Order), json=body) == [
        (("body", "customer"), "missing"),
        (("body", "lines", 0, "sku"), "constraint"),
        (("body", "lines", 1, "sku"), "missing"),
        (("body", "lines", 1, "count"), "constraint"),
        (("body", "lines", 2, "count"), "wrong_type"),
        (("body", "note"), "wrong_type"),
    ]


def test_json_types_are_not_bent():
    assert records(_view(Plain), json=b'{"name":"a","price":"2"}') == [(("body", "price"), "wrong_type")]


@pytest.mark.parametrize("text", [b"5.0", b"5e0", b"50E-1"])
def test_a_whole_number_is_an_integer_however_it_is_written(text):
    assert collected(_view(Line), json=b'{"sku":"e","count":' + text + b"}") == {"it": Line("e", 5)}
    assert records(_view(Line), json=b'{"sku":"","count":' + text + b"}") == [(("body", "sku"), "constraint")]

    def keyed(line: Annotated[Line, Body()], n: Annotated[int, Body()]): ...

    body = b'{"line":{"sku":"e"},"n":' + text + b"}"
    assert collected(keyed, json=body) == {"line": Line("e"), "n": 5}


def test_a_number_with_a_fraction_is_no_integer():
    assert records(_view(Line), json=b'{"sku":"e","count":5.5}') == [(("body", "count"), "wrong_type")]


def test_text_of_a_body_is_not_repeated_in_errors():
    assert "s3cret" not in str(refused(_view(Plain), json=b'{"name":"a","price":"s3cret"}'))


def test_untagged_models_are_told_apart_by_their_literal():
    view = _view(t.Union[Cat, Dog])
    assert collected(view, json=b'{"kind":"dog","age":3}') == {"it": Dog("dog", 3)}
    assert records(view, json=b'{"kind":"dog","age":"x"}') == [(("body", "age"), "wrong_type")]


def test_tagged_structs_are_told_apart_by_their_tag():
    view = _view(t.Union[TaggedCat, TaggedDog])
    assert collected(view, json=b'{"type":"dog","age":3}') == {"it": TaggedDog(3)}
    assert records(view, json=b'{"type":"dog","age":0}') == [(("body", "age"), "constraint")]
    assert records(view, json=b'{"type":"cow"}') == [(("body", "type"), "not_allowed")]
    assert records(view, json=b"{}") == [(("body", "type"), "missing")]


def test_a_container_of_the_wrong_size_is_told_the_right_one():
    (error,) = refused(_view(Annotated[list[Line], MinLen(1), MaxLen(3)]), json=b"[]").errors
    assert error.message == "Expected an array of an object (Line) with 1 to 3 items, received an array of 0."
    assert error.type == "constraint"


def test_a_struct_that_forbids_unknown_fields_names_them():
    assert records(_view(ClosedStruct), json=b'{"name":"a","b":1,"c":2}') == [
        (("body", "b"), "unknown_field"),
        (("body", "c"), "unknown_field"),
    ]


class PydanticCat(pydantic.BaseModel):
    kind: t.Literal["cat"]
    lives: int


class PydanticDog(pydantic.BaseModel):
    kind: t.Literal["dog"]
    age: int = pydantic.Field(alias="years")


def test_discriminated_unions_and_aliases_of_pydantic_hold():
    view = _view(Annotated[t.Union[PydanticCat, PydanticDog], pydantic.Field(discriminator="kind")])
    assert collected(view, json=b'{"kind":"dog","years":3}')["it"].age == 3
    assert records(view, json=b'{"kind":"cow"}') == [(("body",), "not_allowed")]


@dataclasses.dataclass
class Mixed:
    inner: AsPydantic
    count: Annotated[int, Gt(1)] = 2


def test_a_dataclass_may_hold_a_pydantic_model():
    view = _view(Mixed)
    assert collected(view, json=b'{"inner":{"name":"a","price":1}}') == {"it": Mixed(AsPydantic(name="a", price=1))}
    assert records(view, json=b'{"inner":{"name":""},"count":1}') == [
        (("body", "inner", "name"), "constraint"),
        (("body", "inner", "price"), "missing"),
        (("body", "count"), "constraint"),
    ]


@dataclasses.dataclass
class Careful:
    low: int
    high: int
    width: int = dataclasses.field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")
        self.width = self.high - self.low


def test_a_constructor_does_its_work_and_may_refuse():
    assert collected(_view(Careful), json=b'{"low":1,"high":3}')["it"].width == 2
    refusal = refused(_view(Careful), json=b'{"low":3,"high":1}')
    assert [(e.location, e.message) for e in refusal.errors] == [(("body",), "low is above high")]


class ItemSchema(ma.Schema):
    name = ma.fields.String(required=True)
    counts = ma.fields.List(ma.fields.Integer())


def test_a_marshmallow_schema_may_stand_where_a_model_is_expected():
    assert collected(_view(ItemSchema), json=b'{"name":"a","counts":["1"]}') == {"it": {"name": "a", "counts": [1]}}
    assert records(_view(ItemSchema), json=b'{"counts":["x"]}') == [
        (("body", "counts", 0), "invalid"),
        (("body", "name"), "missing"),
    ] or records(_view(ItemSchema), json=b'{"counts":["x"]}') == [
        (("body", "name"), "missing"),
        (("body", "counts", 0), "invalid"),
    ]


class Base(orm.MappedAsDataclass, orm.DeclarativeBase):
    pass


class Book(Base):
    __tablename__ = "book"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True, init=False)
    title: orm.Mapped[str]
    pages: orm.Mapped[t.Optional[int]] = orm.mapped_column(default=None)


def test_a_mapped_dataclass_is_built_by_its_constructor():
    book = collected(_view(Book), json=b'{"title":"t","id":9}')["it"]
    assert (type(book), book.title, book.pages, book.id) == (Book, "t", None, None)
    assert records(_view(Book), json=b"{}") == [(("body", "title"), "missing")]


def test_partial_tells_absent_from_null():
    view = _view(Partial[NewItem])
    patch = collected(view, json=b'{"description":null}')["it"]
    assert patch.changes == {"description": None}
    assert "name" not in patch
    assert patch.apply(NewItem("a", 1.0, "d")) == NewItem("a", 1.0, None)
    assert records(view, json=b'{"name":null,"price":0}') == [
        (("body", "name"), "wrong_type"),
        (("body", "price"), "constraint"),
    ]


@pytest.mark.parametrize(
    "whole", [AsStruct("a", 1.0), AsAttrs("a", 1.0), AsPydantic(name="a", price=1), Plain("a", 1.0)]
)
def test_partial_changes_any_kind_of_model(whole):
    patch = collected(_view(Partial[type(whole)]), json=b'{"price":5}')["it"]
    changed = patch.apply(whole)
    assert (changed.name, changed.price) == ("a", 5.0)
    assert whole.price == 1.0


def test_a_partial_field_that_was_not_sent_cannot_be_read_by_mistake():
    patch = collected(_view(Partial[NewItem]), json=b"{}")["it"]
    with pytest.raises(AttributeError, match="was not sent"):
        patch.name


def test_several_marked_bodies_are_keys_of_one_object():
    def view(item: Annotated[NewItem, Body()], importance: Annotated[int, Body(gt=0)] = 1): ...

    assert collected(view, json=b'{"item":{"name":"a","price":1},"importance":5}') == {
        "item": NewItem("a", 1.0),
        "importance": 5,
    }
    assert records(view, json=b'{"importance":0}') == [
        (("body", "item"), "missing"),
        (("body", "importance"), "constraint"),
    ]


def test_one_body_marker_says_that_several_keys_are_meant():
    def view(item: NewItem, tree: Tree, importance: Annotated[int, Body()]): ...

    body = b'{"item":{"name":"a","price":1},"tree":{"value":1},"importance":5}'
    assert collected(view, json=body) == {"item": NewItem("a", 1.0), "tree": Tree(1), "importance": 5}


def test_an_embedded_body_is_a_key():
    def view(item: Annotated[AsStruct, Body(embed=True)]): ...

    assert collected(view, json=b'{"item":{"name":"a","price":1}}') == {"item": AsStruct("a", 1.0)}


def test_a_scalar_may_be_the_whole_body():
    assert collected(_view(Annotated[int, Body(ge=1)]), json=b"3") == {"it": 3}


def test_dicts_and_any_are_bodies_too():
    assert collected(_view(dict[str, int]), json=b'{"a":1}') == {"it": {"a": 1}}
    assert collected(_view(Annotated[t.Any, Body()]), json=b"[1]") == {"it": [1]}


def test_raw_bodies_come_as_they_are():
    assert collected(_view(Annotated[bytes, Body()]), body=b"\x00\xff") == {"it": b"\x00\xff"}
    text = _view(Annotated[str, Body(media_type="text/plain")])
    assert collected(text, body="é".encode(), content_type="text/plain; charset=utf-8") == {"it": "é"}
    assert refused(text, body=b"\xff", content_type="text/plain").status == 400
    assert refused(text, body=b"x", content_type="text/html").status == 415


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/vnd.api+json", "APPLICATION/JSON"],
)
def test_json_content_types_are_accepted(content_type):
    assert collected(_view(AsStruct), json=b'{"name":"a","price":1}', content_type=content_type)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "json", "+json"])
def test_another_content_type_is_a_415(content_type):
    refusal = refused(_view(AsStruct), body=b'{"name":"a","price":1}', content_type=content_type)
    assert (refusal.status, refusal.errors[0].type) == (415, "unsupported")


def test_malformed_json_is_a_400_that_says_where():
    refusal = refused(_view(AsStruct), json=b'{"name" "a"}')
    assert refusal.status == 400
    assert "byte 8" in refusal.errors[0].message


def test_no_body_is_an_error_only_where_one_is_required():
    assert records(_view(AsStruct)) == [(("body",), "missing")]

    def view(it: t.Optional[AsStruct] = None): ...

    assert collected(view) == {"it": None}


def test_a_body_over_the_limit_is_a_413():
    from werkzeug.exceptions import RequestEntityTooLarge

    class Large(FakeSource):
        def body(self) -> bytes:
            raise RequestEntityTooLarge

    with pytest.raises(Exception) as caught:
        bound(_view(AsStruct)).collect(Large())
    assert caught.value.status == 413


def test_form_fields_and_files_come_together():
    def view(
        name: Annotated[str, Form()],
        cover: UploadFile,
        count: Annotated[int, Form()] = 1,
        others: list[UploadFile] = [],
        raw: Annotated[bytes, File()] = b"",
    ): ...

    got = collected(
        view,
        form=[("name", "a"), ("count", "2")],
        files=[
            ("cover", upload(b"c", "c.png")),
            ("others", upload(b"1")),
            ("others", upload(b"2")),
            ("raw", upload(b"r")),
        ],
    )
    assert (got["name"], got["count"], got["raw"]) == ("a", 2, b"r")
    assert (got["cover"].filename, got["cover"].size, got["cover"].read()) == ("c.png", 1, b"c")
    assert [other.read() for other in got["others"]] == [b"1", b"2"]


def test_a_file_field_left_empty_counts_as_missing():
    def view(cover: UploadFile): ...

    assert records(view, files=[("cover", upload(b"", filename=""))]) == [(("file", "cover"), "missing")]


def test_a_form_field_left_blank_takes_its_default_unless_it_is_text():
    def view(name: Annotated[str, Form()], count: Annotated[int, Form()] = 5): ...

    assert collected(view, form=[("name", ""), ("count", "")]) == {"name": "", "count": 5}


def test_a_blank_text_among_several_is_a_text_and_a_blank_number_is_none():
    def view(names: Annotated[list[str], Form()], counts: Annotated[list[int], Form()] = []): ...

    form = [("names", ""), ("names", "a"), ("counts", ""), ("counts", "2")]
    assert collected(view, form=form) == {"names": ["", "a"], "counts": [2]}


@dataclasses.dataclass
class Upload:
    title: str
    attachment: UploadFile
    tags: list[str] = dataclasses.field(default_factory=list)


def test_a_form_model_may_hold_files():
    got = collected(
        _view(Annotated[Upload, Form()]),
        form=[("title", "t"), ("tags", "a"), ("tags", "b")],
        files=[("attachment", upload(b"x"))],
    )["it"]
    assert (got.title, got.tags, got.attachment.read()) == ("t", ["a", "b"], b"x")


def test_a_form_model_stands_beside_files_of_its_own():
    def view(f: Annotated[Filter, Form()], cover: UploadFile): ...

    got = collected(view, form=[("limit", "3")], files=[("cover", upload(b"x"))])
    assert got["f"] == Filter(3)


def test_a_form_in_another_content_type_is_a_415():
    def view(name: Annotated[str, Form()]): ...

    assert refused(view, body=b"{}", content_type="application/json").status == 415


def test_a_body_and_a_query_are_reported_together():
    def view(item: AsStruct, limit: Annotated[int, Query()]): ...

    assert records(view, json=b"{}", query="limit=x") == [
        (("query", "limit"), "wrong_type"),
        (("body", "name"), "missing"),
        (("body", "price"), "missing"),
    ]


names = st.text(min_size=1, max_size=20).filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))
lines = st.builds(Line, sku=names, count=st.integers(1, 10**9))
orders = st.builds(Order, customer=names, lines=st.lists(lines, max_size=4), note=st.none() | names)


@settings(deadline=None)
@given(orders)
def test_decoding_undoes_encoding(order):
    assert collected(_view(Order), json=json.encode(order)) == {"it": order}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["customer", "lines", "sku", "count", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values)
def test_any_json_is_read_or_refused_with_a_place_and_nothing_else(value):
    from ewer.typed.errors import RequestInvalid

    try:
        got = bound(_view(Order)).collect(FakeSource(json=json.encode(value)))
    except RequestInvalid as refusal:
        assert refusal.status in (400, 422)
        assert refusal.errors
        assert all(error.location[0] == "body" and error.message for error in refusal.errors)
    else:
        assert isinstance(got["it"], Order)


@settings(deadline=None)
@given(json_values)
def test_msgspec_and_the_error_walk_agree_on_what_fits(value):
    from ewer.typed.shape_reader import ShapeReader
    from ewer.typed.shapes import Report

    shape = ShapeReader(where="here", what="it").of(Order)
    report = Report(lax=False)
    shape.explain(value, ("body",), report)
    try:
        shape.convert(value, lax=False)
    except ValueError:
        assert report.records
    else:
        assert not report.records
