"""The least a framework can do: one static path, thirteen bytes of text."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="plaintext",
    title="plaintext",
    exchanges=(Exchange(Request("/plaintext"), Expected(text="Hello, World!", content_type="text/")),),
    baselines=PEERS,
)
