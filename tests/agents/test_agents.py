"""Tracing agents watch one app, on Flask and on Ewer: replies stay what they are, and the records are the same.

Agents patch classes and modules for good, so each combination runs in a process of its own.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
AGENTS = [
    "sentry",
    "opentelemetry",
    "opentelemetry-class",
    "ddtrace",
    "ddtrace-early",
    "newrelic",
    "elastic-apm",
    "aws-xray",
]
FRAMEWORKS = ["flask", "ewer"]
EVERYTHING_ASKED = 22
CLOSINGS = ("werkzeug.wsgi:ClosingIterator.close", "werkzeug.wsgi:FileWrapper.close")


@functools.cache
def report_of(framework: str, agent: str, plan: str = "1") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "traced", framework, agent],
        cwd=HERE,
        env={**os.environ, "EWER_PLAN": plan, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, Any] = json.loads(done.stdout.rpartition("@@@")[2])
    assert report["framework"] == framework
    return report


def as_on_flask(records: Any) -> Any:
    """Write the names of Ewer's own modules as those of Flask, which they stand for."""
    return json.loads(json.dumps(records).replace("ewer.", "flask."))


def without_closing(records: Any) -> Any:
    """Leave out Werkzeug's iterators around a body and around a file, which a whole body of Ewer's goes without."""
    if not isinstance(records, list):
        return records
    return [without_closing(record) for record in records if record not in CLOSINGS]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("agent", AGENTS)
def test_replies_are_the_same_before_and_after_the_agent(framework: str, agent: str) -> None:
    report = report_of(framework, agent)
    assert report["after"] == report["before"]
    assert len(report["before"]) == EVERYTHING_ASKED + 1


@pytest.mark.parametrize("agent", AGENTS)
def test_replies_under_an_agent_are_those_of_a_bare_flask(agent: str) -> None:
    assert report_of("ewer", agent)["after"] == report_of("flask", "none")["after"]


@pytest.mark.parametrize("plan", ["1", "0"], ids=["plan", "plain"])
@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_records_on_ewer_what_it_records_on_flask(agent: str, plan: str) -> None:
    seen = without_closing(as_on_flask(report_of("ewer", agent, plan)["seen"]))
    expected = without_closing(report_of("flask", agent)["seen"])
    assert len(seen) == len(expected)
    for mine, theirs in zip(seen, expected, strict=True):
        assert mine == theirs


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_sentry_names_transactions_after_endpoints_and_catches_the_crash(framework: str) -> None:
    seen = report_of(framework, "sentry")["seen"]
    transactions = [record[1] for record in seen if record[0] == "transaction"]
    assert {"index", "hello", "crash", "shop.items", "static"} <= set(transactions)
    assert len(transactions) == EVERYTHING_ASKED - 2
    (event,) = [record for record in seen if record[0] == "event"]
    assert (event[1], event[5], event[6]) == ("crash", ["RuntimeError"], ["flask"])


@pytest.mark.parametrize("agent", ["opentelemetry", "opentelemetry-class"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_opentelemetry_spans_carry_route_and_status(framework: str, agent: str) -> None:
    seen = report_of(framework, agent)["seen"]
    by_target = {dict(record[3])["http.target"]: (record[0], record[2], dict(record[3])) for record in seen}
    name, status, attributes = by_target["/hello/ada"]
    assert (name, status, attributes["http.route"]) == ("GET /hello/<name>", "UNSET", "/hello/<name>")
    assert (by_target["/crash"][1], by_target["/crash"][2]["http.status_code"]) == ("ERROR", 500)
    assert "http.route" not in by_target["/missing"][2]
    assert len(seen) == EVERYTHING_ASKED


@pytest.mark.parametrize("agent", ["ddtrace", "ddtrace-early"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_datadog_spans_show_every_station(framework: str, agent: str) -> None:
    seen = report_of(framework, agent)["seen"]
    names = {record[0] for record in seen}
    stations = (
        "preprocess_request",
        "dispatch_request",
        "process_response",
        "do_teardown_request",
        "handle_user_exception",
    )
    assert {f"flask.{station}" for station in stations} <= names
    assert {"flask.request", "flask.application", "flask.handle_exception"} <= names
    assert "GET /shop/item/<int:item_id>" in {record[1] for record in seen}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_newrelic_names_transactions_after_views(framework: str) -> None:
    seen = report_of(framework, "newrelic")["seen"]
    by_name = {record[2].rpartition(".")[2]: record for record in seen}
    assert by_name["crash"][3] == ["builtins:RuntimeError"]
    assert {"index", "hello", "inline", "stop", "stream", "missing", "teapot"} <= set(by_name)
    assert len(seen) == EVERYTHING_ASKED


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_elastic_records_transactions_template_spans_and_the_error(framework: str) -> None:
    seen = report_of(framework, "elastic-apm")["seen"]
    assert [record[1] for record in seen if record[6] == "http://localhost/hello/ada"] == ["GET /hello/<name>"]
    assert [record[5] for record in seen if record[0] == "error"] == ["RuntimeError"]
    assert [record[1] for record in seen if record[0] == "span"] == ["hello.html", "<template>", "hello.html"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_xray_segments_carry_status_cause_and_template(framework: str) -> None:
    seen = {record[2].removeprefix("http://localhost"): record for record in report_of(framework, "aws-xray")["seen"]}
    assert seen["/crash"][3:7] == [500, True, False, ["RuntimeError"]]
    assert seen["/missing"][3:6] == [404, False, True]
    assert len(seen["/hello/ada"][7]) == 1
