"""flask-sock on the names of Flask: a WebSocket over the development server, rooms of rules, plain HTTP refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask, request, session
from flask_sock import Sock
from simple_websocket import Client, ConnectionClosed
from werkzeug.serving import make_server


@pytest.fixture
def application() -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    sock = Sock(app)

    @sock.route("/echo/<name>")
    def echo(ws: Any, name: str) -> None:
        while True:
            text = ws.receive()
            if text == "close":
                break
            ws.send(f"{name} {request.args.get('a')} {text} {'user' in session}")

    blueprint = Blueprint("bp", __name__, url_prefix="/bp")

    @sock.route("/once", bp=blueprint)
    def once(ws: Any) -> None:
        ws.send("once")

    app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", lambda: "index")
    return app


@pytest.fixture
def port(application: Flask) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


def test_messages_are_answered_with_the_request_at_hand(port: int) -> None:
    socket = Client(f"ws://127.0.0.1:{port}/echo/ada?a=1")
    socket.send("hello")
    assert socket.receive(timeout=10) == "ada 1 hello False"
    socket.send("again")
    assert socket.receive(timeout=10) == "ada 1 again False"
    socket.close()


def test_the_socket_closes_when_the_view_ends(port: int) -> None:
    socket = Client(f"ws://127.0.0.1:{port}/echo/ada")
    socket.send("close")
    with pytest.raises(ConnectionClosed):
        socket.receive(timeout=10)


def test_a_socket_on_a_blueprint_has_its_prefix(port: int) -> None:
    socket = Client(f"ws://127.0.0.1:{port}/bp/once")
    assert socket.receive(timeout=10) == "once"


def test_plain_http_does_not_reach_a_socket_rule(application: Flask) -> None:
    client = application.test_client()
    assert client.get("/echo/ada").status_code == 400
    assert client.get("/").text == "index"
