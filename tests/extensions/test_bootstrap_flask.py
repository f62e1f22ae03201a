"""Bootstrap-Flask on the names of Flask: local assets, template helpers, forms and pagination."""

from __future__ import annotations

import pytest
from flask import Flask, flash, render_template_string
from flask_bootstrap import Bootstrap5
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField


class NameForm(FlaskForm):
    name = StringField("Your name")
    submit = SubmitField()


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)

    @app.get("/")
    def index() -> str:
        return render_template_string("{{ bootstrap.load_css() }}{{ bootstrap.load_js() }}")

    @app.get("/form")
    def form() -> str:
        template = "{% from 'bootstrap5/form.html' import render_form %}{{ render_form(form) }}"
        return render_template_string(template, form=NameForm())

    @app.get("/flash")
    def flashed() -> str:
        flash("well done", "success")
        return render_template_string(
            "{% from 'bootstrap5/utils.html' import render_messages %}{{ render_messages() }}"
        )

    return app


def test_the_assets_are_local_and_served(application: Flask) -> None:
    client = application.test_client()
    assert "/bootstrap/static/css/bootstrap.min.css" in client.get("/").text
    reply = client.get("/bootstrap/static/css/bootstrap.min.css")
    assert (reply.status_code, reply.mimetype) == (200, "text/css")


def test_a_form_is_rendered_by_its_macro(application: Flask) -> None:
    page = application.test_client().get("/form").text
    assert 'class="form-control"' in page
    assert "Your name" in page


def test_flashed_messages_are_rendered_as_alerts(application: Flask) -> None:
    page = application.test_client().get("/flash").text
    assert "alert-success" in page
    assert "well done" in page
