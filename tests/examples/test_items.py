"""The item API works: by its plan, through Flask's stations and under ASGI."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

FILE = Path(__file__).resolve().parent.parent.parent / "examples" / "items" / "app.py"
TEAPOT = {"name": "Teapot", "price": 12.5}


@pytest.fixture(params=["1", "0"], ids=["plan", "stations"])
def items_app(request, monkeypatch, tmp_path):
    monkeypatch.setenv("EWER_PLAN", request.param)
    monkeypatch.setenv("ITEMS_DATABASE", str(tmp_path / "items.sqlite3"))
    spec = importlib.util.spec_from_file_location("items_example", FILE)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(__import__("sys").modules, "items_example", module)
    spec.loader.exec_module(module)
    return module.app


@pytest.fixture
def client(items_app):
    return items_app.test_client()


def test_the_example_stays_within_60_lines():
    assert len(FILE.read_text(encoding="utf-8").splitlines()) < 60


def test_an_item_that_was_created_can_be_looked_up(client):
    made = client.post("/items", json=TEAPOT)
    assert made.status_code == 201
    assert made.json == {"name": "Teapot", "price": 12.5, "description": None, "in_stock": True, "id": 1}
    assert client.get("/items/1").data == made.data


def test_an_item_that_is_not_there_is_a_404_with_problem_details(client):
    missing = client.get("/items/9")
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")
    assert missing.json["detail"] == "There is no item 9."


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"price": 0}, "price"),
        ({"price": "cheap"}, "price"),
        ({"in_stock": "maybe"}, "in_stock"),
    ],
)
def test_an_item_that_breaks_a_rule_is_refused(client, change, place):
    refused = client.post("/items", json=TEAPOT | change)
    assert (refused.status_code, refused.content_type) == (422, "application/problem+json")
    assert refused.json["errors"][0]["location"] == ["body", place]
    assert client.get("/items").json == []


def test_a_number_that_sqlite_cannot_keep_is_refused(client):
    too_large = 2**63
    assert client.get(f"/items/{too_large}").status_code == client.get(f"/items?skip={too_large}").status_code == 422
    assert client.get(f"/items/{too_large - 1}").status_code == 404


def test_items_are_listed_by_pages_and_by_stock(client):
    for number in range(5):
        client.post("/items", json=TEAPOT | {"name": f"item {number}", "in_stock": number % 2 == 0})
    assert [item["id"] for item in client.get("/items?skip=1&limit=2").json] == [2, 3]
    assert [item["id"] for item in client.get("/items?in_stock_only=true").json] == [1, 3, 5]
    assert client.get("/items?limit=0").status_code == client.get("/items?skip=-1").status_code == 422


def test_the_document_describes_the_three_operations(client):
    document = client.get("/openapi.json").json
    assert document["info"] == {"title": "Items", "version": "1.0.0"}
    operations = {i["operationId"] for path in document["paths"].values() for i in path.values()}
    assert operations == {"create_item", "get_item", "list_items"}
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(document)


def test_it_works_under_asgi(items_app):
    from tests import asgi_driver

    body = json.dumps(TEAPOT).encode()
    made = asgi_driver.request(items_app, "POST", "/items", [("content-type", "application/json")], body)
    assert (made.status, json.loads(made.body)["id"]) == (201, 1)
