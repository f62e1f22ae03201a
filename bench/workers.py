"""Measures the worker threads of `ewer.interfaces.workers` beside `loop.run_in_executor()`; docs/decisions/0010-worker-threads.md cites it.

``python bench/workers.py [--json FILE]``. Every figure is the median of interleaved rounds; about ten seconds in all.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from ewer.interfaces.workers import Workers, most_threads

ROUNDS = 5
Run = Callable[[Callable[[], Any]], Awaitable[Any]]


def nothing() -> None:
    """Return at once: what is left is the way to a thread and back."""


def compute(seconds: float = 0.002) -> None:
    """Hold the interpreter for so long, by the clock of this thread."""
    end_s = time.thread_time() + seconds
    while time.thread_time() < end_s:
        sum(range(200))


async def calls_at_once(run: Run, function: Callable[[], Any], *, calls: int, at_once: int) -> list[float]:
    """Make so many calls, so many of them at a time; return how long each took, in seconds."""
    took_s: list[float] = []

    async def client() -> None:
        for _ in range(calls // at_once):
            begun_s = time.perf_counter()
            await run(function)
            took_s.append(time.perf_counter() - begun_s)

    await asyncio.gather(*(client() for _ in range(at_once)))
    return took_s


WORKLOADS: dict[str, dict[str, Any]] = {
    "nothing, 64 at once": {"function": nothing, "calls": 12_800, "at_once": 64},
    "wait 50 ms, 1,000 at once": {"function": partial(time.sleep, 0.05), "calls": 4_000, "at_once": 1_000},
    "compute 2 ms, 100 at once": {"function": compute, "calls": 400, "at_once": 100},
}


async def measure(kind: str, workload: dict[str, Any]) -> dict[str, float]:
    """Run one workload on one kind of pool, made for it."""
    loop = asyncio.get_running_loop()
    workers = executor = None
    if kind == "workers":
        workers = Workers(loop, most_threads())
        run: Run = workers.run
    else:
        executor = ThreadPoolExecutor(most_threads())
        run = partial(loop.run_in_executor, executor)
    begun_s = time.perf_counter()
    took_s = sorted(await calls_at_once(run, **workload))
    wall_s = time.perf_counter() - begun_s
    threads = workers.threads if workers is not None else len(getattr(executor, "_threads", ()))
    result = {
        "calls_per_s": len(took_s) / wall_s,
        "p99_ms": took_s[int(len(took_s) * 0.99) - 1] * 1000,
        "threads": threads,
        "calls_per_wake_up": len(took_s) / workers.wake_ups if workers is not None else 1.0,
    }
    if workers is not None:
        workers.stop()
    if executor is not None:
        executor.shutdown()
    return result


def main() -> None:
    """Print a table, and write the figures where they were asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    rounds: dict[tuple[str, str], list[dict[str, float]]] = {}
    for _ in range(ROUNDS):
        for name, workload in WORKLOADS.items():
            for kind in ("workers", "executor"):
                rounds.setdefault((name, kind), []).append(asyncio.run(measure(kind, workload)))
    figures = {
        name: {
            kind: {
                key: round(statistics.median(one[key] for one in rounds[name, kind]), 2)
                for key in rounds[name, kind][0]
            }
            for kind in ("workers", "executor")
        }
        for name in WORKLOADS
    }
    print(f"{'':28}{'pool':10}{'calls/s':>10}{'p99 ms':>10}{'threads':>10}{'calls a wake-up':>18}")
    for name, kinds in figures.items():
        for kind, one in kinds.items():
            print(
                f"{name:28}{kind:10}{one['calls_per_s']:>10.0f}{one['p99_ms']:>10.1f}{one['threads']:>10.0f}{one['calls_per_wake_up']:>18.1f}"
            )
    if arguments.json is not None:
        report = {"python": platform.python_version(), "rounds": ROUNDS, "workloads": figures}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
