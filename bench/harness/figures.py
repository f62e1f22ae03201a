"""Reckons with what was measured: medians, spreads, and ratios within each round. Pure functions."""

from __future__ import annotations

import statistics
from typing import Any

# The figure of each kind of measurement that is compared, and whether more of it is better.
FIGURES = {
    "throughput": ("requests_per_s", True),
    "cold-start": ("took_ms", False),
    "idle-memory": ("memory_kib", False),
    "connection-memory": ("kib_per_connection", False),
}


def spread(values: list[float]) -> dict[str, float]:
    """Return median, lowest, highest, and the distance between these two as a share of the median.

    Raises:
        ValueError: There are no values.
    """
    if not values:
        raise ValueError("no values: a spread needs at least one")
    middle = statistics.median(values)
    width = (max(values) - min(values)) / middle if middle else 0.0
    return {"median": middle, "lowest": min(values), "highest": max(values), "spread": width}


def ratios(row: list[dict[str, Any]], baseline: list[dict[str, Any]], figure: str) -> list[float]:
    """Return ``row / baseline`` for each round in which both were measured.

    A round in which either failed is left out: a ratio across rounds would compare two different machines.
    """
    by_round = {record["round"]: record[figure] for record in baseline if not record.get("failed")}
    return [
        record[figure] / by_round[record["round"]]
        for record in row
        if not record.get("failed") and by_round.get(record["round"])
    ]


def summary(records: dict[str, list[dict[str, Any]]], kind: str) -> dict[str, dict[str, Any]]:
    """Return medians and spreads by row; a row that failed keeps its reason instead of figures."""
    figure = FIGURES[kind][0]
    found: dict[str, dict[str, Any]] = {}
    for name, rounds in records.items():
        reasons = [record["failed"] for record in rounds if record.get("failed")]
        if reasons:
            found[name] = {"failed": reasons[0]}
            continue
        found[name] = {figure: rounded(spread([record[figure] for record in rounds]))}
        for extra in also_shown(rounds):
            found[name][extra] = rounded(spread([record[extra] for record in rounds]))
    return found


def also_shown(rounds: list[dict[str, Any]]) -> list[str]:
    """Return the other figures that every round has, latencies and processor time among them."""
    wanted = ("p50_ms", "p99_ms", "cpu_us_per_request", "load_cpu", "errors", "modules", "memory_kib", "idle_kib")
    return [name for name in wanted if all(name in record for record in rounds)]


def compared(
    records: dict[str, list[dict[str, Any]]], baselines: tuple[str, ...], kind: str
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return, by row and baseline, the median ratio with the ratios of the rounds behind it."""
    figure = FIGURES[kind][0]
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, rounds in records.items():
        found[name] = {}
        for baseline in baselines:
            by_round = ratios(rounds, records.get(baseline, []), figure)
            if not by_round or baseline == name:
                continue
            found[name][baseline] = {
                "median": round(statistics.median(by_round), 4),
                "rounds": [round(ratio, 4) for ratio in by_round],
            }
    return found


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in values.items()}
