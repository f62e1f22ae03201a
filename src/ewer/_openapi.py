"""The OpenAPI document of an application: what its rules and views say, collected for `ewer.typed.openapi`, built once.

Where the document is served, and the pages that show it, is `ewer._docs_pages`'s. Next: `ewer.typed.openapi`, which writes it.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ._docs_pages import DOCS_URL, DOCUMENT_URL, OWN_ENDPOINTS, REDOC_URL

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from werkzeug.routing import Rule

    from ._typed_views import RouteOptions
    from .app import Flask
    from .typed.binding import Binding
    from .typed.openapi import DocumentInfo, Json, RouteDoc


@dataclass(frozen=True)
class OpenAPI:
    """What the OpenAPI document says of the application as a whole, and where it is served.

    Attributes:
        title: by default the application's name.
        version: of the API, not of OpenAPI.
        summary, description, terms_of_service, contact, license, external_docs: as OpenAPI names them; descriptions are CommonMark.
        servers: where the API is served; by default the prefix that a request came through.
        tags: names and descriptions of the tags that operations carry, in the order in which the pages show them.
        webhooks: functions, by name, whose annotations say what the application posts to others.
        url: the path of the document; None serves neither document nor pages.
        docs_url: the path of the page with Swagger UI; None for none.
        redoc_url: the path of the page with ReDoc; None for none.

    Source: OpenAPI specification 3.1.0, sections 4.8.2 to 4.8.5.
    """

    title: str | None = None
    version: str = "0.1.0"
    summary: str | None = None
    description: str | None = None
    terms_of_service: str | None = None
    contact: Mapping[str, str] | None = None
    license: Mapping[str, str] | None = None
    servers: tuple[Mapping[str, t.Any], ...] = ()
    tags: tuple[Mapping[str, t.Any], ...] = ()
    external_docs: Mapping[str, str] | None = None
    webhooks: Mapping[str, Callable[..., t.Any]] = field(default_factory=dict)
    url: str | None = DOCUMENT_URL
    docs_url: str | None = DOCS_URL
    redoc_url: str | None = REDOC_URL


class Document:
    """The document of one state of an application's rules, as a dict and, when it is first sent, as bytes."""

    def __init__(self, version: int, content: Json) -> None:
        self.version = version
        self.content = content
        self._encoded: bytes | None = None

    def encoded(self, prefix: str = "") -> bytes:
        """Return it as JSON in UTF-8, with the path prefix it is served behind as its server."""
        import msgspec
        from msgspec.json import encode

        if prefix:
            from .typed.openapi import with_prefix

            return encode(with_prefix(self.content, prefix))
        if self._encoded is None:
            self._encoded = encode(self.content)
        return self._encoded


def document_of(app: Flask) -> Document:
    """Return the document of the rules as they are, built when it is first asked for and again only when a rule has come.

    Raises:
        SetupError: a view is written in a way that cannot be served.
    """
    app.url_map  # noqa: B018  # making the map moves the watch
    version = app._rules_watch.version
    known: Document | None = app.__dict__.get("_document")
    if known is None or known.version != version:
        from .typed.openapi import build_document

        info = _info_of(app)
        known = Document(version, build_document(describe_routes(app), info, webhooks=_describe_webhooks(app)))
        app.__dict__["_document"] = known
    return known


def describe_routes(app: Flask) -> Iterator[RouteDoc]:
    """Describe every rule of an application; static files, WebSockets and the pages of the document itself are left out.

    Raises:
        SetupError: a view is written in a way that cannot be served.
    """
    for rule in app.url_map.iter_rules():
        endpoint = rule.endpoint
        if rule.build_only or rule.websocket or endpoint == "static" or endpoint.endswith(".static"):
            continue
        view = app.view_functions.get(endpoint)
        if view is None or endpoint in OWN_ENDPOINTS:
            continue
        yield from _describe_rule(app, rule, view)


def _describe_rule(app: Flask, rule: Rule, view: t.Any) -> Iterator[RouteDoc]:
    from ._typed_views import bindings_of

    options = app._options_of(rule)
    bound = bindings_of(app, view, rule)
    methods = frozenset(rule.methods or ("GET",))
    cls = getattr(view, "view_class", None)
    if cls is None:
        content = _content_of(app, view)
        yield _route_doc(rule, methods, view, t.cast("Binding | None", bound), options, content)
        return
    by_method = t.cast("dict[str, Binding]", bound or {})
    for method in sorted(methods - {"HEAD", "OPTIONS"} or methods):
        function = getattr(cls, method.lower(), None) or getattr(cls, "dispatch_request", cls)
        content = _content_of(app, function)
        described = _route_doc(rule, frozenset([method]), function, by_method.get(method), options, content)
        yield described if described.docstring else replace(described, docstring=cls.__doc__ or "")


def _content_of(app: Flask, view: t.Any) -> Mapping[str, t.Any]:
    """Return what a view sends whose annotation names one of Flask's own results: a page for text, JSON for a dict or a list."""
    result = getattr(view, "__annotations__", {}).get("return")
    if result in (str, "str"):
        return {app.response_class.default_mimetype or "text/html": {"schema": {"type": "string"}}}
    for kind, name in ((dict, "object"), (list, "array")):
        if result in (kind, kind.__name__):
            return {"application/json": {"schema": {"type": name}}}
    return {}


def _route_doc(
    rule: Rule,
    methods: frozenset[str],
    view: t.Any,
    binding: Binding | None,
    options: RouteOptions,
    content: Mapping[str, t.Any],
) -> RouteDoc:
    from .typed.openapi import RouteDoc

    blueprint = rule.endpoint.rpartition(".")[0]
    return RouteDoc(
        rule=rule.rule,
        methods=methods,
        endpoint=rule.endpoint,
        binding=binding,
        docstring="" if view is None else getattr(view, "__doc__", None) or "",
        summary=options.summary,
        description=options.description,
        tags=options.tags or ((blueprint,) if blueprint else ()),
        status=options.status,
        responses=options.responses,
        deprecated=options.deprecated,
        operation_id=options.operation_id,
        include_in_schema=options.include_in_schema,
        defaults=frozenset(rule.defaults or ()),
        content=content,
    )


def _describe_webhooks(app: Flask) -> Iterator[RouteDoc]:
    from .typed import bind_view
    from .typed.openapi import RouteDoc

    for name, function in settings_of(app).webhooks.items():
        binding = bind_view(function, rule_variables={}, methods=("POST",))
        yield RouteDoc(name, frozenset(["POST"]), name, binding, docstring=function.__doc__ or "")


def settings_of(app: Flask) -> OpenAPI:
    """Return what the application says of its document; the defaults where it says only yes or no."""
    settings = app._openapi_settings
    return settings if isinstance(settings, OpenAPI) else OpenAPI()


def _info_of(app: Flask) -> DocumentInfo:
    from .typed.openapi import DocumentInfo
    from .typed.problems import DEFAULT

    settings = settings_of(app)
    return DocumentInfo(
        title=app.name if settings.title is None else settings.title,
        version=settings.version,
        summary=settings.summary,
        description=settings.description,
        terms_of_service=settings.terms_of_service,
        contact=settings.contact,
        license=settings.license,
        servers=tuple(settings.servers),
        tags=tuple(settings.tags),
        external_docs=settings.external_docs,
        problems=getattr(app, "problems", DEFAULT),
    )
