"""Memory of a server (all its processes) that has answered one request."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, BARE_ASGI, FASTAPI, FLASK

WORKLOAD = Workload(
    name="idle-memory",
    title="memory of an idle server",
    exchanges=(Exchange(Request("/"), Expected(text="Hello, World!")),),
    baselines=(FLASK, FASTAPI, BARE, BARE_ASGI),
    kind="idle-memory",
    routes_of="hello",
    most_rounds=2,
)
