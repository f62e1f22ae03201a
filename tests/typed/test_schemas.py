"""A schema in the document admits what the binding admits, and what is sent: the places where both have differed."""

import datetime as dt
import decimal
import re
import typing as t
from typing import Annotated

import marshmallow as ma
import msgspec
import pydantic
import pytest

from ewer import Ewer
from ewer.typed import Body, Cookie, File, Form, Header, Query, UploadFile

from .models import ClosedStruct, Filter, Item, NewItem, PydanticClosed


def described(view: t.Any, method: str = "post") -> tuple[dict[str, t.Any], t.Any]:
    """The operation of a view, and a client to call it at /it."""
    app = Ewer("described")
    app.add_url_rule("/it", "it", view, methods=[method.upper()])
    client = app.test_client()
    return client.get("/openapi.json").json["paths"]["/it"][method], client


def form_schema(operation: dict[str, t.Any]) -> dict[str, t.Any]:
    (content,) = operation["requestBody"]["content"].values()
    return content["schema"]


def test_a_list_that_must_be_sent_as_texts_has_one_item_at_least():
    def view(
        a: Annotated[list[int], Query()], b: Annotated[list[str], Header()], c: Annotated[list[int], Query()] = []
    ): ...

    operation, client = described(view, "get")
    assert [p["schema"].get("minItems") for p in operation["parameters"]] == [1, 1, None]
    assert client.get("/it", headers={"b": "x"}).status_code == 422


def test_a_list_of_a_form_or_of_files_that_must_be_sent_has_one_item_at_least():
    def form(a: Annotated[list[int], Form()], f: Annotated[Filter, Form()]): ...

    def files(a: list[UploadFile], b: Annotated[list[bytes], File()]): ...

    properties = form_schema(described(form)[0])["properties"]
    assert (properties["a"]["minItems"], properties["tag"].get("minItems")) == (1, None)
    assert [p["minItems"] for p in form_schema(described(files)[0])["properties"].values()] == [1, 1]


def test_an_empty_list_in_json_stays_a_list():
    def view(a: Annotated[list[int], Body()]) -> int:
        return len(a)

    operation, client = described(view)
    assert "minItems" not in operation["requestBody"]["content"]["application/json"]["schema"]
    assert client.post("/it", json=[]).json == 0


@pytest.mark.parametrize("model", [ClosedStruct, PydanticClosed])
def test_a_form_model_that_refuses_unknown_fields_says_so(model):
    def view(it): ...

    view.__annotations__["it"] = Annotated[model, Form()]
    operation, client = described(view)
    assert form_schema(operation)["additionalProperties"] is False
    assert client.post("/it", data={"name": "a", "other": "b"}).status_code == 422


class Open(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    name: str


def test_a_form_model_that_keeps_unknown_fields_does_not_refuse_them():
    def view(it: Annotated[Open, Form()]) -> dict[str, str]:
        return it.model_extra

    operation, client = described(view)
    assert "additionalProperties" not in form_schema(operation)
    assert client.post("/it", data={"name": "a", "other": "b"}).json == {"other": "b"}


def _leaf(kind: t.Any) -> tuple[dict[str, t.Any], t.Any]:
    def view(it):
        return [it]

    view.__annotations__.update({"it": Annotated[kind, Body()], "return": list[kind]})
    operation, client = described(view)
    return operation["responses"]["200"]["content"]["application/json"]["schema"]["items"], client


@pytest.mark.parametrize("text", ["P1D", "-P1D", "+PT1.5S", "PT90S", "P1DT2H3M4.5S", "P1DT", "PT", "P", "P1Y", "1D"])
def test_a_duration_fits_its_pattern_if_and_only_if_it_is_read(text):
    schema, client = _leaf(dt.timedelta)
    assert "format" not in schema, "JSON Schema's durations have no sign and no fraction"
    sent = client.post("/it", json=text)
    assert (re.search(schema["pattern"], text) is not None) is (sent.status_code == 200)
    assert sent.status_code == 422 or re.search(schema["pattern"], sent.json[0])


@pytest.mark.parametrize(
    "text", ["1", "-1.50", "+.5", "1.", "1e5", "1E-7", "9e300", "1E-5000", "NaN", "sNaN", "Infinity", ""]
)
def test_a_decimal_fits_its_pattern_if_and_only_if_it_is_read(text):
    schema, client = _leaf(decimal.Decimal)
    sent = client.post("/it", json=text)
    assert (re.search(schema["pattern"], text) is not None) is (sent.status_code == 200)
    assert sent.status_code == 422 or re.search(schema["pattern"], sent.json[0])


class Priced(msgspec.Struct):
    price: decimal.Decimal
    more: list[decimal.Decimal] = []


def test_no_decimal_in_a_model_is_not_a_number():
    def view(it: Priced) -> Priced:
        return it

    _, client = described(view)
    assert client.post("/it", json={"price": "1.50", "more": [2]}).json == {"price": "1.50", "more": ["2"]}
    refused = client.post("/it", json={"price": "NaN", "more": ["-Infinity"]})
    assert refused.status_code == 422
    assert [error["location"] for error in refused.json["errors"]] == [["body", "price"], ["body", "more", 0]]


class LooseSchema(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    n = ma.fields.Integer()


class StrictSchema(ma.Schema):
    n = ma.fields.Integer()


@pytest.mark.parametrize(("schema", "status"), [(LooseSchema, 200), (StrictSchema, 422)])
def test_a_marshmallow_schema_says_whether_it_takes_unknown_fields(schema, status):
    def view(it):
        return {}

    view.__annotations__.update({"it": schema, "return": dict[str, int]})
    app = Ewer("loose")
    app.post("/it")(view)
    client = app.test_client()
    (made,) = (
        s
        for name, s in client.get("/openapi.json").json["components"]["schemas"].items()
        if name in ("Loose", "Strict")
    )
    assert made.get("additionalProperties", True) is (status == 200)
    assert client.post("/it", json={"n": 1, "m": 2}).status_code == status


def _another() -> t.Any:
    class Item(msgspec.Struct):
        other: int

    return Item


class Computed(pydantic.BaseModel):
    children: list["Computed"] = []

    @pydantic.computed_field
    def size(self) -> int:
        return 1


def test_no_two_models_have_one_title():
    app = Ewer("titles")

    def second(it): ...

    second.__annotations__["it"] = _another()

    @app.post("/first")
    def first(it: Item, page: Annotated[str, Cookie()] = "") -> NewItem: ...

    @app.post("/third")
    def third(it: Computed) -> Computed: ...

    app.post("/second")(second)
    schemas = app.test_client().get("/openapi.json").json["components"]["schemas"]
    titles = [schema["title"] for schema in schemas.values()]
    assert len(set(titles)) == len(titles) == len(schemas), titles
    assert schemas["ComputedOutput"]["title"] == "ComputedOutput"
