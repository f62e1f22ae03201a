"""The hooks of a request as its plan has them: one flat list each way, as long as nobody has changed the tables meanwhile.

What changes while hooks run is seen by the request it concerns: the rest of them is then read from the live tables, in
Flask's order. Next: `ewer._serving` for where the lists are made, `ewer.app.Flask.preprocess_request` and
`process_response` for the stations that they stand for.
"""

from __future__ import annotations

import typing as t
from itertools import islice

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._core.plan import Plan
    from ._road import Road
    from .ctx import RequestContext
    from .wrappers import Response

    Table = Mapping[str | None, list[t.Callable[..., t.Any]]]


def in_order_before(table: Table, blueprints: t.Sequence[str]) -> Iterator[t.Callable[..., t.Any]]:
    """Yield what runs before a view: the application's hooks, then the blueprints', from the outside in."""
    for name in (None, *reversed(blueprints)):
        if name in table:
            yield from table[name]


def in_order_after(table: Table, blueprints: t.Sequence[str]) -> Iterator[t.Callable[..., t.Any]]:
    """Yield what runs after a view: the blueprints' hooks, from the inside out, then the application's; the last registered first."""
    for name in (*blueprints, None):
        if name in table:
            yield from reversed(table[name])


def run_before(app: Road, context: RequestContext, plan: Plan) -> t.Any:
    """Run the `before_request` functions of a plan; the first value that is not None ends it and is returned."""
    done = 0
    for function in plan.before:  # type: ignore[union-attr]  # the caller has seen that there are some
        rv = function()
        done += 1
        if rv is not None:
            return rv
        if plan.version != app._watch.version:
            break
    else:
        return None
    for function in islice(in_order_before(app.before_request_funcs, context.blueprints), done, None):
        rv = app.ensure_sync(function)()
        if rv is not None:
            return rv
    return None


def run_after(app: Road, context: RequestContext, plan: Plan, response: Response) -> Response:
    """Run the `after_request` functions of a plan on a response."""
    done = 0
    for function in plan.after:  # type: ignore[union-attr]  # the caller has seen that there are some
        response = function(response)
        done += 1
        if plan.version != app._watch.version:
            break
    else:
        return response
    for function in islice(in_order_after(app.after_request_funcs, context.blueprints), done, None):
        response = app.ensure_sync(function)(response)
    return response
