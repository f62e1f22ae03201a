"""Import to first response in a fresh process, without a server; modules and memory beside it."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import FASTAPI, FLASK

WORKLOAD = Workload(
    name="cold-start",
    title="import to first response",
    exchanges=(Exchange(Request("/"), Expected(text="Hello, World!")),),
    baselines=(FLASK, FASTAPI),
    kind="cold-start",
    routes_of="hello",
)
