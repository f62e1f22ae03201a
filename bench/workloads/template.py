"""An HTML page of twenty rows from a Jinja template that extends another, escaped."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="template",
    title="Jinja template",
    exchanges=(
        Exchange(
            Request("/page"),
            Expected(contains=("<h1>Books</h1>", "<li>19: Book &amp; 19</li>", "</html>"), content_type="text/html"),
        ),
    ),
    baselines=PEERS,
)
