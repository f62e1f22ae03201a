"""Input made to hurt: refused with a clear 4xx, in bounded time and memory."""

from __future__ import annotations

import time
import tracemalloc
import typing as t
from typing import Annotated

import pytest

from ewer.typed import Form, Query
from ewer.typed.errors import MAX_ERRORS

from .binding_of import bound, collected, refused
from .fakes import FakeSource
from .models import AsPydantic, Filter, Order, Tree


def order(it: Order): ...


def tree(it: Tree): ...


def pydantic_model(it: AsPydantic): ...


def free(it: dict[str, t.Any]): ...


BODIES = {
    "ten megabytes of [": b"[" * 10_000_000,
    "ten megabytes of {": b'{"a":' * 2_000_000,
    "deep but closed": b"[" * 100_000 + b"]" * 100_000,
    "deep in the right field": b'{"value":1,"children":[' * 50_000 + b"]}" * 50_000,
    "NaN": b'{"customer":NaN}',
    "Infinity": b'{"price":Infinity,"name":"a"}',
    "minus Infinity": b"-Infinity",
    "a lone surrogate, escaped": b'{"customer":"\\ud800","lines":[]}',
    "a lone surrogate in bytes": b'{"customer":"\xed\xa0\x80","lines":[]}',
    "an exponent without end": b'{"price":1e999999,"name":"a"}',
    "a number of a million digits": b'{"price":' + b"9" * 1_000_000 + b',"name":"a"}',
    "UTF-16": '{"customer":"a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"customer":"a","lines":[]}',
    "trailing text": b'{"customer":"a","lines":[]} x',
    "null bytes": b"\0" * 1000,
    "nothing but spaces": b" " * 1000,
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("view", [order, tree, pydantic_model, free])
def test_a_hostile_body_is_refused_quickly(view, name):
    binding = bound(view)
    source = FakeSource(json=BODIES[name])
    start = time.monotonic()
    try:
        binding.collect(source)
    except Exception as refusal:
        assert getattr(refusal, "status", None) in (400, 422), refusal
    else:
        # Whether 1e999999 is a float is pydantic's to say; FiniteFloat is the type for those who mind.
        assert view is free or (view is pydantic_model and "number" in name or "exponent" in name)
    assert time.monotonic() - start < 2.0


def test_refusing_deep_nesting_takes_no_memory():
    source = FakeSource(json=BODIES["ten megabytes of ["])
    binding = bound(order)
    tracemalloc.start()
    try:
        binding.explain(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_malformed_kinds_are_400():
    for name in ("ten megabytes of [", "NaN", "a lone surrogate, escaped", "UTF-16", "trailing text"):
        assert refused(order, json=BODIES[name]).status == 400, name
        assert refused(pydantic_model, json=BODIES[name]).status == 400, name


def test_the_last_of_duplicate_keys_counts():
    assert collected(order, json=b'{"customer":"a","lines":[],"customer":"b"}')["it"].customer == "b"


def test_the_number_of_reported_errors_is_bounded():
    body = b'{"customer":"a","lines":[' + b",".join([b"{}"] * 100_000) + b"]}"
    start = time.monotonic()
    refusal = refused(order, json=body)
    assert len(refusal.errors) == MAX_ERRORS
    assert time.monotonic() - start < 2.0


def test_a_query_repeated_a_thousandfold_is_read_in_linear_time():
    def view(it: list[int], f: Annotated[Filter, Query()]): ...

    query = "&".join(["it=1"] * 100_000 + ["tag=a"] * 100_000 + ["x=1"] * 100_000)
    start = time.monotonic()
    assert len(collected(view, query=query)["it"]) == 100_000
    assert time.monotonic() - start < 2.0


def test_a_scalar_repeated_a_thousandfold_costs_no_more_than_reading_it():
    def view(it: int): ...

    start = time.monotonic()
    assert collected(view, query="&".join(["it=1"] * 100_000)) == {"it": 1}
    assert time.monotonic() - start < 1.0


def test_a_hundred_thousand_form_fields_are_read_in_linear_time():
    def view(it: Annotated[list[int], Form()]): ...

    start = time.monotonic()
    assert len(collected(view, form=[("it", "1")] * 100_000)["it"]) == 100_000
    assert time.monotonic() - start < 2.0


def test_what_is_told_of_a_value_is_short():
    def view(it: int): ...

    (error,) = refused(view, query="it=" + "x" * 100_000).errors
    assert len(error.message) < 200


def test_keys_told_in_a_place_are_short():
    def view(it: dict[str, int]): ...

    (error,) = refused(view, json=b'{"' + b"k" * 100_000 + b'":"x"}').errors
    assert len(str(error.location)) < 200


@pytest.mark.parametrize("text", ["9" * 5000, "1e400", "٣", "0x10", "1_000", " 1", "+", "--1", "\0", "1" + "\0"])
def test_odd_numbers_in_a_query_are_refused(text):
    from urllib.parse import quote

    def view(it: int): ...

    assert refused(view, query=f"it={quote(text)}").status == 422
