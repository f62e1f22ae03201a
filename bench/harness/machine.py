"""What the machine is, and what processes on it use: cores, processor time, memory."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
BUSY_LOAD = 0.7
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cores() -> tuple[int, int]:
    """Return the core of the server and the core of the load.

    Raises:
        SystemExit: There are fewer than two, or they cannot be chosen on this system.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise SystemExit("This system cannot pin a process to a core. Fix: run the benchmark on Linux.")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise SystemExit("The benchmark needs two cores, one for the server and one for the load; there is one.")
    return allowed[0], allowed[1]


def pinned_to(core: int) -> Callable[[], None]:
    """Return what a child process calls to stay on one core."""
    return lambda: os.sched_setaffinity(0, {core})


def tools_missing() -> list[str]:
    """Return a sentence for each program of the system that is needed and absent."""
    found = []
    if shutil.which("wrk") is None:
        found.append("wrk, which sends the load, is not installed. Fix: apt-get install wrk (or brew install wrk)")
    return found


def busy() -> str | None:
    """Return a warning if other work is going on, which makes absolute figures meaningless and ratios unsteady."""
    load = os.getloadavg()[0]
    if load < BUSY_LOAD:
        return None
    return f"This machine is busy (load average {load:.1f}): figures are unsteady. Fix: measure when nothing else runs."


def facts() -> dict[str, object]:
    """Return what a reader needs to judge figures from this machine."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_average": [round(value, 2) for value in os.getloadavg()],
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def revision() -> str:
    """Return the commit that was measured, marked if files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def processes_of(session: int) -> list[int]:
    """Return the processes of a session (a server and its workers)."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        fields = stat_fields(int(entry.name))
        if fields and int(fields[3]) == session:
            found.append(int(entry.name))
    return found


def stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name (from state on), or none if the process is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # NOTE: the second field is the program's name in brackets, and may itself hold spaces and brackets.
    return text.rpartition(")")[2].split()


def cpu_s(session: int) -> float:
    """Return the processor time that the session's processes have used, in seconds."""
    ticks = 0
    for pid in processes_of(session):
        fields = stat_fields(pid)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_S


def memory_kib(session: int) -> int:
    """Return the memory of the session's processes: proportional set size, so that shared pages count once."""
    total = 0
    for pid in processes_of(session):
        total += _pss_kib(pid)
    return total


def _pss_kib(pid: int) -> int:
    for file, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        for line in lines:
            if line.startswith(field):
                return int(line.split()[1])
    return 0
