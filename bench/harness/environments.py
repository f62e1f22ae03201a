"""Sets up one virtual environment for each file in ``bench/requirements``, under ``.cache/bench``.

Every peer has an environment of its own, so that none has to agree with another on a version. With uv if it is there,
else with venv and pip. Set up once; again when the requirements or the interpreter change.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from harness.machine import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CACHE = ROOT / ".cache" / "bench"
REQUIREMENTS = ROOT / "bench" / "requirements"
EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Exit): ")
# NOTE: what is measured is this checkout, so these environments hold it in place of a release.
WITH_EWER = {"ewer"}


def uv() -> str | None:
    """Return the path of a uv that works: a version manager's shim may stand there without one behind it."""
    path = shutil.which("uv")
    if path is None:
        return None
    works = subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0
    return path if works else None


def folder(name: str) -> Path:
    """Return where the environment of that name lives."""
    return CACHE / name


def set_up(name: str) -> str | None:
    """Make the environment if it is not there yet; return why that failed, or None."""
    wanted = stamp_of(name)
    stamp = folder(name) / "set-up"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return None
    print(f"setting up {name} in {folder(name).relative_to(ROOT)}", file=sys.stderr, flush=True)
    shutil.rmtree(folder(name), ignore_errors=True)
    for command in commands(name):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            return f"the environment {name} could not be set up: {last_line(done.stderr)}"
    stamp.write_text(wanted, encoding="utf-8")
    return None


def stamp_of(name: str) -> str:
    """Return what the environment is made from, shortened: its requirements and the interpreter."""
    text = (REQUIREMENTS / f"{name}.txt").read_bytes() + sys.version.encode() + bytes(str(ROOT), "utf-8")
    return hashlib.sha256(text).hexdigest()


def commands(name: str) -> list[list[str]]:
    """Return the commands that make an environment, in order."""
    python = str(folder(name) / "bin" / "python")
    listed = ["-r", str(REQUIREMENTS / f"{name}.txt")]
    tool = uv()
    if tool:
        make = [tool, "venv", "--quiet", "--python", sys.executable, str(folder(name))]
        install = [tool, "pip", "install", "--quiet", "--python", python]
    else:
        make = [sys.executable, "-m", "venv", str(folder(name))]
        install = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    found = [make, [*install, *listed]]
    if name in WITH_EWER:
        found.append([*install, "--no-deps", "--editable", str(ROOT)])
    return found


def versions(name: str) -> dict[str, str]:
    """Return the versions of the packages in an environment."""
    code = (
        "import importlib.metadata as m, json, platform; "
        "print(json.dumps({'python': platform.python_version(), "
        "**{d.metadata['Name'].lower(): d.version for d in m.distributions()}}))"
    )
    done = subprocess.run(
        [str(folder(name) / "bin" / "python"), "-c", code], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else {}


def last_line(text: str) -> str:
    """Return the line that says most about a failure: the last exception's, else simply the last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    exceptions = [line for line in lines if EXCEPTION.match(line)]
    return (exceptions or lines or ["(no message)"])[-1]
