"""Flask-Moment on the names of Flask: script tags and times in templates."""

from __future__ import annotations

import datetime

from flask import Flask, render_template_string
from flask_moment import Moment


def test_scripts_and_times_are_rendered_in_templates() -> None:
    app = Flask(__name__)
    Moment(app)
    when = datetime.datetime(2024, 1, 2, 3, 4, 5)

    @app.get("/")
    def index() -> str:
        return render_template_string(
            "{{ moment.include_moment() }}|{{ moment.locale('de') }}|{{ moment(when).format('LL') }}|{{ moment(when).fromNow() }}",
            when=when,
        )

    scripts, locale, formatted, ago = app.test_client().get("/").text.split("|")
    assert "moment" in scripts
    assert '"de"' in locale
    assert 'data-timestamp="2024-01-02T03:04:05Z"' in formatted
    assert 'data-format="LL"' in formatted
    assert 'data-function="fromNow"' in ago


def test_the_extension_and_its_context_processor_are_registered() -> None:
    app = Flask(__name__)
    moment = Moment()
    moment.init_app(app)
    assert "moment" in app.extensions
    with app.test_request_context():
        assert render_template_string("{{ moment is defined }}") == "True"
