"""Run Ewer's tests, one pytest process for each world they live in, and sum them up in the last line.

Real Flask and Ewer-as-flask cannot both own the name ``flask`` in one process, hence the groups:

- ``unit``: everything in ``tests/`` that is not named below, with real Flask importable beside Ewer;
- ``as_flask``: applications and extensions written against Flask, with ``flask`` resolving to Ewer;
- ``agents``: tracing agents, which patch whatever they find and so get a process of their own.

``run_tests.py [--only GROUP] [pytest arguments]``. Exit status 0 only if tests ran and none failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5

# NOTE: tests of servers, threads and clients that go away depend on what else the machine does. One that passes when tried
# again is shown as rerun in the summary, so it is seen and not lost.
SECOND_TRY = ("-p", "pytest_rerunfailures", "--reruns", "1", "-rR")

AS_FLASK = ("tests/extensions", "tests/contract", "tests/examples")
AGENTS = ("tests/agents",)


@dataclass(frozen=True)
class Group:
    """One pytest process: its name and its own arguments."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What one group came to."""

    name: str
    passed: int
    failed: int
    skipped: int
    took_s: float
    status: int


def existing(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path for path in paths if any((ROOT / path).rglob("test_*.py")))


def groups() -> list[Group]:
    """Return the groups that have tests, in the order they run."""
    ignored = tuple(f"--ignore={path}" for path in (*AS_FLASK, *AGENTS))
    found = [Group("unit", ("tests", *ignored))]
    if as_flask := existing(AS_FLASK):
        found.append(Group("as_flask", ("-p", "ewer.as_flask", *as_flask)))
    if agents := existing(AGENTS):
        found.append(Group("agents", agents))
    return found


def counts(report: Path) -> tuple[int, int, int]:
    """Read passed, failed and skipped from a JUnit report; a process that wrote none counts as one failure."""
    if not report.exists():
        return 0, 1, 0
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total, failures, errors, skipped = (
        sum(int(suite.get(name, 0)) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return max(total - failed - skipped, 0), failed, skipped


def run(group: Group, extra: list[str], folder: Path) -> Outcome:
    report = folder / f"{group.name}.xml"
    print(f"\n=== {group.name}: pytest {' '.join(group.arguments)}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *SECOND_TRY, *group.arguments, *extra]
    # NOTE: some of the packages under test bring pytest plugins, which would act on every test of this environment.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    passed, failed, skipped = counts(report)
    if status not in (0, NO_TESTS_COLLECTED) and not failed:
        failed = 1  # NOTE: pytest broke off (usage error, crash, interrupt) without a failing test to show for it.
    return Outcome(group.name, passed, failed, skipped, time.monotonic() - started, status)


def main() -> int:
    parser = argparse.ArgumentParser(description="Run Ewer's tests.", epilog="Other arguments go to pytest.")
    parser.add_argument("--only", choices=["unit", "as_flask", "agents"], help="run this group alone")
    options, extra = parser.parse_known_args()

    chosen = [group for group in groups() if options.only in (None, group.name)]
    with tempfile.TemporaryDirectory(prefix="ewer-tests-") as folder:
        outcomes = [run(group, extra, Path(folder)) for group in chosen]

    print()
    for one in outcomes:
        print(f"{one.name:>10}: {one.passed} passed, {one.failed} failed, {one.skipped} skipped in {one.took_s:.0f} s")
    passed = sum(one.passed for one in outcomes)
    failed = sum(one.failed for one in outcomes)
    skipped = sum(one.skipped for one in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
