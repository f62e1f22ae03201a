"""The routes of the OpenAPI document and of the pages that show it: Swagger UI and ReDoc, from files beside this module.

They are ordinary routes, added behind the application's own at its first request, so a rule of its own at the same path wins. Nothing on the pages
comes from another machine, and their Content-Security-Policy says so. Next: `ewer._openapi` for the document.
"""

from __future__ import annotations

import os
import typing as t
from threading import Lock

if t.TYPE_CHECKING:
    from .app import Flask
    from .wrappers import Response

DOCUMENT_URL = "/openapi.json"
DOCS_URL = "/docs"
REDOC_URL = "/redoc"
OWN_ENDPOINTS = frozenset({"ewer_openapi", "ewer_docs", "ewer_redoc", "ewer_docs_asset", "ewer_redoc_asset"})

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "docs_ui")
_VERSIONS = {"swagger-ui": "5.35.0", "redoc": "2.5.4"}
_ASSETS = {
    "swagger-ui": {
        "favicon-32x32.png", "oauth2-redirect.html", "oauth2-redirect.js", "page.css", "start.js", "swagger-ui-bundle.js", "swagger-ui.css",
    },
    "redoc": {"page.css", "redoc.standalone.js", "start.js"},
}  # fmt: skip
_TEXT_TYPES = {"css": "text/css", "html": "text/html", "js": "text/javascript"}
_YEAR_S = 365 * 24 * 3600

