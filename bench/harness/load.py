"""Sends the load: writes wrk's script for a workload, runs wrk on its own core, and reads what it reports."""

from __future__ import annotations

import json
import resource
import subprocess
from typing import TYPE_CHECKING, Any

from harness.machine import pinned_to

if TYPE_CHECKING:
    from pathlib import Path

    from harness.facts import Request

MARK = "MEASURED "
TIMEOUT_S = 10

# NOTE: wrk calls `done` once, in the main thread, after the load; nothing of this runs while it measures.
REPORT = """
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\n%s{"duration_us": %d, "requests": %d, "bytes": %d, "connect": %d, "read": %d, "write": %d, "status": %d, '
    .. '"timeout": %d, "p50_us": %d, "p90_us": %d, "p99_us": %d, "max_us": %d}\\n',
    "MEASURED ", summary.duration, summary.requests, summary.bytes, errors.connect, errors.read, errors.write,
    errors.status, errors.timeout, latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
"""

ONE_REQUEST = """
local sent = load_request(1)
wrk.method, wrk.path, wrk.headers, wrk.body = sent.method, sent.path, sent.headers, sent.body
"""

IN_TURN = """
local prepared, turn = {}, 0
init = function(args)
  for number = 1, COUNT do
    local sent = load_request(number)
    prepared[number] = wrk.format(sent.method, sent.path, sent.headers, sent.body)
  end
end
request = function()
  turn = turn % COUNT + 1
  return prepared[turn]
end
"""


def script(requests: tuple[Request, ...], folder: Path, cookie: str | None = None) -> str:
    """Return wrk's Lua script for these requests; bodies are written to files in the folder.

    One request is handed to wrk whole, which then sends it without calling Lua; several are formatted beforehand and
    sent in turn.
    """
    lines = ["local described = {"]
    for number, request in enumerate(requests):
        body = "nil"
        if request.body:
            path = folder / f"body-{number}"
            path.write_bytes(request.body)
            body = f"io.open({lua(str(path))}, 'rb'):read('*a')"
        headers = dict(request.headers, **({"Cookie": cookie} if cookie else {}))
        fields = ", ".join(f"[{lua(name)}] = {lua(value)}" for name, value in headers.items())
        lines.append(
            f"  {{method = {lua(request.method)}, path = {lua(request.path)}, headers = {{{fields}}}, body = {body}}},"
        )
    lines += ["}", "local function load_request(number) return described[number] end"]
    turn = ONE_REQUEST if len(requests) == 1 else IN_TURN.replace("COUNT", str(len(requests)))
    return "\n".join(lines) + turn + REPORT


def lua(text: str) -> str:
    """Return the text as a Lua string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def parse(output: str) -> dict[str, Any]:
    """Return the figures in wrk's output.

    Raises:
        ValueError: wrk reported nothing, or no request came back.
    """
    lines = [line for line in output.splitlines() if line.startswith(MARK)]
    if not lines:
        raise ValueError(f"wrk reported nothing; it said: {output.strip()[-300:] or '(no output)'}")
    raw = json.loads(lines[-1][len(MARK) :])
    if not raw["requests"]:
        raise ValueError("no request was answered")
    return {
        "requests": raw["requests"],
        "requests_per_s": raw["requests"] / (raw["duration_us"] / 1e6),
        "bytes_per_request": raw["bytes"] / raw["requests"],
        "p50_ms": raw["p50_us"] / 1000,
        "p90_ms": raw["p90_us"] / 1000,
        "p99_ms": raw["p99_us"] / 1000,
        "max_ms": raw["max_us"] / 1000,
        "errors": sum(raw[kind] for kind in ("connect", "read", "write", "status", "timeout")),
        "errors_by_kind": {kind: raw[kind] for kind in ("connect", "read", "write", "status", "timeout") if raw[kind]},
    }


def run(port: int, script_path: Path, *, connections: int, seconds: int, core: int) -> dict[str, Any]:
    """Run wrk once and return its figures, with the share of its core that wrk itself used.

    Raises:
        ValueError: wrk failed or reported nothing.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT_S}s", "-s", str(script_path)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 3 * TIMEOUT_S,
        preexec_fn=pinned_to(core),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise ValueError(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    figures = parse(done.stdout)
    used_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**figures, "load_cpu": used_s / seconds}
