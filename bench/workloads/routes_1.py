"""One route, for comparison with five hundred, each with a variable; the last one is asked for."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="routes-1",
    title="1 route",
    exchanges=(
        Exchange(Request("/section-0/items/42"), Expected(json={"id": 42})),
        Exchange(Request("/section-0/items/7"), Expected(json={"id": 7})),
    ),
    baselines=(*PEERS, "ewer@granian-wsgi/routes-1", "ewer-asgi@uvicorn/routes-1"),
    group="routes",
    rows=(
        "bare@granian-wsgi",
        "ewer@granian-wsgi",
        "ewer-asgi@uvicorn",
        "flask-on-ewer@granian-wsgi",
        "flask@granian-wsgi",
        "fastapi@uvicorn",
        "falcon@granian-wsgi",
        "starlette@uvicorn",
    ),
)
