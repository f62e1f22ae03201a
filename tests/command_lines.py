"""Runs command lines of real Flask and of Ewer as processes of their own, over the same project on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

#: Hides the commands of extensions that happen to be installed here; those that a test installs are called "extension".
_ONLY_OUR_EXTENSIONS = """
import importlib.metadata as metadata, runpy, sys
installed = metadata.entry_points

def entry_points(**params):
    found = installed(**params)
    if params.get("group") != "flask.commands":
        return found
    return metadata.EntryPoints(point for point in found if point.dist.name == "extension")

metadata.entry_points = entry_points
name = sys.argv.pop(1)
"""

#: ``python -m NAME``, without the commands of installed extensions.
RUN_MODULE = _ONLY_OUR_EXTENSIONS + "runpy.run_module(name, run_name='__main__', alter_sys=True)"

#: Starts a framework's group with ``run_simple`` replaced in its module, as tools that test scripts do it.
WITHOUT_SERVER = (
    _ONLY_OUR_EXTENSIONS
    + """
if name == "ewer":
    import ewer.as_flask
import flask.cli

def run_simple(host, port, app, **options):
    print(host, port, type(app).__name__, sorted(options.items()))

flask.cli.run_simple = run_simple
flask.cli.main()
"""
)


@dataclass(frozen=True)
class Outcome:
    """What a process left: exit status and both outputs."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The text after ``Error:``, or an empty string."""
        return self.err.partition("Error: ")[2]


class Project:
    """A directory with an application, and the commands run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment: dict[str, str] = {}

    def write(self, **files: str) -> None:
        """Write ``name.py`` for each keyword; two underscores in a name are a slash."""
        for name, text in files.items():
            path = self.root / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def env(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("FLASK_", "PYTEST_", "WERKZEUG_"))
        }
        return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **self.environment}

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.root,
            env=self.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *command: str, stdin: str = "") -> Outcome:
        """Run Python with these arguments to its end."""
        return finished(self.start(*command), stdin)

    def flask(self, *arguments: str) -> Outcome:
        return self.run("-c", RUN_MODULE, "flask", *arguments)

    def ewer(self, *arguments: str) -> Outcome:
        return self.run("-c", RUN_MODULE, "ewer", *arguments)

    def both(self, *arguments: str, stdin: str = "") -> tuple[Outcome, Outcome]:
        """Run the command on real Flask and on Ewer at the same time."""
        processes = [self.start("-c", RUN_MODULE, framework, *arguments) for framework in ("flask", "ewer")]
        real, ours = (finished(process, stdin) for process in processes)
        return real, ours

    def server_call(self, framework: str, *arguments: str) -> Outcome:
        """Give what ``run`` would start, printed instead of served."""
        return self.run("-c", WITHOUT_SERVER, framework, *arguments)

    def both_server_calls(self, *arguments: str) -> tuple[Outcome, Outcome]:
        """Give what ``run`` would start on real Flask and on Ewer."""
        processes = [self.start("-c", WITHOUT_SERVER, framework, *arguments) for framework in ("flask", "ewer")]
        real, ours = (finished(process) for process in processes)
        return real, ours


def finished(process: subprocess.Popen[str], stdin: str = "") -> Outcome:
    """Wait for a process, at most a minute; one that hangs is killed and fails the test."""
    with process:
        try:
            out, err = process.communicate(stdin, timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Outcome(process.returncode, out, err)
