"""Path, query, header and cookie parameters: one text, or several, become values of the annotated type."""

from __future__ import annotations

import datetime as dt
import decimal
import ipaddress
import pathlib
import typing as t
import uuid
from typing import Annotated

import pytest
from annotated_types import Ge, Predicate
from hypothesis import given, settings
from hypothesis import strategies as st

from ewer.typed import Cookie, Header, Path, Query

from .binding_of import bound, collected, records, refused
from .fakes import FakeSource
from .models import AsNamedTuple, AsPydantic, ClosedStruct, Colour, Filter, PydanticClosed, Size

CASES: list[tuple[t.Any, str, t.Any]] = [
    (int, "5", 5),
    (int, "-5", -5),
    (float, "1.5", 1.5),
    (bool, "true", True),
    (bool, "on", True),
    (bool, "NO", False),
    (str, "a b", "a b"),
    (str, "", ""),
    (bytes, "é", "é".encode()),
    (decimal.Decimal, "1.50", decimal.Decimal("1.50")),
    (uuid.UUID, "00000000-0000-0000-0000-000000000001", uuid.UUID(int=1)),
    (dt.date, "2024-02-29", dt.date(2024, 2, 29)),
    (dt.datetime, "2024-02-29T10:00:00Z", dt.datetime(2024, 2, 29, 10, tzinfo=dt.timezone.utc)),
    (dt.time, "10:11:12", dt.time(10, 11, 12)),
    (dt.timedelta, "PT90S", dt.timedelta(seconds=90)),
    (pathlib.PurePosixPath, "a/b", pathlib.PurePosixPath("a/b")),
    (Colour, "red", Colour.RED),
    (Size, "2", Size.LARGE),
    (t.Literal["a", "b"], "b", "b"),
    (t.Literal[1, 2], "2", 2),
    (t.Optional[int], "3", 3),
    (t.Union[int, uuid.UUID], "3", 3),
    (t.Union[dt.date, dt.datetime], "2024-01-01T00:00:00", dt.datetime(2024, 1, 1)),
    (t.Optional[bool], "off", False),
]


def _view(annotation: t.Any) -> t.Any:
    def view(it): ...

    view.__annotations__ = {"it": annotation}
    return view


@pytest.mark.parametrize(("annotation", "text", "value"), CASES)
def test_a_text_becomes_a_value_of_the_annotated_type(annotation, text, value):
    view = _view(Annotated[annotation, Header()])
    assert collected(view, headers={"it": text}) == {"it": value}
    assert type(collected(view, headers={"it": text})["it"]) is type(value)


@pytest.mark.parametrize(("annotation", "text", "value"), CASES)
def test_a_list_holds_what_each_single_text_would_be(annotation, text, value):
    from urllib.parse import quote

    view = _view(list[annotation])
    assert collected(view, query=f"it={quote(text)}&x=1&it={quote(text)}") == {"it": [value, value]}


