"""The request object's short ways give what Werkzeug's long ways give."""

from __future__ import annotations

import copy
import io
import pickle

import flask
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import EnvironHeaders
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


HEADERS = {
    "HTTP_ORIGIN": "a",
    "HTTP_X_NUMBER": "7",
    "CONTENT_TYPE": "text/plain",
    "CONTENT_LENGTH": "",
    "HTTP_CONTENT_TYPE": "b",
}


@pytest.mark.parametrize(
    "key", ["Origin", "ORIGIN", "x-number", "X_Number", "content-type", "Content-Length", "None", "", 3, b"Origin"]
)
@pytest.mark.parametrize(
    "ask", ["get(key)", "get(key, 'd')", "get(key, 'd', int)", "get(key, type=int)", "[key]", "getlist(key)", "in"]
)
def test_request_headers_are_werkzeugs(key, ask):
    answers = []
    for request in both(**HEADERS):
        expression = {"[key]": "headers[key]", "in": "key in headers"}.get(ask, f"headers.{ask}")
        try:
            answers.append(eval(expression, {"headers": request.headers, "key": key}))
        except Exception as error:
            answers.append((type(error), str(error)))
    assert answers[0] == answers[1]


def test_request_headers_are_werkzeugs_to_whoever_looks():
    theirs, ours = both(**HEADERS)
    ours.environ.pop("wsgi.input"), ours.environ.pop("wsgi.errors"), ours.environ.pop("werkzeug.request")
    assert isinstance(ours.headers, EnvironHeaders)
    assert list(ours.headers) == list(theirs.headers)
    assert (repr(ours.headers), str(ours.headers)) == (repr(theirs.headers), str(theirs.headers))
    assert type(ours.headers).__qualname__ == type(theirs.headers).__qualname__
    for same in (copy.deepcopy(ours.headers), pickle.loads(pickle.dumps(ours.headers))):
        assert type(same) is EnvironHeaders
        assert list(same) == list(theirs.headers)
    for refused in (ours.headers.copy, lambda: copy.copy(ours.headers)):
        with pytest.raises(TypeError, match="cannot create 'EnvironHeaders' copies"):
            refused()
