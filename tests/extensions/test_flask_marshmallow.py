"""flask-marshmallow on the names of Flask: schemas with URLs and links, and their JSON responses."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_marshmallow import Marshmallow


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    ma = Marshmallow(app)

    class UserSchema(ma.Schema):
        id = ma.Integer()
        email = ma.Email()
        url = ma.AbsoluteURLFor("user", values={"user_id": "<id>"})
        _links = ma.Hyperlinks(
            {"self": ma.URLFor("user", values={"user_id": "<id>"}), "all": {"href": ma.URLFor("users"), "title": "all"}}
        )

    rows = [{"id": 1, "email": "a@example.com", "secret": 1}, {"id": 2, "email": "b@example.com"}]

    @app.get("/users/<int:user_id>")
    def user(user_id: int) -> Any:
        return UserSchema().dump(rows[user_id - 1])

    @app.get("/users")
    def users() -> Any:
        return UserSchema(only=("id",)).jsonify(rows, many=True)

    return app


def test_a_schema_dumps_declared_fields_and_urls(application: Flask) -> None:
    assert application.test_client().get("/users/1").json == {
        "id": 1,
        "email": "a@example.com",
        "url": "http://localhost/users/1",
        "_links": {"self": "/users/1", "all": {"href": "/users", "title": "all"}},
    }


def test_a_schema_makes_a_json_response(application: Flask) -> None:
    reply = application.test_client().get("/users")
    assert (reply.json, reply.mimetype) == ([{"id": 1}, {"id": 2}], "application/json")


def test_the_extension_is_registered(application: Flask) -> None:
    assert "flask-marshmallow" in application.extensions