@pytest.mark.parametrize(
    ("annotation", "text", "kind"),
    [
        (int, "x", "wrong_type"),
        (int, "", "wrong_type"),
        (int, "5.5", "wrong_type"),
        (int, "9" * 5000, "invalid_format"),
        (float, "nan", "invalid"),
        (float, "1e999", "invalid_format"),
        (decimal.Decimal, "NaN", "invalid"),
        (bool, "maybe", "invalid"),
        (uuid.UUID, "x", "invalid_format"),
        (dt.date, "2024-02-30", "invalid_format"),
        (Colour, "green", "not_allowed"),
        (t.Literal["a"], "b", "not_allowed"),
        (Annotated[int, Ge(3)], "2", "constraint"),
        (Annotated[int, Query(ge=3)], "2", "constraint"),
        (Annotated[str, Query(pattern="^a+$")], "b", "constraint"),
        (Annotated[t.Optional[int], Query(le=3)], "4", "constraint"),
        (Annotated[decimal.Decimal, Ge(decimal.Decimal("3"))], "2", "invalid"),
        (Annotated[int, Predicate(lambda value: value % 2 == 0)], "3", "invalid"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_its_kind_of_error(annotation, text, kind):
    refusal = refused(_view(annotation), query=f"it={text}")
    assert refusal.status == 422
    assert [(error.location, error.type) for error in refusal.errors] == [(("query", "it"), kind)]


def test_an_error_says_what_was_expected_and_what_came():
    (error,) = refused(_view(Annotated[int, Query(ge=1, le=100)]), query="it=300").errors
    assert error.message == "Expected an integer >= 1 and <= 100, received '300'."
    assert (error.expected, error.received) == ("an integer >= 1 and <= 100", "'300'")


def test_headers_and_cookies_are_not_repeated_in_errors():
    def view(token: Annotated[int, Header()], session: Annotated[int, Cookie()]): ...

    texts = [
        error.message for error in refused(view, headers={"token": "s3cret"}, cookies={"session": "s3cret"}).errors
    ]
    assert len(texts) == 2
    assert not any("s3cret" in text for text in texts)


@pytest.mark.parametrize("annotation", [Colour, t.Literal["a"], uuid.UUID, ipaddress.IPv4Address, int, dt.date, bool])
def test_no_type_repeats_a_header_in_its_errors(annotation):
    view = _view(Annotated[annotation, Header()])
    refusal = refused(view, headers={"it": "s3cret" * 1000})
    assert "s3cret" not in str(refusal)
    assert len(str(refusal)) < 300


def test_every_wrong_parameter_is_reported_at_once():
    def view(a: int, b: float, c: Annotated[str, Header()]): ...

    assert records(view, query="a=x") == [
        (("query", "a"), "wrong_type"),
        (("query", "b"), "missing"),
        (("header", "c"), "missing"),
    ]


def test_defaults_stand_where_nothing_is_sent():
    def view(
        a: int = 3,
        b: t.Optional[str] = None,
        c: list[int] = [1],
        d: Annotated[int, Query(default_factory=lambda: 7)] = 8,
        e: int = Query(20, ge=1),
        f: Annotated[bool, Query()] = False,
    ): ...

    assert collected(view) == {"a": 3, "b": None, "c": [1], "d": 7, "e": 20, "f": False}


def test_a_mutable_default_is_not_shared_between_requests():
    def view(c: list[int] = []): ...

    binding = bound(view)
    binding.collect(FakeSource())["c"].append(1)
    assert binding.collect(FakeSource()) == {"c": []}


def test_the_first_of_repeated_values_counts_as_in_request_args():
    assert collected(_view(int), query="it=1&it=2") == {"it": 1}


def test_an_alias_is_the_name_on_the_wire():
    def view(items: Annotated[list[str], Query(alias="item-query")]): ...

    assert collected(view, query="item-query=a&items=b") == {"items": ["a"]}


def test_header_names_get_hyphens_unless_told_otherwise():
    def view(user_agent: Annotated[str, Header()], odd_name: Annotated[str, Header(convert_underscores=False)]): ...

    assert collected(view, headers={"user-agent": "x", "odd_name": "y"}) == {"user_agent": "x", "odd_name": "y"}


def test_a_list_of_headers_is_split_at_its_commas():
    def view(x_token: Annotated[list[str], Header()]): ...

    assert collected(view, headers={"x-token": "a, b,,c"}) == {"x_token": ["a", "b", "c"]}


def test_a_single_header_keeps_its_commas():
    def view(accept: Annotated[str, Header()]): ...

    assert collected(view, headers={"accept": "a, b"}) == {"accept": "a, b"}


def test_escapes_in_a_query_are_undone():
    def view(q: str, r: str): ...

    assert collected(view, query="q=a+b%26c&r=%C3%A9") == {"q": "a b&c", "r": "é"}


def test_an_escaped_name_is_found():
    def view(ids: Annotated[list[int], Query(alias="ids[]")]): ...

    assert collected(view, query="ids%5B%5D=1&ids[]=2") == {"ids": [1, 2]}


@pytest.mark.parametrize("query", [b"it=%ff", b"it=\xff", b"it=%ed%a0%80"])
def test_text_that_is_not_utf8_is_a_400(query):
    assert refused(_view(str), query=query).status == 400
    assert refused(_view(list[str]), query=query).status == 400


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "ü &="]), st.text(max_size=8)), max_size=6))
def test_a_query_is_read_as_werkzeug_reads_it(pairs):
    from urllib.parse import urlencode

    from werkzeug.datastructures import MultiDict

    try:
        query = urlencode(pairs)
    except UnicodeEncodeError:
        return

    def many(a: list[str] = [], b: list[str] = []): ...

    def one(a: str = "-", b: str = "-"): ...

    expected = MultiDict(pairs)
    assert collected(many, query=query) == {"a": expected.getlist("a"), "b": expected.getlist("b")}
    assert collected(one, query=query) == {"a": expected.get("a", "-"), "b": expected.get("b", "-")}


