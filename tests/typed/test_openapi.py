"""The OpenAPI 3.1 document says what the bindings do: valid, stable, without clashes."""

import dataclasses
import datetime as dt
import decimal
import json
import pathlib
import typing as t
import uuid
from typing import Annotated

import marshmallow as ma
import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from ewer.typed import Body, Cookie, Depends, File, Form, Header, Partial, Path, Query, Security, UploadFile, bind_view
from ewer.typed.errors import RequestInvalid
from ewer.typed.openapi import DocumentInfo, RouteDoc, build_document, with_prefix
from ewer.typed.problems import FASTAPI, Problems
from ewer.typed.rules import read_rule
from ewer.typed.security import APIKeyHeader, HTTPBasic, HTTPBearer, OAuth2PasswordBearer, OpenIdConnect

from .binding_of import bound
from .fakes import FakeSource
from .models import (
    AsAttrs,
    AsNamedTuple,
    AsPydantic,
    AsStruct,
    AsTypedDict,
    Cat,
    ClosedStruct,
    Colour,
    Dog,
    Filter,
    Item,
    Line,
    NewItem,
    Order,
    Page,
    Plain,
    Size,
    TaggedCat,
    TaggedDog,
    Tree,
)


def route(view: t.Any, rule: str = "/it", method: str = "POST", **keywords: t.Any) -> RouteDoc:
    variables = {v.name: str for v in read_rule(rule)[1]}
    binding = bind_view(view, rule_variables=variables, methods=[method]) if view is not None else None
    endpoint = keywords.pop("endpoint", getattr(view, "__name__", "plain"))
    return RouteDoc(
        rule, frozenset([method]), endpoint, binding, docstring="" if view is None else view.__doc__ or "", **keywords
    )


def document(*routes: t.Any, **info: t.Any) -> dict[str, t.Any]:
    made = build_document([r if isinstance(r, RouteDoc) else route(r) for r in routes], DocumentInfo(**info))
    validate(made)
    json.dumps(made)
    return made


def operation(view: t.Any, rule: str = "/it", method: str = "POST", **keywords: t.Any) -> dict[str, t.Any]:
    made = document(route(view, rule, method, **keywords))
    return made["paths"][read_rule(rule)[0]][method.lower()]


