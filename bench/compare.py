"""Compare Ewer with its peers: same workloads, one core, interleaved rounds, every answer verified.

``compare.py --only plaintext,json --rows ewer,flask --rounds 3 --seconds 2``. Every round starts each row's server
anew, checks what it answers, loads it with wrk from the other core, and stops it, row after row, so that a machine
that slows down slows them alike; what counts is the ratio within a round. A row that fails is reported as failed.
Results go to ``bench/results``, from which ``bench/render.py`` writes the tables in the docs.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from harness import catalogue, environments, machine, results, targets  # noqa: E402  (they lie beside this file)
from harness.figures import FIGURES  # noqa: E402
from harness.measure import Options, measure, raise_file_limit  # noqa: E402

if TYPE_CHECKING:
    from harness.facts import Row, Workload

QUICK_WORKLOADS = ["plaintext", "json", "path-variable"]
QUICK_ROWS = ["bare", "bare-asgi@uvicorn", "ewer@granian-wsgi", "ewer-asgi@uvicorn", "flask@granian-wsgi", "fastapi",
              "falcon", "starlette"]  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="workloads, by name, separated by commas")
    parser.add_argument("--rows", default="", help="peers (falcon) or rows (falcon@granian-wsgi), separated by commas")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each workload (default 4)")
    parser.add_argument("--seconds", type=int, default=0, help="seconds of load in a round (default 1)")
    parser.add_argument("--threads", type=int, help="worker threads of servers that ask for a number")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(QUICK_WORKLOADS)} on the main peers")
    parser.add_argument("--list", action="store_true", help="print the workloads with their rows, measure nothing")
    parser.add_argument("--check", action="store_true", help="verify the answers of every row, measure nothing")
    parser.add_argument("--results", type=Path, help="folder for the results (default bench/results)")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.check else 3 if options.quick else 4)
    options.seconds = options.seconds or 1
    options.only = split(options.only) or (QUICK_WORKLOADS if options.quick else [])
    options.rows = split(options.rows) or (QUICK_ROWS if options.quick else [])
    if options.results is None:
        # NOTE: what is quick is not published.
        options.results = environments.CACHE / "quick-results" if options.quick else HERE / "results"
    return options


def split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def chosen(options: argparse.Namespace) -> list[list[Row]]:
    """Return the rows to measure, one list for each group of workloads.

    Raises:
        SystemExit: A name fits no workload or no row.
    """
    workloads = catalogue.workloads()
    unknown = set(options.only) - {workload.name for workload in workloads}
    if unknown:
        names = ", ".join(workload.name for workload in workloads)
        raise SystemExit(f"There is no workload {', '.join(sorted(unknown))}. There are: {names}")
    peers = catalogue.peers()
    groups: dict[str, list[Row]] = {}
    for workload in workloads:
        if options.only and workload.name not in options.only:
            continue
        for row in catalogue.rows(workload, peers):
            if not options.rows or {row.name, row.peer.name} & set(options.rows):
                groups.setdefault(workload.group or workload.name, []).append(row)
    if not groups:
        raise SystemExit(f"No row fits {', '.join(options.rows)}. See: compare.py --list")
    return list(groups.values())


def set_up(groups: list[list[Row]]) -> dict[str, str]:
    """Make the environments that the rows need; return the reasons of those that failed, by environment."""
    needed = {row.peer.environment for rows in groups for row in rows} - {None}
    reasons = {name: environments.set_up(name) for name in sorted(needed)}
    return {name: reason for name, reason in reasons.items() if reason}


def run(rows: list[Row], rounds: int, options: Options, broken: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Measure the rows in turn, round after round; a row that fails is not tried again."""
    records: dict[str, list[dict[str, Any]]] = {row.key: [] for row in rows}
    for number in range(rounds):
        for row in rows:
            kept = records[row.key]
            if kept and kept[-1].get("failed") or number >= (row.workload.most_rounds or rounds):
                continue
            reason = broken.get(row.peer.environment or "")
            figures = {"failed": reason} if reason else measure(row, options)
            kept.append({"round": number, **figures})
            say(row, kept[-1])
    return records


def say(row: Row, record: dict[str, Any]) -> None:
    if "failed" in record:
        text = f"FAILED: {record['failed']}"
    elif record.get("requests_per_s") == 0:
        text = f"answers, starts in {record['starts_in_ms']:,.0f} ms"
    else:
        figure = FIGURES[row.workload.kind][0]
        text = f"{record[figure]:>10,.1f} {figure.replace('_per_s', '/s')}"
        if "p99_ms" in record:
            text += (
                f"   p50 {record['p50_ms']:>7.2f} ms   p99 {record['p99_ms']:>8.2f} ms"
                f"   {record['cpu_us_per_request']:>8.1f} µs of processor   load {record['load_cpu']:>4.0%}"
            )
        if "modules" in record:
            text += f"   {record['modules']} modules   {record['memory_kib'] / 1024:.1f} MiB"
    print(f"  {record['round'] + 1}  {row.workload.name:<20} {row.name:<32} {text}", flush=True)


def show(kept: dict[str, Any]) -> None:
    """Print the medians of a group of workloads, with the ratios to their baselines."""
    for name, workload in kept["workloads"].items():
        figure = FIGURES[workload["kind"]][0]
        baselines = [
            baseline for baseline in workload["baselines"]
            if any(baseline in row["ratios"] for row in workload["rows"].values())
        ]  # fmt: skip
        print(f"\n{name}: {workload['title']} ({figure}; then the ratio to each baseline, median of the rounds)")
        print(f"  {'':<32} {'median':>11} {'spread':>7}  " + "  ".join(f"{short(each):>22}" for each in baselines))
        for row_name, row in workload["rows"].items():
            if "failed" in row:
                print(f"  {row_name:<32} FAILED: {row['failed']}")
                continue
            cells = [
                f"{row['ratios'][each]['median']:>22.2f}" if each in row["ratios"] else f"{'':>22}"
                for each in baselines
            ]
            values = row[figure]
            print(f"  {row_name:<32} {values['median']:>11,.1f} {values['spread']:>6.0%}  " + "  ".join(cells))
    print(flush=True)


def short(baseline: str) -> str:
    return baseline if len(baseline) <= 22 else baseline[:21] + "…"


def show_targets(found: dict[str, dict[str, Any]]) -> None:
    """Print how the results stand against what they must reach."""
    rows = targets.judged(found)
    if not rows:
        return
    print("What it must reach:")
    for judgement in rows:
        target = judgement["target"]
        reached = "not measured" if judgement["reached"] is None else f"{judgement['reached']:.2f}"
        verdict = {None: "?", True: "met", False: "MISSED"}[judgement["met"]]
        sign = "<=" if target.at_most else ">="
        print(
            f"  {verdict:<7} {target.workload:<20} {target.row} / {judgement['baseline']}: {reached} "
            f"(must be {sign} {target.bound})"
        )


def list_rows(groups: list[list[Row]]) -> None:
    for rows in groups:
        for workload in dict.fromkeys(row.workload for row in rows):
            names = [row.name for row in rows if row.workload is workload]
            print(f"{workload.name}: {len(names)} rows\n    {', '.join(names)}")
    print(f"{sum(map(len, groups))} rows in all")


def main() -> int:
    options = arguments()
    groups = chosen(options)
    if options.list:
        list_rows(groups)
        return 0
    missing = machine.tools_missing()
    if missing:
        print("\n".join(missing), file=sys.stderr)
        return 1
    raise_file_limit()
    broken = set_up(groups)
    if machine.busy():
        print(machine.busy(), file=sys.stderr)
    how = Options(options.seconds, options.threads, check_only=options.check)
    began = time.monotonic()
    found: dict[str, dict[str, Any]] = {}
    failed = 0
    for rows in groups:
        records = run(rows, options.rounds, how, broken)
        failed += sum(bool(kept[-1].get("failed")) for kept in records.values())
        if options.check:
            continue
        workloads: list[Workload] = list(dict.fromkeys(row.workload for row in rows))
        kept = results.record(workloads, rows, records, how)
        results.keep(kept, options.results)
        show(kept)
        found.update(kept["workloads"])
    show_targets(found)
    print(f"{sum(map(len, groups))} rows, {failed} failed, {(time.monotonic() - began) / 60:.1f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
