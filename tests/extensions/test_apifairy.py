"""APIFairy on the names of Flask: body, arguments, response, authentication and the generated document."""

from __future__ import annotations

from typing import Any

import pytest
from apifairy import APIFairy, arguments, authenticate, body, other_responses, response
from flask import Blueprint, Flask
from flask_httpauth import HTTPBasicAuth
from flask_marshmallow import Marshmallow

ma = Marshmallow()


class PetSchema(ma.Schema):  # type: ignore[name-defined,misc]
    id = ma.Integer(dump_only=True)
    name = ma.String(required=True)


class QuerySchema(ma.Schema):  # type: ignore[name-defined,misc]
    limit = ma.Integer(load_default=5)


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.config.update(APIFAIRY_TITLE="Pets", APIFAIRY_VERSION="1", APIFAIRY_UI="swagger_ui")
    fairy = APIFairy(app)
    ma.init_app(app)
    auth = HTTPBasicAuth()
    auth.verify_password(lambda name, password: name if password == "pw" else None)
    pets = Blueprint("pets", __name__)

    @pets.post("/pets")
    @body(PetSchema)
    @response(PetSchema, 201)
    def add(data: dict[str, Any]) -> Any:
        """Add a pet"""
        return {"id": 1, **data}

    @pets.get("/pets/<int:pet_id>")
    @arguments(QuerySchema)
    @response(PetSchema)
    @other_responses({404: "no pet"})
    async def show(query: dict[str, Any], pet_id: int) -> Any:
        return {"id": pet_id, "name": f"limit {query['limit']}"}

    @pets.get("/private")
    @authenticate(auth)
    @response(PetSchema)
    def private() -> Any:
        return {"name": auth.current_user()}

    app.register_blueprint(pets)
    app.extensions["fairy"] = fairy
    return app


def test_a_body_is_loaded_and_the_answer_dumped(application: Flask) -> None:
    reply = application.test_client().post("/pets", json={"name": "Rex"})
    assert (reply.status_code, reply.json) == (201, {"id": 1, "name": "Rex"})


def test_a_wrong_body_is_400_with_errors(application: Flask) -> None:
    reply = application.test_client().post("/pets", json={})
    assert (reply.status_code, reply.json["messages"]["json"]) == (400, {"name": ["Missing data for required field."]})


def test_arguments_reach_an_async_view_before_the_path(application: Flask) -> None:
    assert application.test_client().get("/pets/3?limit=9").json == {"id": 3, "name": "limit 9"}


def test_authentication_is_needed(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/private").status_code == 401
    assert client.get("/private", auth=("ada", "pw")).json == {"name": "ada"}


def test_the_document_is_generated(application: Flask) -> None:
    document = application.test_client().get("/apispec.json").json
    assert document["info"]["title"] == "Pets"
    assert set(document["paths"]) == {"/pets", "/pets/{pet_id}", "/private"}
    assert document["paths"]["/pets"]["post"]["summary"] == "Add a pet"
    assert document["paths"]["/private"]["get"]["security"] == [{"basic_auth": []}]


def test_a_page_shows_the_document(application: Flask) -> None:
    assert application.test_client().get("/docs").status_code == 200
