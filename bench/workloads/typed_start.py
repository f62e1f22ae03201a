"""Import to first response of an application with 500 typed routes: path, query, body and answer, all checked."""

from __future__ import annotations

from harness.facts import Exchange, Expected, Request, Workload
from workloads import FASTAPI

WORKLOAD = Workload(
    name="typed-start",
    title="import to first response, 500 typed routes",
    exchanges=(Exchange(Request("/"), Expected(text="Hello, World!")),),
    baselines=(FASTAPI,),
    kind="cold-start",
)
