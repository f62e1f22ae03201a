"""What the documentation says is true: its snippets run, its figures are rendered, its links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page)], ids=lambda page: str(page.relative_to(ROOT)))
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
