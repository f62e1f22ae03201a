"""What the server wants to know of an application before it starts: which interface is fastest, where static files are."""

from __future__ import annotations

import re
import sys
import typing as t
from dataclasses import dataclass

import click

from ._cli_discovery import is_wsgi_callable, prepare_import
from ._serving import check_views, is_coroutine_function
from .app import Flask

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed.wsgi import WSGIApplication


_HTTP_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")


@dataclass(frozen=True)
class Facts:
    """What an application is made of.

    Attributes:
        views: how many endpoints have a view.
        async_endpoints: those whose view is a coroutine function, in the order of registration.
        static: URL prefix, folder and cache time in seconds of the application's own static files; None without them.
        is_ours: whether it speaks ASGI too; not so a WSGI callable of another kind, middleware around an application among them.
    """

    views: int
    async_endpoints: tuple[str, ...]
    static: tuple[str, str, int] | None
    is_ours: bool = True

    def choose_interface(self, *, behind_proxies: bool) -> tuple[str, str]:
        """Return `wsgi` or `asgi`, and why.

        Raises:
            click.UsageError: proxies are to be trusted, and the application does not speak ASGI.
        """
        if not self.is_ours and behind_proxies:
            raise click.UsageError(
                "'--forwarded-allow-ips' wants ASGI, because WSGI cannot tell X-Forwarded-For from X_Forwarded_For, and the application"
                " is a WSGI callable.\n  Fix: serve the Flask application itself, with the middleware on its 'wsgi_app'; or add"
                " '--interface wsgi' if the proxy drops headers with underscores, as nginx does."
            )
        if not self.is_ours:
            return "wsgi", "it is a WSGI callable"
        if self.async_endpoints:
            others = len(self.async_endpoints) - 1
            more = f" and {others} more views are" if others else " is"
            return "asgi", f"the view of {self.async_endpoints[0]!r}{more} async"
        if behind_proxies:
            # SECURITY: to WSGI X_Forwarded_For is X-Forwarded-For, so a client could write over what the proxy says (tests/servers/test_serve.py).
            return "asgi", "proxies are trusted, and WSGI cannot tell X-Forwarded-For from X_Forwarded_For"
        views = (
            "the only view is a plain function" if self.views == 1 else f"all {self.views} views are plain functions"
        )
        return "wsgi", views


def find_wsgi_callable(target: str | None) -> WSGIApplication | None:
    """Return what `module:name` names in an imported module if that is a WSGI callable; None otherwise."""
    path, *names = re.split(r":(?![\\/])", target or "", maxsplit=1)
    found = getattr(sys.modules.get(prepare_import(path)), names[0], None) if names else None
    return t.cast("WSGIApplication", found) if is_wsgi_callable(found) else None


def is_ours(app: object) -> bool:
    """Tell whether it is a `Flask` or `Ewer` application, and not something that only answers like one.

    SECURITY: middleware that hands attributes through has an `asgi` too: that of the application it guards (tests/servers/test_serve.py).
    """
    return issubclass(type(app), Flask)


def look_at(app: t.Any) -> Facts:
    """Collect the facts of an application as it is after its import.

    Args:
        app: a `Flask` or `Ewer` application, or a WSGI callable.

    Raises:
        SetupError: a typed view cannot be served as it is written.
    """
    if not is_ours(app):
        return Facts(0, (), None, is_ours=False)
    if app._checks_views:
        check_views(app)
    asynchronous = tuple(
        endpoint for endpoint, view in app.view_functions.items() if any(map(is_coroutine_function, _parts(view)))
    )
    static = None
    if app.has_static_folder and app.static_url_path and not app.url_map.host_matching:
        max_age = app.config["SEND_FILE_MAX_AGE_DEFAULT"]
        seconds = int(max_age.total_seconds()) if hasattr(max_age, "total_seconds") else int(max_age or 0)
        static = (app.static_url_path, str(app.static_folder), seconds)
    return Facts(len(app.view_functions), asynchronous, static)


def _parts(view: Callable[..., t.Any]) -> Iterator[t.Any]:
    """Yield the functions that a view is made of: itself, or the methods of its class."""
    yield view
    view_class = getattr(view, "view_class", None)
    for name in ("dispatch_request", *_HTTP_METHODS):
        method = getattr(view_class, name, None)
        if method is not None:
            yield method
