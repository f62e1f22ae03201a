"""Measures one row once, by the kind of its workload: throughput, cold start, idle memory, memory per connection."""

from __future__ import annotations

import http.client
import json
import resource
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import answers, environments, load, machine
from harness.machine import pinned_to
from harness.servers import BENCH, Server, ServerFailed, environment_of, write_hello

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.facts import Row

FAILURES = (
    ServerFailed,
    answers.WrongAnswer,
    OSError,
    ValueError,
    http.client.HTTPException,
    subprocess.SubprocessError,
)
IDLE_CONNECTIONS = 1000
MANY_CONNECTIONS = 100
# NOTE: a server that closes the connection after each answer loses a few to the race between close and next request.
ERROR_SHARE = 0.001


class Options:
    """How to measure: seconds of load, threads of thread pools, and the cores of server and load."""

    def __init__(self, seconds: int, threads: int | None = None, *, check_only: bool = False) -> None:
        self.seconds = seconds
        self.check_only = check_only
        self.threads = threads
        self.server_core, self.load_core = machine.cores()


def measure(row: Row, options: Options) -> dict[str, Any]:
    """Measure a row once; a row that fails returns the reason under ``failed`` instead of figures."""
    kind = checked if options.check_only and row.workload.kind == "throughput" else KINDS[row.workload.kind]
    try:
        return kind(row, options)
    except FAILURES as problem:
        return {"failed": str(problem) or repr(problem)}


def throughput(row: Row, options: Options) -> dict[str, Any]:
    seconds = max(options.seconds, row.workload.least_seconds)
    with Server(row, options.server_core, options.threads) as server, tempfile.TemporaryDirectory() as folder:
        cookie = answers.verify(server.port, row.workload)
        script = Path(folder, "load.lua")
        script.write_text(load.script(row.workload.requests, Path(folder), cookie), encoding="utf-8")
        if row.workload.connections > MANY_CONNECTIONS:
            # NOTE: pools of threads grow with the connections; what is measured is the pool that has grown.
            load.run(server.port, script, connections=row.workload.connections, seconds=1, core=options.load_core)
        else:
            answers.warm_up(server.port, row.workload, cookie)
        before_s = machine.cpu_s(server.session)
        figures = load.run(
            server.port,
            script,
            connections=row.workload.connections,
            seconds=seconds,
            core=options.load_core,
        )
        used_s = machine.cpu_s(server.session) - before_s
        answers.verify(server.port, row.workload)
        figures["cpu_us_per_request"] = used_s * 1e6 / figures["requests"]
        figures["server_cpu"] = used_s / seconds
        figures["starts_in_ms"] = server.starts_in_s * 1000
    if figures["errors"] > ERROR_SHARE * figures["requests"]:
        raise ValueError(f"{figures['errors']} of {figures['requests']} requests failed: {figures['errors_by_kind']}")
    return figures


def checked(row: Row, options: Options) -> dict[str, Any]:
    """Verify the answers, measure nothing but the start."""
    with Server(row, options.server_core, options.threads) as server:
        answers.verify(server.port, row.workload)
        return {"requests_per_s": 0.0, "starts_in_ms": server.starts_in_s * 1000}


def cold_start(row: Row, options: Options) -> dict[str, Any]:
    """Import and first response, in a fresh process of the peer's own environment."""
    python = str(environments.folder(row.peer.environment or "") / "bin" / "python")
    script = str(BENCH / "harness" / "first_response.py")
    exchange = row.workload.exchanges[0]
    with tempfile.TemporaryDirectory() as folder:
        write_hello(row, Path(folder))
        done = subprocess.run(
            [python, script, row.module, row.peer.speaks or "", exchange.request.path, exchange.expected.text or ""],
            cwd=folder,
            env=environment_of(row, 0, Path(folder)),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            preexec_fn=pinned_to(options.server_core),
        )
    if done.returncode:
        raise ValueError(f"no first response: {environments.last_line(done.stderr)}")
    return json.loads(done.stdout.splitlines()[-1])


def idle_memory(row: Row, options: Options) -> dict[str, Any]:
    with Server(row, options.server_core) as server:
        answers.verify(server.port, row.workload)
        return {"memory_kib": machine.memory_kib(server.session)}


def connection_memory(row: Row, options: Options) -> dict[str, Any]:
    """What a thousand clients that have asked once and now only stay connected add to the server's memory."""
    with Server(row, options.server_core) as server:
        answers.verify(server.port, row.workload)
        answers.warm_up(server.port, row.workload, None)
        before_kib = machine.memory_kib(server.session)
        connections = [ask_and_stay(server.port, row) for _ in range(IDLE_CONNECTIONS)]
        after_kib = machine.memory_kib(server.session)
        closed = sum(is_closed(connection) for connection in connections)
        for connection in connections:
            connection.close()
    if closed:
        raise ValueError(f"{closed} of {IDLE_CONNECTIONS} connections were closed by the server: it keeps none alive")
    return {"kib_per_connection": (after_kib - before_kib) / IDLE_CONNECTIONS, "idle_kib": before_kib}


def ask_and_stay(port: int, row: Row) -> socket.socket:
    """Open a connection, have one request answered on it, and leave it open."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    path = row.workload.exchanges[0].request.path
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    connection.recv(65536)
    return connection


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


KINDS: dict[str, Callable[[Row, Options], dict[str, Any]]] = {
    "throughput": throughput,
    "cold-start": cold_start,
    "idle-memory": idle_memory,
    "connection-memory": connection_memory,
}


def raise_file_limit() -> None:
    """Let a thousand connections be open at once, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else max(soft, 65536), hard))
