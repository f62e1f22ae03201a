"""Finds URL rules that can never be reached because an earlier rule takes all their URLs; knows ``werkzeug`` rules alone.

A conflict is certain, never a guess: ``/user/me`` beside ``/user/<name>`` is good practice and stays unreported, as do
rules that overlap on some URLs only, such as ``/<int:id>`` and ``/<name>``.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from werkzeug.routing import Rule
    from werkzeug.routing.rules import Weighting

    from .app import Flask

_Place = tuple[int, bool, tuple[tuple[str, bool, bool, bool], ...]]


@dataclass(frozen=True)
class Shadowed:
    """One rule that loses some or all of its methods to another.

    Attributes:
        rule: the rule that is not reached.
        winner: the rule that answers instead.
        methods: the methods that ``rule`` loses to ``winner``; None if both answer every method.
    """

    rule: Rule
    winner: Rule
    methods: frozenset[str] | None

    @property
    def message(self) -> str:
        """Say which rule loses what to which, and how to mend it."""
        methods = "any method" if self.methods is None else _listed(self.methods)
        way_out = "another path" if self.methods is None else "another path or other methods"
        if self.winner.rule == self.rule.rule:
            reason = f"endpoint '{self.winner.endpoint}' has the same rule and comes first"
        else:
            reason = f"rule {_described(self.winner)} matches the same URLs and comes first"
        return (
            f"Rule {_described(self.rule)} is never reached for {methods}: {reason}."
            f"\n  Fix: give '{self.rule.endpoint}' {way_out}, or remove one of the two rules."
        )


def find_shadowed_rules(rules: Iterable[Rule]) -> list[Shadowed]:
    """Find each rule that another makes unreachable for at least one method.

    Two rules are compared when they accept the same set of URLs: same host or subdomain, same static text, and
    converters with the same pattern in the same places; the names of variables do not matter. The same rule added
    twice for one endpoint is harmless and left out, and so are the ``OPTIONS`` that Flask adds by itself.

    Args:
        rules: rules bound to a map, in any order; unbound and build-only rules are ignored.

    Returns:
        One entry for each losing rule and each winner of its methods.
    """
    places: dict[_Place, list[Rule]] = {}
    for rule in rules:
        # NOTE: an unbound rule has no map, though its annotation says otherwise.
        if getattr(rule, "map", None) is not None and not rule.build_only:
            places.setdefault(_place(rule), []).append(rule)

    found: list[Shadowed] = []
    for rivals in places.values():
        if len(rivals) == 1:
            continue
        rivals.sort(key=_matching_order)
        for index, rule in enumerate(rivals):
            found += _losses(rule, rivals[:index])
    return found


def warn_about_shadowed_rules(app: Flask) -> None:
    """Log a warning for each rule that is never reached, once in an application's life however often this is called."""
    # NOTE: past __setattr__, which watches for changes that concern serving; this one does not.
    told: set[tuple[int, int]] = vars(app).setdefault("_told_shadowed_rules", set())
    for shadowed in find_shadowed_rules(app.url_map.iter_rules()):
        key = (id(shadowed.rule), id(shadowed.winner))
        if key not in told:
            told.add(key)
            app.logger.warning(shadowed.message)


def _losses(rule: Rule, earlier: Sequence[Rule]) -> Iterator[Shadowed]:
    gone: set[str] = set()
    for winner in earlier:
        if not _covers(winner, rule):
            continue
        methods = _common_methods(winner, rule)
        lost = None if methods is None else methods - gone
        if lost != frozenset() and not _same_answer(winner, rule):
            yield Shadowed(rule, winner, lost)
        if methods is None:
            return
        gone |= methods


def _place(rule: Rule) -> _Place:
    # NOTE: Werkzeug numbers its regex groups, so two patterns that differ only in variable names are the same text. The
    # weight of a part is left out: it orders the search, and says nothing about which URLs match.
    parts = tuple((part.content, part.static, part.final, part.suffixed) for part in rule._parts)
    return id(rule.map), rule.websocket, parts


def _matching_order(rule: Rule) -> tuple[list[Weighting], int]:
    """Give the key by which Werkzeug tries rules of one place: weights of converters, then the order of adding.

    NOTE: the order of adding is read from the matcher's own state, because ``Map.iter_rules`` groups by endpoint.
    """
    state = rule.map._matcher._root
    for part in rule._parts:
        dynamic = (after for candidate, after in state.dynamic if candidate == part)
        state = state.static[part.content] if part.static else next(dynamic)
    position = next(index for index, candidate in enumerate(state.rules) if candidate is rule)
    return [part.weight for part in rule._parts if not part.static], position


def _covers(winner: Rule, rule: Rule) -> bool:
    # A rule that is not strict about slashes takes '/page/' too, which a strict '/page' leaves to it.
    return not winner.strict_slashes or bool(rule.strict_slashes) or rule.rule.endswith("/")


def _common_methods(winner: Rule, rule: Rule) -> frozenset[str] | None:
    if rule.methods is None:
        return None if winner.methods is None else frozenset(winner.methods)
    methods = rule.methods if winner.methods is None else rule.methods & winner.methods
    automatic = {"OPTIONS"} if getattr(rule, "provide_automatic_options", False) else set()
    return frozenset(methods - automatic)


def _same_answer(winner: Rule, rule: Rule) -> bool:
    return (winner.endpoint, winner.rule, winner.defaults) == (rule.endpoint, rule.rule, rule.defaults)


def _listed(methods: frozenset[str]) -> str:
    # GET brings HEAD along; naming both would only make the sentence longer.
    shown = methods - {"HEAD"} if "GET" in methods else methods
    return ", ".join(sorted(shown))


def _described(rule: Rule) -> str:
    domain = rule.host if rule.map.host_matching else rule.subdomain
    return f"'{rule.rule}'" + (f" on '{domain}'" if domain else "") + f" (endpoint '{rule.endpoint}')"