# SECURITY: no inline script, and nothing from elsewhere (tests/test_docs_pages.py, tests/browser). Swagger UI's CSS holds its icons as data: URLs.
# ReDoc searches in a worker that it makes from a blob. It also makes style elements at run time: empty ones, to whose sheets it adds rules,
# and one that is always the same, that of its scroll bars; so the hashes of these two stand where 'unsafe-inline' otherwise would.
_STYLES = {
    "swagger-ui": "'self'",
    "redoc": (
        "'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
    ),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; font-src 'self'; "
    "worker-src blob:; connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

_SWAGGER_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png?v={version}">
<link rel="stylesheet" href="{assets}/swagger-ui.css?v={version}">
<link rel="stylesheet" href="{assets}/page.css?v={version}">
</head>
<body>
<div id="swagger-ui" data-document="{document}" data-redirect="{assets}/oauth2-redirect.html"></div>
<script src="{assets}/swagger-ui-bundle.js?v={version}"></script>
<script src="{assets}/start.js?v={version}"></script>
</body>
</html>
"""
_REDOC_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{assets}/page.css?v={version}">
</head>
<body>
<div id="redoc" data-document="{document}"></div>
<script src="{assets}/redoc.standalone.js?v={version}"></script>
<script src="{assets}/start.js?v={version}"></script>
</body>
</html>
"""

_adding = Lock()


def add_docs_pages(app: Flask) -> None:
    """Add the routes of the document and its pages, once, except where the application has a rule at the same path."""
    with _adding:
        if not app._docs_are_due:
            return
        settings = app._openapi_settings
        urls = (DOCUMENT_URL, DOCS_URL, REDOC_URL)
        if not isinstance(settings, bool):
            urls = (settings.url, settings.docs_url, settings.redoc_url)  # type: ignore[assignment]  # each may be None
        document_url, docs_url, redoc_url = urls
        if document_url and not app._host_matching:
            taken = _paths_of(app)
            pages = DocsPages(document_url)
            _add(app, taken, document_url, "ewer_openapi", pages.send_document)
            _add_page(app, taken, docs_url, "docs", pages.docs_at(docs_url), pages.send_swagger_asset)
            _add_page(app, taken, redoc_url, "redoc", pages.redoc_at(redoc_url), pages.send_redoc_asset)
        app._docs_are_due = False


def _add_page(app: Flask, taken: set[str], url: str | None, name: str, view: t.Any, send_asset: t.Any) -> None:
    if url and _add(app, taken, url, f"ewer_{name}", view):
        app.add_url_rule(f"{_assets_below(url)}/<filename>", f"ewer_{name}_asset", send_asset)


def _add(app: Flask, taken: set[str], url: str, endpoint: str, view: t.Any) -> bool:
    if url.rstrip("/") in taken or endpoint in app.view_functions:
        return False
    app.add_url_rule(url, endpoint, view)
    return True


def _paths_of(app: Flask) -> set[str]:
    """Return the paths of the application's rules, without making a URL map for it."""
    rules: t.Iterable[t.Any] = app._pending_routes if app._url_map is None else app._url_map.iter_rules()
    return {rule.rule.rstrip("/") for rule in rules}


def _assets_below(url: str) -> str:
    return f"{url.rstrip('/')}/assets"


class DocsPages:
    """The views. They know the paths that they are served at; links between them are relative, so any prefix will do."""

    def __init__(self, document_url: str) -> None:
        self._document_url = document_url

    def send_document(self) -> Response:
        """Send the document, to be revalidated each time it is asked for."""
        from ._openapi import document_of
        from .globals import current_app, request
        from .wrappers import Response

        document = document_of(t.cast("t.Any", current_app)._get_current_object())
        response = Response(document.encoded(request.script_root), content_type="application/json")
        return _revalidated(response)

    def docs_at(self, url: str | None) -> t.Callable[[], Response]:
        """Return the view of the page with Swagger UI."""
        return lambda: self._send_page(url or "", _SWAGGER_PAGE, "swagger-ui")

    def redoc_at(self, url: str | None) -> t.Callable[[], Response]:
        """Return the view of the page with ReDoc."""
        return lambda: self._send_page(url or "", _REDOC_PAGE, "redoc")

    def _send_page(self, url: str, template: str, kind: str) -> Response:
        from html import escape
        from posixpath import dirname, relpath

        from ._openapi import document_of
        from .globals import current_app
        from .wrappers import Response

        here = url if url.endswith("/") else dirname(url)
        content = document_of(t.cast("t.Any", current_app)._get_current_object()).content
        page = template.format(
            title=escape(content["info"]["title"]),
            assets=escape(relpath(_assets_below(url), here)),
            document=escape(relpath(self._document_url, here)),
            version=_VERSIONS[kind],
        )
        response = Response(page, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _POLICY.format(
            style=_STYLES[kind], connect=" ".join(_origins_in(content))
        )
        return _revalidated(response)

    def send_swagger_asset(self, filename: str) -> Response:
        """Send a file of Swagger UI.

        Raises:
            werkzeug.exceptions.NotFound: it is none of them.
        """
        return _send_asset("swagger-ui", filename)

    def send_redoc_asset(self, filename: str) -> Response:
        """Send a file of ReDoc.

        Raises:
            werkzeug.exceptions.NotFound: it is none of them.
        """
        return _send_asset("redoc", filename)


def _send_asset(kind: str, filename: str) -> Response:
    """Send a file; one that was asked for by its version never changes, any other is revalidated."""
    from .globals import request
    from .helpers import abort, send_file

    if filename not in _ASSETS[kind]:
        abort(404)
    media_type = _TEXT_TYPES.get(filename.rpartition(".")[2])
    is_lasting = request.args.get("v") == _VERSIONS[kind]
    response = send_file(
        os.path.join(_FOLDER, kind, filename), mimetype=media_type, max_age=_YEAR_S if is_lasting else 0
    )
    if is_lasting:
        response.cache_control.immutable = True
    return _secured(response)


def _revalidated(response: Response) -> Response:
    from .globals import request

    response.add_etag()
    response.cache_control.no_cache = True
    return _secured(response.make_conditional(request))


def _secured(response: t.Any) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(style="'self'", connect="'self'"))
    return t.cast("Response", response)


def _origins_in(document: dict[str, t.Any]) -> list[str]:
    """Return where "Try it out" may send requests: here, the document's own servers, and what gives out its tokens."""
    from urllib.parse import urlsplit

    schemes = document.get("components", {}).get("securitySchemes", {}).values()
    urls = [server.get("url", "") for server in document.get("servers", ())]
    urls += [flow.get("tokenUrl", "") for scheme in schemes for flow in scheme.get("flows", {}).values()]
    urls += [scheme.get("openIdConnectUrl", "") for scheme in schemes]
    origins = ["'self'"]
    for parts in map(urlsplit, urls):
        # SECURITY: a URL with a variable, a space or a semicolon in its host would change the policy, so it is left out.
        if parts.scheme in ("http", "https") and parts.netloc and not set(parts.netloc) & set(" ;,{}'\"*"):
            origin = f"{parts.scheme}://{parts.netloc}"
            origins += [origin] if origin not in origins else []
    return origins
