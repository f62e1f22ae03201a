"""What a deployment names in place of the Flask application itself: middleware around it, and WSGI callables of other kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from .small_app import app

mounted = DispatcherMiddleware(app, {"/shop": app})


def greet(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer without a framework."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"plain"]


def create_app(settings: object, name: object) -> None:
    """Stand for a factory: two parameters make no WSGI application."""
