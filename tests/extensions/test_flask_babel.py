"""Flask-Babel on the names of Flask: locale and time zone per request, formats, translations in templates."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, g, render_template_string, request
from flask_babel import (
    Babel,
    force_locale,
    format_currency,
    format_datetime,
    get_locale,
    gettext,
    lazy_gettext,
    ngettext,
)

WHEN = datetime.datetime(2024, 1, 2, 15, 4)
GREETING = lazy_gettext("Hello")


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    catalog = Catalog("de")
    catalog.add("Hello", "Hallo")
    catalog.add(("%(num)d book", "%(num)d books"), ("%(num)d Buch", "%(num)d Bücher"))
    folder = tmp_path / "translations" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as stream:
        write_mo(stream, catalog)

    app = Flask(__name__, root_path=str(tmp_path))
    Babel(
        app,
        locale_selector=lambda: request.args.get("lang") or request.accept_languages.best_match(["de", "en"]),
        timezone_selector=lambda: request.args.get("tz"),
    )

    @app.get("/text")
    def text() -> str:
        return f"{gettext('Hello')} {ngettext('%(num)d book', '%(num)d books', 2)} {GREETING}"

    @app.get("/template")
    def template() -> str:
        return render_template_string(
            "{{ _('Hello') }} {% trans %}Hello{% endtrans %} {{ when|datetimeformat('short') }}", when=WHEN
        )

    @app.get("/when")
    def when() -> str:
        return format_datetime(WHEN, "yyyy-MM-dd HH:mm")

    @app.get("/money")
    def money() -> str:
        return format_currency(1099.98, "EUR")

    @app.get("/forced")
    def forced() -> str:
        with force_locale("de"):
            inner = gettext("Hello")
        return f"{inner} {gettext('Hello')} {get_locale()}"

    return app


def test_texts_are_translated_by_the_language_of_the_request(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/text?lang=de").text == "Hallo 2 Bücher Hallo"
    assert client.get("/text", headers={"Accept-Language": "de;q=0.9,fr"}).text == "Hallo 2 Bücher Hallo"
    assert client.get("/text?lang=en").text == "Hello 2 books Hello"


def test_templates_are_translated_and_formatted(application: Flask) -> None:
    assert application.test_client().get("/template?lang=de").text == "Hallo Hallo 02.01.24, 15:04"


def test_the_time_zone_of_the_request_is_used(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/when?tz=Asia/Tokyo").text == "2024-01-03 00:04"
    assert client.get("/when").text == "2024-01-02 15:04"


def test_numbers_follow_the_locale(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/money?lang=de").text == "1.099,98\xa0€"
    assert client.get("/money?lang=en").text == "€1,099.98"


def test_a_forced_locale_ends_with_its_block(application: Flask) -> None:
    assert application.test_client().get("/forced?lang=en").text == "Hallo Hello en"


def test_the_locale_is_kept_in_g_for_the_request(application: Flask) -> None:
    with application.test_request_context("/?lang=de"):
        first: Any = get_locale()
        assert get_locale() is first
        assert str(g._flask_babel.babel_locale) == "de"
