"""Measure how long a hello-world app takes from import to first response, Ewer beside Flask.

Every measurement is a fresh process; the contestants take turns within a round, in an order that rotates, so that a
machine that slows down slows them alike. What counts is the ratio within a round. Results go to
``bench/results/startup.json``, from which ``bench/render.py`` writes the figures in the README.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "startup.json"
CONTESTANTS = ("flask", "ewer", "ewer-as-flask")
TARGET_RATIO = 0.5


def measure(contestant: str) -> dict:
    """Run one contestant in a fresh process; return milliseconds and the modules it loaded."""
    command = [sys.executable, str(HERE / "hello.py"), contestant]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "FLASK_", "EWER_"))
    }
    done = subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{contestant} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def run(rounds: int) -> list[dict[str, dict]]:
    """Return one record for each round; a first round, which fills the bytecode caches, is thrown away."""
    records = []
    for number in range(rounds + 1):
        turn = number % len(CONTESTANTS)
        order = CONTESTANTS[turn:] + CONTESTANTS[:turn]
        records.append({contestant: measure(contestant) for contestant in order})
    return records[1:]


def summary(records: list[dict[str, dict]]) -> dict[str, dict]:
    """Return medians, spread, module counts, and the ratio to Flask within each round, by contestant."""
    found = {}
    for contestant in CONTESTANTS:
        times_ms = sorted(record[contestant]["took_ms"] for record in records)
        ratios = [record[contestant]["took_ms"] / record["flask"]["took_ms"] for record in records]
        modules = len(records[0][contestant]["modules"])
        found[contestant] = {
            "median_ms": round(statistics.median(times_ms), 2),
            "fastest_ms": round(times_ms[0], 2),
            "slowest_ms": round(times_ms[-1], 2),
            "ratio_to_flask": round(statistics.median(ratios), 3),
            "ratios": [round(ratio, 3) for ratio in ratios],
            "modules": modules,
            "modules_ratio_to_flask": round(modules / len(records[0]["flask"]["modules"]), 3),
        }
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--no-save", action="store_true", help="print only, leave the results file as it is")
    options = parser.parse_args()

    found = summary(run(options.rounds))
    print(f"{'':>14} {'median':>9} {'of Flask':>9} {'modules':>8} {'of Flask':>9}")
    for contestant, row in found.items():
        print(
            f"{contestant:>14} {row['median_ms']:>6.1f} ms {row['ratio_to_flask']:>9.2f} "
            f"{row['modules']:>8} {row['modules_ratio_to_flask']:>9.2f}"
        )
    if not options.no_save:
        save(found, options.rounds)
    met = found["ewer"]["ratio_to_flask"] <= TARGET_RATIO and found["ewer"]["modules_ratio_to_flask"] <= TARGET_RATIO
    print(f"target, at most {TARGET_RATIO} of Flask's time and modules: {'met' if met else 'MISSED'}")
    return 0 if met else 1


def save(found: dict[str, dict], rounds: int) -> None:
    names = ("ewer", "flask", "werkzeug", "jinja2", "msgspec")
    record = {
        "benchmark": "startup: import to first response of a hello-world app, fresh processes, interleaved",
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: importlib.metadata.version(name) for name in names},
        "rounds": rounds,
        "contestants": found,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
