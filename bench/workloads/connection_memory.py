"""Memory that each of a thousand idle connections adds, after one request on each."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, BARE_ASGI, FASTAPI, FLASK

WORKLOAD = Workload(
    name="connection-memory",
    title="memory per idle connection",
    exchanges=(Exchange(Request("/"), Expected(text="Hello, World!")),),
    baselines=(FLASK, FASTAPI, BARE, BARE_ASGI),
    kind="connection-memory",
    routes_of="hello",
    most_rounds=2,
)
