"""Flask-Session on the names of Flask: server-side sessions in a cachelib folder, signing, lifetime, regeneration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cachelib import FileSystemCache
from flask import Flask, session
from flask_session import Session
from flask_session.base import ServerSideSession


def make_app(folder: Path, **config: Any) -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    app.config.update(
        SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(folder)), SESSION_SERIALIZATION_FORMAT="json"
    )
    app.config.update(config)
    Session(app)

    @app.get("/set/<value>")
    def put(value: str) -> str:
        session["value"] = value
        return "set"

    @app.get("/get")
    def get() -> str:
        return str(session.get("value", "nothing"))

    @app.get("/append")
    def append() -> str:
        session.setdefault("list", []).append(1)
        session.modified = True
        return str(len(session["list"]))

    @app.get("/clear")
    def clear() -> str:
        session.clear()
        return "cleared"

    @app.get("/regenerate")
    def regenerate() -> str:
        app.session_interface.regenerate(session)  # type: ignore[attr-defined]
        return "regenerated"

    @app.get("/kind")
    def kind() -> str:
        return f"{type(session._get_current_object()).__mro__[1].__name__} {bool(session.sid)}"  # type: ignore[attr-defined]

    @app.get("/untouched")
    def untouched() -> str:
        return "untouched"

    return app


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


def cookie(client: Any) -> str | None:
    found = client.get_cookie("session")
    return found.value if found else None


def test_the_cookie_holds_an_identifier_and_the_value_stays_on_the_server(application: Flask) -> None:
    client = application.test_client()
    client.get("/set/very-secret")
    assert client.get("/get").text == "very-secret"
    assert "secret" not in str(cookie(client))


def test_two_clients_have_two_sessions(application: Flask) -> None:
    one, two = application.test_client(), application.test_client()
    one.get("/set/one")
    two.get("/set/two")
    assert (one.get("/get").text, two.get("/get").text) == ("one", "two")


def test_an_untouched_session_sets_no_cookie(application: Flask) -> None:
    assert "Set-Cookie" not in application.test_client().get("/untouched").headers


def test_the_session_survives_a_restart_of_the_app(tmp_path: Path) -> None:
    client = make_app(tmp_path).test_client()
    client.get("/set/kept")
    later = make_app(tmp_path).test_client()
    later.set_cookie("session", str(cookie(client)))
    assert later.get("/get").text == "kept"


def test_a_changed_list_is_stored(application: Flask) -> None:
    client = application.test_client()
    assert [client.get("/append").text for _ in range(3)] == ["1", "2", "3"]


def test_clearing_removes_the_cookie_and_the_stored_value(application: Flask) -> None:
    client = application.test_client()
    client.get("/set/x")
    old = str(cookie(client))
    client.get("/clear")
    assert cookie(client) is None
    client.set_cookie("session", old)
    assert client.get("/get").text == "nothing"


def test_regeneration_keeps_the_values_under_a_new_identifier(application: Flask) -> None:
    client = application.test_client()
    client.get("/set/x")
    old = cookie(client)
    client.get("/regenerate")
    assert cookie(client) != old
    assert client.get("/get").text == "x"


def test_an_unknown_identifier_starts_an_empty_session(application: Flask) -> None:
    client = application.test_client()
    client.set_cookie("session", "made-up")
    assert client.get("/get").text == "nothing"


def test_the_session_is_a_server_side_session_behind_the_proxy(application: Flask) -> None:
    assert application.test_client().get("/kind").text == f"{ServerSideSession.__name__} True"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_signed_identifier_that_was_changed_is_refused(tmp_path: Path) -> None:
    client = make_app(tmp_path, SESSION_USE_SIGNER=True).test_client()
    client.get("/set/x")
    value = str(cookie(client))
    assert client.get("/get").text == "x"
    client.set_cookie("session", value[:-2] + ("AA" if value[-2:] != "AA" else "BB"))
    assert client.get("/get").text == "nothing"


def test_a_permanent_session_has_an_expiry_and_cookie_options(tmp_path: Path) -> None:
    app = make_app(tmp_path, SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_NAME="sid")
    header = app.test_client().get("/set/x", base_url="https://localhost").headers["Set-Cookie"]
    assert header.startswith("sid=")
    for part in ("Expires=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in header


def test_a_temporary_session_has_no_expiry(tmp_path: Path) -> None:
    header = make_app(tmp_path, SESSION_PERMANENT=False).test_client().get("/set/x").headers["Set-Cookie"]
    assert "Expires=" not in header


def test_a_session_transaction_of_the_test_client_reaches_the_store(application: Flask) -> None:
    client = application.test_client()
    with client.session_transaction() as stored:
        stored["value"] = "from the test"
    assert client.get("/get").text == "from the test"


def test_msgpack_storage_works_too(tmp_path: Path) -> None:
    client = make_app(tmp_path, SESSION_SERIALIZATION_FORMAT="msgpack").test_client()
    client.get("/set/x")
    assert client.get("/get").text == "x"
