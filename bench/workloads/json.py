"""One static path that answers with a small JSON object, made anew for each request."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="json",
    title="JSON",
    exchanges=(
        Exchange(Request("/json"), Expected(json={"message": "Hello, World!"}, content_type="application/json")),
    ),
    baselines=PEERS,
)
