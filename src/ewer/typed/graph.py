"""The dependencies of one view as a list of steps in the order in which they run.

Compiled by ``bind``, run by ``runner``.
"""

from __future__ import annotations

import functools
import inspect
import typing as t
from dataclasses import dataclass, field

from .runner import run, run_async

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from .markers import Life
    from .runner import Scope

CallKind = t.Literal["plain", "coroutine", "generator", "async generator"]


@dataclass(frozen=True)
class Step:
    """One call of a dependency. ``arguments`` pairs its keywords with the keys of values made before it."""

    key: str
    call: Callable[..., t.Any]
    kind: CallKind
    life: Life
    arguments: tuple[tuple[str, str], ...]
    name: str
    where: str

    @property
    def is_async(self) -> bool:
        """Whether calling or resuming it needs an event loop."""
        return self.kind in ("coroutine", "async generator")


@dataclass(frozen=True)
class SecurityNeed:
    """A security scheme that some dependency declares, as OpenAPI names it; whether a request may do without."""

    name: str
    scheme: t.Mapping[str, t.Any]
    scopes: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True)
class Graph:
    """All steps of one view, and which values are the view's own arguments."""

    steps: tuple[Step, ...]
    arguments: tuple[tuple[str, str], ...]
    security: tuple[SecurityNeed, ...] = ()
    #: Values known at set-up, such as ``SecurityScopes``.
    constants: t.Mapping[str, t.Any] = field(default_factory=dict)

    @functools.cached_property
    def closes_early(self) -> bool:
        """Whether something is to be cleaned up as soon as the view returned."""
        return any(step.life == "function" for step in self.steps)

    @functools.cached_property
    def batches(self) -> tuple[tuple[bool, tuple[Step, ...]], ...]:
        """The steps in runs of blocking ones, which share one trip to a thread, and asynchronous ones."""
        batches: list[tuple[bool, list[Step]]] = []
        for step in self.steps:
            blocking = not step.is_async and step.life != "app"
            if not batches or batches[-1][0] is not blocking:
                batches.append((blocking, []))
            batches[-1][1].append(step)
        return tuple((blocking, tuple(steps)) for blocking, steps in batches)

    def run(self, values: dict[str, t.Any], scope: Scope) -> dict[str, t.Any]:
        """The view's arguments, for a view that runs in a thread. See ``runner.run``."""
        return run(self, values, scope)

    async def run_async(self, values: dict[str, t.Any], scope: Scope) -> dict[str, t.Any]:
        """The view's arguments, for a view that runs on an event loop. See ``runner.run_async``."""
        return await run_async(self, values, scope)

    def describe(self) -> list[str]:
        """One line a step."""
        return [f"dependency {step.name} ({step.kind}, lives for the {step.life})" for step in self.steps]


def kind_of_call(call: Callable[..., t.Any]) -> CallKind:
    """How a dependency is called: plainly, awaited, or resumed for its clean-up."""
    while isinstance(call, functools.partial):
        call = call.func
    if not isinstance(call, type) and not inspect.isroutine(call):
        call = vars(type(call)).get("__call__", call)
    if inspect.isasyncgenfunction(call):
        return "async generator"
    if inspect.iscoroutinefunction(call):
        return "coroutine"
    if inspect.isgeneratorfunction(call):
        return "generator"
    return "plain"
