"""No generated request is answered with a server error, or with anything that the OpenAPI document does not promise.

`make fuzz` sends 5,000 random requests to each application, and the edges of every schema; by default it is 200, always
the same. `EWER_FUZZ_SEED` repeats a run.
"""

import math
import os
import random

import pytest

from ewer.typed.problems import FASTAPI

from ..examples.test_items import items_app as items_app  # the fixture
from .serving import served_by_asgi
from .torture_app import make_app

pytest.importorskip("schemathesis")

from .fuzzing import Findings, fuzz

CASES = int(os.environ.get("EWER_FUZZ_CASES", "200"))
THOROUGH = CASES >= 1000
SEED = int(os.environ.get("EWER_FUZZ_SEED") or (random.randrange(1 << 32) if THOROUGH else 1))

REJECTED, ACCEPTED = "positive_data_acceptance", "negative_data_rejection"
WAIVED = (
    # Texts have no types: "0" is a number, a word and false, and one value is a list of one.
    (ACCEPTED, "/form/|/files/|/elsewhere/|/models/(form|cookies|headers)/|/token|/raw/"),
    (ACCEPTED, "/(query|queries)/(datetime|time|timedelta|date)$"),  # seconds since 1970 are read as well
    (ACCEPTED, "/pydantic|/classes/|/marshmallow"),  # these libraries read "1" and true as numbers
    (ACCEPTED, "/bounds"),  # a set takes what is sent twice
    (REJECTED, "/attrs"),  # what validators of attrs demand is not in the document
    (REJECTED, "/elsewhere/"),  # null is sent as the word
    (REJECTED, "/(decimal|timedelta)$"),  # which have bounds that no pattern tells
    (REJECTED, "/file_path$"),  # no path holds a null character, and a form's blank field is no path
    (REJECTED, "/models/cookies/"),  # no value of a cookie holds a quotation mark (RFC 6265 section 4.1.1)
    (REJECTED, "^GET /things/"),  # 410 is what it is for
)
"""Verdicts that cannot hold, by operation: the document says less of texts than what is read, or more."""


def fuzzed(app, operations: int, **serving) -> Findings:
    per_operation = math.ceil(CASES / operations)
    findings = fuzz(app, per_operation=per_operation, edges=THOROUGH, seed=SEED, waived=WAIVED, **serving)
    print(f"seed {SEED}: {findings.cases} requests to {app.name}")  # which `make fuzz` shows
    assert not findings.wrong, f"seed {SEED}: {findings}"
    assert findings.cases >= CASES * 0.9, "schemas that admit few values give few cases"
    return findings


thoroughly = pytest.mark.skipif(not THOROUGH, reason="only `make fuzz` takes the time")
ROADS = [pytest.param("1", id="plan"), pytest.param("0", id="stations", marks=thoroughly)]


@pytest.mark.parametrize("items_app", ROADS, indirect=True)
def test_the_items_example_answers_whatever_is_sent_as_its_document_says(items_app):
    fuzzed(items_app, 3)


@pytest.mark.parametrize("plan", ROADS)
def test_an_application_of_150_operations_answers_whatever_is_sent_as_its_document_says(plan, monkeypatch):
    monkeypatch.setenv("EWER_PLAN", plan)
    app = make_app()
    document = app.test_client().get("/openapi.json").json
    operations = sum(len(item) for item in document["paths"].values())
    assert operations >= 150
    fuzzed(app, operations)


@thoroughly
def test_refusals_in_the_shape_of_fastapi_are_as_the_document_says():
    fuzzed(make_app(problems=FASTAPI), 190)


@thoroughly
def test_under_asgi_the_answers_are_as_the_document_says():
    pytest.importorskip("uvicorn")
    fuzzed(make_app(), 190, serve=served_by_asgi)
