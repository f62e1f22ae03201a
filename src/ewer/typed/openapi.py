"""Builds the OpenAPI 3.1 document from route descriptions. Source: https://spec.openapis.org/oas/v3.1.0.

``RouteDoc`` is all this module knows of a route, ``DocumentInfo`` all it knows of the application; who collects them, and
where the document is served, is decided above.
"""

from __future__ import annotations

import http
import inspect
import typing as t
from collections import Counter
from dataclasses import dataclass, field

from . import problems
from .operations import OperationWriter
from .rules import read_rule
from .schemas import SchemaBook

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .binding import Binding

Json = dict[str, t.Any]

_UNWRITTEN = frozenset(("HEAD", "OPTIONS"))
_VALUES = frozenset(("const", "enum", "example", "examples"))
"""Keys of schemas and of media types under which no schema stands."""
_METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")


@dataclass(frozen=True)
class RouteDoc:
    """One rule of one endpoint, for one binding.

    ``responses`` maps further statuses to a text, a type, or a dict with ``description``, ``model``, ``content`` and
    ``headers``. ``docstring`` gives summary (first paragraph) and description (the rest) unless they are given.
    """

    rule: str
    methods: frozenset[str]
    endpoint: str
    binding: Binding | None = None
    docstring: str = ""
    summary: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    status: int | None = None
    response_description: str | None = None
    responses: Mapping[int | str, t.Any] = field(default_factory=dict)
    deprecated: bool = False
    operation_id: str | None = None
    include_in_schema: bool = True
    defaults: frozenset[str] = frozenset()
    extra: Mapping[str, t.Any] = field(default_factory=dict)
    #: What an answer holds that the framework makes without an annotation's help, as OpenAPI writes it.
    content: Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentInfo:
    """What the document says of the application as a whole."""

    title: str = "API"
    version: str = "0.1.0"
    summary: str | None = None
    description: str | None = None
    terms_of_service: str | None = None
    contact: Mapping[str, str] | None = None
    license: Mapping[str, str] | None = None
    servers: tuple[Mapping[str, t.Any], ...] = ()
    tags: tuple[Mapping[str, t.Any], ...] = ()
    external_docs: Mapping[str, str] | None = None
    problems: problems.Problems = problems.DEFAULT


def build_document(routes: t.Iterable[RouteDoc], info: DocumentInfo, *, webhooks: t.Iterable[RouteDoc] = ()) -> Json:
    """The whole document. Webhooks are described like routes, their rule being their name.

    Paths are in the order of the routes, so the same application gives the same document.
    """
    book = SchemaBook()
    shown = [route for route in routes if route.include_in_schema]
    writer = OperationWriter(book, info.problems, _operation_ids(shown))
    paths: Json = {}
    for route in shown:
        path, variables = read_rule(route.rule)
        kept = tuple(v for v in variables if v.name not in route.defaults)
        item = paths.setdefault(path, {})
        for method in _written(route):
            item.setdefault(method.lower(), writer.write(route, method, path, kept))
    hooks = {
        hook.rule: {method.lower(): writer.write(hook, method, hook.rule, ()) for method in _written(hook)}
        for hook in webhooks
    }
    document: Json = {"openapi": "3.1.0", "info": _info(info)}
    if info.servers:
        document["servers"] = [dict(server) for server in info.servers]
    document["paths"] = paths
    if hooks:
        document["webhooks"] = hooks
    components: Json = {}
    if book.components:
        components["schemas"] = dict(sorted(book.components.items()))
    if writer.security_schemes:
        components["securitySchemes"] = writer.security_schemes
    if components:
        document["components"] = components
    if info.tags:
        document["tags"] = [dict(tag) for tag in info.tags]
    if info.external_docs:
        document["externalDocs"] = dict(info.external_docs)
    _drop_impossible_defaults(document)
    return document


def _drop_impossible_defaults(node: t.Any) -> None:
    """Take out of schemas a default of null that their type has no room for: ``q: str = None`` is written often, and works."""
    if isinstance(node, list):
        for inner in node:
            _drop_impossible_defaults(inner)
    if not isinstance(node, dict):
        return
    if node.get("default", node) is None and isinstance(node.get("type"), str) and node["type"] != "null":
        del node["default"]
    for key, inner in node.items():
        if key not in _VALUES:
            _drop_impossible_defaults(inner)


def with_prefix(document: Json, prefix: str) -> Json:
    """The document as served behind a path prefix (WSGI's SCRIPT_NAME, ASGI's root_path): its server is the prefix."""
    if not prefix or "servers" in document:
        return document
    return {**document, "servers": [{"url": prefix}]}


def summary_of(docstring: str) -> tuple[str, str]:
    """A docstring's first paragraph on one line, and the rest, up to a form feed."""
    text = inspect.cleandoc(docstring.partition("\f")[0])
    first, _, rest = text.partition("\n\n")
    return " ".join(first.split()), rest.strip()


def _written(route: RouteDoc) -> list[str]:
    shown = route.methods - _UNWRITTEN or route.methods
    return [method for method in _METHODS if method in shown]


def _operation_ids(routes: list[RouteDoc]) -> dict[tuple[str, str, str], str]:
    """An id for each operation: the endpoint, with the method where an endpoint has several."""
    count = Counter(route.operation_id or route.endpoint for route in routes for _ in _written(route))
    taken: set[str] = set()
    ids: dict[tuple[str, str, str], str] = {}
    for route in routes:
        wanted = route.operation_id or route.endpoint
        for method in _written(route):
            name = wanted if count[wanted] == 1 else f"{wanted}_{method.lower()}"
            candidate, number = name, 2
            while candidate in taken:
                candidate, number = f"{name}_{number}", number + 1
            taken.add(candidate)
            ids[route.rule, method, route.endpoint] = candidate
    return ids


def _info(info: DocumentInfo) -> Json:
    made: Json = {"title": info.title, "version": info.version}
    optional = {
        "summary": info.summary,
        "description": info.description,
        "termsOfService": info.terms_of_service,
        "contact": dict(info.contact) if info.contact else None,
        "license": dict(info.license) if info.license else None,
    }
    made.update({name: value for name, value in optional.items() if value})
    return made


def phrase_for(status: int | str) -> str:
    """What HTTP calls a status."""
    try:
        return http.HTTPStatus(int(status)).phrase
    except ValueError:
        return "Response"
