"""The table that the command ``routes`` prints; knows a ``werkzeug`` URL map and nothing of the application."""

from __future__ import annotations

import typing as t
from operator import itemgetter

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from werkzeug.routing import Map, Rule

_IMPLIED_METHODS = frozenset({"HEAD", "OPTIONS"})


def render_routes(
    url_map: Map, *, sort: str = "endpoint", all_methods: bool = False, marked: Collection[int] = ()
) -> Iterator[str]:
    """Give the lines of the table, or one sentence if there are no rules.

    Args:
        url_map: the rules.
        sort: column to sort by: ``endpoint``, ``methods``, ``domain``, ``rule``, or ``match`` for the map's own order.
            A column that the table does not have leaves the map's order.
        all_methods: show ``HEAD`` and ``OPTIONS`` too.
        marked: ``id()`` of each rule whose line ends with an exclamation mark.
    """
    rules = list(url_map.iter_rules())
    if not rules:
        yield "No routes were registered."
        return

    columns = {"endpoint": "Endpoint", "methods": "Methods", "domain": "", "rule": "Rule"}
    domains = [_domain(rule, url_map) for rule in rules]
    if any(domains):
        columns["domain"] = "Host" if url_map.host_matching else "Subdomain"
    else:
        del columns["domain"]

    hidden = frozenset[str]() if all_methods else _IMPLIED_METHODS
    rows: list[dict[str, str]] = [
        {
            "endpoint": str(rule.endpoint),
            "methods": ", ".join(sorted((rule.methods or set()) - hidden)),
            "domain": domain,
            "rule": rule.rule,
            "mark": "  !" if id(rule) in marked else "",
        }
        for rule, domain in zip(rules, domains, strict=True)
    ]
    if sort in columns:
        rows.sort(key=itemgetter(sort))

    widths = {key: max(len(title), *(len(row[key]) for row in rows)) for key, title in columns.items()}
    yield _line(columns, widths)
    yield _line({key: "-" * width for key, width in widths.items()}, widths)
    for row in rows:
        yield _line(row, widths) + row["mark"]


def _domain(rule: Rule, url_map: Map) -> str:
    return (rule.host if url_map.host_matching else rule.subdomain) or ""


def _line(cells: dict[str, str], widths: dict[str, int]) -> str:
    return "  ".join(cells[key].ljust(width) for key, width in widths.items())