@settings(deadline=None)
@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.uuids())
def test_reading_undoes_writing(number, real, day, unique):
    def view(number: int, real: float, day: dt.date, unique: uuid.UUID): ...

    query = f"number={number}&real={real!r}&day={day}&unique={unique}".replace("+", "%2B")
    if abs(number) < 10**300:
        assert collected(view, query=query) == {"number": number, "real": real, "day": day, "unique": unique}


def test_a_model_over_the_query_gathers_its_fields():
    def view(f: Annotated[Filter, Query()], q: str = ""): ...

    assert collected(view, query="limit=3&tag=a&tag=b&q=x") == {"f": Filter(3, ["a", "b"]), "q": "x"}
    assert collected(view) == {"f": Filter(), "q": ""}
    assert records(view, query="limit=x") == [(("query", "limit"), "wrong_type")]


def test_a_pydantic_model_over_the_query_validates_itself():
    def view(f: Annotated[AsPydantic, Query()]): ...

    assert collected(view, query="name=a&price=2") == {"f": AsPydantic(name="a", price=2.0)}
    assert records(view, query="name=&price=x") == [
        (("query", "name"), "constraint"),
        (("query", "price"), "invalid_format"),
    ]


@pytest.mark.parametrize("model", [ClosedStruct, PydanticClosed])
def test_a_closed_model_over_the_query_refuses_unknown_names(model):
    view = _view(Annotated[model, Query()])
    assert collected(view, query="name=a")["it"].name == "a"
    assert records(view, query="name=a&other=1") == [(("query", "other"), "unknown_field")]


def test_a_named_tuple_over_cookies_names_its_fields():
    def view(c: Annotated[AsNamedTuple, Cookie()]): ...

    assert collected(view, cookies={"name": "a", "price": "2"}) == {"c": AsNamedTuple("a", 2.0)}


def test_a_model_over_headers_uses_header_names():
    def view(h: Annotated[HeaderModel, Header()]): ...

    assert collected(view, headers={"save-data": "on", "x-tag": "a,b"}) == {"h": HeaderModel(True, ["a", "b"])}


class HeaderModel(t.NamedTuple):
    save_data: bool
    x_tag: list[str]


def test_an_optional_model_is_none_where_none_of_its_fields_came():
    def view(f: Annotated[t.Optional[Filter], Query()] = None): ...

    assert collected(view) == {"f": None}
    assert collected(view, query="limit=1") == {"f": Filter(1)}


def test_a_url_variable_is_converted_when_its_annotation_says_more_than_the_converter():
    def view(item_id: uuid.UUID): ...

    binding = bound(view, rule_variables={"item_id": str})
    text = "00000000-0000-0000-0000-000000000001"
    assert binding.collect(FakeSource(path={"item_id": text})) == {"item_id": uuid.UUID(int=1)}


def test_a_url_variable_is_not_converted_twice():
    def view(item_id: int): ...

    assert bound(view, rule_variables={"item_id": int}) is None


def test_a_path_marker_constrains_a_url_variable():
    def view(item_id: Annotated[int, Path(ge=1)]): ...

    binding = bound(view, rule_variables={"item_id": int}, mode="flask")
    assert binding.collect(FakeSource(path={"item_id": 3})) == {"item_id": 3}
    refusal = binding.explain(FakeSource(path={"item_id": 0}))
    assert [(error.location, error.type) for error in refusal.errors] == [(("path", "item_id"), "constraint")]
