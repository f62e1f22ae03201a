"""flask-redis on the names of Flask: the client is configured by the app and made without a connection."""

from __future__ import annotations

from flask import Flask
from flask_redis import FlaskRedis


def test_the_client_takes_its_address_from_the_config() -> None:
    app = Flask(__name__)
    app.config["REDIS_URL"] = "redis://127.0.0.1:6390/7"
    store = FlaskRedis(app)
    assert app.extensions["redis"] is store
    options = store.connection_pool.connection_kwargs
    assert (options["port"], options["db"]) == (6390, 7)
