"""Flask-SeaSurf on the names of Flask: the CSRF cookie, header and field, exemptions."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_seasurf import SeaSurf


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    csrf = SeaSurf(app)

    @app.get("/")
    def index() -> str:
        return render_template_string("{{ csrf_token() }}")

    @app.post("/save")
    def save() -> str:
        return "saved"

    @csrf.exempt
    @app.post("/hook")
    def hook() -> str:
        return "hooked"

    return app


def token_of(client: Any) -> str:
    return str(client.get("/").text)


def test_a_post_without_a_token_is_refused(application: Flask) -> None:
    assert application.test_client().post("/save").status_code == 403


def test_the_token_may_come_in_the_form_or_the_header(application: Flask) -> None:
    client = application.test_client()
    token = token_of(client)
    assert client.post("/save", data={"_csrf_token": token}).text == "saved"
    assert client.post("/save", headers={"X-CSRFToken": token}).text == "saved"
    assert client.post("/save", headers={"X-CSRFToken": token + "x"}).status_code == 403


def test_the_token_is_set_as_a_cookie(application: Flask) -> None:
    client = application.test_client()
    token = token_of(client)
    cookie = client.get_cookie("_csrf_token")
    assert cookie is not None
    assert cookie.value == token


def test_an_exempt_view_is_open(application: Flask) -> None:
    assert application.test_client().post("/hook").text == "hooked"
