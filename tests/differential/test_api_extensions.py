"""APIs written with extensions answer on Ewer as on Flask: statuses, headers in their order, bodies, documents, and the log.

Each runs in a process of its own: real Flask and Ewer-as-flask cannot both own the name `flask`.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
EXTENSIONS = {
    "smorest": "flask_smorest",
    "apiflask_": "apiflask",
    "openapi3": "flask_openapi3",
    "pydantic_": "flask_pydantic",
    "webargs_": "webargs",
    "apifairy_": "apifairy",
    "connexion_": "connexion",
}
DOCUMENTS = {
    "smorest": "GET /docs/openapi.json",
    "apiflask_": "GET /openapi.json",
    "openapi3": "GET /openapi/openapi.json",
    "apifairy_": "GET /apispec.json",
    "connexion_": "GET /v1/openapi.json",
}

each_api = pytest.mark.parametrize(
    "api",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                importlib.util.find_spec(package) is None,
                reason=f"{package} is not installed (requirements/extensions.txt)",
            ),
        )
        for name, package in EXTENSIONS.items()
    ],
)


@functools.cache
def report_of(framework: str, api: str, plan: str = "1") -> dict[str, Any]:
    # NOTE: without one seed for both, `Allow` and lists made from sets would come in another order in every process.
    environment = {**os.environ, "EWER_PLAN": plan, "PYTHONHASHSEED": "0", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-m", "apis", framework, api],
        cwd=HERE,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, Any] = json.loads(done.stdout.rpartition("@@@")[2])
    assert report["is_ewer"] == (framework != "flask")
    return report


def with_lower_names(answer: dict[str, Any]) -> dict[str, Any]:
    """Write the names of headers as ASGI does."""
    lines = [line.partition(": ") for line in answer["headers"]]
    return {**answer, "headers": [(name.lower(), value) for name, _, value in lines]}


@pytest.mark.parametrize("plan", ["1", "0"], ids=["plan", "plain"])
@each_api
def test_an_api_answers_on_ewer_as_on_flask(api: str, plan: str) -> None:
    mine, theirs = report_of("ewer", api, plan)["answers"], report_of("flask", api)["answers"]
    assert len(mine) == len(theirs)
    for my_answer, their_answer in zip(mine, theirs, strict=True):
        assert my_answer == their_answer


@each_api
def test_an_api_answers_over_asgi_as_on_flask(api: str) -> None:
    if api == "connexion_":
        pytest.skip("connexion brings its own ASGI application")
    mine, theirs = report_of("ewer-asgi", api)["answers"], report_of("flask", api)["answers"]
    for my_answer, their_answer in zip(mine, theirs, strict=True):
        assert with_lower_names(my_answer) == with_lower_names(their_answer)


@pytest.mark.parametrize("plan", ["1", "0"], ids=["plan", "plain"])
@each_api
def test_an_api_logs_and_prints_on_ewer_what_it_does_on_flask(api: str, plan: str) -> None:
    mine, theirs = report_of("ewer", api, plan), report_of("flask", api)
    assert mine["logged"] == theirs["logged"]
    assert mine["told"] == theirs["told"]


@each_api
def test_an_api_accepts_refuses_and_describes(api: str) -> None:
    """Equal answers would say little if all of them were refusals."""
    answers = report_of("flask", api)["answers"]
    statuses = {answer["status"] for answer in answers}
    assert {200, 201} <= statuses and statuses & {400, 422} and 405 in statuses
    if api in DOCUMENTS:
        (document, _) = [json.loads(answer["body"]) for answer in answers if answer["asked"] == DOCUMENTS[api]]
        assert len(document["paths"]) >= 4
