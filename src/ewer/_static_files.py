"""Static files that were sent before: their headers are known, and only the file itself is looked at again.

The first response for a file is Werkzeug's. What it says of the file holds as long as the file has the same identity,
size and time of change. Next: `ewer._files.send_static`, which asks here.
"""

from __future__ import annotations

import os
import stat
import time
import typing as t
from functools import lru_cache

from werkzeug import utils
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date
from werkzeug.security import safe_join
from werkzeug.wsgi import wrap_file

from . import helpers
from ._core.reply import Ready
from ._parts import keeping
from .globals import _get_request, find_current_app
from .wrappers import Response, WholeFile

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from .app import Flask
    from .blueprints import Blueprint
    from .ctx import RequestContext

    Identity = tuple[int, int, int, int, int]

# What sends a file below a directory, unless somebody has put something else in its place.
_STOCK, _STOCK_OF_WERKZEUG, _STOCK_SENDER = (
    helpers.send_from_directory,
    utils.send_from_directory,
    utils.send_file,
)
_MOST_FILES = 1024
_WHOLE_BYTES = 64 * 1024
"""A file up to this size is read at once."""
_MOST_KEPT_BYTES = 8 * 1024 * 1024
"""So much of what is in such files is kept, for each application or blueprint; what comes later is read each time."""
_SETTLED_S = 2.0
"""What has changed just now may change again within the resolution of the file system's clock."""
_KEPT_AFTER_S = 2.0
"""The same for keeping what is in it."""
_METHODS = frozenset({"GET", "HEAD"})
_date = lru_cache(16)(http_date)
_FOR_CONDITIONS = frozenset({"date", "accept-ranges"})
"""The headers that Werkzeug adds when it looks at a request's conditions."""
_WIRE_CONDITIONS = frozenset({b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"range"})


class KnownFile:
    """What was found out about a file when it was sent first.

    Args:
        path: of the file.
        identity: what tells that it is still the same, unchanged.
        max_age: for how many seconds it may be cached, as the application has said.
        headers: of its response.
    """

    __slots__ = ("_date_at", "_expires_at", "body", "headers", "identity", "max_age", "path", "ready")

    def __init__(self, path: str, identity: Identity, max_age: int | None, headers: list[tuple[str, str]]) -> None:
        self.path = path
        self.identity = identity
        self.max_age = max_age
        self.headers = headers
        names = [name.lower() for name, _ in headers]
        self._date_at, self._expires_at = (names.index(name) if name in names else None for name in ("date", "expires"))
        self.body: bytes | None = None
        """What is in it, if that is kept."""
        self.ready: tuple[int, Ready] | None = None
        """The reply of the second for which it holds."""

    def headers_at(self, second: int) -> list[tuple[str, str]]:
        """Return the headers of a response that is sent at that time, in seconds since 1970."""
        headers = self.headers.copy()
        if self._date_at is not None:
            headers[self._date_at] = ("Date", _date(second))
        if self._expires_at is not None:
            headers[self._expires_at] = ("Expires", _date(second + (self.max_age or 0)))
        return headers


