"""The route table: (method, path) to route and arguments, for every plain rule.

A rule is plain when it is made of static segments and whole-segment variables. What is not plain, and every path that needs more than a hit (a
redirect, a 404, a 405 with its `Allow`), is answered by None: the caller then asks `app.url_map`, which stays the reference. The order in which
alternatives are tried is that of Werkzeug's state machine; `tests/test_router.py` holds the two against each other.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_VARIABLE = re.compile(r"<(?:([a-zA-Z_][a-zA-Z0-9_]*):)?([a-zA-Z_][a-zA-Z0-9_]*)>")
_FLOAT = re.compile(r"[0-9]+\.[0-9]+")
_UUID = re.compile(r"[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")
_MOST_REMEMBERED = 1024
_LONGEST_REMEMBERED = 96
"""In characters of the path. With the number of entries it bounds what the paths that clients think up can take: under 1 MiB."""


class Variable(NamedTuple):
    """One whole-segment variable of a rule."""

    name: str
    kind: str
    """What decides equality of two variables' places in the table: the converter's name or its regular expression."""
    weight: int
    """Werkzeug's weight of the converter; lighter ones are tried first."""
    accepts: Callable[[str], Any] | None
    """Truthy for a segment that matches; None for any segment that is not empty."""
    to_python: Callable[[str], Any] | None
    """Turns the segment into the argument; None keeps the text."""
    spans_slashes: bool = False


def _to_uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


_BUILT_IN: Mapping[str, tuple[int, Callable[[str], Any] | None, Callable[[str], Any] | None, bool]] = {
    "default": (100, None, None, False),
    "string": (100, None, None, False),
    "int": (50, str.isdigit, int, False),
    "float": (50, _FLOAT.fullmatch, float, False),
    "uuid": (100, _UUID.fullmatch, _to_uuid, False),
    "path": (200, None, None, True),
}


_ALWAYS_THE_SAME = (int, float, _to_uuid)


def built_in_variable(name: str, converter: str | None) -> Variable | None:
    """Return the variable for one of Werkzeug's converters without arguments, None for any other converter."""
    facts = _BUILT_IN.get(converter or "default")
    if facts is None:
        return None
    return Variable(name, "string" if converter in (None, "default") else str(converter), *facts)


def parse_rule(rule: str) -> tuple[str | Variable, ...] | None:
    """Split `rule` into its segments, or return None when only Werkzeug can say what it means."""
    if not rule.startswith("/") or "//" in rule:
        return None
    segments: list[str | Variable] = []
    for text in rule[1:].split("/"):
        if "<" not in text:
            segments.append(text)
            continue
        match = _VARIABLE.fullmatch(text)
        variable = match and built_in_variable(match[2], match[1])
        if not variable:
            return None
        segments.append(variable)
    return tuple(segments) if is_plain(segments) else None


def is_plain(segments: Iterable[str | Variable]) -> bool:
    """Tell whether the table can hold these segments: no name twice, a variable that spans slashes only at the end."""
    segments = list(segments)
    names = [segment.name for segment in segments if isinstance(segment, Variable)]
    spanning = [isinstance(segment, Variable) and segment.spans_slashes for segment in segments]
    return len(names) == len(set(names)) and not any(spanning[:-1])


class Route:
    """What registration found out about one rule, and the plan that serving made of it."""

    __slots__ = (
        "blueprints",
        "bound",
        "conversions",
        "defaults",
        "endpoint",
        "is_repeatable",
        "methods",
        "names",
        "options",
        "plan",
        "rule",
        "segments",
        "tail",
        "variables",
    )

    def __init__(
        self, rule: str, endpoint: str, methods: frozenset[str], segments: tuple[str | Variable, ...] | None
    ) -> None:
        self.rule = rule
        self.endpoint = endpoint
        self.methods = methods
        """The methods whose requests go straight to the view."""
        self.segments = segments
        """None for a rule that is not plain."""
        self.defaults: Mapping[str, Any] | None = None
        self.options: dict[str, Any] = {}
        self.bound: Any = None
        """The rule object in the URL map, once there is one."""
        self.plan: Any = None
        self.blueprints = blueprint_names(endpoint)
        self.variables = [segment for segment in segments or () if isinstance(segment, Variable)]
        self.names = tuple(variable.name for variable in self.variables)
        self.conversions = tuple(
            (variable.name, variable.to_python) for variable in self.variables if variable.to_python
        )
        """What turns the text of a variable into the argument, where anything does."""
        self.is_repeatable = all(convert in _ALWAYS_THE_SAME for _, convert in self.conversions)
        """Whether one path always gives the same arguments."""
        last = self.variables[-1] if self.variables else None
        self.tail = ("", None) if last is None else (last.name, last.to_python)
        """Name and conversion of the last variable."""

    @property
    def arguments(self) -> set[str]:
        """The names of what the rule gives to the view."""
        return {*self.names, *(self.defaults or ())}


