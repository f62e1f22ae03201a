"""A plain function that blocks for 50 ms, for a thousand clients at once, under ASGI. Ideal: 20,000 requests a second."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE_ASGI, BARE_ASGI_THREADS, FASTAPI

WORKLOAD = Workload(
    name="wait-sync-asgi",
    title="50 ms wait, sync, ASGI",
    exchanges=(Exchange(Request("/wait"), Expected(text="waited", content_type="text/")),),
    baselines=(BARE_ASGI, BARE_ASGI_THREADS, FASTAPI),
    connections=1000,
    least_seconds=3,
)
