"""What a deployment names in place of the Flask application itself: middleware around it, and WSGI callables of other kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from .small_app import app

mounted = DispatcherMiddleware(app, {"/shop": app})


class Guard:
    """Middleware that lets nobody in, and hands attributes through to the application that it guards."""

    def __init__(self, guarded: Any) -> None:
        self._guarded = guarded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._guarded, name)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Refuse."""
        start_response("403 FORBIDDEN", [("Content-Length", "5")])
        return [b"guard"]


guarded = Guard(app)


def greet(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer without a framework."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"plain"]


def create_app(env: object, static_folder: object = None) -> None:
    """Stand for a factory: a parameter that is called like one of PEP 3333 makes no WSGI application."""


async def asgi(scope: object, receive: object, send: object = None) -> None:
    """Stand for an ASGI application."""