def blueprint_names(endpoint: str) -> tuple[str, ...]:
    """Return the blueprint an endpoint belongs to and its parents, innermost first: `a.b.view` gives `("a.b", "a")`."""
    names = []
    name = endpoint
    while "." in name:
        name = name.rpartition(".")[0]
        names.append(name)
    return tuple(names)


class _Node:
    """One place in the tree of segments."""

    __slots__ = ("choices", "is_opaque", "only", "routes", "static", "variables")

    def __init__(self) -> None:
        self.static: dict[str, _Node] = {}
        self.variables: list[tuple[Variable, _Node]] = []
        self.routes: dict[str, Route] = {}
        self.choices: list[tuple[Callable[[str], Any] | None, dict[str, Route]]] = []
        """The variables in the order in which they are tried, where each takes one whole segment: test, and routes by method."""
        self.only: tuple[Any, Any] | None = None
        """The only kind of way on from here: `(False, None)` for static segments, else the test of the one variable and its node."""
        self.is_opaque = False
        """Whether a rule that is not plain continues here, so that no variable may be tried without Werkzeug."""

    def child(self, segment: str | Variable) -> _Node:
        if isinstance(segment, str):
            return self.static.setdefault(segment, _Node())
        for variable, node in self.variables:
            if variable.kind == segment.kind and variable.weight == segment.weight:
                return node
        node = _Node()
        self.variables.append((segment, node))
        self.variables.sort(key=_weight)
        return node


def _only_way(node: _Node) -> tuple[Any, Any] | None:
    if not node.variables:
        return (False, None) if node.static else None
    if node.static or len(node.variables) > 1:
        return None
    ((variable, child),) = node.variables
    return None if variable.spans_slashes else (variable.accepts, child)


def _weight(entry: tuple[Variable, _Node]) -> int:
    return entry[0].weight


class _NeedsReference(Exception):
    """The path may still match, but only the reference can say how."""


