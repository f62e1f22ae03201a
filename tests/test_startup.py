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


TYPED = """
import sys
from dataclasses import dataclass

from ewer import Ewer

app = Ewer("typed")


@dataclass
class Item:
    name: str
    price: float


@app.get("/items/<int:item_id>")
def get_item(item_id: int, limit: int = 10) -> Item:
    return Item("spoon", float(item_id + limit))


@app.post("/items")
def create_item(item: Item) -> Item:
    return item


sys.path.insert(0, sys.argv[1])
from harness.first_response import by_wsgi

assert by_wsgi(app, "/items/1") == ("200", b'{"name":"spoon","price":11.0}')
print(*sys.modules)
"""


@cache
def modules_loaded_by_typed_views() -> frozenset[str]:
    done = subprocess.run([sys.executable, "-c", TYPED, str(HELLO.parent)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("name", [*LATE, "concurrent.futures", "logging", "pydantic"])
def test_a_first_answer_of_a_typed_view_is_given_without(name: str) -> None:
    assert name not in modules_loaded_by_typed_views(), f"{name} is imported before the first response"
