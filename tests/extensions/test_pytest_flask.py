"""pytest-flask on the names of Flask: its fixtures, in an inner pytest that has the same framework."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import flask

INNER = """
import urllib.request
import pytest
from flask import Flask, g, request, url_for


@pytest.fixture
def app():
    app = Flask(__name__)
    app.add_url_rule("/ping", "ping", lambda: {"ping": "pong"})

    @app.get("/accept")
    def accept():
        return {"mime": request.accept_mimetypes.best}

    return app


def test_a_request_context_is_pushed(app):
    assert url_for("ping") == "/ping"
    assert request.path == "/"


def test_the_client_has_json(client):
    reply = client.get("/ping")
    assert reply.json == {"ping": "pong"}
    assert reply == 200


def test_the_accept_fixtures(client, accept_json):
    assert client.get("/accept", headers=accept_json).json == {"mime": "application/json"}


@pytest.mark.options(mark="set")
def test_options_set_the_config(app):
    assert app.config["MARK"] == "set"


def test_the_config_fixture(config):
    assert config["TESTING"] is False


class TestClass:
    @pytest.fixture(autouse=True)
    def use(self, client_class):
        pass

    def test_the_class_has_a_client(self):
        assert self.client.get("/ping").status_code == 200


def test_the_live_server_answers(live_server):
    with urllib.request.urlopen(live_server.url("/ping"), timeout=10) as reply:
        assert reply.status == 200
"""


def test_every_fixture_of_the_plugin_works(tmp_path: Path) -> None:
    (tmp_path / "test_inner.py").write_text(INNER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nlive_server_scope = function\n")
    plugins = ["-p", "pytest_flask.plugin"]
    if flask.__name__ == "ewer" or flask.Flask.__mro__[0] is getattr(sys.modules.get("ewer.app"), "Flask", None):
        plugins = ["-p", "ewer.as_flask", *plugins]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--start-live-server",
            "--live-server-wait=60",
            *plugins,
            "test_inner.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "7 passed" in done.stdout
