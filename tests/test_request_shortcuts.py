"""The request object's short ways give what Werkzeug's long ways give."""

from __future__ import annotations

import io

import flask
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder

import ewer


def both(**changes):
    """The same environ as Flask's request object and as Ewer's."""
    return [cls({**EnvironBuilder("/").get_environ(), **changes}) for cls in (flask.Request, ewer.Request)]


@given(st.text(alphabet="ab=&%+;.é1 /#", max_size=20))
@settings(max_examples=500, deadline=None)
def test_query_parameters_are_werkzeugs(query):
    theirs, ours = both(QUERY_STRING=query.encode().decode("latin-1"))
    assert list(ours.args.items(multi=True)) == list(theirs.args.items(multi=True))
    assert type(ours.args) is type(theirs.args)


@given(st.text(alphabet='ab=;", é', max_size=20))
@settings(max_examples=500, deadline=None)
def test_cookies_are_werkzeugs(cookies):
    theirs, ours = both(HTTP_COOKIE=cookies.encode().decode("latin-1"))
    assert list(ours.cookies.items(multi=True)) == list(theirs.cookies.items(multi=True))


class Dribbling(io.BytesIO):
    """A stream that gives one byte at a time."""

    def read(self, size=-1):
        return super().read(min(size, 1) if size >= 0 else size)


def with_body(body, length):
    return {"REQUEST_METHOD": "POST", "wsgi.input": body, "CONTENT_LENGTH": length, "CONTENT_TYPE": "application/json"}


def test_a_body_that_comes_in_pieces_is_read_whole():
    request = ewer.Request({**EnvironBuilder("/").get_environ(), **with_body(Dribbling(b'{"a": 1}'), "8")})
    assert request.get_json() == {"a": 1}


def test_a_body_that_ends_early_is_werkzeugs_to_report():
    for cls in (flask.Request, ewer.Request):
        request = cls({**EnvironBuilder("/").get_environ(), **with_body(io.BytesIO(b"abc"), "8")})
        with pytest.raises(ClientDisconnected):
            request.get_data()


@pytest.mark.parametrize("length", ["", "0", "-1", "x", "3", "1e3", "٣"])
@pytest.mark.parametrize("order", ["data then form", "form then data", "stream then data", "no cache"])
def test_bodies_read_in_any_order_are_what_werkzeug_gives(length, order):
    results = []
    for cls in (flask.Request, ewer.Request):
        environ = {**EnvironBuilder("/").get_environ(), **with_body(io.BytesIO(b"a=1&b=2"), length)}
        environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        request = cls(environ)
        if order == "data then form":
            results.append((request.get_data(), dict(request.form), request.get_data(as_text=True)))
        elif order == "form then data":
            results.append((dict(request.form), request.get_data()))
        elif order == "stream then data":
            results.append((request.stream.read(1), request.get_data()))
        else:
            results.append((request.get_data(cache=False), request.get_data()))
    assert results[0] == results[1]


def test_a_content_type_with_parameters_is_still_json():
    theirs, ours = both(CONTENT_TYPE="Application/JSON; charset=utf-8")
    assert theirs.is_json and ours.is_json
    theirs, ours = both(CONTENT_TYPE="text/plain")
    assert not theirs.is_json and not ours.is_json
