"""Flask-Testing on the names of Flask: its test case class, template capture, JSON and a live server."""

from __future__ import annotations

import unittest
import urllib.request
from typing import Any

from flask import Flask, flash, redirect, render_template_string
from flask_testing import LiveServerTestCase, TestCase


def create_app() -> Flask:
    app = Flask(__name__)
    app.testing = True
    app.secret_key = "k" * 32

    @app.get("/")
    def index() -> str:
        flash("hello", "info")
        return render_template_string("{{ name }}", name="ada")

    @app.get("/json")
    def as_json() -> Any:
        return {"a": 1}

    @app.get("/moved")
    def moved() -> Any:
        return redirect("/json")

    return app


class Case(TestCase):
    def create_app(self) -> Flask:
        return create_app()

    def test_context(self) -> None:
        self.client.get("/")
        self.assert_context("name", "ada")
        self.assert_message_flashed("hello", "info")

    def test_json(self) -> None:
        assert self.client.get("/json").json == {"a": 1}

    def test_status(self) -> None:
        self.assertStatus(self.client.get("/moved"), 302)
        self.assert404(self.client.get("/nowhere"))


class Live(LiveServerTestCase):
    def create_app(self) -> Flask:
        app = create_app()
        app.config.update(LIVESERVER_PORT=0, LIVESERVER_TIMEOUT=60)
        return app

    def test_live(self) -> None:
        with urllib.request.urlopen(self.get_server_url() + "/json", timeout=10) as reply:
            assert reply.read() == b'{"a":1}\n'


# The classes above are run by the tests below, not collected a second time.
Case.__test__ = Live.__test__ = TestCase.__test__ = LiveServerTestCase.__test__ = False  # type: ignore[attr-defined]


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_test_case_sees_templates_messages_and_statuses() -> None:
    result = run(Case)
    assert (result.testsRun, result.failures, result.errors) == (3, [], [])


def test_a_live_server_runs_beside_the_test() -> None:
    result = run(Live)
    assert (result.testsRun, result.failures, result.errors) == (1, [], [])
