"""What serving one route takes: the shortest correct choice among Flask's stations.

A plan is compiled when its route is first served and again after any change that its application's watch has seen. It never holds the
application: plans hang on routes, routes on the application, and an application must be freed by reference counting alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class HookTables(NamedTuple):
    """The live hook tables of an application, by blueprint name; None is the application itself."""

    url_value_preprocessors: Mapping[str | None, list[Any]]
    before_request: Mapping[str | None, list[Any]]
    after_request: Mapping[str | None, list[Any]]
    teardown_request: Mapping[str | None, list[Any]]
    teardown_appcontext: list[Any]


class Plan:
    """The steps of one route that are not empty."""

    __slots__ = (
        "after",
        "before",
        "coroutine",
        "has_preprocessing",
        "has_processing",
        "has_teardown",
        "is_simple",
        "version",
        "view",
    )

    def __init__(self, view: Callable[..., Any], version: int, tables: HookTables, blueprints: Iterable[str]) -> None:
        names = (None, *blueprints)
        self.view = view
        self.coroutine: Callable[..., Any] | None = None
        """The view itself where it can be awaited: a coroutine function, with nothing plain to run around it."""
        self.before: tuple[Callable[..., Any], ...] | None = None
        """The `before_request` functions in their order, where there is nothing else to do before the view; None asks the station."""
        self.after: tuple[Callable[..., Any], ...] | None = None
        """The `after_request` functions in their order; None asks the station."""
        self.is_simple = False
        """Whether nothing at all runs around the view, as far as set-up can know."""
        self.version = version
        self.has_preprocessing = _any_in(names, tables.url_value_preprocessors, tables.before_request)
        self.has_processing = _any_in(names, tables.after_request)
        self.has_teardown = bool(tables.teardown_appcontext) or _any_in(names, tables.teardown_request)


def _any_in(names: Iterable[str | None], *tables: Mapping[str | None, list[Any]]) -> bool:
    return any(table.get(name) for table in tables for name in names)
