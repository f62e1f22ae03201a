"""Turns kept results into the tables of the docs. Pure: results in, Markdown out."""

from __future__ import annotations

from typing import Any

from harness import targets
from harness.targets import ASGI, BARE, BARE_ASGI, FASTAPI, FLASK, SAME_APP, WSGI, ratio

Results = dict[str, dict[str, Any]]

NOTHING = "(Not measured yet: `make bench` writes this table.)\n"
OURS = {WSGI: BARE, ASGI: BARE_ASGI}
NOT_PEERS = ("nginx", "bare", "ewer", "flask-on-ewer")


def serving(results: Results) -> str:
    """Return the table of throughput: Ewer's figures, and their ratios to the bare server, Flask, FastAPI, the rest."""
    lines = [
        "| workload | Ewer serves | requests/s | of the bare server | × Flask | × FastAPI | × the fastest other |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for workload in results.values():
        if workload["kind"] != "throughput":
            continue
        for name in (WSGI, ASGI, SAME_APP):
            row = workload["rows"].get(name)
            if row is None or (name == SAME_APP and WSGI in workload["rows"]):
                continue
            lines.append(serving_line(workload, name, row))
    if len(lines) == 2:
        return NOTHING
    return "\n".join([*lines, "", about(results), ""])


def serving_line(workload: dict[str, Any], name: str, row: dict[str, Any]) -> str:
    title, server = workload["title"], titled_server(name)
    if "failed" in row:
        return f"| {title} | {server} | failed | | | | |"
    rows = workload["rows"]
    bare = percent(ratio(row, rows.get(OURS.get(name, BARE)), "requests_per_s"))
    flask = times(ratio(row, rows.get(FLASK), "requests_per_s"))
    fastapi = times(ratio(row, rows.get(FASTAPI), "requests_per_s"))
    other = fastest_other(workload)
    nearest = ""
    if other:
        nearest = f"{times(ratio(row, rows[other], 'requests_per_s'))} ({peer_title(rows[other])})"
    return f"| {title} | {server} | {count(row)} | {bare} | {flask} | {fastapi} | {nearest} |"


def fastest_other(workload: dict[str, Any]) -> str | None:
    """Return the row of the fastest peer: neither a ceiling nor Ewer itself."""
    known = {
        name: row["requests_per_s"]["median"]
        for name, row in workload["rows"].items()
        if "failed" not in row and not name.startswith(NOT_PEERS)
    }
    return max(known, key=lambda name: known[name]) if known else None


def peers(results: Results) -> str:
    """Return the table of every peer's requests a second, one column for each workload that most peers have."""
    columns = [
        name
        for name in ("plaintext", "json", "path-variable", "path-and-query", "json-body", "hundred-objects", "template")
        if name in results
    ]
    if not columns:
        return NOTHING
    names = list(dict.fromkeys(name for column in columns for name in results[column]["rows"]))
    names.sort(key=lambda name: -median_of(results[columns[0]], name))
    lines = [
        "| on one core, requests/s | " + " | ".join(results[column]["title"] for column in columns) + " |",
        "| --- | " + " | ".join("---:" for _ in columns) + " |",
    ]
    for name in names:
        found = [results[column]["rows"].get(name) for column in columns]
        row = next(each for each in found if each)
        lines.append(f"| {peer_title(row)} | " + " | ".join(count(each) for each in found) + " |")
    return "\n".join([*lines, "", about(results), ""])


def median_of(workload: dict[str, Any], name: str) -> float:
    row = workload["rows"].get(name)
    return row["requests_per_s"]["median"] if row and "failed" not in row else 0.0


def waiting(results: Results) -> str:
    """Return the table of a thousand clients that each wait 50 ms: requests a second, median and slowest hundredth."""
    lines = [
        "| 1,000 clients, each waiting 50 ms (ideal: 20,000/s) | on | requests/s | half within | 99 % within |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for name in ("wait-wsgi", "wait-sync-asgi", "wait-async"):
        for row in results.get(name, {"rows": {}})["rows"].values():
            title = results[name]["title"].removeprefix("50 ms wait, ")
            if "failed" in row:
                lines.append(f"| {title} | {peer_title(row)} | failed | | |")
                continue
            p50, p99 = row["p50_ms"]["median"], row["p99_ms"]["median"]
            lines.append(f"| {title} | {peer_title(row)} | {count(row)} | {p50:,.0f} ms | {p99:,.0f} ms |")
    return NOTHING if len(lines) == 2 else "\n".join([*lines, "", about(results), ""])


def footprint(results: Results) -> str:
    """Return the table of start and memory, by peer."""
    cold, memory, connections = (results.get(name) for name in ("cold-start", "idle-memory", "connection-memory"))
    if not (cold or memory or connections):
        return NOTHING
    lines = [
        "| hello world | import to first response | modules | idle server | for each idle connection |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    tables = [table for table in (cold, memory, connections) if table]
    for name in dict.fromkeys(name for table in tables for name in table["rows"]):
        found = [table["rows"].get(name) if table else None for table in (cold, memory, connections)]
        start = figure(found[0], "took_ms", "{:,.0f} ms")
        modules = figure(found[0], "modules", "{:,.0f}")
        idle = figure(found[1], "memory_kib", "{:,.1f} MiB", 1 / 1024)
        each = figure(found[2], "kib_per_connection", "{:,.1f} KiB")
        row = next(each for each in found if each)
        lines.append(f"| {peer_title(row)} | {start} | {modules} | {idle} | {each} |")
    return "\n".join([*lines, "", about(results), ""])


def reached(results: Results) -> str:
    """Return the table of targets, with what was reached."""
    lines = ["| workload | compared | must be | is | |", "| --- | --- | ---: | ---: | --- |"]
    for judgement in targets.judged(results):
        target = judgement["target"]
        sign = "≤" if target.at_most else "≥"
        value = "" if judgement["reached"] is None else f"{judgement['reached']:.2f}"
        verdict = {None: "not measured", True: "met", False: "**missed**"}[judgement["met"]]
        lines.append(
            f"| {target.workload} | {target.row} / {judgement['baseline']} | {sign} {target.bound:g} "
            f"| {value} | {verdict} |"
        )
    return NOTHING if len(lines) == 2 else "\n".join([*lines, ""])


def about(results: Results) -> str:
    """Return the line below a table: where, when, how."""
    runs = [workload["run"] for workload in results.values()]
    run = max(runs, key=lambda each: each["date"])
    python = next((found["python"] for found in run["versions"].values() if "python" in found), "?")
    return (
        f"({run['machine']['processor']}, CPython {python}, {run['date'][:10]}: server on one core, wrk on another, "
        f"medians of {run['rounds']} interleaved rounds of {run['seconds']} s, every answer verified. Ratios are taken "
        f"within each round. `make bench` measures it on your machine.)"
    )


def count(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return "failed" if "failed" in row else f"{row['requests_per_s']['median']:,.0f}"


def figure(row: dict[str, Any] | None, name: str, form: str, factor: float = 1) -> str:
    if row is None or name not in row:
        return "failed" if row and "failed" in row else ""
    return form.format(row[name]["median"] * factor)


def times(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if value >= 1.95 else f"{value:.2f}"


def percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def peer_title(row: dict[str, Any]) -> str:
    server = SERVERS.get(row["server"], row["server"])
    return f"{row['title']}, {server}" if server else row["title"]


def titled_server(name: str) -> str:
    server = name.partition("@")[2]
    return SERVERS.get(server, server)


# A peer on a server of its own is shown by its name alone.
SERVERS = {
    "granian-wsgi": "Granian WSGI",
    "granian-asgi": "Granian ASGI",
    "gunicorn-sync": "gunicorn sync",
    "gunicorn-gthread": "gunicorn gthread",
    "ewer-serve": "`ewer serve`",
    "nginx": "",
    "sanic": "",
    "script": "",
}
TABLES = {"serving": serving, "peers": peers, "waiting": waiting, "footprint": footprint, "targets": reached}