class KnownFiles:
    """The static files of one application or blueprint that have been sent.

    PERF: what Werkzeug works out about a file takes ten times as long as reading it (bench workload "static-file").
    """

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], KnownFile] = {}
        self._kept_bytes = 0

    def view_again(
        self, app: Flask, view: t.Callable[..., t.Any], folder: str, max_age: int | None
    ) -> t.Callable[..., t.Any]:
        """Return a view that answers a plain GET for a file whose content is kept, and leaves everything else to `view`."""
        if not _may_be_known(app):
            return view

        def send_again(filename: str) -> t.Any:
            known = self._files.get((folder, filename))
            if known is None or known.body is None or known.max_age != max_age or not _is_stock():
                return view(filename=filename)
            try:
                is_same = not _asks_for_more(_get_request()) and _identity(os.stat(known.path)) == known.identity
            except OSError:
                is_same = False
            return self._reply(known, known.body) if is_same else view(filename=filename)

        return send_again

    def _reply(self, known: KnownFile, body: bytes) -> Ready:
        second = int(time.time())
        ready = known.ready
        if ready is None or ready[0] != second:
            ready = known.ready = (second, Ready("200 OK", known.headers_at(second), body))
        return ready[1]

    def serve(self, owner: Flask | Blueprint, folder: str, filename: str) -> Response:
        """Send `filename` from the folder, as `send_from_directory` does.

        Raises:
            werkzeug.exceptions.NotFound: there is no such file.
            werkzeug.exceptions.RequestedRangeNotSatisfiable: a range outside the file was asked for.
        """
        # NOTE: send_file() would ask the application; a blueprint may have an answer of its own.
        max_age = owner.get_send_file_max_age(filename)
        app, context = find_current_app(), _get_request(None)
        if app is None or context is None or not _may_be_known(app):
            return helpers.send_from_directory(folder, filename, max_age=max_age)
        environ = context.request.environ
        response = self._send(folder, filename, max_age, environ)
        if response is None:
            response = helpers.send_from_directory(folder, filename, max_age=max_age)
            self._note(folder, filename, max_age, app.root_path, environ, response)
        return response

    def _send(self, folder: str, filename: str, max_age: int | None, environ: WSGIEnvironment) -> Response | None:
        """Return the response for a file that has not changed since it was sent before; else None."""
        known = self._files.get((folder, filename))
        if known is None or known.max_age != max_age or environ["REQUEST_METHOD"] not in _METHODS:
            return None
        try:
            found = os.stat(known.path)
            if _identity(found) != known.identity:
                return None
            body = self._open(known, found.st_size, environ)
        except OSError:
            return None  # Werkzeug says what is wrong
        return None if body is None else self._respond(known, body, found.st_size, environ)

    def _respond(self, known: KnownFile, body: t.Any, size: int, environ: WSGIEnvironment) -> Response:
        headers = known.headers_at(int(time.time()))
        response = Response._of_file(body, headers)
        if not _has_conditions(environ):
            return response
        headers[:] = [header for header in headers if header[0].lower() not in _FOR_CONDITIONS]
        try:
            response.make_conditional(environ, accept_ranges=True, complete_length=size)
        except RequestedRangeNotSatisfiable:
            body.close()
            raise
        return response

    def _open(self, known: KnownFile, size: int, environ: WSGIEnvironment) -> t.Any:
        """Return the body; None if the file is no longer of that size."""
        if size > _WHOLE_BYTES:
            return wrap_file(environ, open(known.path, "rb"))
        descriptor = os.open(known.path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            data = os.read(descriptor, size + 1)
            if known.body is None:
                self._keep(known, data, os.fstat(descriptor))
        finally:
            os.close(descriptor)
        return WholeFile(data) if len(data) == size else None

    def _keep(self, known: KnownFile, data: bytes, found: os.stat_result) -> None:
        """Keep the content of a file, if it is that of its identity, and if there is room."""
        changed_s = max(found.st_mtime, found.st_ctime)
        if _identity(found) != known.identity or len(data) != found.st_size or time.time() - changed_s <= _KEPT_AFTER_S:
            return
        with keeping:
            if known.body is None and self._kept_bytes + len(data) <= _MOST_KEPT_BYTES:
                self._kept_bytes += len(data)
                known.body = data

    def _note(
        self,
        folder: str,
        filename: str,
        max_age: int | None,
        root_path: str,
        environ: WSGIEnvironment,
        response: Response,
    ) -> None:
        """Keep what the first response for a file says about it."""
        joined = safe_join(folder, filename)
        if response.status_code != 200 or _has_conditions(environ) or environ["REQUEST_METHOD"] not in _METHODS:
            return
        path = os.path.join(root_path, t.cast("str", joined))
        try:
            found = os.stat(path)
        except OSError:
            return
        is_settled = time.time() - found.st_mtime > _SETTLED_S
        if not is_settled or not stat.S_ISREG(found.st_mode) or response.content_length != found.st_size:
            return
        known = KnownFile(path, _identity(found), max_age, list(response.headers))
        with keeping:
            if len(self._files) >= _MOST_FILES:
                self._files.clear()
                self._kept_bytes = 0
            replaced = self._files.get((folder, filename))
            if replaced is not None and replaced.body is not None:
                self._kept_bytes -= len(replaced.body)
            self._files[folder, filename] = known


def _may_be_known(app: Flask) -> bool:
    """Tell whether nobody has a say in how a static file is sent, so that a response for it can be like the last one."""
    return (
        app.response_class is Response
        and Response._is_made_plainly
        and not app.config["USE_X_SENDFILE"]
        and _is_stock()
    )


def _is_stock() -> bool:
    return (
        helpers.send_from_directory is _STOCK
        and utils.send_from_directory is _STOCK_OF_WERKZEUG
        and utils.send_file is _STOCK_SENDER
    )


def _has_conditions(environ: WSGIEnvironment) -> bool:
    return (
        "HTTP_IF_NONE_MATCH" in environ
        or "HTTP_IF_MODIFIED_SINCE" in environ
        or "HTTP_RANGE" in environ
        or "HTTP_IF_RANGE" in environ
        or "HTTP_IF_MATCH" in environ
    )


def _asks_for_more(context: RequestContext) -> bool:
    """Tell whether a request is not just a GET of the whole file."""
    scope = context.scope
    if scope is None:
        return context.environ["REQUEST_METHOD"] != "GET" or _has_conditions(context.environ)
    return scope["method"] != "GET" or any(name in _WIRE_CONDITIONS for name, _ in scope["headers"])


def _identity(found: os.stat_result) -> Identity:
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev
