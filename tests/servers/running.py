"""Starts a server as a process of its own, waits until it listens, and sees to it that nothing of it is left."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEADLINE_S = 60.0
"""For anything that must happen; only a failure takes so long."""


def eventually(condition: Callable[[], object], what: str, within_s: float = DEADLINE_S) -> None:
    """Wait until the condition holds, looking often; fail at the deadline."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Running:
    """A server that listens."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path
    uds: Path | None = None
    _connections: list[http.client.HTTPConnection] = field(default_factory=list)

    def connect(self) -> socket.socket:
        if self.uds is not None:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(self.uds))
        else:
            connection = socket.create_connection(("127.0.0.1", self.port))
        connection.settimeout(DEADLINE_S)
        return connection

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        connection.sock = self.connect()
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def begin(self, path: str) -> socket.socket:
        """Send a request and leave the answer, after which the server closes the connection, to whoever reads it."""
        connection = self.connect()
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return connection

    def raw(self, data: bytes, *, then_close_writing: bool = False) -> bytes:
        """Send bytes as they are and return all that comes until the server closes the connection."""
        with self.connect() as connection:
            with suppress(ConnectionError):  # a server may refuse before it has read all
                connection.sendall(data)
            if then_close_writing:
                with suppress(OSError):  # the server may have closed already
                    connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def log(self) -> str:
        return self.output.read_text(errors="replace")

    def workers(self) -> list[int]:
        """Return the child processes that serve, or the process itself if it has none."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        children = [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]
        return [pid for pid in children if not is_gone(pid)] or [self.process.pid]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and return the exit status, once no process of the group is left."""
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE_S)
        eventually(lambda: not group_members(self.process.pid), "every process of the server ended")
        return status


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def group_members(group: int) -> list[int]:
    """Return the processes whose group it is and that still run."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, its_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_group) == group and state not in "ZX":
            members.append(int(entry.name))
    return members


def listens(running: Running) -> bool:
    if running.process.poll() is not None:
        raise AssertionError(f"the server ended with status {running.process.returncode}:\n{running.log()}")
    try:
        running.connect().close()
    except OSError:
        return False
    return True


@contextmanager
def server(
    *arguments: str, port: int | None = None, uds: Path | None = None, folder: Path = HERE, **environment: str
) -> Iterator[Running]:
    """Run `python *arguments`, with {port} replaced, until the block ends."""
    port = port or free_port()
    with tempfile.NamedTemporaryFile(prefix="server-", suffix=".log") as output:
        process = subprocess.Popen(
            [sys.executable, *(argument.replace("{port}", str(port)) for argument in arguments)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running = Running(process, port, Path(output.name), uds)
        try:
            eventually(lambda: listens(running), "the server listens")
            yield running
        finally:
            for pid in group_members(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.wait()


def ewer_serve(*arguments: str, target: str = "small_app:app", **options) -> object:
    return server("-m", "ewer", "serve", target, "--port", "{port}", "--graceful-timeout", "4", *arguments, **options)


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid: int) -> int:
    return int(re.search(r"^Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])
