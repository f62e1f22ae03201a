"""The Flask application of ``flask_app.py``, unchanged, on Ewer."""

from __future__ import annotations

# Imported for what it does: from here on `flask` is Ewer.
import ewer.as_flask  # noqa: F401
from peers.flask_app import app

PEER = {
    "name": "flask-on-ewer",
    "title": "the Flask app, on Ewer",
    "environment": "ewer",
    "speaks": "wsgi",
    "servers": {
        "granian-wsgi": "all",
        "gunicorn-sync": ["plaintext", "flask-app", "flask-app-extensions"],
        "gunicorn-gthread": ["plaintext", "flask-app", "flask-app-extensions"],
    },
    "same_file_as": "flask_app",
    # Where a plain view does the same under either name, the rows of Ewer stand for both.
    "without": ["path-variable", "path-and-query", "json-body", "hundred-objects", "upload", "download"],
}

HELLO = """
import ewer.as_flask
from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello, World!"
"""

__all__ = ["app"]
