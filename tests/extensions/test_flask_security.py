"""Flask-Security-Too on the names of Flask: register, login, roles, tokens, change and reset, JSON and forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app, jsonify
from flask_security import (
    MailUtil,
    Security,
    SQLAlchemyUserDatastore,
    auth_required,
    current_user,
    hash_password,
    permissions_accepted,
    roles_accepted,
    roles_required,
    user_authenticated,
    user_registered,
)
from flask_security.models import fsqla_v3
from flask_sqlalchemy import SQLAlchemy

SECRET = "correct horse battery"


class Outbox(MailUtil):
    """Keeps the mails in the app instead of sending them."""

    def send_mail(self, template: str, subject: str, recipient: str, *args: Any, **kwargs: Any) -> None:
        body = kwargs.get("body") or args[1]
        current_app.extensions["sent"].append((template, recipient, body))


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Flask]:
    app = Flask(__name__)
    app.testing = True
    app.config.update(
        SECRET_KEY="k" * 32,
        SECURITY_PASSWORD_SALT="s" * 32,
        SECURITY_PASSWORD_HASH="plaintext",
        SECURITY_PASSWORD_SCHEMES=["plaintext"],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_REGISTERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_RECOVERABLE=True,
        SECURITY_TRACKABLE=True,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL=False,
        SECURITY_USE_REGISTER_V2=True,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/users.db",
        WTF_CSRF_ENABLED=False,
    )
    db = SQLAlchemy(app)
    fsqla_v3.FsModels.set_db_info(db)

    class Role(db.Model, fsqla_v3.FsRoleMixin):  # type: ignore[name-defined,misc]
        pass

    class User(db.Model, fsqla_v3.FsUserMixin):  # type: ignore[name-defined,misc]
        pass

    store = SQLAlchemyUserDatastore(db, User, Role)
    Security(app, store, mail_util_cls=Outbox)
    app.extensions["sent"] = []
    add_views(app)
    with app.app_context():
        db.create_all()
        admin = store.create_role(name="admin", permissions={"read", "write"})
        store.create_user(email="boss@example.com", password=hash_password(SECRET), roles=[admin])
        store.create_user(email="gone@example.com", password=hash_password(SECRET), active=False)
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def add_views(app: Flask) -> None:
    @app.get("/me")
    @auth_required("session", "token", "basic")
    def me() -> Any:
        return jsonify(email=current_user.email)

    @app.get("/token-only")
    @auth_required("token")
    async def token_only() -> Any:
        return jsonify(email=current_user.email)

    @app.get("/admin")
    @auth_required()
    @roles_required("admin")
    def admin() -> str:
        return "admin"

    @app.get("/either")
    @roles_accepted("admin", "editor")
    def either() -> str:
        return "either"

    @app.get("/write")
    @permissions_accepted("write")
    def write() -> str:
        return "write"


def login(client: Any, email: str = "boss@example.com", password: str = SECRET, **extra: Any) -> Any:
    return client.post("/login", data={"email": email, "password": password, **extra})


def register(client: Any, email: str = "new@example.com") -> Any:
    data = {"email": email, "password": SECRET, "password_confirm": SECRET}
    return client.post("/register", data=data)


def test_the_login_form_logs_in(application: Flask) -> None:
    client = application.test_client()
    assert "<form" in client.get("/login").text
    assert login(client).status_code == 302
    assert client.get("/me").json == {"email": "boss@example.com"}


def test_a_wrong_password_is_told_in_the_form(application: Flask) -> None:
    reply = login(application.test_client(), password="wrong password")
    assert reply.status_code == 200
    assert "Invalid password" in reply.text


def test_an_inactive_account_is_refused(application: Flask) -> None:
    assert "Account is disabled" in login(application.test_client(), email="gone@example.com").text


def test_after_login_the_visitor_goes_where_he_wanted(application: Flask) -> None:
    client = application.test_client()
    refused = client.get("/admin")
    assert refused.location.startswith("/login?next=")
    reply = client.post(refused.location, data={"email": "boss@example.com", "password": SECRET})
    assert reply.location.endswith("/admin")


def test_registration_creates_a_user_and_logs_in(application: Flask) -> None:
    client = application.test_client()
    heard: list[Any] = []

    def hear(sender: Flask, **_: Any) -> None:
        heard.append(sender)

    with user_registered.connected_to(hear):
        assert register(client).status_code == 302
    assert heard == [application]
    assert client.get("/me").json == {"email": "new@example.com"}


def test_a_taken_address_is_refused(application: Flask) -> None:
    assert "is already associated" in register(application.test_client(), email="boss@example.com").text


def test_a_short_password_is_refused(application: Flask) -> None:
    data = {"email": "x@example.com", "password": "short", "password_confirm": "short"}
    assert "Password must be at least 8 characters" in application.test_client().post("/register", data=data).text


def test_logout_ends_the_session(application: Flask) -> None:
    client = application.test_client()
    login(client)
    client.post("/logout")
    assert client.get("/me", headers={"Accept": "application/json"}).status_code == 401


def test_the_json_interface_logs_in_and_gives_a_token(application: Flask) -> None:
    client = application.test_client()
    reply = client.post("/login?include_auth_token", json={"email": "boss@example.com", "password": SECRET})
    token = reply.json["response"]["user"]["authentication_token"]
    fresh = application.test_client()
    assert fresh.get("/token-only").status_code in {401, 302}
    assert fresh.get("/token-only", headers={"Authentication-Token": token}).json == {"email": "boss@example.com"}


def test_json_errors_name_the_field(application: Flask) -> None:
    reply = application.test_client().post("/login", json={"email": "boss@example.com", "password": "no"})
    assert reply.status_code == 400
    assert reply.json["response"]["field_errors"] == {"password": ["Invalid password"]}


def test_basic_authentication_is_accepted(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/me", auth=("boss@example.com", SECRET)).json == {"email": "boss@example.com"}
    refused = client.get("/me", auth=("boss@example.com", "nope"), headers={"Accept": "application/json"})
    assert refused.status_code == 401


def test_a_role_opens_what_it_should(application: Flask) -> None:
    client = application.test_client()
    login(client)
    assert [client.get(path).text for path in ("/admin", "/either", "/write")] == ["admin", "either", "write"]


def test_a_missing_role_is_403(application: Flask) -> None:
    client = application.test_client()
    register(client)
    paths = ("/admin", "/either", "/write")
    headers = {"Accept": "application/json"}
    assert [client.get(path, headers=headers).status_code for path in paths] == [403, 403, 403]


def test_a_role_given_later_counts_at_once(application: Flask) -> None:
    client = application.test_client()
    register(client)
    store = application.extensions["security"].datastore
    with application.app_context():
        store.add_role_to_user(store.find_user(email="new@example.com"), "admin")
        store.commit()
    assert client.get("/admin").text == "admin"


def test_a_password_is_changed(application: Flask) -> None:
    client = application.test_client()
    login(client)
    data = {"password": SECRET, "new_password": "another long one", "new_password_confirm": "another long one"}
    assert client.post("/change", data=data).status_code == 302
    other = application.test_client()
    assert login(other).status_code == 200
    assert login(other, password="another long one").status_code == 302


def test_changing_needs_the_old_password(application: Flask) -> None:
    client = application.test_client()
    login(client)
    data = {"password": "wrong one", "new_password": "another long one", "new_password_confirm": "another long one"}
    assert "Invalid password" in client.post("/change", data=data).text


def test_a_forgotten_password_is_reset_through_the_mailed_link(application: Flask) -> None:
    client = application.test_client()
    client.post("/reset", data={"email": "boss@example.com"})
    ((_template, recipient, body),) = application.extensions["sent"]
    assert recipient == "boss@example.com"
    link = re.search(r"(/reset/\S+)", body)
    assert link
    data = {"password": "another long one", "password_confirm": "another long one"}
    assert client.post(link[1], data=data).status_code == 302
    assert login(application.test_client(), password="another long one").status_code == 302
    assert "Invalid reset password token" in client.get("/reset/rubbish", follow_redirects=True).text


def test_logins_are_counted_with_their_address(application: Flask) -> None:
    for address in ("10.0.0.1", "10.0.0.2"):
        application.test_client().post(
            "/login", data={"email": "boss@example.com", "password": SECRET}, environ_base={"REMOTE_ADDR": address}
        )
    with application.app_context():
        user = application.extensions["security"].datastore.find_user(email="boss@example.com")
        assert (user.login_count, user.last_login_ip, user.current_login_ip) == (2, "10.0.0.1", "10.0.0.2")


def test_the_remember_me_box_sets_a_cookie(application: Flask) -> None:
    client = application.test_client()
    login(client, remember="y")
    assert client.get_cookie("remember_token") is not None


def test_the_login_is_signalled(application: Flask) -> None:
    heard: list[Any] = []

    def hear(sender: Flask, user: Any, authn_via: list[str], **_: Any) -> None:
        heard.append((sender, user.email, authn_via))

    with user_authenticated.connected_to(hear):
        login(application.test_client())
    assert heard == [(application, "boss@example.com", ["password"])]


def test_users_and_roles_are_managed_by_commands(application: Flask) -> None:
    runner = application.test_cli_runner()
    done = runner.invoke(args=["users", "create", "email:cli@example.com", "--password", SECRET, "--active"])
    assert done.exit_code == 0, done.output
    done = runner.invoke(args=["roles", "add", "cli@example.com", "admin"])
    assert done.exit_code == 0, done.output
    client = application.test_client()
    login(client, email="cli@example.com")
    assert client.get("/admin").text == "admin"
