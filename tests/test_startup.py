"""What a hello-world app imports before its first answer: counted, so that the result is the same on every machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HELLO = Path(__file__).resolve().parent.parent / "bench" / "hello.py"
LATE = ["asyncio", "click", "itsdangerous", "jinja2", "markupsafe", "werkzeug"]


@cache
def modules_loaded_by(contestant: str) -> frozenset[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EWER_"))}
    done = subprocess.run(
        [sys.executable, str(HELLO), contestant], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout)["modules"])


@pytest.mark.parametrize("contestant", ["ewer", "ewer-as-flask"])
def test_hello_world_loads_at_most_half_of_the_modules_that_flask_loads(contestant: str) -> None:
    flask = len(modules_loaded_by("flask"))
    ours = len(modules_loaded_by(contestant))

    print(f"modules: Flask {flask}, {contestant} {ours}")
    assert ours <= flask / 2, sorted(modules_loaded_by(contestant))


@pytest.mark.parametrize("name", LATE)
def test_a_first_answer_is_given_without(name: str) -> None:
    assert name not in modules_loaded_by("ewer"), f"{name} is imported before the first response"
