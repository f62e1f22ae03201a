"""Dynaconf on the names of Flask: it stands in for the config object of the app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dynaconf import FlaskDynaconf
from flask import Flask


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    (tmp_path / "settings.toml").write_text(
        '[default]\nSECRET_KEY = "from the file"\nGREETING = "hello"\n[default.NESTED]\nvalue = 1\n'
        '[production]\nGREETING = "good day"\n'
    )
    monkeypatch.setenv("FLASK_PORT_TO_USE", "@int 8080")
    app = Flask(__name__, root_path=str(tmp_path))
    FlaskDynaconf(app, settings_files=[str(tmp_path / "settings.toml")], environments=True, ENV_FOR_DYNACONF="default")

    @app.get("/<name>")
    def show(name: str) -> Any:
        return {"value": app.config[name]}

    return app


def test_settings_of_the_file_are_the_config(application: Flask) -> None:
    assert application.test_client().get("/GREETING").json == {"value": "hello"}
    assert application.config.NESTED.value == 1  # type: ignore[attr-defined]
    assert application.secret_key == "from the file"


def test_the_environment_wins(application: Flask) -> None:
    assert application.test_client().get("/PORT_TO_USE").json == {"value": 8080}


def test_flask_keys_keep_their_defaults(application: Flask) -> None:
    assert application.config["SESSION_COOKIE_NAME"] == "session"
    assert application.config.get("TESTING") is False


def test_a_value_set_later_counts_in_the_next_request(application: Flask) -> None:
    client = application.test_client()
    client.get("/GREETING")
    application.config["GREETING"] = "changed"
    assert client.get("/GREETING").json == {"value": "changed"}
    application.config.update({"MAX_CONTENT_LENGTH": 5})
    assert application.config["MAX_CONTENT_LENGTH"] == 5


def test_properties_of_the_app_read_it(application: Flask) -> None:
    application.config["TESTING"] = True
    assert application.testing is True
    application.testing = False
    assert application.config["TESTING"] is False


def test_sessions_are_signed_with_its_key(application: Flask) -> None:
    from flask import session

    @application.get("/count/up")
    def count() -> Any:
        session["n"] = session.get("n", 0) + 1
        return {"n": session["n"]}

    client = application.test_client()
    assert [client.get("/count/up").json["n"] for _ in range(2)] == [1, 2]
