"""Run the test-suite of Flask 3.1.3 on Ewer: with the plan, and with plans switched off.

The suite comes from Flask's source distribution on PyPI, fetched when first needed, kept in ``.cache`` and checked
against a known hash; nothing of it is part of this repository. It runs under upstream's own pytest settings, with the
pytest and Werkzeug that Flask locked for that release, and with ``-p ewer.as_flask``.

``flask_suite.py [--real] [pytest arguments]``; ``--real`` runs it on real Flask, to tell a broken set-up from a broken
Ewer.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from run_tests import counts

ROOT = Path(__file__).resolve().parent.parent
VERSION = "3.1.3"
SDIST_SHA256 = "0ef0e52b8a9cd932855379197dd8f94047b359ca0a78695144304cb45f87c9eb"
CACHE = ROOT / ".cache"
SDIST = CACHE / f"flask-{VERSION}.tar.gz"
EXCLUSIONS = ROOT / "tests" / "flask_suite_exclusions.txt"
TOOLS = Path(sys.prefix) / "flask-suite"

GUARD = '''\
"""Refuse to run the suite on another Flask than the one meant."""
import os
import pytest

def pytest_configure(config):
    import flask
    if flask.__name__ != os.environ["SUITE_RUNS_ON"]:
        raise pytest.UsageError(f"flask is {flask.__file__}, meant: {os.environ['SUITE_RUNS_ON']}")
'''


def fetch() -> None:
    """Put the source distribution into the cache, unless it is there.

    Raises:
        SystemExit: The download failed, or what came has another hash than Flask's release.
    """
    if not SDIST.exists():
        print(f"fetching Flask {VERSION}'s source distribution from PyPI", flush=True)
        CACHE.mkdir(exist_ok=True)
        command = [*pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", ":all:"]
        if subprocess.run([*command, "--dest", str(CACHE), f"flask=={VERSION}"], check=False).returncode:
            sys.exit(f"Flask {VERSION}'s source distribution could not be fetched. Fix: put it at {SDIST}")
    found = hashlib.sha256(SDIST.read_bytes()).hexdigest()
    if found != SDIST_SHA256:
        sys.exit(f"{SDIST} has SHA-256 {found}, expected {SDIST_SHA256}. Fix: delete it and run again.")


def pip() -> list[str]:
    """Return a command that is pip, brought in by ensurepip where the environment was made without one."""
    command = [sys.executable, "-m", "pip"]
    if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode:
        subprocess.run([sys.executable, "-m", "ensurepip"], capture_output=True, check=True)
    return command


def unpack(folder: Path) -> Path:
    """Lay out Flask's tests and its pytest settings in ``folder``, without its source."""
    top = f"flask-{VERSION}"
    with tarfile.open(SDIST) as archive:
        wanted = [
            member
            for member in archive.getmembers()
            if member.name == f"{top}/pyproject.toml" or member.name.startswith(f"{top}/tests/")
        ]
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(folder, members=wanted, **safe)
    (folder / top / "suite_guard.py").write_text(GUARD, encoding="utf-8")
    return folder / top


def exclusions() -> list[str]:
    """Return the node ids listed in the exclusions file; a line is ``node id  # reason``.

    Raises:
        SystemExit: A line gives no reason.
    """
    found = []
    for line in EXCLUSIONS.read_text(encoding="utf-8").splitlines():
        node, _, reason = line.partition("#")
        if not node.strip():
            continue
        if not reason.strip():
            sys.exit(f"{EXCLUSIONS.name}: {node.strip()!r} is excluded without a reason. Fix: add '# why'.")
        found.append(node.strip())
    return found


def run(suite: Path, title: str, settings: dict[str, str], extra: list[str]) -> tuple[str, int, int]:
    """Run the suite once; return the title, how many passed and how many there were."""
    report = suite / "report.xml"
    report.unlink(missing_ok=True)
    print(f"\n=== Flask {VERSION}'s suite on {title}", flush=True)
    plugins = ["-p", "suite_guard", "-p", "no:cacheprovider"]
    if settings["SUITE_RUNS_ON"] == "ewer":
        plugins += ["-p", "ewer.as_flask"]
    deselected = [f"--deselect={node}" for node in exclusions()]
    # NOTE: upstream's own tools come first on the path; other plugins of this environment stay out.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(suite), str(TOOLS)]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **settings,
    }
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *plugins, *deselected, *extra]
    status = subprocess.run(command, cwd=suite, env=environment, check=False).returncode
    passed, failed, skipped = counts(report)
    total = passed + failed + skipped
    return title, passed, total + (1 if status and passed == total else 0)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Run Flask's own suite on Ewer.", epilog="Other arguments go to pytest."
    )
    parser.add_argument("--real", action="store_true", help="run it on real Flask instead")
    options, extra = parser.parse_known_args()
    fetch()
    with tempfile.TemporaryDirectory(prefix="flask-suite-") as folder:
        suite = unpack(Path(folder))
        if options.real:
            outcomes = [run(suite, "real Flask", {"SUITE_RUNS_ON": "flask"}, extra)]
        else:
            outcomes = [
                run(suite, "Ewer, with the plan", {"SUITE_RUNS_ON": "ewer", "EWER_PLAN": "1"}, extra),
                run(suite, "Ewer, plans off (EWER_PLAN=0)", {"SUITE_RUNS_ON": "ewer", "EWER_PLAN": "0"}, extra),
            ]
    print()
    if excluded := exclusions():
        print(f"excluded, see {EXCLUSIONS.relative_to(ROOT)}: {len(excluded)}")
    for title, passed, total in outcomes:
        print(f"{title}: {passed}/{total} passed")
    return 0 if all(passed == total > 0 for _, passed, total in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
