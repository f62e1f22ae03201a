"""Building URLs: what `app.url_for()` does between its endpoint and the URL."""

from __future__ import annotations

import typing as t
from difflib import get_close_matches

import werkzeug
from werkzeug.routing import BuildError

from .globals import _cv_app, _get_request

if t.TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

    from .app import Flask

# What may stand in a fragment as it is. Source: RFC 3986, section 3.5.
_SAFE_IN_ANCHOR = "%!#$&'()*+,/:;=?@"


def find_adapter(app: Flask, endpoint: str) -> tuple[MapAdapter, str, bool]:
    """Return the adapter to build with, the whole name of the endpoint, and whether URLs are external by default.

    Raises:
        RuntimeError: outside a request, and `SERVER_NAME` is not configured.
    """
    context = _get_request(None)
    if context is not None:
        if endpoint[:1] == ".":
            blueprint = context.request.blueprint
            endpoint = endpoint[1:] if blueprint is None else f"{blueprint}{endpoint}"
        return t.cast("MapAdapter", context.url_adapter), endpoint, False
    app_context = _cv_app.get(None)
    adapter = app.create_url_adapter(None) if app_context is None else app_context.url_adapter
    if adapter is None:
        raise RuntimeError(
            "Unable to build URLs outside an active request without 'SERVER_NAME' configured. Also configure"
            " 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
        )
    return adapter, endpoint, True


def build_url(
    app: Flask,
    endpoint: str,
    values: dict[str, t.Any],
    *,
    anchor: str | None,
    method: str | None,
    scheme: str | None,
    external: bool | None,
) -> str:
    """Build the URL of `endpoint`.

    Raises:
        RuntimeError: outside a request, and `SERVER_NAME` is not configured.
        ValueError: a scheme for a URL that is not external.
        werkzeug.routing.BuildError: no rule of the endpoint fits the values, and no handler has another URL.
    """
    adapter, endpoint, is_external = find_adapter(app, endpoint)
    if external is None:
        external = is_external or scheme is not None
    if scheme is not None and not external:
        raise ValueError("When specifying '_scheme', '_external' must be True.")
    app.inject_url_defaults(endpoint, values)
    try:
        url = adapter.build(endpoint, values, method=method, url_scheme=scheme, force_external=external)
    except BuildError as error:
        _add_closest_name(app, error)
        values.update(_anchor=anchor, _method=method, _scheme=scheme, _external=external)
        return app.handle_url_build_error(error, endpoint, values)
    if anchor is None:
        return url
    from urllib.parse import quote

    return f"{url}#{quote(anchor, safe=_SAFE_IN_ANCHOR)}"


def _add_closest_name(app: Flask, error: BuildError) -> None:
    """Note the endpoint that was probably meant, or the ones there are, where Werkzeug finds no suggestion of its own."""
    if not hasattr(error, "add_note") or error.suggested is not None:  # notes: since Python 3.11
        return
    names = sorted(str(name) for name in app.view_functions)
    close = get_close_matches(str(error.endpoint), names, n=1, cutoff=0.5)
    error.add_note(f"Did you mean {close[0]!r}?" if close else f"The endpoints are: {', '.join(names)}")
