"""A visit counter in a signed session cookie, read and written by every request."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import PEERS

WORKLOAD = Workload(
    name="signed-session",
    title="signed session",
    exchanges=(
        Exchange(Request("/visits"), Expected(text="visits: 1")),
        Exchange(Request("/visits"), Expected(text="visits: 2")),
    ),
    baselines=PEERS,
    load=(Request("/visits"),),
    keeps_cookie=True,
)
