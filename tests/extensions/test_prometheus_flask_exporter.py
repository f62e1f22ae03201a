"""prometheus_flask_exporter on the names of Flask: default metrics, own counters, exclusions, errors."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request
from prometheus_client import CollectorRegistry
from prometheus_flask_exporter import PrometheusMetrics


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.debug = False
    metrics = PrometheusMetrics(app, registry=CollectorRegistry(auto_describe=True), group_by="endpoint")
    metrics.info("app_info", "the app", version="1.2")

    @app.get("/hello/<name>")
    @metrics.counter("greetings", "greetings", labels={"name": lambda: request.view_args["name"]})  # type: ignore[index]
    def hello(name: str) -> str:
        return name

    @app.get("/quiet")
    @metrics.do_not_track()
    def quiet() -> str:
        return "quiet"

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError("crash")

    @app.get("/timed")
    @metrics.histogram("timed", "timed", labels={"status": lambda r: r.status_code})
    @metrics.summary("summed", "summed")
    def timed() -> Any:
        return "timed", 202

    return app


def lines(application: Flask) -> list[str]:
    return [line for line in application.test_client().get("/metrics").text.splitlines() if not line.startswith("#")]


def test_requests_are_counted_by_method_and_status(application: Flask) -> None:
    client = application.test_client()
    client.get("/hello/ada")
    client.get("/hello/bob")
    client.get("/nowhere")
    found = lines(application)
    assert 'flask_http_request_total{method="GET",status="200"} 2.0' in found
    assert 'flask_http_request_total{method="GET",status="404"} 1.0' in found
    assert 'flask_http_request_duration_seconds_count{endpoint="hello",method="GET",status="200"} 2.0' in found


def test_own_metrics_have_own_labels(application: Flask) -> None:
    client = application.test_client()
    client.get("/hello/ada")
    client.get("/timed")
    found = lines(application)
    assert 'greetings_total{name="ada"} 1.0' in found
    assert 'timed_count{status="202"} 1.0' in found
    assert "summed_count 1.0" in found
    assert 'app_info{version="1.2"} 1.0' in found


def test_an_excluded_view_is_not_counted(application: Flask) -> None:
    application.test_client().get("/quiet")
    assert not [line for line in lines(application) if 'status="200"' in line]


def test_an_exception_is_counted(application: Flask) -> None:
    application.test_client().get("/crash")
    found = lines(application)
    assert 'flask_http_request_exceptions_total{method="GET",status="500"} 1.0' in found
    assert 'flask_http_request_total{method="GET",status="500"} 1.0' in found
