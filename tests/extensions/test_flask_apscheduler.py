"""Flask-APScheduler on the names of Flask: jobs in threads with a context of the app, and the REST interface."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, current_app
from flask_apscheduler import APScheduler


@pytest.fixture
def application() -> Iterator[Flask]:
    app = Flask(__name__)
    app.config.update(SCHEDULER_API_ENABLED=True, MARK="the mark")
    scheduler = APScheduler()
    scheduler.init_app(app)
    scheduler.start()
    yield app
    scheduler.shutdown(wait=True)


def test_a_job_runs_in_a_thread_with_an_app_context(application: Flask) -> None:
    scheduler = application.apscheduler  # type: ignore[attr-defined]
    done = threading.Event()
    seen: list[Any] = []

    @scheduler.task("date", id="once")
    def once() -> None:
        with scheduler.app.app_context():
            seen.append((current_app.config["MARK"], threading.current_thread() is threading.main_thread()))
        done.set()

    assert done.wait(10)
    assert seen == [("the mark", False)]


def test_jobs_are_managed_over_http(application: Flask) -> None:
    scheduler = application.apscheduler  # type: ignore[attr-defined]
    scheduler.add_job("later", "time:time", trigger="interval", hours=1)
    client = application.test_client()
    assert [job["id"] for job in client.get("/scheduler/jobs").json] == ["later"]
    assert client.post("/scheduler/jobs/later/pause").json["next_run_time"] is None
    assert client.delete("/scheduler/jobs/later").status_code == 204
    assert client.get("/scheduler/jobs/later").status_code == 404
