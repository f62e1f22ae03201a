"""Many requests of mixed kinds leave nothing behind: no memory, no object, no thread, no file, no pushed context."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAKING = Path(__file__).resolve().parent / "soaking.py"

# A block kept by one request in fifty would show: free lists and caches alone move by some hundreds, however long the run.
BLOCKS_OF_NOISE = 1_500
OBJECTS_OF_NOISE = 200


@pytest.mark.parametrize(
    ("requests", "plan"),
    [pytest.param(100_000, "1", id="100,000 on the plan"), pytest.param(20_000, "0", id="20,000 on the plain path")],
)
def test_mixed_requests_leave_memory_flat_and_no_context_pushed(requests: int, plan: str) -> None:
    environment = {**os.environ, "EWER_PLAN": plan, "PYTHONHASHSEED": "0"}
    command = [sys.executable, str(SOAKING), str(requests)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)

    assert done.returncode == 0, done.stderr
    grown = json.loads(done.stdout.splitlines()[-1])
    print(f"left behind: {grown}")
    assert grown["blocks"] < BLOCKS_OF_NOISE
    assert grown["objects"] < OBJECTS_OF_NOISE
    assert grown["threads"] <= 0
    assert grown["files"] <= 0
