"""The live `werkzeug.routing.Map` of an application, and what the route table may know of its rules.

The map stays the reference for everything unusual; `ewer._core.table` answers what is plain.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter

import werkzeug
from werkzeug.routing import BaseConverter, Rule, UUIDConverter
from werkzeug.routing import Map as WerkzeugMap
from werkzeug.routing.converters import NumberConverter

from ._core.table import Route, Variable, is_plain

if t.TYPE_CHECKING:
    from .watched import Watch

# Converters whose to_python() needs nothing but the text: safe to call before the request context exists.
_CONTEXT_FREE = {BaseConverter.to_python, NumberConverter.to_python, UUIDConverter.to_python}
_VARIABLE = re.compile(r"<(?:[a-zA-Z_][a-zA-Z0-9_]*(?:\(.*?\))?:)?([a-zA-Z_][a-zA-Z0-9_]*)>")
_WATCHED_OPTIONS = frozenset(
    {"default_subdomain", "host_matching", "merge_slashes", "redirect_defaults", "strict_slashes"}
)


class Map(WerkzeugMap):
    """Werkzeug's map; new rules and changed options move the watch of its application."""

    watch: Watch | None = None

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        self.added: list[Rule] = []
        """All rules in the order in which they were added; `iter_rules()` gives them by endpoint."""
        super().__init__(*args, **kwargs)

    def add(self, rulefactory: t.Any) -> None:
        for rule in rulefactory.get_rules(self):
            super().add(rule)
            self.added.append(rule)
        if self.watch is not None:
            self.watch.moved()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if self.watch is not None and name in _WATCHED_OPTIONS:
            self.watch.moved()


def make_rule(route: Route, rule_class: type[Rule]) -> Rule:
    """Make the rule object that stands for `route` in the URL map."""
    options = dict(route.options)
    provide_automatic_options = options.pop("provide_automatic_options")
    rule = rule_class(route.rule, **options)
    rule.provide_automatic_options = provide_automatic_options  # type: ignore[attr-defined]  # Flask keeps it on the rule
    rule._route = route  # type: ignore[attr-defined]  # the way back for request.url_rule
    route.bound = rule
    return rule


def routes_of(url_map: Map) -> list[Route]:
    """Describe every rule of `url_map`, in the order in which the rules were added."""
    rules = url_map.added
    # A rule with defaults may redirect another rule of its endpoint; only Werkzeug knows when.
    defaulted = {rule.endpoint for rule in rules if rule.defaults}
    shared = {endpoint for endpoint, count in Counter(rule.endpoint for rule in rules).items() if count > 1}
    return [_describe(rule, rule.endpoint in defaulted & shared) for rule in rules if not rule.build_only]


def _describe(rule: Rule, may_redirect: bool) -> Route:
    plain = (
        not may_redirect
        and type(rule).__hash__ is Rule.__hash__
        and isinstance(rule.endpoint, str)
        and rule.methods is not None
        and not (rule.subdomain or rule.host or rule.redirect_to or rule.alias or rule.websocket)
    )
    segments = _segments(rule) if plain else None
    route = Route(rule.rule, str(rule.endpoint), _served_methods(rule), segments)
    route.bound = rule
    route.defaults = rule.defaults or None
    return route


def _served_methods(rule: Rule) -> frozenset[str]:
    """Return the methods that go straight to the view: not HEAD, whose reply has no body, nor OPTIONS, which another rule may answer."""
    return frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"}


def _segments(rule: Rule) -> tuple[str | Variable, ...] | None:
    if "//" in rule.rule or "|" in rule.rule:
        return None
    segments: list[str | Variable] = []
    for text in _split(rule.rule):
        if "<" not in text:
            segments.append(text)
            continue
        match = _VARIABLE.fullmatch(text)
        variable = match and _variable(match[1], rule._converters[match[1]])
        if not variable:
            return None
        segments.append(variable)
    return tuple(segments) if is_plain(segments) else None


def _split(rule: str) -> list[str]:
    """Split a rule at the slashes that are not inside a variable."""
    return re.findall(r"(?<=/)(?:<[^>]*>|[^/<])*", rule)


def _variable(name: str, converter: BaseConverter) -> Variable | None:
    """Describe one variable, or return None for a converter that needs the request or the reference."""
    kind = type(converter)
    if kind.to_python not in _CONTEXT_FREE:
        return None
    spans_slashes = not converter.part_isolating
    if spans_slashes and converter.regex != "[^/].*?":
        return None
    accepts: t.Callable[[str], t.Any] | None
    accepts = (
        None
        if spans_slashes or converter.regex in ("[^/]{1,}", "[^/]+")
        else re.compile(rf"(?:{converter.regex})\Z").match
    )
    if kind.__name__ == "IntegerConverter" and converter.regex == r"\d+":
        accepts = str.isdigit  # NOTE: the table sees ASCII paths only
    to_python: t.Callable[[str], t.Any] | None
    to_python = None if kind.to_python is BaseConverter.to_python else converter.to_python
    if isinstance(converter, NumberConverter) and (converter.fixed_digits, converter.min, converter.max) == (
        0,
        None,
        None,
    ):
        to_python = converter.num_convert
    return Variable(name, f"{converter.regex}", converter.weight, accepts, to_python, spans_slashes)
