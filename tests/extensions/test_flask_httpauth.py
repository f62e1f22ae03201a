"""Flask-HTTPAuth on the names of Flask: basic, digest, token, several schemes, roles, async callbacks."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_httpauth import HTTPBasicAuth, HTTPDigestAuth, HTTPTokenAuth, MultiAuth


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    basic, token, digest = HTTPBasicAuth(), HTTPTokenAuth("Bearer"), HTTPDigestAuth()
    either = MultiAuth(basic, token)

    @basic.verify_password
    async def check(name: str, password: str) -> str | None:
        return name if password == "pw" else None

    @basic.get_user_roles
    def roles(user: str) -> list[str]:
        return ["admin"] if user == "boss" else ["guest"]

    @token.verify_token
    def check_token(value: str) -> str | None:
        return "robot" if value == "good" else None

    @digest.get_password
    def password_of(name: str) -> str | None:
        return "pw" if name == "ada" else None

    @basic.error_handler
    def refused(status: int) -> Any:
        return {"status": status}, status

    @app.get("/basic")
    @basic.login_required
    def by_basic() -> str:
        return str(basic.current_user())

    @app.get("/admin")
    @basic.login_required(role="admin")
    def admin() -> str:
        return "admin"

    @app.get("/optional")
    @basic.login_required(optional=True)
    def optional() -> str:
        return str(basic.current_user())

    @app.get("/either")
    @either.login_required
    async def by_either() -> str:
        return str(either.current_user())

    @app.get("/digest")
    @digest.login_required
    def by_digest() -> str:
        return str(digest.username())

    return app


def test_basic_names_the_user(application: Flask) -> None:
    assert application.test_client().get("/basic", auth=("ada", "pw")).text == "ada"


def test_a_wrong_password_reaches_the_error_handler(application: Flask) -> None:
    reply = application.test_client().get("/basic", auth=("ada", "no"))
    assert (reply.status_code, reply.json) == (401, {"status": 401})
    assert reply.headers["WWW-Authenticate"] == 'Basic realm="Authentication Required"'


def test_a_role_is_needed(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/admin", auth=("boss", "pw")).text == "admin"
    assert client.get("/admin", auth=("ada", "pw")).status_code == 403


def test_optional_authentication_lets_strangers_in(application: Flask) -> None:
    assert application.test_client().get("/optional").text == "None"


def test_either_scheme_opens_an_async_view(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/either", headers={"Authorization": "Bearer good"}).text == "robot"
    assert client.get("/either", auth=("ada", "pw")).text == "ada"
    assert client.get("/either", headers={"Authorization": "Bearer bad"}).status_code == 401


def test_digest_challenges_with_a_nonce(application: Flask) -> None:
    reply = application.test_client().get("/digest")
    assert reply.status_code == 401
    assert reply.www_authenticate.type == "digest"
    assert reply.www_authenticate["nonce"]