def test_a_plain_view_appears_with_what_its_rule_says():
    got = operation(None, "/users/<int(min=1):user_id>/<any(a, 'b'):kind>/<path:rest>", "GET", endpoint="users.show")
    assert got["operationId"] == "users.show"
    assert got["parameters"] == [
        {"name": "user_id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}},
        {"name": "kind", "in": "path", "required": True, "schema": {"type": "string", "enum": ["a", "b"]}},
        {"name": "rest", "in": "path", "required": True, "schema": {"type": "string"}},
    ]
    assert set(got["responses"]) == {"200", "404", "default"}


def test_docstrings_give_summary_and_description():
    def view():
        """Lists
        things.

        At length.
        \f
        Args: not for the document.
        """

    got = operation(view)
    assert (got["summary"], got["description"]) == ("Lists things.", "At length.")


def test_every_parameter_is_described_in_its_place():
    def view(
        item_id: Annotated[int, Path(ge=1, description="The item")],
        q: Annotated[t.Optional[str], Query(max_length=5, deprecated=True, examples=["a"])] = None,
        tags: set[Colour] = frozenset(),
        x_token: Annotated[list[str], Header()] = [],
        session: Annotated[str, Cookie(title="S")] = "",
        hidden: Annotated[str, Query(include_in_schema=False)] = "",
        authorization: Annotated[str, Header()] = "",
    ): ...

    got = {p["name"]: p for p in operation(view, "/items/<item_id>", "GET")["parameters"]}
    assert list(got) == ["item_id", "q", "tags", "x-token", "session"]
    assert got["item_id"] == {
        "name": "item_id", "in": "path", "required": True, "description": "The item",
        "schema": {"type": "integer", "minimum": 1},
    }  # fmt: skip
    assert got["q"]["deprecated"] is True
    assert got["q"]["schema"] == {
        "anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "default": None, "examples": ["a"],
    }  # fmt: skip
    assert got["tags"]["schema"]["uniqueItems"] is True
    assert got["x-token"]["in"] == "header"
    assert got["session"]["schema"]["title"] == "S"


def test_a_model_over_the_query_is_taken_apart():
    def view(f: Annotated[Filter, Query()], p: Annotated[AsPydantic, Query()]): ...

    got = operation(view, method="GET")["parameters"]
    assert [(p["name"], p.get("required", False)) for p in got] == [
        ("limit", False), ("tag", False), ("name", True), ("price", True),
    ]  # fmt: skip
    assert got[2]["schema"]["minLength"] == 1


def test_bodies_say_their_content_type():
    def one(it: NewItem): ...

    def keyed(it: Annotated[NewItem, Body()], n: Annotated[int, Body()] = 1): ...

    def raw(it: Annotated[bytes, Body()]): ...

    def text(it: Annotated[str, Body(media_type="text/plain")]): ...

    def optional(it: t.Optional[NewItem] = None): ...

    def form(name: Annotated[str, Form()], n: Annotated[int, Form()] = 1): ...

    def files(name: Annotated[str, Form()], f: UploadFile, many: Annotated[list[bytes], File()] = []): ...

    bodies = {view.__name__: operation(view)["requestBody"] for view in (one, keyed, raw, text, optional, form, files)}
    assert bodies["one"] == {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewItem"}}}, "required": True,
    }  # fmt: skip
    assert bodies["keyed"]["content"]["application/json"]["schema"]["required"] == ["it"]
    assert list(bodies["raw"]["content"]) == ["application/octet-stream"]
    assert list(bodies["text"]["content"]) == ["text/plain"]
    assert bodies["optional"]["required"] is False
    assert list(bodies["form"]["content"]) == ["application/x-www-form-urlencoded"]
    schema = bodies["files"]["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["name", "f"]
    assert schema["properties"]["many"]["items"]["format"] == "binary"


def test_refusals_are_in_the_document_in_the_shape_that_is_sent():
    def view(it: NewItem, q: int): ...

    ours = document(view)
    refused = ours["paths"]["/it"]["post"]["responses"]
    assert set(refused) == {"200", "400", "413", "415", "422"}
    assert refused["422"]["content"]["application/problem+json"]["schema"]["$ref"].endswith("/ProblemDetails")
    theirs = document(view, problems=FASTAPI)
    refused = theirs["paths"]["/it"]["post"]["responses"]
    assert set(refused) == {"200", "413", "415", "422"}
    assert refused["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/HTTPValidationError")


def test_answers_are_described():
    def one() -> Item: ...

    def many() -> list[Item]: ...

    def none() -> None: ...

    def maybe() -> t.Optional[Item]: ...

    def lines() -> t.Iterator[Item]: ...

    def headers() -> Annotated[Item, Header(alias="x-total", description="How many")]: ...

    ref = {"$ref": "#/components/schemas/Item"}
    assert operation(one, status=201)["responses"]["201"]["content"] == {"application/json": {"schema": ref}}
    assert operation(many)["responses"]["200"]["content"]["application/json"]["schema"] == {
        "type": "array",
        "items": ref,
    }
    assert list(operation(none)["responses"]) == ["204"]
    assert list(operation(maybe)["responses"]) == ["200", "204"]
    assert operation(lines)["responses"]["200"]["content"] == {"application/jsonl": {"schema": ref}}
    assert "X-Total" in operation(headers)["responses"]["200"]["headers"]


def test_further_responses_may_be_texts_models_or_whole_descriptions():
    def view() -> Item: ...

    responses = {
        404: "No such item",
        409: Line,
        410: {"description": "Gone", "model": AsPydantic},
        "5XX": {"description": "Trouble", "content": {"text/plain": {}}},
    }
    got = operation(view, responses=responses)["responses"]
    assert got["404"] == {"description": "No such item"}
    assert got["409"]["content"]["application/json"]["schema"]["$ref"].endswith("/Line")
    assert got["410"]["description"] == "Gone"
    assert got["5XX"]["content"] == {"text/plain": {}}


def _another_item() -> t.Any:
    class Item(msgspec.Struct):
        other: int

    return Item


def test_models_of_the_same_name_are_told_apart():
    other = _another_item()
    third = _another_item()

    class PydanticItem(pydantic.BaseModel):
        x: int

    PydanticItem.__name__ = "Item"

    def view(it: Item): ...

    def second(it: other) -> third: ...  # type: ignore[valid-type]

    def fourth(it: PydanticItem): ...

    made = document(route(view, "/a"), route(second, "/b"), route(fourth, "/c"))
    assert made["components"]["schemas"]["Item"]["properties"].keys() >= {"name"}
    reference = made["paths"]["/b"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert reference != "#/components/schemas/Item"
    assert made["components"]["schemas"][reference.rpartition("/")[2]]["properties"].keys() == {"other"}
    answer = made["paths"]["/b"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert answer == reference, "equal schemas share a name"


class Computed(pydantic.BaseModel):
    colour: Colour
    children: list["Computed"] = []

    @pydantic.computed_field
    def size(self) -> int:
        return 1


def test_input_and_output_of_a_model_are_told_apart_where_they_differ():
    def view(it: Computed, colour: Colour = Colour.RED) -> Computed: ...

    made = document(view)["components"]["schemas"]
    assert set(made) == {"Computed", "ComputedOutput", "Colour", "ProblemDetails"}
    assert "size" not in made["Computed"]["properties"]
    assert "size" in made["ComputedOutput"]["properties"]


def test_operation_ids_are_unique():
    routes = [
        RouteDoc("/a", frozenset(["GET", "POST", "HEAD", "OPTIONS"]), "a"),
        RouteDoc("/b", frozenset(["GET"]), "b"),
        RouteDoc("/b2", frozenset(["GET"]), "b"),
    ]
    made = document(*routes)
    ids = [op["operationId"] for item in made["paths"].values() for op in item.values()]
    assert ids == ["a_get", "a_post", "b_get", "b_get_2"]


def test_security_schemes_come_from_the_dependencies():
    oauth = OAuth2PasswordBearer("/token", scopes={"me": "read me"})

    def user(token: Annotated[str, Depends(oauth)]): ...

    def view(
        u: Annotated[None, Security(user, scopes=["me"])],
        k: Annotated[str, Depends(APIKeyHeader(name="X-Key", description="A key"))],
        b: Annotated[t.Any, Depends(HTTPBasic(scheme_name="Basic"))],
        t_: Annotated[t.Any, Depends(HTTPBearer(bearer_format="JWT"))],
        o: Annotated[t.Any, Depends(OpenIdConnect(open_id_connect_url="https://id.example/.well-known"))],
    ): ...

    made = document(view)
    assert set(made["components"]["securitySchemes"]) == {
        "OAuth2PasswordBearer", "APIKeyHeader", "Basic", "HTTPBearer", "OpenIdConnect",
    }  # fmt: skip
    got = made["paths"]["/it"]["post"]
    assert got["security"][0]["OAuth2PasswordBearer"] == ["me"]
    assert "parameters" not in got, "credentials are no parameters of their own"


def test_who_needs_credentials_may_answer_401_and_nothing_refuses_their_text():
    def view(token: Annotated[str, Depends(OAuth2PasswordBearer("/token"))]) -> dict[str, int]: ...

    responses = operation(view, method="GET")["responses"]
    assert list(responses) == ["200", "401"]
    assert responses["401"]["content"]["application/problem+json"]["schema"] == {
        "$ref": "#/components/schemas/ProblemDetails"
    }


def test_an_optional_scheme_is_one_of_several_ways():
    bearer = HTTPBearer(auto_error=False)
    key = APIKeyHeader(name="X-Key", auto_error=False)

    def either(b: Annotated[t.Any, Depends(bearer)], k: Annotated[t.Any, Depends(key)]): ...

    def beside(b: Annotated[t.Any, Depends(bearer)], u: Annotated[t.Any, Depends(HTTPBasic())]): ...

    got = operation(either)
    assert got["security"] == [{"HTTPBearer": []}, {"APIKeyHeader": []}, {}]
    assert "401" not in got["responses"]
    assert operation(beside)["security"] == [{"HTTPBasic": [], "HTTPBearer": []}, {"HTTPBasic": []}]


def test_two_schemes_of_one_name_are_both_kept():
    def view(
        a: Annotated[str, Depends(APIKeyHeader(name="X-A"))], b: Annotated[str, Depends(APIKeyHeader(name="X-B"))]
    ): ...

    made = document(view)
    schemes = made["components"]["securitySchemes"]
    assert {name: scheme["name"] for name, scheme in schemes.items()} == {"APIKeyHeader": "X-A", "APIKeyHeader2": "X-B"}
    assert made["paths"]["/it"]["post"]["security"] == [{"APIKeyHeader": [], "APIKeyHeader2": []}]


class OwnShape(Problems):
    def body(self, refusal):
        return {"wrong": len(refusal.errors)}

    def schema(self):
        return {"type": "object", "properties": {"wrong": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("problems", "names"),
    [
        (Problems(), {"ProblemDetails"}),
        (FASTAPI, {"HTTPValidationError", "HTTPError"}),
        (OwnShape(), {"ProblemDetails", "HTTPError"}),
    ],
)
def test_errors_that_are_no_refusals_have_their_own_schema_where_it_differs(problems, names):
    def view(it: dict[str, int], token: Annotated[str, Depends(OAuth2PasswordBearer("/token"))]) -> dict[str, int]: ...

    made = document(view, problems=problems)
    schemas = made["components"]["schemas"]
    assert set(schemas) == names
    (content,) = made["paths"]["/it"]["post"]["responses"]["401"]["content"].values()
    schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
    assert not list(Draft202012Validator(schema).iter_errors(problems.error_body(401, "Unauthorized", "No.")))


def test_without_a_docstring_the_summary_is_the_name_in_words():
    assert operation(None, "/x", "GET", endpoint="shop.list_all_items")["summary"] == "List all items"


def test_a_default_of_none_that_the_type_has_no_room_for_is_left_out():
    @dataclasses.dataclass
    class Loose:
        a: str = None
        default: t.Optional[str] = None

    def view(it: Annotated[Loose, Body(examples=[{"type": "x", "default": None}])], q: str = None): ...  # noqa: RUF013

    made = document(view)
    properties = made["components"]["schemas"]["Loose"]["properties"]
    assert "default" not in properties["a"]
    assert properties["default"]["default"] is None
    got = made["paths"]["/it"]["post"]
    assert got["parameters"][0]["schema"] == {"type": "string"}
    (example,) = got["requestBody"]["content"]["application/json"]["examples"].values()
    assert example["value"] == {"type": "x", "default": None}


def test_responses_are_in_the_order_of_their_statuses():
    def view(it: dict[str, int]) -> int: ...

    got = operation(view, status=201, responses={409: "Taken", 302: "Elsewhere"})
    assert list(got["responses"]) == ["201", "302", "400", "409", "413", "415", "422"]


def test_webhooks_servers_and_the_rest_of_the_head():
    def view(it: Item): ...

    made = build_document(
        [],
        DocumentInfo(
            title="T", version="2", summary="S", description="D", servers=({"url": "/v1"},), tags=({"name": "x"},),
            contact={"name": "c"}, license={"name": "MIT"},
        ),
        webhooks=[route(view, "new-item")],
    )  # fmt: skip
    validate(made)
    assert made["webhooks"]["new-item"]["post"]["requestBody"]
    assert with_prefix({"openapi": "3.1.0"}, "/api")["servers"] == [{"url": "/api"}]
    assert with_prefix(made, "/api")["servers"] == [{"url": "/v1"}]


def test_tagged_unions_have_a_discriminator():
    def view(it: t.Union[TaggedCat, TaggedDog]): ...

    schema = operation(view)["requestBody"]["content"]["application/json"]["schema"]
    assert schema["discriminator"] == {
        "propertyName": "type",
        "mapping": {"cat": "#/components/schemas/TaggedCat", "dog": "#/components/schemas/TaggedDog"},
    }


class NestedSchema(ma.Schema):
    line = ma.fields.Nested(f"{__name__}.LeafSchema")
    when = ma.fields.DateTime(required=True)
    names = ma.fields.List(ma.fields.String(allow_none=True))


class LeafSchema(ma.Schema):
    n = ma.fields.Integer()


def test_marshmallow_schemas_are_described():
    def view(it: NestedSchema) -> NestedSchema: ...

    made = document(view)["components"]["schemas"]
    assert made["Nested"]["required"] == ["when"]
    assert set(made) == {"Nested", "NestedOutput", "Leaf", "ProblemDetails"}
    assert made["Leaf"]["properties"] == {"n": {"type": "integer"}}
    assert made["Leaf"]["additionalProperties"] is False, "marshmallow refuses what a schema does not know"


TYPES: list[t.Any] = [
    int, str, float, bool, dt.date, dt.datetime, dt.time, dt.timedelta, uuid.UUID, decimal.Decimal, Colour, Size,
    t.Literal["a", 1], t.Optional[int], t.Union[int, uuid.UUID], pathlib.PurePosixPath,
]  # fmt: skip
MODELS: list[t.Any] = [
    NewItem, Item, Plain, AsTypedDict, AsNamedTuple, AsStruct, AsAttrs, AsPydantic, ClosedStruct, Order, Tree,
    t.Union[Cat, Dog], Page[Line], Page[Item], list[Tree], dict[str, Order], Partial[NewItem], Partial[AsPydantic],
    tuple[int, str], t.Optional[Order], Computed, NestedSchema, list[Computed], t.Any, dict,
]  # fmt: skip


def test_a_torture_application_of_150_operations_is_valid():
    routes = []
    for number, kind in enumerate(TYPES):

        def query(it: t.Any, many: t.Any): ...

        query.__annotations__ = {"it": kind, "many": Annotated[list[kind], Header()], "return": list[kind]}
        routes.append(route(query, f"/query/{number}", "GET", endpoint=f"query{number}"))

        def form(it: t.Any): ...

        form.__annotations__ = {"it": Annotated[kind, Form()], "return": dict[str, kind]}
        routes.append(route(form, f"/form/{number}", endpoint=f"form{number}"))
    for number, model in enumerate(MODELS):
        for method in ("POST", "PUT", "PATCH", "DELETE"):

            def body(it: t.Any): ...

            body.__annotations__ = {"it": Annotated[model, Body()]}
            if "Partial" not in str(model) and model not in (dict, t.Any):
                body.__annotations__["return"] = model
            path = f"/body/<it_id>/{number}"
            binding = bind_view(body, rule_variables={"it_id": str}, methods=[method], check_variables=False)
            routes.append(RouteDoc(path, frozenset([method]), f"body{number}", binding))
    made = document(*routes)
    count = sum(len(item) for item in made["paths"].values())
    assert count >= 130 and len({op["operationId"] for i in made["paths"].values() for op in i.values()}) == count
    assert made == document(*routes), "the same routes give the same document"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.sampled_from(["", "a", "cat", "dog"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "price", "customer", "lines", "sku", "count", "kind", "age", "value", "children"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
likely = st.fixed_dictionaries(
    {
        "customer": st.just("c"),
        "lines": st.lists(st.fixed_dictionaries({"sku": st.sampled_from(["", "a"]), "count": st.integers(-1, 2)})),
    }
)


@pytest.mark.parametrize(
    "model", [Order, NewItem, AsTypedDict, AsStruct, ClosedStruct, t.Union[Cat, Dog], Tree, AsNamedTuple]
)
def test_the_schema_admits_exactly_what_the_binding_admits(model):
    def view(it): ...

    view.__annotations__ = {"it": model}
    binding = bound(view)
    made = build_document([RouteDoc("/it", frozenset(["POST"]), "it", binding)], DocumentInfo())
    schema = made["paths"]["/it"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": made["components"]})

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(value=json_values | likely)
    def agree(value):
        try:
            binding.collect(FakeSource(json=msgspec.json.encode(value)))
            admitted = True
        except RequestInvalid:
            admitted = False
        assert validator.is_valid(value) is admitted

    agree()
