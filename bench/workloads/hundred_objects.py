"""A hundred objects of the peer's usual kind (dataclasses, models) as a JSON list."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

BOOKS = [
    {"id": number, "title": f"Book {number}", "author": "A. Writer", "price": number + 0.5, "in_stock": number % 2 == 0}
    for number in range(100)
]

WORKLOAD = Workload(
    name="hundred-objects",
    title="100 objects",
    exchanges=(Exchange(Request("/books"), Expected(json=BOOKS, content_type="application/json")),),
    baselines=PEERS,
)
