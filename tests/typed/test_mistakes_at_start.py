"""Mistakes in typed views are reported before any view is served: all at once, with place and remedy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest

import ewer
from ewer import Body, Depends, Ewer
from ewer._serve_facts import look_at
from ewer._serving import check_views
from ewer.typed.errors import SetupError, SetupErrors


@dataclass
class Item:
    name: str


def two_mistakes() -> Ewer:
    app = Ewer(__name__)

    @app.get("/")
    def index():
        return "fine"

    @app.get("/body")
    def body_on_get(item: Annotated[Item, Body()]):
        return item.name

    @app.post("/unknown")
    def unknown(item: NotDefined):  # noqa: F821
        return "never"

    return app


def test_every_mistake_is_told_at_the_first_request_to_any_view():
    client = two_mistakes().test_client()

    for _ in range(2):
        with pytest.raises(SetupErrors) as caught:
            client.get("/")
        text = str(caught.value)
        assert "2 views" in text
        assert "body_on_get()" in text
        assert "unknown()" in text
        assert text.count("Fix: ") == 2
        assert text.count("test_mistakes_at_start.py") == 2


def test_one_mistake_is_told_as_it_is():
    app = Ewer(__name__)

    @app.post("/")
    def save(first: Item, second: Annotated[NotDefined, Depends()]):  # noqa: F821
        return "never"

    with pytest.raises(SetupError) as caught:
        app.test_client().get("/anything")
    assert "NotDefined" in str(caught.value)
    assert not isinstance(caught.value, SetupErrors)


def test_the_server_and_the_document_tell_before_there_is_a_request():
    with pytest.raises(SetupErrors):
        look_at(two_mistakes())
    with pytest.raises(SetupError):
        two_mistakes().openapi()


def test_in_a_flask_application_only_the_view_itself_is_concerned():
    app = ewer.Flask(__name__)
    app.testing = True

    @app.get("/")
    def index():
        return "fine"

    @app.get("/body")
    def body_on_get(item: Annotated[Item, Body()]):
        return item.name

    client = app.test_client()
    assert client.get("/").text == "fine"
    with pytest.raises(SetupError):
        client.get("/body")


def test_views_without_annotations_load_nothing(monkeypatch):
    app = Ewer(__name__, openapi=False)

    @app.get("/")
    def index():
        return "fine"

    monkeypatch.setattr(app, "_typed", lambda *_: pytest.fail("asked the typed layer"))
    check_views(app)
