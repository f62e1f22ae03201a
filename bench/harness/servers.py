"""Starts and stops the servers: one worker, on one core, with the flags that each one's documentation recommends.

All WSGI servers with threads get the same number of them, or comparisons between frameworks would compare pools.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness import environments
from harness.machine import pinned_to, processes_of

if TYPE_CHECKING:
    from harness.facts import Row

BENCH = Path(__file__).resolve().parent.parent
STARTS_WITHIN_S = 30
STOPS_WITHIN_S = 0.5
# PERF: under Granian WSGI on one core, one thread answers fastest as long as no view waits; `bench/compare.py --only
# plaintext --threads 8` shows the difference. Workloads whose views wait ask for more (Workload.threads).
GRANIAN_THREADS = 1
# The number in gunicorn's own documentation: two to four for each core.
GUNICORN_THREADS = 4


class ServerFailed(Exception):
    """A server that did not come up, with the end of what it printed."""


def command(row: Row, port: int, scratch: Path, threads: int | None = None) -> list[str]:
    """Return the command line that serves a row on a port of 127.0.0.1."""
    if row.server == "nginx":
        return ["nginx", "-p", str(scratch), "-e", "stderr", "-c", str(nginx_configuration(port, scratch))]
    programs = environments.folder(row.peer.environment or "") / "bin"
    target = f"{row.module}:app"
    threads = threads or row.workload.threads
    return {
        "granian-wsgi": granian("wsgi", programs, port, target, threads or GRANIAN_THREADS),
        "granian-asgi": granian("asgi", programs, port, target, None),
        "gunicorn-sync": [
            f"{programs}/gunicorn", "--workers", "1", "--bind", f"127.0.0.1:{port}", target,
        ],
        "gunicorn-gthread": [
            f"{programs}/gunicorn", "--workers", "1", "--threads", str(threads or GUNICORN_THREADS),
            "--bind", f"127.0.0.1:{port}", target,
        ],
        "uvicorn": [
            f"{programs}/uvicorn", "--workers", "1", "--host", "127.0.0.1", "--port", str(port),
            "--no-access-log", "--log-level", "warning", *idle_flags(row), target,
        ],
        "sanic": [
            f"{programs}/sanic", target, "--host", "127.0.0.1", "--port", str(port), "--single-process",
            "--no-access-logs", "--no-motd",
        ],
        "script": [f"{programs}/python", "-m", row.module, "--log-level", "WARN"],
        "ewer-serve": [
            f"{programs}/ewer", "serve", target, "--workers", "1", "--host", "127.0.0.1", "--port", str(port),
        ],
    }[row.server]  # fmt: skip


def granian(interface: str, programs: Path, port: int, target: str, threads: int | None) -> list[str]:
    flags = ["--workers", "1", "--runtime-threads", "1", "--no-ws", "--log-level", "warning"]
    if threads:
        flags += ["--blocking-threads", str(threads)]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    return [f"{programs}/granian", "--interface", interface, *flags, *where, target]


def idle_flags(row: Row) -> list[str]:
    """Return what keeps uvicorn from closing idle connections (after 5 s, by default) before they are counted."""
    return ["--timeout-keep-alive", "120"] if row.workload.kind == "connection-memory" else []


def nginx_configuration(port: int, scratch: Path) -> Path:
    text = (BENCH / "nginx.conf").read_text(encoding="utf-8")
    path = scratch / "nginx.conf"
    path.write_text(text.replace("@PORT@", str(port)).replace("@BENCH@", str(BENCH)), encoding="utf-8")
    return path


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A running server, pinned to a core; a context manager, so that it never outlives its measurement."""

    def __init__(self, row: Row, core: int, threads: int | None = None) -> None:
        self.row = row
        self.core = core
        self.threads = threads
        self.port = free_port()
        self.starts_in_s = 0.0

    def __enter__(self) -> Server:
        self.scratch = tempfile.TemporaryDirectory(prefix="ewer-bench-", ignore_cleanup_errors=True)
        scratch = Path(self.scratch.name)
        write_hello(row=self.row, folder=scratch)
        self.log = scratch / "log"
        began = time.perf_counter()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command(self.row, self.port, scratch, self.threads),
                cwd=BENCH,
                env=environment_of(self.row, self.port, scratch),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=pinned_to(self.core),
            )
        try:
            self.wait_until_it_listens()
        except ServerFailed:
            self.stop()
            raise
        self.starts_in_s = time.perf_counter() - began
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def wait_until_it_listens(self) -> None:
        """Return when the port takes connections.

        Raises:
            ServerFailed: The server ended, or took longer than ``STARTS_WITHIN_S``.
        """
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ServerFailed(f"the server ended at once: {self.last_words()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise ServerFailed(f"nothing listens after {STARTS_WITHIN_S} s: {self.last_words()}")

    def last_words(self) -> str:
        """Return the last line that the server printed."""
        return environments.last_line(self.log.read_text(encoding="utf-8", errors="replace"))

    def stop(self) -> None:
        """End the server and its workers: asked first, then forced."""
        session = self.process.pid
        for sign, patience_s in ((signal.SIGTERM, STOPS_WITHIN_S), (signal.SIGKILL, None)):
            for pid in processes_of(session):
                end(pid, sign)
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue
        self.scratch.cleanup()

    @property
    def session(self) -> int:
        """The session of the server's processes, for ``machine.cpu_s`` and ``machine.memory_kib``."""
        return self.process.pid


def end(pid: int, sign: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def write_hello(row: Row, folder: Path) -> None:
    """Write the peer's smallest app into a folder, as the module ``hello_app``."""
    if row.peer.hello:
        (folder / "hello_app.py").write_text(row.peer.hello, encoding="utf-8")


def environment_of(row: Row, port: int, scratch: Path) -> dict[str, str]:
    """Return the environment variables of a server: the caller's, without what would change a framework."""
    unwanted = ("PYTHON", "FLASK_", "EWER_", "DJANGO_", "SANIC_", "GRANIAN_", "UVICORN_", "GUNICORN_", "LITESTAR_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {
        **kept,
        "PYTHONPATH": f"{scratch}{os.pathsep}{BENCH}",
        "BENCH_WORKLOAD": row.workload.function,
        "BENCH_PORT": str(port),
    }
