"""Flask-DebugToolbar on the names of Flask: the toolbar in HTML pages, its panels, its own URLs, redirects."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, redirect, render_template_string, session
from flask_debugtoolbar import DebugToolbarExtension
from flask_sqlalchemy import SQLAlchemy

PAGE = "<!doctype html><html><head></head><body><h1>{{ title }}</h1></body></html>"


def make_app(**config: Any) -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    app.debug = True
    app.config.update(config)
    DebugToolbarExtension(app)

    @app.get("/")
    def index() -> str:
        session["seen"] = True
        logging.getLogger("shop").warning("a line for the log panel")
        return render_template_string(PAGE, title="a title for the template panel")

    @app.get("/json")
    def as_json() -> Any:
        return {"a": 1}

    @app.get("/moved")
    def moved() -> Any:
        return redirect("/")

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError("crash")

    return app


def test_the_toolbar_is_put_into_an_html_page() -> None:
    page = make_app().test_client().get("/").text
    assert '<div id="flDebug"' in page
    assert page.rstrip().endswith("</html>")
    assert "a title for the template panel" in page


def test_the_length_of_the_page_counts_the_toolbar() -> None:
    reply = make_app().test_client().get("/")
    assert reply.content_length == len(reply.data)


def test_the_panels_tell_about_the_request() -> None:
    page = make_app().test_client().get("/?colour=red").text
    for text in ("colour", "test_flask_debugtoolbar.index", "a line for the log panel", "SECRET_KEY"):
        assert text in page


def test_the_route_list_panel_lists_every_rule() -> None:
    page = make_app().test_client().get("/").text
    assert "&lt;path:filename&gt;" in page or "<path:filename>" in page


def test_json_is_left_alone() -> None:
    assert make_app().test_client().get("/json").json == {"a": 1}


def test_the_toolbar_is_off_without_debug() -> None:
    app = Flask(__name__)
    app.secret_key = "k"
    DebugToolbarExtension(app)
    app.add_url_rule("/", "index", lambda: "<html><body>x</body></html>")
    assert app.test_client().get("/").text == "<html><body>x</body></html>"


def test_the_hosts_may_be_restricted() -> None:
    app = make_app(DEBUG_TB_HOSTS=("10.0.0.1",))
    assert "flDebug" not in app.test_client().get("/").text
    assert "flDebug" in app.test_client().get("/", environ_base={"REMOTE_ADDR": "10.0.0.1"}).text


def test_a_redirect_is_intercepted_when_asked() -> None:
    reply = make_app(DEBUG_TB_INTERCEPT_REDIRECTS=True).test_client().get("/moved")
    assert reply.status_code == 200
    assert 'href="/"' in reply.text


def test_a_redirect_passes_otherwise() -> None:
    assert make_app(DEBUG_TB_INTERCEPT_REDIRECTS=False).test_client().get("/moved").status_code == 302


def test_an_exception_still_reaches_the_debugger() -> None:
    with pytest.raises(RuntimeError, match="crash"):
        make_app().test_client().get("/crash")


def test_the_profiler_panel_profiles_the_view() -> None:
    app = make_app(DEBUG_TB_PROFILER_ENABLED=True)
    client = app.test_client()
    client.set_cookie("fldt_active", "ProfilerDebugPanel")
    assert "index" in client.get("/").text


def test_the_views_of_a_blueprint_get_the_toolbar() -> None:
    app = make_app()
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/shop", "shop", lambda: "<html><body>shop</body></html>")
    app.register_blueprint(shop)
    assert "flDebug" in app.test_client().get("/shop").text


def test_the_assets_of_the_toolbar_are_served() -> None:
    reply = make_app().test_client().get("/_debug_toolbar/static/css/toolbar.css")
    assert (reply.status_code, reply.mimetype) == (200, "text/css")


def test_the_sql_panel_lists_the_queries(tmp_path: Path) -> None:
    app = make_app(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_RECORD_QUERIES=True)
    db = SQLAlchemy(app)

    @app.get("/sql")
    def sql() -> str:
        db.session.execute(db.text("select 42 as answer"))
        return "<html><body>sql</body></html>"

    page = app.test_client().get("/sql").text
    assert "select" in page.lower()
    assert "answer" in page


def test_every_panel_can_be_chosen() -> None:
    app = make_app(DEBUG_TB_PANELS=["flask_debugtoolbar.panels.timer.TimerDebugPanel"])
    page = app.test_client().get("/").text
    assert "TimerDebugPanel" in page or "Resource" in page
    assert "a line for the log panel" not in page
