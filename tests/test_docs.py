"""What the documentation says is true: its snippets run, its figures are rendered, its links lead somewhere."""

from __future__ import annotations

import importlib
import inspect
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SNIPPET = re.compile(r"(?:<!-- snippet: (?P<file>[\w.]+) -->\n)?```python\n(?P<code>.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#)(?P<target>[^)#\s]+)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def snippets(page: Path) -> dict[str, str]:
    """Return a page's Python snippets by file name, in the order in which they stand there."""
    found: dict[str, str] = {}
    for number, match in enumerate(SNIPPET.finditer(page.read_text(encoding="utf-8"))):
        found[match["file"] or f"snippet_{number}.py"] = match["code"]
    return found


@pytest.mark.parametrize(
    "page", [page for page in PAGES if snippets(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_snippet_runs(page: Path, tmp_path: Path) -> None:
    files = snippets(page)
    for name, code in files.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for name in files:
        command = [sys.executable, "-W", "error", name]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

        assert done.returncode == 0, f"{name}:\n{done.stderr}"


@each_page
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(page.read_text(encoding="utf-8"))]
    broken = [target for target in targets if not (page.parent / target).exists()]

    assert not broken


def test_every_figure_is_the_one_in_the_results() -> None:
    command = [sys.executable, str(ROOT / "bench" / "render.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


# The way of a request: docs/explanation/lifecycle.md numbers the functions that one request calls. A line such as
# <!-- traced: GET /books/7 EWER_PLAN=1 --> stands before each list; the list is held against a trace of that request
# to the app that the page shows.

LIFECYCLE = ROOT / "docs" / "explanation" / "lifecycle.md"
TRACED = re.compile(
    r"<!-- traced: (?P<method>[A-Z]+) (?P<path>\S+) EWER_PLAN=(?P<plan>[01]) -->\n(?P<list>.*?)(?=\n## |\Z)", re.DOTALL
)
STEP = re.compile(r"^(?P<number>\d+)\. `(?P<name>[\w.]+)`", re.MULTILINE)
LISTS = list(TRACED.finditer(LIFECYCLE.read_text(encoding="utf-8"))) if LIFECYCLE.exists() else []

each_list = pytest.mark.parametrize("steps", LISTS, ids=lambda found: f"{found['path']} plan {found['plan']}")


def function_named(name: str, page: dict[str, Any]) -> Any:
    """Find the function that a name means: one of the page's app, or a dotted name, wherever its module ends."""
    found: Any = page.get(name)
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = inspect.getattr_static(found, part)
        break
    found = getattr(found, "fget", None) or getattr(found, "func", None) or getattr(found, "__func__", None) or found
    return inspect.unwrap(found)


WARM_UPS = 6
"""More than the replies after which JSON is written the short way."""


def calls_in_order(app: Any, method: str, path: str) -> list[Any]:
    """Serve one warm request; return the code objects it called, each where it was called first."""
    called: dict[Any, None] = {}

    def environ() -> dict[str, Any]:
        asked = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SCRIPT_NAME": ""}
        server = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost", "wsgi.url_scheme": "http"}
        return {**asked, **server, "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}

    def serve() -> None:
        answer = app(environ(), lambda status, headers, exc_info=None: None)
        b"".join(answer)
        getattr(answer, "close", lambda: None)()

    for _ in range(WARM_UPS):
        serve()
    if app._route_table is not None and (method, path) not in app._route_table[1].static:
        app._serving.known.pop((method, path), None)  # as if nobody had asked for this path
    sys.setprofile(lambda frame, event, argument: called.setdefault(frame.f_code) if event == "call" else None)
    try:
        serve()
    finally:
        sys.setprofile(None)
    return list(called)


def test_the_way_of_a_request_is_written_down() -> None:
    assert {found["plan"] for found in LISTS} == {"0", "1"}


@each_list
def test_the_steps_of_a_request_are_numbered_from_one(steps: re.Match[str]) -> None:
    numbers = [int(step["number"]) for step in STEP.finditer(steps["list"])]

    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 3


@each_list
def test_the_steps_of_a_request_happen_in_the_order_that_the_page_gives(
    steps: re.Match[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EWER_PLAN", steps["plan"])
    namespace: dict[str, Any] = {"__name__": "the_way_of_a_request"}
    exec(next(iter(snippets(LIFECYCLE).values())), namespace)
    called = calls_in_order(namespace["app"], steps["method"], steps["path"])

    names = [step["name"] for step in STEP.finditer(steps["list"])]
    order = {name: called.index(code) for name in names if (code := function_named(name, namespace).__code__) in called}

    assert [name for name in names if name not in order] == [], "on the page, but not called"
    assert sorted(order, key=lambda name: order[name]) == names


TYPED_VIEWS = ROOT / "docs" / "reference" / "typed-views.md"


def test_every_row_of_the_table_of_typed_views_names_a_test_that_exists() -> None:
    rows = [line for line in TYPED_VIEWS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    named = [row[-1].strip("`") for row in cells if len(row) == 3 and row[-1] not in ("shown by", "---", "-")]
    missing = []
    for name in named:
        file, _, test = name.partition("::")
        path = ROOT / "tests" / "typed" / file
        if not path.is_file() or f"def test_{test}(" not in path.read_text(encoding="utf-8"):
            missing.append(name)

    assert len(named) > 50
    assert not missing
