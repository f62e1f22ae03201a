"""`app.run()` in a script: the production server where it does all that was asked for, else the development server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .running import DEADLINE_S, HERE, server

SCRIPT = """
import sys
import threading

import ewer

app = getattr(ewer, sys.argv[1])(__name__)


@app.get("/")
def index():
    return "hello"


def run():
    app.run(port=int(sys.argv[2]), **eval(sys.argv[3]))


if __name__ == "__main__":
    if len(sys.argv) > 4:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join()
    run()
"""


def server_of(tmp_path: Path, kind: str, options: str = "{}", *more: str) -> str | None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    with server(str(script), kind, "{port}", options, *more, folder=tmp_path) as running:
        answer = running.ask("/")
        assert answer.text == "hello"
        return answer.headers["Server"]


@pytest.mark.parametrize("options", ["{}", "{'threaded': True}", "{'debug': False, 'use_reloader': False}"])
def test_an_ewer_application_is_served_by_the_production_server(tmp_path: Path, options: str) -> None:
    pytest.importorskip("granian")

    assert server_of(tmp_path, "Ewer", options) == "granian"


@pytest.mark.parametrize(
    "options", ["{'debug': True, 'use_reloader': False}", "{'threaded': False}", "{'processes': 1}"]
)
def test_what_is_asked_of_the_development_server_gets_it(tmp_path: Path, options: str) -> None:
    assert "Werkzeug" in str(server_of(tmp_path, "Ewer", options))


def test_a_flask_application_keeps_flasks_server(tmp_path: Path) -> None:
    assert "Werkzeug" in str(server_of(tmp_path, "Flask"))


def test_a_port_that_is_none_is_refused_in_a_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ewer", "--app", "small_app:app", "run", "--port", "70000"],
        cwd=HERE, capture_output=True, text=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip

    assert ended.returncode == 2
    assert ended.stderr.endswith("Invalid value for '--port' / '-p': 70000 is not in the range 0<=x<=65535.\n")


def test_a_thread_gets_the_development_server(tmp_path: Path) -> None:
    assert "Werkzeug" in str(server_of(tmp_path, "Ewer", "{}", "in a thread"))
