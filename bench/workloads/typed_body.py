"""A JSON body, validated by its declared type, answered with 201 and a declared model."""

from __future__ import annotations

import json

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, BARE_ASGI, FASTAPI, LITESTAR


def item(**fields: object) -> Request:
    body = json.dumps(fields).encode()
    return Request("/items", method="POST", headers={"Content-Type": "application/json"}, body=body)


WORKLOAD = Workload(
    name="typed-body",
    title="validated JSON body to 201",
    exchanges=(
        Exchange(
            item(name="Ewer", price=4.5, tags=["a", "b"]),
            Expected(status=201, json={"name": "Ewer", "price": 4.5, "tags": ["a", "b"], "id": 1}),
        ),
    ),
    baselines=(BARE, BARE_ASGI, FASTAPI, LITESTAR),
)
