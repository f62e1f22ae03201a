"""`app.explain()`: in order, everything that will run for a route."""

from __future__ import annotations

import typing as t
from difflib import get_close_matches

from ._core.table import blueprint_names
from ._serving import Serving, is_coroutine_function, overridden_stations

if t.TYPE_CHECKING:
    from .app import Flask


def explain(app: Flask, endpoint: str) -> str:
    """Describe the way of a request to `endpoint`, one numbered step a line.

    Raises:
        LookupError: there is no such endpoint.
    """
    view = app.view_functions.get(endpoint)
    if view is None:
        raise LookupError(_unknown(app, endpoint))
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    collected, answered = _typed_steps(app, view, rules)
    steps = [*_before(app, endpoint), *collected, _step("view", view), *answered, *_after(app, endpoint)]
    head = [f"{endpoint}"]
    head += [f"  {rule.rule}  [{', '.join(sorted(rule.methods or ['any method']))}]" for rule in rules]
    reason = Serving(app).closed_because
    head.append(f"  runs by {'its plan' if reason is None else f'all stations, because {reason}'}")
    return "\n".join([*head, *(f"{number:>4}. {step}" for number, step in enumerate(steps, 1))])


def _unknown(app: Flask, endpoint: str) -> str:
    close = get_close_matches(endpoint, list(app.view_functions), n=1, cutoff=0.4)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"There is no endpoint {endpoint!r}.{hint} The endpoints are: {', '.join(sorted(app.view_functions))}."


def _step(station: str, function: t.Any, owner: str | None = None) -> str:
    whose = f" of blueprint {owner!r}" if owner else ""
    name = f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"
    code = getattr(function, "__code__", None)
    place = f"  ({code.co_filename}:{code.co_firstlineno})" if code else ""
    kind = "async " if is_coroutine_function(function) else ""
    return f"{station}{whose}: {kind}{name}{place}"


def _hooks(table: t.Mapping[str | None, t.Sequence[t.Any]], names: t.Iterable[str | None], station: str) -> list[str]:
    return [_step(station, function, name) for name in names for function in table.get(name, ())]


def _before(app: Flask, endpoint: str) -> list[str]:
    names = (None, *reversed(blueprint_names(endpoint)))
    overridden = overridden_stations(app)
    steps = [f"overridden station: {name}()" for name in sorted(overridden)]
    if _session_is_eager(app):
        steps.append(f"session: {type(app.session_interface).__name__}.open_session()")
    return [
        *steps,
        *_receivers("request_started"),
        *_hooks(app.url_value_preprocessors, names, "url_value_preprocessor"),
        *_hooks(app.before_request_funcs, names, "before_request"),
    ]


def _typed_steps(app: Flask, view: t.Any, rules: t.Sequence[t.Any]) -> tuple[list[str], list[str]]:
    """Say what is collected for a view and how its result is encoded, by the first of its rules."""
    served = app._typed(view, rules[0]) if rules else view
    by_method = getattr(served, "typed", None) or {"": served}
    before: list[str] = []
    after: list[str] = []
    for method, typed in by_method.items():
        binding = getattr(typed, "binding", None)
        for line in binding.describe() if binding is not None else ():
            steps = after if line.startswith("answer") else before
            steps.append(f"{method} {line}" if method else line)
    return before, after


def _after(app: Flask, endpoint: str) -> list[str]:
    names = (*blueprint_names(endpoint), None)
    last_first = {name: functions[::-1] for name, functions in app.after_request_funcs.items()}
    teardown = {name: functions[::-1] for name, functions in app.teardown_request_funcs.items()}
    session = ["session: saved if it was touched"] if app.secret_key else []
    if _session_is_eager(app):
        session = [f"session: {type(app.session_interface).__name__}.save_session()"]
    return [
        *_hooks(last_first, names, "after_request"),
        *session,
        *_receivers("request_finished"),
        *_hooks(teardown, names, "teardown_request"),
        *_receivers("request_tearing_down"),
        *(_step("teardown_appcontext", function) for function in reversed(app.teardown_appcontext_funcs)),
        *_receivers("appcontext_tearing_down"),
    ]


def _session_is_eager(app: Flask) -> bool:
    return Serving(app).opens_session


def _receivers(signal_name: str) -> list[str]:
    from . import signals

    count = len(getattr(signals, signal_name).receivers)
    return [f"signal {signal_name}: {count} receiver{'s' if count > 1 else ''}"] if count else []
