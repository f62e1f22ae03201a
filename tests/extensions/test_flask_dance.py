"""Flask-Dance on the names of Flask: its blueprint, the dance, the stored token, signals."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask_dance.consumer import OAuth2ConsumerBlueprint, oauth_authorized
from flask_dance.contrib.github import github, make_github_blueprint


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    app = Flask(__name__)
    app.secret_key = "k" * 32
    own = OAuth2ConsumerBlueprint(
        "own",
        __name__,
        client_id="id",
        client_secret="secret",
        base_url="http://provider.example",
        token_url="http://127.0.0.1:9/token",
        authorization_url="http://provider.example/authorize",
        redirect_url="/done",
    )
    app.register_blueprint(own, url_prefix="/login")
    app.register_blueprint(make_github_blueprint(client_id="gh", client_secret="s"), url_prefix="/login")
    app.extensions["own"] = own

    def fetch(url: str, **kwargs: Any) -> dict[str, Any]:
        return {"access_token": "the token", "token_type": "bearer"}

    @app.before_request
    def no_network() -> None:
        own.session.fetch_token = fetch  # type: ignore[method-assign]

    @app.get("/done")
    def done() -> str:
        return f"{own.session.authorized} {own.token['access_token']}"

    @app.get("/github")
    def by_github() -> str:
        return str(github.authorized)

    return app


def test_the_blueprint_sends_the_visitor_to_the_provider(application: Flask) -> None:
    reply = application.test_client().get("/login/own")
    query = parse_qs(urlsplit(reply.location).query)
    assert reply.status_code == 302
    assert (query["client_id"], query["redirect_uri"]) == (["id"], ["http://localhost/login/own/authorized"])


def test_the_dance_ends_with_a_stored_token_and_a_signal(application: Flask) -> None:
    heard: list[Any] = []

    def hear(blueprint: Any, token: dict[str, Any]) -> None:
        heard.append((blueprint.name, token["access_token"]))

    client = application.test_client()
    state = parse_qs(urlsplit(client.get("/login/own").location).query)["state"][0]
    with oauth_authorized.connected_to(hear, application.extensions["own"]):
        reply = client.get(f"/login/own/authorized?code=1&state={state}")
    assert reply.location == "/done"
    assert heard == [("own", "the token")]
    assert client.get("/done").text == "True the token"


def test_a_return_without_a_dance_starts_one(application: Flask) -> None:
    assert application.test_client().get("/login/own/authorized?code=1&state=x").location == "/login/own"


def test_a_ready_made_provider_works_through_its_proxy(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/github").text == "False"
    assert client.get("/login/github").location.startswith("https://github.com/login/oauth/authorize")
    with client.session_transaction() as stored:
        stored["github_oauth_token"] = {"access_token": "x"}
    assert client.get("/github").text == "True"
