"""An integer in the path, an integer and a text in the query, all three sent back as JSON."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="path-and-query",
    title="path and query",
    exchanges=(
        Exchange(Request("/users/7/posts?page=2&tag=python"), Expected(json={"user": 7, "page": 2, "tag": "python"})),
        Exchange(Request("/users/8/posts?tag=a%20b&page=30"), Expected(json={"user": 8, "page": 30, "tag": "a b"})),
    ),
    baselines=PEERS,
)
