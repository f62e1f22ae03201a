"""Keeps what was measured: one JSON file for each group of workloads, with the machine, the versions and every round."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from harness import environments, machine
from harness.figures import compared, summary

if TYPE_CHECKING:
    from pathlib import Path

    from harness.facts import Row, Workload
    from harness.measure import Options

# What a reader wants to know of an environment; the rest stands pinned in bench/requirements.
NAMED = (
    "python", "ewer", "flask", "werkzeug", "jinja2", "fastapi", "pydantic", "litestar", "starlette", "falcon",
    "blacksheep", "sanic", "robyn", "quart", "django", "django-ninja", "msgspec", "granian", "uvicorn", "uvloop",
    "httptools", "gunicorn",
)  # fmt: skip


def record(
    workloads: list[Workload], rows: list[Row], rounds: dict[str, list[dict[str, Any]]], options: Options
) -> dict[str, Any]:
    """Return the results of one group of workloads, ready to be kept."""
    return {
        "benchmark": "compare",
        "group": workloads[0].group or workloads[0].name,
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": machine.facts(),
        "revision": machine.revision(),
        "versions": {name: versions(name) for name in sorted({row.peer.environment or "" for row in rows} - {""})},
        "seconds": options.seconds,
        "rounds": max((len(records) for records in rounds.values()), default=0),
        "workloads": {workload.name: of_workload(workload, rows, rounds) for workload in workloads},
    }


def of_workload(workload: Workload, rows: list[Row], rounds: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return one workload's part: facts, medians, ratios and the rounds behind them, by row."""
    shown = [row for row in rows if row.workload is workload]
    # NOTE: a baseline may belong to another workload of the group, then it is named with it.
    known = {row.name: rounds[row.key] for row in shown} | rounds
    medians = summary({row.name: rounds[row.key] for row in shown}, workload.kind)
    ratios = compared(known, workload.baselines, workload.kind)
    return {
        "title": workload.title,
        "kind": workload.kind,
        "connections": workload.connections,
        "baselines": list(workload.baselines),
        "rows": {
            row.name: {
                "title": row.peer.title,
                "server": row.server,
                **medians[row.name],
                "ratios": ratios[row.name],
                "rounds": rounds[row.key],
            }
            for row in shown
        },
    }


def versions(environment: str) -> dict[str, str]:
    """Return the versions that matter in an environment."""
    found = environments.versions(environment)
    return {name: found[name] for name in NAMED if name in found}


def keep(results: dict[str, Any], folder: Path) -> Path:
    """Write the results of a group to its file, in place of the last ones."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{results['group']}.json"
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return path


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the kept results of every workload, by its name, each with the facts of its run under ``run``."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.json")):
        results = json.loads(path.read_text(encoding="utf-8"))
        if results.get("benchmark") != "compare":
            continue
        run = {name: value for name, value in results.items() if name != "workloads"}
        for name, workload in results["workloads"].items():
            found[name] = {**workload, "run": run}
    return found
