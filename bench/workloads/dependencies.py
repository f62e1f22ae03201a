"""A view with a dependency that itself has one, both resolved anew for each request."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, BARE_ASGI, FASTAPI, LITESTAR

WORKLOAD = Workload(
    name="dependencies",
    title="two nested dependencies",
    exchanges=(
        Exchange(Request("/page?page=3"), Expected(json={"page": 3, "limit": 10})),
        Exchange(Request("/page?page=4"), Expected(json={"page": 4, "limit": 10})),
    ),
    baselines=(BARE, BARE_ASGI, FASTAPI, LITESTAR),
)
