"""Five hundred routes, each with a variable; the last one is asked for."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="routes-500",
    title="500 routes",
    exchanges=(
        Exchange(Request("/section-499/items/42"), Expected(json={"id": 42})),
        Exchange(Request("/section-499/items/7"), Expected(json={"id": 7})),
    ),
    baselines=(*PEERS, "ewer@granian-wsgi/routes-1", "ewer-asgi@uvicorn/routes-1"),
    group="routes",
)
