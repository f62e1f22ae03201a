"""What must stay short is counted, not timed: the Python calls of one warm request, against ``call_budgets.toml``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
BUDGETS = tomllib.loads((HERE / "call_budgets.toml").read_text(encoding="utf-8"))


@cache
def counts_on(framework: str) -> dict[str, int]:
    environment = {name: value for name, value in os.environ.items() if name != "EWER_PLAN"}
    done = subprocess.run(
        [sys.executable, str(HERE / "counting_calls.py"), framework],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("framework", ["ewer-as-flask", "ewer"])
@pytest.mark.parametrize("kind", BUDGETS)
def test_a_warm_request_stays_within_its_budget_of_calls(kind: str, framework: str) -> None:
    if kind not in counts_on(framework):
        pytest.skip(f"what {kind} needs is not installed")

    assert counts_on(framework)[kind] <= BUDGETS[kind]["budget"]


def test_every_counted_app_has_a_budget(capsys: pytest.CaptureFixture[str]) -> None:
    ewer, flask = counts_on("ewer-as-flask"), counts_on("flask")
    with capsys.disabled():
        print("\n\nPython calls of one warm request:")
        for app, made in ewer.items():
            print(f"  {app:>24}: {made:>3}, budget {BUDGETS[app]['budget']:>3}; Flask {flask[app]:>3}")

    assert set(ewer) <= set(BUDGETS)
