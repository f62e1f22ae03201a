"""flask-smorest on the names of Flask: arguments, responses, paging, ETags, errors, and the OpenAPI document."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint, Page, abort
from marshmallow.validate import Length, Range
from werkzeug.routing import BaseConverter


class PetSchema(ma.Schema):
    id = ma.fields.Int(dump_only=True)
    name = ma.fields.Str(required=True, validate=Length(min=1, max=20))
    age = ma.fields.Int(load_default=1, validate=Range(min=0))


class QuerySchema(ma.Schema):
    name = ma.fields.Str()
    order = ma.fields.Str(load_default="asc", validate=ma.validate.OneOf(["asc", "desc"]))


class UploadSchema(ma.Schema):
    note = ma.fields.Str(required=True)


class CodeConverter(BaseConverter):
    regex = "[A-Z]{3}"


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.config.update(
        API_TITLE="Pets",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_SWAGGER_UI_PATH="/ui",
        OPENAPI_SWAGGER_UI_URL="/static/swagger/",
    )
    app.url_map.converters["code"] = CodeConverter
    api = Api(app)
    api.register_converter(CodeConverter, lambda converter: {"type": "string", "format": "code"})
    pets: dict[int, dict[str, Any]] = {}
    blp = Blueprint("pets", __name__, url_prefix="/pets", description="Everything about pets")

    @blp.route("/")
    class Pets(MethodView):
        @blp.arguments(QuerySchema, location="query")
        @blp.response(200, PetSchema(many=True))
        @blp.paginate(Page, page_size=2)
        def get(self, args: dict[str, Any]) -> Any:
            """List pets

            All of them, in order.
            """
            found = [pet for pet in pets.values() if args.get("name", pet["name"]) == pet["name"]]
            return sorted(found, key=lambda pet: pet["id"], reverse=args["order"] == "desc")

        @blp.arguments(PetSchema)
        @blp.response(201, PetSchema, headers={"X-Made": {"schema": {"type": "string"}}})
        def post(self, data: dict[str, Any]) -> Any:
            pet = {"id": len(pets) + 1, **data}
            pets[pet["id"]] = pet
            return pet, {"X-Made": "here"}

    @blp.route("/<int:pet_id>")
    class PetById(MethodView):
        @blp.etag
        @blp.response(200, PetSchema)
        @blp.alt_response(404, description="no such pet")
        def get(self, pet_id: int) -> Any:
            if pet_id not in pets:
                abort(404, message="no such pet", errors={"pet_id": pet_id})
            return pets[pet_id]

        @blp.etag
        @blp.arguments(PetSchema)
        @blp.response(200, PetSchema)
        def put(self, data: dict[str, Any], pet_id: int) -> Any:
            blp.check_etag(pets[pet_id], PetSchema)
            pets[pet_id].update(data)
            return pets[pet_id]

        @blp.response(204)
        def delete(self, pet_id: int) -> None:
            pets.pop(pet_id, None)

    @blp.route("/code/<code:code>")
    @blp.response(200, PetSchema)
    @blp.doc(deprecated=True, tags=["codes"])
    async def by_code(code: str) -> Any:
        return {"id": 7, "name": code, "age": 1}

    @blp.route("/form", methods=["POST"])
    @blp.arguments(UploadSchema, location="form")
    @blp.response(200, UploadSchema)
    def form(data: dict[str, Any]) -> Any:
        return data

    api.register_blueprint(blp)
    return app


@pytest.fixture
def client(application: Flask) -> Any:
    return application.test_client()


def test_a_valid_body_is_loaded_and_the_result_dumped(client: Any) -> None:
    reply = client.post("/pets/", json={"name": "Rex"})
    assert (reply.status_code, reply.json, reply.headers["X-Made"]) == (201, {"id": 1, "name": "Rex", "age": 1}, "here")


def test_an_invalid_body_is_422_with_every_error(client: Any) -> None:
    reply = client.post("/pets/", json={"name": "", "age": -1, "id": 5})
    assert reply.status_code == 422
    assert reply.json["status"] == "Unprocessable Entity" or reply.json["status"] == "Unprocessable Content"
    assert set(reply.json["errors"]["json"]) == {"name", "age", "id"}


def test_malformed_json_is_400(client: Any) -> None:
    assert client.post("/pets/", data="{", content_type="application/json").status_code == 400


def test_query_arguments_are_validated(client: Any) -> None:
    for name in ("Rex", "Tom"):
        client.post("/pets/", json={"name": name})
    assert [pet["name"] for pet in client.get("/pets/?order=desc").json] == ["Tom", "Rex"]
    assert [pet["name"] for pet in client.get("/pets/?name=Rex").json] == ["Rex"]
    reply = client.get("/pets/?order=up")
    assert (reply.status_code, list(reply.json["errors"]["query"])) == (422, ["order"])


def test_form_arguments_are_read(client: Any) -> None:
    assert client.post("/pets/form", data={"note": "hello"}).json == {"note": "hello"}
    assert client.post("/pets/form", data={}).status_code == 422


def test_a_list_is_cut_into_pages_with_a_header(client: Any) -> None:
    for name in "abc":
        client.post("/pets/", json={"name": name})
    reply = client.get("/pets/?page=2")
    assert [pet["name"] for pet in reply.json] == ["c"]
    assert '"total": 3' in reply.headers["X-Pagination"]


def test_an_aborted_request_carries_message_and_errors(client: Any) -> None:
    reply = client.get("/pets/9")
    assert reply.json == {"code": 404, "status": "Not Found", "message": "no such pet", "errors": {"pet_id": 9}}


def test_an_unknown_url_is_answered_in_json(client: Any) -> None:
    reply = client.get("/nowhere")
    assert (reply.status_code, reply.json["code"], reply.mimetype) == (404, 404, "application/json")


def test_a_wrong_method_is_answered_in_json_with_allow(client: Any) -> None:
    reply = client.patch("/pets/")
    assert (reply.status_code, reply.json["code"]) == (405, 405)


def test_an_etag_saves_a_second_transfer(client: Any) -> None:
    client.post("/pets/", json={"name": "Rex"})
    etag = client.get("/pets/1").headers["ETag"]
    assert client.get("/pets/1", headers={"If-None-Match": etag}).status_code == 304


def test_an_update_needs_the_right_etag(client: Any) -> None:
    client.post("/pets/", json={"name": "Rex"})
    etag = client.get("/pets/1").headers["ETag"]
    assert client.put("/pets/1", json={"name": "Max"}).status_code == 428
    assert client.put("/pets/1", json={"name": "Max"}, headers={"If-Match": '"x"'}).status_code == 412
    assert client.put("/pets/1", json={"name": "Max"}, headers={"If-Match": etag}).json["name"] == "Max"


def test_a_204_has_no_body(client: Any) -> None:
    reply = client.delete("/pets/1")
    assert (reply.status_code, reply.data) == (204, b"")


def test_an_async_view_behind_a_custom_converter_answers(client: Any) -> None:
    assert client.get("/pets/code/ABC").json["name"] == "ABC"
    assert client.get("/pets/code/abc").status_code == 404


def test_the_document_describes_paths_parameters_and_schemas(client: Any) -> None:
    document = client.get("/docs/openapi.json").json
    assert document["info"] == {"title": "Pets", "version": "v1"}
    assert set(document["paths"]) == {"/pets/", "/pets/{pet_id}", "/pets/code/{code}", "/pets/form"}
    listing = document["paths"]["/pets/"]["get"]
    assert (listing["summary"], listing["description"]) == ("List pets", "All of them, in order.")
    assert {parameter["name"] for parameter in listing["parameters"]} == {"name", "order", "page", "page_size"}
    assert document["components"]["schemas"]["Pet"]["required"] == ["name"]


def test_the_document_knows_converters_and_decorations(client: Any) -> None:
    document = client.get("/docs/openapi.json").json
    by_code = document["paths"]["/pets/code/{code}"]
    assert by_code["parameters"][0]["schema"] == {"type": "string", "format": "code"}
    assert (by_code["get"]["deprecated"], by_code["get"]["tags"]) == (True, ["codes"])
    assert document["paths"]["/pets/{pet_id}"]["parameters"][0]["schema"] == {"type": "integer", "minimum": 0}
    assert document["paths"]["/pets/{pet_id}"]["get"]["responses"]["404"]["description"] == "no such pet"


def test_the_swagger_page_points_at_the_document(client: Any) -> None:
    page = client.get("/docs/ui")
    assert page.status_code == 200
    assert "/docs/openapi.json" in page.text


def test_the_document_is_printed_by_the_command(application: Flask) -> None:
    result = application.test_cli_runner().invoke(args=["openapi", "print"])
    assert result.exit_code == 0, result.output
    assert '"title": "Pets"' in result.output
