"""A plain function as view, under an ASGI server: it may block, so it must leave the event loop."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import BARE_ASGI, BARE_ASGI_THREADS, FASTAPI

WORKLOAD = Workload(
    name="sync-view",
    title="sync view under ASGI",
    exchanges=(Exchange(Request("/sync"), Expected(text="Hello, World!", content_type="text/")),),
    baselines=(BARE_ASGI, BARE_ASGI_THREADS, FASTAPI),
)
