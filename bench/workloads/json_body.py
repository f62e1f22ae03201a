"""A JSON object is sent, read as the peer's documentation recommends, and reckoned with."""

from __future__ import annotations

import json

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS


def order(**fields: object) -> Request:
    body = json.dumps(fields).encode()
    return Request("/orders", method="POST", headers={"Content-Type": "application/json"}, body=body)


WORKLOAD = Workload(
    name="json-body",
    title="JSON body",
    exchanges=(
        Exchange(
            order(name="Ewer", price=4.5, quantity=3, tags=["a", "b"]),
            Expected(json={"name": "Ewer", "total": 13.5, "tags": 2}),
        ),
        Exchange(
            order(name="Jug", price=0.25, quantity=8, tags=[]), Expected(json={"name": "Jug", "total": 2.0, "tags": 0})
        ),
    ),
    baselines=PEERS,
)
