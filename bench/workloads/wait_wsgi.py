"""A view that blocks for 50 ms, for a thousand clients at once, under WSGI. Ideal: 20,000 requests a second."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE, FLASK

WORKLOAD = Workload(
    name="wait-wsgi",
    title="50 ms wait, sync, WSGI",
    exchanges=(Exchange(Request("/wait"), Expected(text="waited", content_type="text/")),),
    baselines=(BARE, FLASK),
    connections=1000,
    least_seconds=3,
    threads=1024,
)