class RouteTable:
    """All plain routes of an application, compiled once for as long as no rule changes.

    Args:
        routes: in the order of registration; those without segments only mark the places where the table has no say.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.static: dict[tuple[str, str], Route] = {}
        """Routes without variables by method and path."""
        self.known: dict[tuple[str, str], tuple[Route, dict[str, Any]]] = {}
        """What `match` would find, for every route without variables and for the paths asked for lately. The arguments are to be copied."""
        self._lately: deque[tuple[str, str]] = deque()
        self._leaves: dict[str, _Node] = {}
        self._root = _Node()
        blocked: set[str] = set()
        for route in routes:
            if route.segments is None:
                self._mark(route.rule, blocked)
            else:
                self._add(route, route.segments)
        for method, path in [key for key in self.static if key[1] in blocked]:
            del self.static[method, path]
        self.known.update((key, (route, dict(route.defaults or ()))) for key, route in self.static.items())
        self._find_leaves(self._root, "")

    def _mark(self, rule: str, blocked: set[str]) -> None:
        """Keep the table from answering where the unplain `rule` might."""
        blocked.add(rule)
        node = self._root
        for text in rule[1:].split("/"):
            if "<" in text:
                break
            node = node.child(text)
        node.is_opaque = True

    def _add(self, route: Route, segments: tuple[str | Variable, ...]) -> None:
        node = self._root
        for segment in segments:
            node = node.child(segment)
        is_static = not route.variables
        for method in route.methods:
            node.routes.setdefault(method, route)
            if is_static:
                self.static.setdefault((method, route.rule), route)

    def _find_leaves(self, node: _Node, prefix: str) -> None:
        """Note every node that static segments alone lead to and whose variables each take one whole segment."""
        if node.variables and not node.is_opaque and not any(variable.spans_slashes for variable, _ in node.variables):
            node.choices = [(variable.accepts, child.routes) for variable, child in node.variables]
            self._leaves[prefix] = node
        if not node.is_opaque:
            node.only = _only_way(node)
        for text, child in node.static.items():
            self._find_leaves(child, f"{prefix}/{text}")
        for _, child in node.variables:
            self._find_only_ways(child)

    def _find_only_ways(self, node: _Node) -> None:
        if not node.is_opaque:
            node.only = _only_way(node)
        for child in (*node.static.values(), *(child for _, child in node.variables)):
            self._find_only_ways(child)

    def match(self, method: str, path: str) -> tuple[Route, dict[str, Any]] | None:
        """Return the route with variables that serves `path` (ASCII, decoded) and its arguments, or None when the reference has to decide."""
        found = self._find(method, path)
        # PERF: most requests ask for what was asked for before (bench workload "path-variable").
        if found is not None and found[0].is_repeatable and len(path) <= _LONGEST_REMEMBERED:
            if len(self._lately) >= _MOST_REMEMBERED:
                self.known.pop(self._lately.popleft(), None)
            self.known[method, path] = found
            self._lately.append((method, path))
        return found

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, Any]] | None:
        # PERF: most rules end in their only variable: one split and one look-up find them (bench workload "one path variable").
        head, _, tail = path.rpartition("/")
        node = self._leaves.get(head)
        if node is None or not tail or tail in node.static:
            return self._walk_tree(method, path)
        for accepts, routes in node.choices:
            if accepts is not None and not accepts(tail):
                continue
            route = routes.get(method)
            if route is None:
                return self._walk_tree(method, path)
            name, to_python = route.tail
            try:
                arguments = {name: tail if to_python is None else to_python(tail)}
            except ValueError:
                return None
            if route.defaults:
                arguments.update(route.defaults)
            return route, arguments
        return None

    def _walk_tree(self, method: str, path: str) -> tuple[Route, dict[str, Any]] | None:
        if not path.startswith("/") or "\n" in path:
            return None
        parts = path[1:].split("/")
        # PERF: nearly every path has but one way through the tree (bench workload "path-query").
        node = self._root
        texts: list[str] = []
        for part in parts:
            only = node.only
            if only is None:
                return self._try_all(method, parts)
            accepts, child = only
            if accepts is False:
                child = node.static.get(part)
                if child is None:
                    return self._try_all(method, parts)
            elif not part or (accepts is not None and not accepts(part)):
                return self._try_all(method, parts)
            else:
                texts.append(part)
            node = child
        route = node.routes.get(method)
        if route is None or node.is_opaque:
            return self._try_all(method, parts)
        try:
            return route, _arguments(route, texts)
        except ValueError:
            return None

    def _try_all(self, method: str, parts: list[str]) -> tuple[Route, dict[str, Any]] | None:
        texts: list[str] = []
        try:
            route = _walk(self._root, parts, 0, method, texts)
            return None if route is None else (route, _arguments(route, texts))
        except (_NeedsReference, ValueError):
            return None


def _arguments(route: Route, texts: Iterable[str]) -> dict[str, Any]:
    arguments: dict[str, Any] = dict(zip(route.names, texts))  # PERF: as many of the one as of the other
    for name, to_python in route.conversions:
        arguments[name] = to_python(arguments[name])
    if route.defaults:
        arguments.update(route.defaults)
    return arguments


def _walk(node: _Node, parts: list[str], at: int, method: str, texts: list[str]) -> Route | None:
    """Find the first route in Werkzeug's order for `parts[at:]`; `texts` holds the variables' texts when one is found.

    Raises:
        _NeedsReference: a slash redirect or a rule that is not plain may come first.
    """
    if at == len(parts):
        route = node.routes.get(method)
        if node.is_opaque or (route is None and "" in node.static):
            raise _NeedsReference
        return route
    part = parts[at]
    child = node.static.get(part)
    if child is not None and (route := _walk(child, parts, at + 1, method, texts)):
        return route
    if node.is_opaque or (not part and at == len(parts) - 1):
        raise _NeedsReference
    for variable, child in node.variables:
        text, after = ("/".join(parts[at:]), len(parts)) if variable.spans_slashes else (part, at + 1)
        accepted = variable.accepts(text) if variable.accepts else text and text[0] != "/"
        if not accepted:
            continue
        texts.append(text)
        if route := _walk(child, parts, after, method, texts):
            return route
        texts.pop()
    return None
