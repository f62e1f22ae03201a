"""A style sheet of ten kilobytes from disk, with the caching headers that the peer sets."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="static-file",
    title="static file",
    exchanges=(
        Exchange(Request("/static/style.css"), Expected(contains=(".row-0 {", ".row-199 {"), content_type="text/css")),
    ),
    baselines=PEERS,
)
