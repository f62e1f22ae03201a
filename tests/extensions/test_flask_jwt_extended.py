"""Flask-JWT-Extended on the names of Flask: tokens in headers, cookies, query; refresh, revocation, claims, users."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask, jsonify, render_template_string
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    current_user,
    decode_token,
    get_csrf_token,
    get_jwt,
    get_jwt_identity,
    jwt_required,
    set_access_cookies,
    unset_jwt_cookies,
    verify_jwt_in_request,
)


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.config.update(JWT_SECRET_KEY="s" * 40, JWT_TOKEN_LOCATION=["headers", "cookies", "query_string"])
    jwt = JWTManager(app, add_context_processor=True)
    revoked: set[str] = set()
    users = {"1": "Ada", "2": "Bob"}

    @jwt.user_lookup_loader
    def load(_header: Any, payload: dict[str, Any]) -> str | None:
        return users.get(payload["sub"])

    @jwt.token_in_blocklist_loader
    def is_revoked(_header: Any, payload: dict[str, Any]) -> bool:
        return payload["jti"] in revoked

    @jwt.additional_claims_loader
    def claims(identity: str) -> dict[str, str]:
        return {"role": "admin" if identity == "1" else "guest"}

    @app.post("/login/<user_id>")
    def login(user_id: str) -> Any:
        return jsonify(
            access=create_access_token(identity=user_id, fresh=True), refresh=create_refresh_token(identity=user_id)
        )

    @app.post("/cookie-login/<user_id>")
    def cookie_login(user_id: str) -> Any:
        reply = jsonify(done=True)
        set_access_cookies(reply, create_access_token(identity=user_id))
        return reply

    @app.post("/cookie-logout")
    def cookie_logout() -> Any:
        reply = jsonify(done=True)
        unset_jwt_cookies(reply)
        return reply

    @app.post("/refresh")
    @jwt_required(refresh=True)
    def refresh() -> Any:
        return jsonify(access=create_access_token(identity=get_jwt_identity(), fresh=False))

    @app.delete("/logout")
    @jwt_required()
    def logout() -> Any:
        revoked.add(get_jwt()["jti"])
        return "", 204

    @app.route("/me", methods=["GET", "POST"])
    @jwt_required()
    def me() -> Any:
        return jsonify(id=get_jwt_identity(), name=str(current_user), role=get_jwt()["role"])

    @app.get("/async-me")
    @jwt_required()
    async def async_me() -> Any:
        return jsonify(id=get_jwt_identity())

    @app.get("/fresh")
    @jwt_required(fresh=True)
    def fresh() -> str:
        return "fresh"

    @app.get("/optional")
    @jwt_required(optional=True)
    def optional() -> str:
        return str(get_jwt_identity())

    @app.get("/by-hand")
    def by_hand() -> str:
        verify_jwt_in_request()
        return "verified"

    @app.get("/template")
    @jwt_required()
    def template() -> str:
        return render_template_string("{{ current_user }}")

    return app


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def login(application: Flask, user_id: str = "1") -> dict[str, str]:
    return dict(application.test_client().post(f"/login/{user_id}").json)


def test_a_token_in_the_header_opens_the_view(application: Flask) -> None:
    reply = application.test_client().get("/me", headers=bearer(login(application)["access"]))
    assert reply.json == {"id": "1", "name": "Ada", "role": "admin"}


def test_no_token_is_401_with_a_message(application: Flask) -> None:
    reply = application.test_client().get("/me")
    assert reply.status_code == 401
    assert reply.json["msg"].startswith("Missing JWT in headers, cookies or query_string")


def test_a_broken_token_is_422(application: Flask) -> None:
    reply = application.test_client().get("/me", headers=bearer("abc"))
    assert (reply.status_code, reply.json) == (422, {"msg": "Not enough segments"})


def test_a_token_signed_with_another_key_is_refused(application: Flask) -> None:
    token = login(application)["access"]
    application.config["JWT_SECRET_KEY"] = "t" * 40
    assert application.test_client().get("/me", headers=bearer(token)).json == {"msg": "Signature verification failed"}


def test_an_expired_token_is_401(application: Flask) -> None:
    with application.app_context():
        token = create_access_token("1", expires_delta=datetime.timedelta(seconds=-5))
    reply = application.test_client().get("/me", headers=bearer(token))
    assert (reply.status_code, reply.json) == (401, {"msg": "Token has expired"})


def test_a_refresh_token_buys_an_access_token_that_is_not_fresh(application: Flask) -> None:
    client = application.test_client()
    tokens = login(application)
    assert client.get("/fresh", headers=bearer(tokens["access"])).text == "fresh"
    access = client.post("/refresh", headers=bearer(tokens["refresh"])).json["access"]
    reply = client.get("/fresh", headers=bearer(access))
    assert (reply.status_code, reply.json) == (401, {"msg": "Fresh token required"})
    assert client.get("/me", headers=bearer(access)).status_code == 200


def test_an_access_token_is_no_refresh_token(application: Flask) -> None:
    client = application.test_client()
    tokens = login(application)
    assert client.post("/refresh", headers=bearer(tokens["access"])).json == {"msg": "Only refresh tokens are allowed"}
    assert client.get("/me", headers=bearer(tokens["refresh"])).json == {"msg": "Only non-refresh tokens are allowed"}


def test_a_revoked_token_is_refused(application: Flask) -> None:
    client = application.test_client()
    headers = bearer(login(application)["access"])
    assert client.delete("/logout", headers=headers).status_code == 204
    assert client.get("/me", headers=headers).json == {"msg": "Token has been revoked"}


def test_an_unknown_user_is_401(application: Flask) -> None:
    reply = application.test_client().get("/me", headers=bearer(login(application, "9")["access"]))
    assert (reply.status_code, reply.json) == (401, {"msg": "Error loading the user 9"})


def test_an_optional_token_may_be_missing(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/optional").text == "None"
    assert client.get("/optional", headers=bearer(login(application)["access"])).text == "1"


def test_an_async_view_is_protected(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/async-me").status_code == 401
    assert client.get("/async-me", headers=bearer(login(application)["access"])).json == {"id": "1"}


def test_a_token_may_come_in_the_query_string(application: Flask) -> None:
    assert application.test_client().get("/me?jwt=" + login(application)["access"]).status_code == 200


def test_a_token_may_be_checked_by_hand(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/by-hand").status_code == 401
    assert client.get("/by-hand", headers=bearer(login(application)["access"])).text == "verified"


def test_the_user_stands_in_templates(application: Flask) -> None:
    headers = bearer(login(application, "2")["access"])
    assert application.test_client().get("/template", headers=headers).text == "Bob"


def test_a_cookie_login_is_remembered_and_forgotten(application: Flask) -> None:
    client = application.test_client()
    cookies = client.post("/cookie-login/1").headers.getlist("Set-Cookie")
    assert any(c.startswith("access_token_cookie=") and "HttpOnly" in c for c in cookies)
    assert client.get("/me").json["name"] == "Ada"
    client.post("/cookie-logout")
    assert client.get("/me").status_code == 401


def test_an_unsafe_method_with_a_cookie_needs_the_csrf_header(application: Flask) -> None:
    client = application.test_client()
    client.post("/cookie-login/1")
    assert client.post("/me").json == {"msg": "Missing CSRF token"}
    cookie = client.get_cookie("csrf_access_token")
    assert cookie is not None
    assert client.post("/me", headers={"X-CSRF-TOKEN": cookie.value}).status_code == 200


def test_the_csrf_value_stands_in_the_token(application: Flask) -> None:
    with application.app_context():
        token = create_access_token("1", additional_claims={"extra": [1]})
        decoded = decode_token(token)
        assert get_csrf_token(token) == decoded["csrf"]
        assert (decoded["sub"], decoded["extra"], decoded["fresh"]) == ("1", [1], False)


def test_loaders_shape_the_refusals(application: Flask) -> None:
    jwt = application.extensions["flask-jwt-extended"]
    jwt.unauthorized_loader(lambda reason: (jsonify(reason="log in"), 418))
    reply = application.test_client().get("/me")
    assert (reply.status_code, reply.json) == (418, {"reason": "log in"})


def test_implicit_refresh_in_after_request_sets_a_new_cookie(application: Flask) -> None:
    @application.after_request
    def renew(response: Any) -> Any:
        if verify_jwt_in_request(optional=True):
            set_access_cookies(response, create_access_token(identity=get_jwt_identity()))
        return response

    client = application.test_client()
    client.post("/cookie-login/1")
    cookies = client.get("/me").headers.getlist("Set-Cookie")
    assert any(c.startswith("access_token_cookie=") for c in cookies)
