"""The headers that a response starts with do what Werkzeug's do, in fewer calls."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from ewer import Response
from ewer._response_headers import ResponseHeaders

NAMES = st.sampled_from(["Vary", "vary", "X-One", "x-one", "Content-Length", "ETag"])
VALUES = st.one_of(
    st.sampled_from(["a", "", "Cookie", "t\u00e4g", "two\tparts", "line\nbreak", "return\rhere", "\x00"]),
    st.integers(0, 3),
    st.none(),
    st.binary(max_size=2),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), NAMES, VALUES),
        st.tuples(st.just("__setitem__"), NAMES, VALUES),
        st.tuples(st.just("set"), NAMES, VALUES),
        st.tuples(st.just("setdefault"), NAMES, VALUES),
        st.tuples(st.just("__contains__"), NAMES),
        st.tuples(st.just("get"), st.one_of(NAMES, st.just(3))),
        st.tuples(st.just("get"), NAMES, st.just("other")),
        st.tuples(st.just("get"), NAMES, st.just("other"), st.just(int)),
        st.tuples(st.just("getlist"), NAMES),
        st.tuples(st.just("__getitem__"), st.one_of(NAMES, st.just(0), st.just(7))),
        st.tuples(st.just("__setitem__"), st.just(0), st.just(("X-One", "by place"))),
        st.tuples(st.just("remove"), NAMES),
        st.tuples(st.just("pop"), NAMES, st.just("none")),
    ),
    max_size=12,
)


def done(headers: Headers, step: tuple[Any, ...]) -> object:
    """Return what a step answers, or the error that it raises."""
    try:
        return getattr(headers, step[0])(*step[1:])
    except Exception as error:
        return type(error), str(error)


@given(STEPS)
def test_every_step_answers_and_leaves_what_it_does_with_werkzeugs_headers(steps: list[tuple[Any, ...]]) -> None:
    ours, theirs = ResponseHeaders(), Headers()
    for step in steps:
        assert done(ours, step) == done(theirs, step)
        assert list(ours) == list(theirs)
    assert ours == theirs
    assert theirs == ours
    assert repr(ours) == repr(theirs)
    assert str(ours) == str(theirs)


def test_keywords_become_parameters_of_the_value() -> None:
    ours, theirs = ResponseHeaders(), Headers()
    for headers in (ours, theirs):
        headers.add("Content-Disposition", "attachment", filename="a b.txt")
        headers.set("X-One", "one", size=3)
    assert list(ours) == list(theirs)


def test_they_equal_and_differ_as_werkzeugs_do() -> None:
    ours = ResponseHeaders([("X-One", "1")])
    assert ours == Headers([("x-one", "1")]) == ours
    assert ours == ResponseHeaders([("x-one", "1")])
    assert ours != Headers([("x-one", "2")])
    assert Headers([("x-one", "2")]) != ours
    assert ours != [("X-One", "1")]


def test_a_pickled_or_deeply_copied_response_holds_werkzeugs_headers() -> None:
    response = Response("text")
    response.headers["X-One"] = "1"
    for again in (pickle.loads(pickle.dumps(response.headers)), copy.deepcopy(response.headers)):
        assert type(again) is Headers
        assert again == response.headers
    assert list(copy.copy(response.headers)) == list(response.headers)


def test_a_plain_response_starts_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Response, "_is_made_plainly", True)  # other tests may have set something on the class
    headers = Response("text").headers
    assert type(headers) is ResponseHeaders
    assert isinstance(headers, Headers)
    assert type(headers).__name__ == "Headers"
