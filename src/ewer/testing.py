"""A client and a command line runner that call the app without a server."""

from __future__ import annotations

import typing as t
from contextlib import ExitStack, contextmanager
from copy import copy
from urllib.parse import urlsplit

import click
import werkzeug
import werkzeug.test
from click.testing import CliRunner, Result
from werkzeug.test import Client
from werkzeug.wrappers import Request as BaseRequest

from ._borrowed import borrowing

if t.TYPE_CHECKING:
    from types import TracebackType

    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.test import TestResponse

    from .app import Flask
    from .sessions import SessionMixin

_werkzeug_version = ""


def _get_werkzeug_version() -> str:
    global _werkzeug_version
    if not _werkzeug_version:
        from importlib.metadata import version

        _werkzeug_version = version("werkzeug")
    return _werkzeug_version


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Builds a WSGI environ for the app; what is not given comes from its settings.

    Without ``base_url`` the URL is made of ``PREFERRED_URL_SCHEME``, ``SERVER_NAME`` (or localhost) and
    ``APPLICATION_ROOT``, ``subdomain`` going before the name and ``url_scheme`` in place of the scheme; a full
    URL as ``path`` goes before the settings. Other arguments are Werkzeug's; ``json`` is written by the app.

    Raises:
        AssertionError: ``base_url`` was given together with ``subdomain`` or ``url_scheme``.
    """

    def __init__(
        self,
        app: Flask,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: t.Any,
        **kwargs: t.Any,
    ) -> None:
        if base_url is not None and (subdomain or url_scheme):
            raise AssertionError('Cannot pass "subdomain" or "url_scheme" with "base_url".')
        if base_url is None:
            path, base_url = _locate(app, path, subdomain, url_scheme)
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Write ``obj`` as JSON text with the app's provider."""
        return self.app.json.dumps(obj, **kwargs)


def _locate(app: Flask, path: str, subdomain: str | None, url_scheme: str | None) -> tuple[str, str]:
    """Split a path or full URL into the path with its query, and the base URL under which the app is mounted."""
    url = urlsplit(path)
    scheme = url.scheme or (app.config["PREFERRED_URL_SCHEME"] if url_scheme is None else url_scheme)
    host = app.config.get("SERVER_NAME") or "localhost"
    if subdomain:
        host = f"{subdomain}.{host}"
    root = app.config["APPLICATION_ROOT"].lstrip("/")
    target = f"{url.path}?{url.query}" if url.query else url.path
    return target, f"{scheme}://{url.netloc or host}/{root}"


class FlaskClient(Client):
    """A Werkzeug test client that knows the app's contexts and session.

    Used as a ``with`` block it keeps the contexts of the last request pushed until the next one or the end of
    the block, so that a test can look at ``request``, ``session`` and ``g``. ``environ_base`` holds what every
    request's environ starts with, and may be changed.
    """

    application: Flask

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._new_contexts: list[t.ContextManager[t.Any]] = []
        self._context_stack = ExitStack()
        self.environ_base: dict[str, t.Any] = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{_get_werkzeug_version()}",
        }

    @contextmanager
    def session_transaction(self, *args: t.Any, **kwargs: t.Any) -> t.Iterator[SessionMixin]:
        """Open the client's session for reading and changing; it is saved when the ``with`` block ends well.

        Arguments are those of ``app.test_request_context``, for sessions that depend on the request.

        Raises:
            TypeError: The client keeps no cookies.
            RuntimeError: The session interface opened no session.
        """
        if self._cookies is None:
            raise TypeError("Cookies are disabled. Create a client with 'use_cookies=True'.")

        app = self.application
        context = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(context.request.environ)
        with context:
            session = app.session_interface.open_session(app, context.request)
        if session is None:
            raise RuntimeError("Session backend did not open a session.")

        yield session

        response = app.response_class()
        if app.session_interface.is_null_session(session):
            return
        with context:
            app.session_interface.save_session(app, session, response)
        self._update_cookies_from_response(
            context.request.host.partition(":")[0],
            context.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def _copy_environ(self, other: WSGIEnvironment) -> WSGIEnvironment:
        environ = {**self.environ_base, **other}
        if self.preserve_context:
            # NOTE: the app calls this with each context of the request before it pops it.
            environ["werkzeug.debug.preserve_context"] = self._new_contexts.append
        return environ

    def _request_from_builder_args(self, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]) -> BaseRequest:
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base", {}))
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _request_from(self, source: t.Any) -> BaseRequest | None:
        """Make the request that a builder, an environ or a request stands for; None for anything else."""
        if isinstance(source, werkzeug.test.EnvironBuilder):
            builder = copy(source)
            builder.environ_base = self._copy_environ(t.cast("WSGIEnvironment", builder.environ_base or {}))
            return builder.get_request()
        if isinstance(source, dict):
            builder = EnvironBuilder.from_environ(source, app=self.application, environ_base=self._copy_environ({}))
            return builder.get_request()
        if isinstance(source, BaseRequest):
            request = copy(source)
            request.environ = self._copy_environ(request.environ)
            return request
        return None

    def open(
        self, *args: t.Any, buffered: bool = False, follow_redirects: bool = False, **kwargs: t.Any
    ) -> TestResponse:
        """Send a request, given as a path and Werkzeug's other arguments, a builder, an environ or a request.

        ``buffered`` reads the whole reply and closes it; ``follow_redirects`` goes on to where it points.
        """
        request = self._request_from(args[0]) if args else None
        if request is None:
            request = self._request_from_builder_args(args, kwargs)

        # NOTE: contexts are kept for the last request only, not through a chain of redirects or requests.
        self._context_stack.close()
        response = super().open(request, buffered=buffered, follow_redirects=follow_redirects)
        response.json_module = self.application.json  # type: ignore[assignment]  # an object with loads, as there

        for context in self._new_contexts:
            self._context_stack.enter_context(context)
        self._new_contexts.clear()
        return response

    def __enter__(self) -> FlaskClient:
        if self.preserve_context:
            raise RuntimeError("Cannot nest client invocations")
        self.preserve_context = True
        return self

    def __exit__(self, exc_type: type | None, exc_value: BaseException | None, tb: TracebackType | None) -> None:
        self.preserve_context = False
        self._context_stack.close()


class FlaskCliRunner(CliRunner):
    """A click runner for the app's commands."""

    def __init__(self, app: Flask, **kwargs: t.Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(  # type: ignore[override]  # the command has a default here
        self, cli: t.Any = None, args: t.Any = None, **kwargs: t.Any
    ) -> Result:
        """Run a command, by default the app's ``cli`` group, and give its output, exit code and exception.

        ``obj`` defaults to a ``ScriptInfo`` that loads the app under test. Other arguments are click's.
        """
        if cli is None:
            cli = self.app.cli
        if "obj" not in kwargs:
            from .cli import ScriptInfo

            kwargs["obj"] = ScriptInfo(create_app=lambda: self.app)
        return super().invoke(cli, args, **kwargs)


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
