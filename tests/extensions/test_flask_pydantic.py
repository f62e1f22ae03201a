"""flask-pydantic on the names of Flask: query, body, form and path validated from annotations.

The extension reads annotations as they stand, so this file must not turn them into strings.
"""

from typing import Any

import pytest
from flask import Flask, request
from flask_pydantic import validate
from pydantic import BaseModel, Field


class Query(BaseModel):
    age: int
    tags: list[str] = []


class Body(BaseModel):
    name: str = Field(min_length=2)


class Out(BaseModel):
    name: str
    age: int


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)

    @app.post("/both")
    @validate(on_success_status=201)
    def both(body: Body, query: Query) -> Out:
        return Out(name=body.name, age=query.age)

    @app.get("/by-request")
    @validate(query=Query)
    def by_request() -> Any:
        return {"age": request.query_params.age, "tags": request.query_params.tags}  # type: ignore[attr-defined]

    @app.post("/form")
    @validate()
    def form(form: Body) -> Any:
        return form

    @app.get("/path/<number>")
    @validate()
    def path(number: int) -> Any:
        return {"double": number * 2}

    @app.post("/many")
    @validate(request_body_many=True, body=Body, response_many=True)
    def many() -> Any:
        return request.body_params  # type: ignore[attr-defined]

    return app


@pytest.fixture
def client(application: Flask) -> Any:
    return application.test_client()


def test_body_and_query_are_models_and_a_model_is_the_answer(client: Any) -> None:
    reply = client.post("/both?age=3", json={"name": "Ada"})
    assert (reply.status_code, reply.json) == (201, {"name": "Ada", "age": 3})


def test_errors_of_both_are_reported(client: Any) -> None:
    reply = client.post("/both?age=old", json={"name": "A"})
    assert reply.status_code == 400
    assert set(reply.json["validation_error"]) == {"body_params", "query_params"}


def test_the_models_lie_on_the_request(client: Any) -> None:
    assert client.get("/by-request?age=1&tags=a&tags=b").json == {"age": 1, "tags": ["a", "b"]}


def test_a_form_is_a_model(client: Any) -> None:
    assert client.post("/form", data={"name": "Ada"}).json == {"name": "Ada"}


def test_a_path_variable_is_converted_by_its_annotation(client: Any) -> None:
    assert client.get("/path/21").json == {"double": 42}
    assert client.get("/path/x").status_code == 400


def test_a_list_of_bodies_is_checked(client: Any) -> None:
    assert client.post("/many", json=[{"name": "Ada"}, {"name": "Bob"}]).json == [{"name": "Ada"}, {"name": "Bob"}]
    assert client.post("/many", json=[{"name": "A"}]).status_code == 400


def test_a_body_that_is_no_json_is_415(client: Any) -> None:
    assert client.post("/both?age=1", data="x").status_code == 415
