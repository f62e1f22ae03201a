"""Authlib on the names of Flask: an OAuth 2 server and a client that logs in through a provider."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.flask_client import OAuth
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from flask import Flask, jsonify, session, url_for


class Client(ClientMixin):
    client_id = "shop"

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return True

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == "secret"

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def check_response_type(self, response_type: str) -> bool:
        return False


class Token:
    def __init__(self, scope: str) -> None:
        self.scope, self.client_id = scope, "shop"

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return False

    def is_revoked(self) -> bool:
        return False


@pytest.fixture
def server() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    tokens: dict[str, Token] = {}

    def save(token: dict[str, Any], request: Any) -> None:
        tokens[token["access_token"]] = Token(token.get("scope", ""))

    authorization = AuthorizationServer(
        app, query_client=lambda name: Client() if name == "shop" else None, save_token=save
    )
    authorization.register_grant(grants.ClientCredentialsGrant)
    require = ResourceProtector()

    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string: str) -> Token | None:
            return tokens.get(token_string)

    require.register_token_validator(Validator())

    @app.post("/token")
    def token() -> Any:
        return authorization.create_token_response()

    @app.get("/profile")
    @require("profile")
    def profile() -> Any:
        return jsonify(client=current_token.client_id)

    return app


def test_a_token_is_issued_and_opens_the_resource(server: Flask) -> None:
    client = server.test_client()
    reply = client.post(
        "/token", data={"grant_type": "client_credentials", "scope": "profile"}, auth=("shop", "secret")
    )
    assert (reply.status_code, reply.json["token_type"]) == (200, "Bearer")
    headers = {"Authorization": f"Bearer {reply.json['access_token']}"}
    assert client.get("/profile", headers=headers).json == {"client": "shop"}


def test_a_wrong_secret_is_refused(server: Flask) -> None:
    reply = server.test_client().post("/token", data={"grant_type": "client_credentials"}, auth=("shop", "wrong"))
    assert (reply.status_code, reply.json["error"]) == (401, "invalid_client")


def test_a_missing_or_too_narrow_token_is_refused(server: Flask) -> None:
    client = server.test_client()
    assert client.get("/profile").json["error"] == "missing_authorization"
    data = {"grant_type": "client_credentials", "scope": "other"}
    token = client.post("/token", data=data, auth=("shop", "secret")).json["access_token"]
    reply = client.get("/profile", headers={"Authorization": f"Bearer {token}"})
    assert (reply.status_code, reply.json["error"]) == (403, "insufficient_scope")


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    oauth = OAuth(app)
    oauth.register(
        "provider",
        client_id="id",
        client_secret="secret",
        access_token_url="http://127.0.0.1:9/token",
        authorize_url="http://provider.example/authorize",
        client_kwargs={"scope": "profile"},
    )

    @app.get("/login")
    def login() -> Any:
        return oauth.provider.authorize_redirect(url_for("authorized", _external=True))

    @app.get("/authorized")
    def authorized() -> Any:
        session["token"] = oauth.provider.authorize_access_token()["access_token"]
        return session["token"]

    def fetch(*args: Any, **params: Any) -> dict[str, Any]:
        return {"access_token": f"token for {params['code']}", "expires_at": int(time.time()) + 60}

    monkeypatch.setattr(oauth.provider, "fetch_access_token", fetch)
    return app


def test_the_visitor_is_sent_to_the_provider_with_a_state(visitor: Flask) -> None:
    reply = visitor.test_client().get("/login")
    query = parse_qs(urlsplit(reply.location).query)
    assert reply.location.startswith("http://provider.example/authorize?")
    assert query["redirect_uri"] == ["http://localhost/authorized"]
    assert (query["client_id"], query["scope"]) == (["id"], ["profile"])


def test_the_state_kept_in_the_session_admits_the_return(visitor: Flask) -> None:
    client = visitor.test_client()
    state = parse_qs(urlsplit(client.get("/login").location).query)["state"][0]
    assert client.get(f"/authorized?code=7&state={state}").text == "token for 7"


def test_a_return_with_a_foreign_state_is_refused(visitor: Flask) -> None:
    visitor.testing = True
    client = visitor.test_client()
    client.get("/login")
    with pytest.raises(Exception, match="mismatching_state"):
        client.get("/authorized?code=7&state=forged")
