"""One mebibyte is streamed, in 64 chunks made by a generator."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="download",
    title="streamed download",
    exchanges=(Exchange(Request("/download"), Expected(length_bytes=2**20)),),
    baselines=PEERS,
    connections=16,
)
