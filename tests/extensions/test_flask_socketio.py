"""Flask-SocketIO on the names of Flask, in threading mode: events, rooms, acknowledgements, the HTTP session."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g, has_request_context, request, session
from flask_socketio import (
    ConnectionRefusedError as Refused,
)
from flask_socketio import (
    Namespace,
    SocketIO,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)


class Chat(Namespace):
    def on_connect(self) -> None:
        emit("welcome", {"sid": bool(request.sid)})  # type: ignore[attr-defined]

    def on_shout(self, text: str) -> str:
        emit("shouted", text.upper(), broadcast=True)
        return "heard"


def make(**options: Any) -> tuple[Flask, SocketIO]:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    socketio = SocketIO(app, async_mode="threading", **options)

    @app.get("/login/<name>")
    def login(name: str) -> str:
        session["name"] = name
        return "in"

    @app.get("/name")
    def name() -> str:
        return str(session.get("name"))

    @socketio.on("connect")
    def connected(auth: Any) -> None:
        if auth == {"token": "bad"}:
            raise Refused("bad token")
        session["joined"] = True

    @socketio.on("message")
    def message(text: str) -> None:
        send(f"echo {text}")

    @socketio.on("json")
    def on_json(data: Any) -> None:
        send({"got": data}, json=True)

    @socketio.on("who")
    def who() -> None:
        emit("you are", session.get("name"))

    @socketio.on("rename")
    def rename(new: str) -> None:
        session["name"] = new

    @socketio.on("context")
    def context() -> dict[str, Any]:
        return {
            "request": has_request_context(),
            "event": request.event["message"],  # type: ignore[attr-defined]
            "namespace": request.namespace,  # type: ignore[attr-defined]
            "path": request.path,
            "g": "stale" in g,
        }

    @socketio.on("join")
    def join(room: str) -> list[str]:
        join_room(room)
        return sorted(r for r in rooms() if r != request.sid)  # type: ignore[attr-defined]

    @socketio.on("leave")
    def leave(room: str) -> None:
        leave_room(room)

    @socketio.on("tell")
    def tell(room: str, text: str) -> None:
        emit("told", text, to=room, include_self=False)

    @socketio.on("add")
    def add(a: int, b: int) -> Any:
        return a + b, "sum"

    @socketio.on("bye")
    def bye() -> None:
        disconnect()

    @socketio.on("fail")
    def fail() -> None:
        raise ValueError("event failed")

    @socketio.on_error()
    def on_error(error: Exception) -> None:
        emit("error", str(error))

    socketio.on_namespace(Chat("/chat"))
    return app, socketio


def names(client: Any, namespace: str | None = None) -> list[tuple[str, Any]]:
    return [(packet["name"], packet["args"]) for packet in client.get_received(namespace)]


def test_a_message_is_echoed_to_its_sender() -> None:
    app, socketio = make()
    client = socketio.test_client(app)
    client.send("hello")
    assert names(client) == [("message", "echo hello")]
    client.send({"a": 1}, json=True)
    assert names(client) == [("json", {"got": {"a": 1}})]


def test_the_http_session_is_read_by_events() -> None:
    app, socketio = make()
    http = app.test_client()
    http.get("/login/ada")
    client = socketio.test_client(app, flask_test_client=http)
    client.emit("who")
    assert names(client) == [("you are", ["ada"])]


def test_a_managed_session_forks_from_the_http_session() -> None:
    app, socketio = make()
    http = app.test_client()
    http.get("/login/ada")
    client = socketio.test_client(app, flask_test_client=http)
    client.emit("rename", "bob")
    client.emit("who")
    assert names(client) == [("you are", ["bob"])]
    assert http.get("/name").text == "ada"


def test_an_unmanaged_session_is_the_one_of_flask() -> None:
    app, socketio = make(manage_session=False)
    http = app.test_client()
    http.get("/login/ada")
    client = socketio.test_client(app, flask_test_client=http)
    client.emit("who")
    assert names(client) == [("you are", ["ada"])]


def test_a_connection_may_be_refused() -> None:
    app, socketio = make()
    assert socketio.test_client(app, auth={"token": "bad"}).is_connected() is False
    assert socketio.test_client(app, auth={"token": "good"}).is_connected() is True


def test_an_event_runs_in_a_request_context_that_knows_it() -> None:
    app, socketio = make()
    client = socketio.test_client(app)
    assert client.emit("context", callback=True) == {
        "request": True,
        "event": "context",
        "namespace": "/",
        "path": "/socket.io",
        "g": False,
    }


def test_a_room_receives_what_is_told_to_it() -> None:
    app, socketio = make()
    one, two, three = (socketio.test_client(app) for _ in range(3))
    assert one.emit("join", "tea", callback=True) == ["tea"]
    two.emit("join", "tea")
    one.emit("tell", "tea", "biscuits")
    assert [names(client) for client in (one, two, three)] == [[], [("told", ["biscuits"])], []]
    two.emit("leave", "tea")
    one.emit("tell", "tea", "more")
    assert names(two) == []


def test_a_handler_acknowledges_with_its_return_value() -> None:
    app, socketio = make()
    assert socketio.test_client(app).emit("add", 2, 3, callback=True) == [5, "sum"]


def test_a_namespace_class_handles_its_own_events() -> None:
    app, socketio = make()
    client = socketio.test_client(app, namespace="/chat")
    other = socketio.test_client(app, namespace="/chat")
    assert names(client, "/chat") == [("welcome", [{"sid": True}])]
    assert client.emit("shout", "hey", namespace="/chat", callback=True) == "heard"
    assert ("shouted", ["HEY"]) in names(other, "/chat")


def test_the_server_emits_from_a_view() -> None:
    app, socketio = make()

    @app.get("/news")
    def news() -> str:
        socketio.emit("news", {"headline": "x"})
        return "sent"

    client = socketio.test_client(app)
    assert app.test_client().get("/news").text == "sent"
    assert names(client) == [("news", [{"headline": "x"}])]


def test_an_exception_reaches_the_error_handler() -> None:
    app, socketio = make()
    client = socketio.test_client(app)
    client.emit("fail")
    assert names(client) == [("error", ["event failed"])]


def test_a_client_is_disconnected_by_the_server() -> None:
    app, socketio = make()
    client = socketio.test_client(app)
    client.emit("bye")
    assert client.is_connected() is False


def test_the_wsgi_app_is_wrapped_and_http_goes_through() -> None:
    app, socketio = make()
    assert type(app.wsgi_app).__name__ == "_SocketIOMiddleware"
    assert app.test_client().get("/login/x").text == "in"


def test_the_polling_handshake_is_answered_in_front_of_the_app() -> None:
    app, _socketio = make()
    reply = app.test_client().get("/socket.io/?EIO=4&transport=polling")
    assert reply.status_code == 200
    assert reply.text.startswith('0{"sid":')


def test_views_have_the_server_in_the_environ() -> None:
    app, _socketio = make()

    @app.get("/environ")
    def environ() -> str:
        return str("flask.app" in request.environ)

    assert app.test_client().get("/environ").text == "True"


@pytest.mark.parametrize("debug", [True, False])
def test_init_app_later_is_the_same(debug: bool) -> None:
    app = Flask(__name__)
    app.secret_key = "k"
    app.debug = debug
    socketio = SocketIO()
    socketio.init_app(app, async_mode="threading")
    socketio.on_event("ping", lambda: "pong")
    assert socketio.test_client(app).emit("ping", callback=True) == "pong"
