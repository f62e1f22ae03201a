"""One mebibyte is sent; the view answers with the number of bytes that it got."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS


def upload(body: bytes) -> Request:
    return Request("/upload", method="POST", headers={"Content-Type": "application/octet-stream"}, body=body)


WORKLOAD = Workload(
    name="upload",
    title="1 MiB upload",
    exchanges=(Exchange(upload(b"u" * 2**20), Expected(text="1048576")),),
    baselines=PEERS,
    connections=16,
)
