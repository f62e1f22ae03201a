"""Flask-Assets on the names of Flask: bundles from app and blueprint folders, versions, the template tag."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask, render_template_string
from flask.cli import FlaskGroup
from flask_assets import Bundle, Environment


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    static, extra = tmp_path / "static", tmp_path / "extra"
    static.mkdir()
    extra.mkdir()
    (static / "a.css").write_text("a { color: red }")
    (static / "b.css").write_text("b { color: blue }")
    (extra / "c.css").write_text("c { color: green }")
    app = Flask(__name__, root_path=str(tmp_path))
    app.register_blueprint(Blueprint("shop", __name__, static_folder=str(extra), static_url_path="/shop-files"))
    assets = Environment(app)
    assets.register("all", Bundle("a.css", "b.css", "shop/c.css", output="gen/all.css"))

    @app.get("/")
    def index() -> str:
        return render_template_string("{% assets 'all' %}{{ ASSET_URL }};{% endassets %}")

    return app


def test_a_bundle_is_built_and_its_url_carries_a_version(application: Flask) -> None:
    client = application.test_client()
    url = client.get("/").text.rstrip(";")
    assert url.startswith("/static/gen/all.css?")
    built = client.get(url).text
    assert [part in built for part in ("a { color: red }", "b { color: blue }", "c { color: green }")] == [True] * 3


def test_in_debug_every_file_has_its_own_url(application: Flask) -> None:
    application.config["ASSETS_DEBUG"] = True
    urls = [url.partition("?")[0] for url in application.test_client().get("/").text.split(";") if url]
    assert urls == ["/static/a.css", "/static/b.css", "/shop-files/c.css"]


def test_the_command_builds_every_bundle(application: Flask, tmp_path: Path) -> None:
    result = CliRunner().invoke(FlaskGroup(create_app=lambda: application), ["assets", "build"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "static" / "gen" / "all.css").exists()
