"""`Ewer`: Flask's machine with annotations that validate, convert, inject, encode and document."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

from .app import Flask

if t.TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    from werkzeug.routing import Rule

    from ._core.table import Route
    from ._openapi import OpenAPI
    from ._typed_views import RouteOptions
    from .typed.problems import Problems
    from .wrappers import Response

_ROUTE_OPTIONS = frozenset({
    "dependencies", "deprecated", "description", "include_in_schema", "operation_id", "response", "responses", "status", "summary", "tags",
})  # fmt: skip


class Ewer(Flask):
    """The main class. Positional arguments are those of `Flask`.

    In an `Ewer` application every annotated parameter of a view that neither the URL nor the rule's defaults supply is taken from the request, and
    a return annotation says how the result is encoded. `route()` and its like take, besides the options of a rule: `status`, `response`,
    `responses`, `dependencies`, `tags`, `summary`, `description`, `deprecated`, `operation_id` and `include_in_schema`.

    Args:
        openapi: whether `/openapi.json`, `/docs` and `/redoc` are served; an `ewer.OpenAPI` says what stands in them, and where they are.
        dependencies: `Depends(...)` that run before every view, for their effect.
        problems: the shape of refusals, at run time and in the document; RFC 9457 problem details by default.
    """

    _binding_mode = "ewer"
    _checks_views = True

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
        *,
        openapi: bool | OpenAPI = True,
        dependencies: t.Iterable[t.Any] = (),
        problems: Problems | None = None,
    ) -> None:
        self.dependencies = tuple(dependencies)
        self.dependency_overrides: dict[t.Any, t.Any] = {}
        self._problems = problems
        self._route_options: dict[tuple[str, str], RouteOptions] = {}
        super().__init__(
            import_name,
            static_url_path,
            static_folder,
            static_host,
            host_matching,
            subdomain_matching,
            template_folder,
            instance_path,
            instance_relative_config,
            root_path,
            openapi=openapi,
        )

    @property
    def problems(self) -> Problems:
        """The shape of refusals."""
        from .typed.problems import DEFAULT

        return self._problems or DEFAULT

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., t.Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Register a rule. Like `Flask.add_url_rule()`, with the options that the class names.

        Raises:
            SetupError: in addition, for what `Flask.add_url_rule()` could not know.
        """
        own = {name: options.pop(name) for name in _ROUTE_OPTIONS & options.keys()}
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)
        if own:
            from ._typed_views import RouteOptions
            from .sansio.scaffold import _endpoint_from_view_func

            name = _endpoint_from_view_func(view_func) if endpoint is None else endpoint
            for several in ("dependencies", "tags"):
                if several in own:
                    own[several] = tuple(own[several])
            self._route_options[rule, name] = RouteOptions(**own)

    def _options_of(self, rule: Rule | Route) -> RouteOptions:
        from ._typed_views import NO_OPTIONS

        return self._route_options.get((rule.rule, rule.endpoint), NO_OPTIONS)

    def _route_asks_more(self, rule: str, endpoint: str) -> bool:
        return (rule, endpoint) in self._route_options or bool(self._dependencies_of(endpoint))

    def _dependencies_of(self, endpoint: str) -> tuple[t.Any, ...]:
        from ._core.table import blueprint_names

        if endpoint.startswith("ewer_"):
            from ._docs_pages import OWN_ENDPOINTS

            if endpoint in OWN_ENDPOINTS:  # the document is for everybody; a hook keeps it from whom it is not for
                return ()
        found = self.dependencies
        for name in reversed(blueprint_names(endpoint)):
            found += tuple(getattr(self.blueprints.get(name), "dependencies", ()))
        return found

    def _as_response(self, rv: t.Any) -> Response:
        """Make a response object; an HTTP error of a view that speaks JSON becomes problem details."""
        from ._refusals import problem_for

        problem = problem_for(self, rv)
        return super()._as_response(rv) if problem is None else problem

    @contextmanager
    def override_dependencies(self, overrides: Mapping[t.Any, t.Any]) -> Iterator[None]:
        """Let other callables stand for dependencies while the block runs; for tests."""
        before = dict(self.dependency_overrides)
        self.dependency_overrides.update(overrides)
        try:
            yield
        finally:
            self.dependency_overrides.clear()
            self.dependency_overrides.update(before)

    def resolve(self, dependency: Callable[..., t.Any]) -> t.Any:
        """Return what a dependency gives, outside of a view: in a command, a job, a shell or a test.

        It lives as long as the current application context, which gives the same object when asked again and resumes the clean-up at its end;
        what an application-wide dependency gives is the object that views get.

        Raises:
            RuntimeError: no application context is current.
            SetupError: the dependency needs a value that only a request has.
        """
        from ._typed_views import resolve_in_context

        return resolve_in_context(self, dependency)
