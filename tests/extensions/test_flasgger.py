"""Flasgger on the names of Flask: specs from docstrings, dictionaries and method views, validation, its page."""

from __future__ import annotations

from typing import Any

import pytest
from flasgger import Swagger, swag_from
from flask import Flask, jsonify
from flask.views import MethodView

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["name"],
}


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    swagger = Swagger(app, template={"info": {"title": "Teas", "version": "3"}})

    @app.get("/teas/<int:tea_id>")
    def tea(tea_id: int) -> Any:
        """A single tea
        ---
        parameters:
          - name: tea_id
            in: path
            type: integer
            required: true
        responses:
          200:
            description: the tea
        """
        return jsonify(id=tea_id)

    @app.post("/teas")
    @swag_from({"summary": "Add", "responses": {"201": {"description": "made"}}})
    def add() -> Any:
        return jsonify(done=True), 201

    @app.post("/validated")
    @swagger.validate("Tea")
    def validated() -> Any:
        """Checked
        ---
        parameters:
          - name: body
            in: body
            schema:
              id: Tea
              type: object
              required: [name]
              properties:
                name: {type: string}
        responses:
          200: {description: fine}
        """
        return "fine"

    class Pots(MethodView):
        def get(self) -> Any:
            """Every pot
            ---
            tags: [pots]
            responses:
              200: {description: pots}
            """
            return jsonify([])

    app.add_url_rule("/pots", view_func=Pots.as_view("pots"))
    return app


def test_the_document_collects_docstrings_dictionaries_and_classes(application: Flask) -> None:
    document = application.test_client().get("/apispec_1.json").json
    assert document["info"] == {"title": "Teas", "version": "3"}
    assert set(document["paths"]) == {"/teas/{tea_id}", "/teas", "/pots", "/validated"}
    assert document["paths"]["/teas/{tea_id}"]["get"]["summary"] == "A single tea"
    assert document["paths"]["/teas"]["post"]["summary"] == "Add"
    assert document["paths"]["/pots"]["get"]["tags"] == ["pots"]


def test_views_still_answer(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/teas/4").json == {"id": 4}
    assert client.post("/teas").status_code == 201


def test_a_body_is_validated(application: Flask) -> None:
    client = application.test_client()
    assert client.post("/validated", json={"name": "oolong"}).text == "fine"
    assert client.post("/validated", json={"name": 3}).status_code == 400


def test_the_page_and_its_assets_are_served(application: Flask) -> None:
    client = application.test_client()
    assert "swagger-ui" in client.get("/apidocs/").text
    assert client.get("/flasgger_static/swagger-ui.css").status_code == 200
