"""An integer in the path, converted, and sent back as JSON; a hundred different ones in turn."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="path-variable",
    title="one path variable",
    exchanges=(
        Exchange(Request("/items/42"), Expected(json={"id": 42}, content_type="application/json")),
        Exchange(Request("/items/7"), Expected(json={"id": 7}, content_type="application/json")),
    ),
    baselines=PEERS,
    load=tuple(Request(f"/items/{number}") for number in range(1, 101)),
)
