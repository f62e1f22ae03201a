"""Parameters of the path and the query, converted and validated by what is declared; a wrong one is refused."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, BARE_ASGI, FASTAPI, LITESTAR

WORKLOAD = Workload(
    name="typed-parameters",
    title="typed parameters",
    exchanges=(
        Exchange(Request("/users/7/posts?page=2&tag=python"), Expected(json={"user": 7, "page": 2, "tag": "python"})),
        Exchange(Request("/users/8/posts?page=30&tag=a"), Expected(json={"user": 8, "page": 30, "tag": "a"})),
    ),
    baselines=(BARE, BARE_ASGI, FASTAPI, LITESTAR),
    load=(Request("/users/7/posts?page=2&tag=python"), Request("/users/8/posts?page=30&tag=a")),
)
