"""Flask-Login on the names of Flask: sessions, remember cookie, protection, loaders, signals."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g, render_template_string, request, session
from flask_login import (
    FlaskLoginClient,
    LoginManager,
    UserMixin,
    confirm_login,
    current_user,
    fresh_login_required,
    login_fresh,
    login_required,
    login_user,
    logout_user,
    user_logged_in,
    user_logged_out,
    user_needs_refresh,
    user_unauthorized,
)


class User(UserMixin):
    def __init__(self, user_id: str, *, active: bool = True) -> None:
        self.id = user_id
        self.name = f"user {user_id}"
        self.active = active

    @property
    def is_active(self) -> bool:
        return self.active


USERS = {"1": User("1"), "2": User("2"), "3": User("3", active=False)}


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    manager = LoginManager(app)
    manager.login_view = "login"
    manager.refresh_view = "refresh"

    @manager.user_loader
    def load_user(user_id: str) -> User | None:
        g.loads = g.get("loads", 0) + 1
        return USERS.get(user_id)

    @manager.request_loader
    def load_from_key(req: Any) -> User | None:
        return USERS.get(req.headers.get("X-Api-Key", ""))

    @app.get("/login/<user_id>")
    def login_as(user_id: str) -> str:
        done = login_user(USERS[user_id], remember="remember" in request.args)
        return "in" if done else "refused"

    @app.get("/login")
    def login() -> str:
        return "please log in"

    @app.get("/refresh")
    def refresh() -> str:
        confirm_login()
        return "fresh again"

    @app.get("/logout")
    def logout() -> str:
        logout_user()
        return "out"

    @app.get("/me")
    @login_required
    def me() -> str:
        return f"{current_user.name} {g.get('loads', 0)}"

    @app.get("/async-me")
    @login_required
    async def async_me() -> str:
        return str(current_user.name)

    @app.get("/secret")
    @fresh_login_required
    def secret() -> str:
        return "secret"

    @app.get("/who")
    def who() -> str:
        return render_template_string("{{ current_user.name if current_user.is_authenticated else 'nobody' }}")

    @app.get("/fresh")
    def fresh() -> str:
        return str(login_fresh())

    return app


def test_a_logged_in_user_is_known_on_the_next_request(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/login/1").text == "in"
    assert client.get("/me").text == "user 1 1"


def test_an_anonymous_visitor_is_sent_to_the_login_view_with_next(application: Flask) -> None:
    reply = application.test_client().get("/me?a=1")
    assert reply.status_code == 302
    assert reply.location == "/login?next=%2Fme%3Fa%3D1"


def test_the_message_of_the_login_view_is_flashed(application: Flask) -> None:
    client = application.test_client()
    client.get("/me")
    with client.session_transaction() as stored:
        assert stored["_flashes"] == [("message", "Please log in to access this page.")]


def test_next_is_kept_in_the_session_when_so_configured(application: Flask) -> None:
    application.config["USE_SESSION_FOR_NEXT"] = True
    client = application.test_client()
    assert client.get("/me").location == "/login"
    with client.session_transaction() as stored:
        assert stored["next"] == "/me"


def test_without_a_login_view_the_answer_is_401(application: Flask) -> None:
    application.login_manager.login_view = None
    assert application.test_client().get("/me").status_code == 401


def test_an_unauthorized_handler_decides(application: Flask) -> None:
    @application.login_manager.unauthorized_handler
    def refuse() -> Any:
        return "go away", 418

    assert application.test_client().get("/me").status_code == 418


def test_login_required_lets_options_through(application: Flask) -> None:
    assert application.test_client().options("/me").status_code == 200


def test_login_required_protects_an_async_view(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/async-me").status_code == 302
    client.get("/login/2")
    assert client.get("/async-me").text == "user 2"


def test_logout_forgets_the_user(application: Flask) -> None:
    client = application.test_client()
    client.get("/login/1")
    client.get("/logout")
    assert client.get("/me").status_code == 302
    assert client.get("/who").text == "nobody"


def test_an_inactive_user_cannot_log_in(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/login/3").text == "refused"
    assert client.get("/who").text == "nobody"


def test_current_user_stands_in_templates(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/who").text == "nobody"
    client.get("/login/1")
    assert client.get("/who").text == "user 1"


def test_the_request_loader_serves_clients_without_a_session(application: Flask) -> None:
    client = application.test_client()
    reply = client.get("/who", headers={"X-Api-Key": "2"})
    assert reply.text == "user 2"
    assert "Set-Cookie" not in reply.headers
    assert client.get("/who").text == "nobody"


def test_the_remember_cookie_logs_in_after_the_session_is_gone(application: Flask) -> None:
    client = application.test_client()
    reply = client.get("/login/1?remember=1")
    cookies = reply.headers.getlist("Set-Cookie")
    assert any(c.startswith("remember_token=1|") and "HttpOnly" in c and "Expires=" in c for c in cookies)
    client.delete_cookie("session")
    assert client.get("/who").text == "user 1"
    assert client.get("/fresh").text == "False"


def test_a_forged_remember_cookie_is_ignored(application: Flask) -> None:
    client = application.test_client()
    client.set_cookie("remember_token", "1|" + "0" * 128)
    assert client.get("/who").text == "nobody"


def test_a_remembered_login_is_not_fresh_until_confirmed(application: Flask) -> None:
    client = application.test_client()
    client.get("/login/1?remember=1")
    assert client.get("/secret").text == "secret"
    client.delete_cookie("session")
    reply = client.get("/secret")
    assert (reply.status_code, reply.location) == (302, "/refresh?next=%2Fsecret")
    client.get("/refresh")
    assert client.get("/secret").text == "secret"


def test_logout_clears_the_remember_cookie(application: Flask) -> None:
    client = application.test_client()
    client.get("/login/1?remember=1")
    client.get("/logout")
    assert client.get_cookie("remember_token") is None


def test_strong_protection_drops_a_session_from_another_browser(application: Flask) -> None:
    application.login_manager.session_protection = "strong"
    client = application.test_client()
    client.get("/login/1", headers={"User-Agent": "one"})
    assert client.get("/who", headers={"User-Agent": "one"}).text == "user 1"
    assert client.get("/who", headers={"User-Agent": "two"}).text == "nobody"


def test_basic_protection_marks_a_moved_session_as_not_fresh(application: Flask) -> None:
    client = application.test_client()
    client.get("/login/1", headers={"User-Agent": "one"})
    assert client.get("/who", headers={"User-Agent": "two"}).text == "user 1"
    assert client.get("/fresh", headers={"User-Agent": "two"}).text == "False"


def test_the_user_is_loaded_once_a_request_and_kept_in_g(application: Flask) -> None:
    with application.test_request_context():
        login_user(USERS["1"])
        assert g._login_user is USERS["1"]
        assert current_user._get_current_object() is USERS["1"]
        assert session["_user_id"] == "1"


@pytest.mark.parametrize(
    ("signal", "path"),
    [(user_logged_in, "/login/1"), (user_logged_out, "/logout"), (user_unauthorized, "/me")],
    ids=["logged_in", "logged_out", "unauthorized"],
)
def test_signals_are_sent_by_the_app(application: Flask, signal: Any, path: str) -> None:
    senders: list[Any] = []

    def hear(sender: Any, **_: Any) -> None:
        senders.append(sender)

    with signal.connected_to(hear):
        application.test_client().get(path)
    assert senders == [application]


def test_the_need_to_refresh_is_signalled(application: Flask) -> None:
    client = application.test_client()
    client.get("/login/1?remember=1")
    client.delete_cookie("session")
    heard: list[Any] = []

    def hear(sender: Any, **_: Any) -> None:
        heard.append(sender)

    with user_needs_refresh.connected_to(hear):
        client.get("/secret")
    assert heard == [application]


def test_login_disabled_opens_every_view(application: Flask) -> None:
    application.config["LOGIN_DISABLED"] = True

    @application.get("/open")
    @login_required
    def opened() -> str:
        return "open"

    assert application.test_client().get("/open").text == "open"


def test_the_login_client_starts_logged_in(application: Flask) -> None:
    application.test_client_class = FlaskLoginClient
    with application.test_client(user=USERS["2"], fresh_login=False) as client:
        assert client.get("/who").text == "user 2"
        assert client.get("/fresh").text == "False"


def test_a_missing_user_loader_is_reported() -> None:
    bare = Flask(__name__)
    bare.secret_key = "k"
    LoginManager(bare)

    @bare.get("/")
    def index() -> str:
        return str(current_user.is_authenticated)

    bare.testing = True
    with pytest.raises(Exception, match="Missing user_loader or request_loader"):
        bare.test_client().get("/")
