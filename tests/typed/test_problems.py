"""How a refusal looks on the wire, and that its schema describes it."""

from __future__ import annotations

import json
import typing as t

import pytest
from jsonschema import Draft202012Validator

from ewer.typed.errors import RequestInvalid
from ewer.typed.problems import DEFAULT, FASTAPI, Problems

from .binding_of import refused
from .models import Order


def order(it: Order, n: int): ...


REFUSALS = [
    refused(order, json=b"{}", query="n=x"),
    refused(order, json=b"{", query="n=1"),
    refused(order, body=b"x", content_type="text/plain", query="n=1"),
]


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("shape", [DEFAULT, FASTAPI])
def test_a_refusal_fits_the_schema_of_its_shape(shape, refusal):
    status, content_type, body = shape.render(refusal)
    assert content_type == shape.media_type
    assert status == shape.status(refusal)
    Draft202012Validator(shape.schema()).validate(json.loads(body))


def test_problem_details_say_everything():
    status, content_type, body = DEFAULT.render(REFUSALS[0])
    assert (status, content_type) == (422, "application/problem+json")
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "The request does not fit what this endpoint accepts.",
        "status": 422,
        "errors": [
            {
                "location": ["query", "n"],
                "message": "Expected an integer, received 'x'.",
                "expected": "an integer",
                "received": "'x'",
                "type": "wrong_type",
            },
            {
                "location": ["body", "customer"],
                "message": "Missing: expected a string, received nothing.",
                "expected": "a string",
                "received": "nothing",
                "type": "missing",
            },
            {
                "location": ["body", "lines"],
                "message": "Missing: expected an array of an object (Line), received nothing.",
                "expected": "an array of an object (Line)",
                "received": "nothing",
                "type": "missing",
            },
        ],
    }


def test_the_fastapi_shape_is_fastapis():
    status, content_type, body = FASTAPI.render(REFUSALS[0])
    assert (status, content_type) == (422, "application/json")
    detail = json.loads(body)["detail"]
    assert detail[1] == {"type": "missing", "loc": ["body", "customer"], "msg": "Field required"}
    assert FASTAPI.render(REFUSALS[1])[0] == 422


def test_the_shape_is_replaced_in_one_place():
    class Short(Problems):
        media_type = "application/vnd.short+json"
        schema_name = "Short"

        def body(self, refusal: RequestInvalid) -> t.Any:
            return [error.type for error in refusal.errors]

        def schema(self) -> dict[str, t.Any]:
            return {"type": "array", "items": {"type": "string"}}

    from ewer.typed.openapi import DocumentInfo, RouteDoc, build_document

    from .binding_of import bound

    assert json.loads(Short().render(REFUSALS[1])[2]) == ["malformed"]
    made = build_document([RouteDoc("/it", frozenset(["POST"]), "it", bound(order))], DocumentInfo(problems=Short()))
    assert made["components"]["schemas"]["Short"] == {"type": "array", "items": {"type": "string"}}
    assert list(made["paths"]["/it"]["post"]["responses"]["422"]["content"]) == ["application/vnd.short+json"]
