"""Flask-Bcrypt on the names of Flask: hashes made and checked with the rounds of the config."""

from __future__ import annotations

from flask import Flask
from flask_bcrypt import Bcrypt


def test_a_password_is_hashed_and_checked_in_views() -> None:
    app = Flask(__name__)
    app.config["BCRYPT_LOG_ROUNDS"] = 4
    bcrypt = Bcrypt(app)
    stored: list[bytes] = []

    @app.post("/set/<password>")
    def put(password: str) -> str:
        stored.append(bcrypt.generate_password_hash(password))
        return "set"

    @app.get("/check/<password>")
    def check(password: str) -> str:
        return str(bcrypt.check_password_hash(stored[-1], password))

    client = app.test_client()
    client.post("/set/secret")
    assert stored[0].startswith(b"$2b$04$")
    assert (client.get("/check/secret").text, client.get("/check/other").text) == ("True", "False")
