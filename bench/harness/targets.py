"""What the figures must reach: ratios of one row to another within one run, and how a run stands against them."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from harness.figures import FIGURES

WSGI, SERVE, ASGI, SAME_APP = "ewer@granian-wsgi", "ewer@ewer-serve", "ewer-asgi@uvicorn", "flask-on-ewer@granian-wsgi"
BARE, BARE_ASGI = "bare@granian-wsgi", "bare-asgi@uvicorn"
BARE_ASGI_THREADS = "bare-asgi-threads@uvicorn"
FLASK, GUNICORN = "flask@granian-wsgi", "flask@gunicorn-sync"
FASTAPI, FALCON, FALCON_ASGI = "fastapi@uvicorn", "falcon@granian-wsgi", "falcon-asgi@uvicorn"
STARLETTE, BLACKSHEEP, LITESTAR = "starlette@uvicorn", "blacksheep@uvicorn", "litestar@uvicorn"
EVERY_PEER = "every peer"
SMALL = ("plaintext", "json", "path-variable")


@dataclass(frozen=True)
class Target:
    """``row / baseline`` under a workload must be at least (or, with ``at_most``, at most) ``bound``."""

    workload: str
    row: str
    baseline: str
    bound: float
    at_most: bool = False


TARGETS = [
    *(Target(name, WSGI, BARE, 0.80) for name in SMALL),
    *(Target(name, WSGI, FALCON, 1.0) for name in SMALL),
    Target("flask-app", SAME_APP, FLASK, 4.0),
    Target("flask-app-extensions", SAME_APP, FLASK, 3.0),
    *(Target(name, WSGI, GUNICORN, 12.0) for name in SMALL),
    *(Target(name, row, FASTAPI, 3.5) for row in (WSGI, ASGI) for name in SMALL),
    *(Target(name, ASGI, BARE_ASGI, 0.75) for name in ("plaintext", "json")),
    *(
        Target(name, ASGI, other, 1.0)
        for name in ("plaintext", "json")
        for other in (STARLETTE, BLACKSHEEP, FALCON_ASGI)
    ),
    Target("sync-view", ASGI, BARE_ASGI, 0.65),
    Target("sync-view", ASGI, FASTAPI, 5.0),
    *(Target(name, WSGI, EVERY_PEER, 1.0) for name in ("template", "signed-session", "static-file")),
    Target("wait-wsgi", WSGI, BARE, 0.85),
    Target("wait-sync-asgi", ASGI, BARE_ASGI, 0.85),
    Target("wait-sync-asgi", ASGI, BARE_ASGI_THREADS, 1.0),
    Target("wait-async", ASGI, BARE_ASGI, 0.85),
    Target("routes-500", WSGI, f"{WSGI}/routes-1", 0.95),
    Target("routes-500", ASGI, f"{ASGI}/routes-1", 0.95),
    Target("typed-parameters", WSGI, BARE, 0.70),
    *(Target("typed-body", row, FASTAPI, 3.0) for row in (WSGI, ASGI)),
    *(Target("typed-body", row, LITESTAR, 2.0) for row in (WSGI, ASGI)),
    *(Target("hundred-objects", row, FASTAPI, 2.0) for row in (WSGI, ASGI)),
    *(Target("dependencies", row, FASTAPI, 4.0) for row in (WSGI, ASGI)),
    Target("cold-start", WSGI, FLASK, 0.5, at_most=True),
    Target("cold-start", WSGI, FASTAPI, 0.25, at_most=True),
    Target("typed-start", WSGI, FASTAPI, 0.3, at_most=True),
    Target("idle-memory", WSGI, FLASK, 1.0, at_most=True),
]
CEILINGS = ("nginx", "bare")


def judged(results: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each target what was reached; ``reached`` is None where a row is missing or failed."""
    found = []
    for target in TARGETS:
        workload = results.get(target.workload)
        if workload is None:
            continue
        baseline, reached = against(target, workload, results)
        met = None if reached is None else (reached <= target.bound if target.at_most else reached >= target.bound)
        found.append({"target": target, "baseline": baseline, "reached": reached, "met": met})
    return found


def against(target: Target, workload: dict[str, Any], results: dict[str, dict[str, Any]]) -> tuple[str, float | None]:
    """Return the baseline that counts for a target, and the median ratio of the rounds."""
    figure = FIGURES[workload["kind"]][0]
    row = workload["rows"].get(target.row)
    if target.baseline == EVERY_PEER:
        return strongest(target, workload, figure)
    name, _, elsewhere = target.baseline.partition("/")
    other = results.get(elsewhere, workload) if elsewhere else workload
    return target.baseline, ratio(row, other["rows"].get(name), figure)


def strongest(target: Target, workload: dict[str, Any], figure: str) -> tuple[str, float | None]:
    """Return the peer that comes closest to the row or passes it, and the ratio to it."""
    row = workload["rows"].get(target.row)
    ratios = {
        name: ratio(row, other, figure)
        for name, other in workload["rows"].items()
        if not name.startswith((*CEILINGS, "ewer", "flask-on-ewer"))
    }
    known = {name: value for name, value in ratios.items() if value is not None}
    if not known:
        return target.baseline, None
    name = min(known, key=lambda peer: known[peer])
    return name, known[name]


def ratio(row: dict[str, Any] | None, baseline: dict[str, Any] | None, figure: str) -> float | None:
    """Return the median over the rounds of ``row / baseline``, or None if one is missing or failed."""
    if not row or not baseline or "failed" in row or "failed" in baseline:
        return None
    other = {record["round"]: record[figure] for record in baseline["rounds"]}
    values = [record[figure] / other[record["round"]] for record in row["rounds"] if other.get(record["round"])]
    return median(values) if values else None
