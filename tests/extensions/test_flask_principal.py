"""Flask-Principal on the names of Flask: identities from the session, needs, permissions and their errors."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g
from flask_principal import (
    AnonymousIdentity,
    Identity,
    Permission,
    PermissionDenied,
    Principal,
    RoleNeed,
    UserNeed,
    identity_changed,
    identity_loaded,
)

ADMIN = Permission(RoleNeed("admin"))


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    Principal(app)

    @identity_loaded.connect_via(app)
    def provide(sender: Flask, identity: Identity) -> None:
        identity.provides.add(UserNeed(identity.id))
        if identity.id == "boss":
            identity.provides.add(RoleNeed("admin"))

    app.extensions["kept alive"] = provide

    @app.get("/login/<name>")
    def login(name: str) -> str:
        identity_changed.send(app, identity=Identity(name))
        return str(g.identity.id)

    @app.get("/logout")
    def logout() -> str:
        identity_changed.send(app, identity=AnonymousIdentity())
        return "out"

    @app.get("/who")
    def who() -> str:
        return str(g.identity.id)

    @app.get("/admin")
    @ADMIN.require(403)
    def admin() -> str:
        return "admin"

    @app.get("/raise")
    def raising() -> str:
        with ADMIN.require():
            return "inside"

    @app.get("/either")
    def either() -> str:
        return str(bool(ADMIN.can()))

    @app.errorhandler(PermissionDenied)
    def denied(error: PermissionDenied) -> Any:
        return f"denied {error}", 418

    return app


def test_the_identity_is_kept_in_the_session(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/who").text == "None"
    client.get("/login/ada")
    assert client.get("/who").text == "ada"
    client.get("/logout")
    assert client.get("/who").text == "None"


def test_a_permission_opens_for_the_need_only(application: Flask) -> None:
    client = application.test_client()
    client.get("/login/ada")
    assert (client.get("/admin").status_code, client.get("/either").text) == (403, "False")
    client.get("/login/boss")
    assert (client.get("/admin").text, client.get("/either").text) == ("admin", "True")


def test_a_denied_permission_reaches_its_error_handler(application: Flask) -> None:
    reply = application.test_client().get("/raise")
    assert reply.status_code == 418
    assert "admin" in reply.text


def test_identities_do_not_leak_between_clients(application: Flask) -> None:
    application.test_client().get("/login/boss")
    assert application.test_client().get("/admin").status_code == 403
