"""Imports an app in this process and has it answer once; prints milliseconds, modules and memory as JSON.

``first_response.py hello_app wsgi / "Hello, World!"``. The request is handed to the app by the protocol that
it speaks, without a server. Nothing is imported before the clock starts but ``sys`` and ``time``, which the
interpreter carries anyway; ``asyncio`` is on the bill of whoever needs it.
"""

from __future__ import annotations

import sys
import time


class Sink:
    """Just enough of a stream for ``wsgi.errors`` and an empty ``wsgi.input``."""

    def read(self, size: int = -1) -> bytes:
        return b""

    def readline(self, size: int = -1) -> bytes:
        return b""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def by_wsgi(app: object, path: str) -> tuple[str, bytes]:
    seen = []
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": Sink(),
        "wsgi.errors": Sink(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    answer = app(environ, lambda status, headers, exc_info=None: seen.append(status))
    return seen[0].split()[0], b"".join(answer)


def by_asgi(app: object, path: str) -> tuple[str, bytes]:
    import asyncio

    sent = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"localhost:8000")],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }

    async def send(message: dict) -> None:
        sent.append(message)

    async def main() -> None:
        await start(app)
        waiting = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> dict:
            if waiting:
                return waiting.pop()
            await asyncio.sleep(3600)
            raise AssertionError

        await app(scope, receive, send)

    async def start(app: object) -> None:
        """Send the lifespan's start, which some frameworks build their routes on, and wait for its end."""
        arrived, done = asyncio.Event(), asyncio.Event()
        first = [{"type": "lifespan.startup"}]

        async def receive() -> dict:
            if first:
                return first.pop()
            await done.wait()
            return {"type": "lifespan.shutdown"}

        async def note(message: dict) -> None:
            arrived.set()

        async def run() -> None:
            try:
                await app({"type": "lifespan", "asgi": scope["asgi"], "state": {}}, receive, note)
            except Exception:
                pass  # a server takes this for "no lifespan here" and serves on
            arrived.set()

        kept.append(asyncio.ensure_future(run()))
        await arrived.wait()

    kept: list[object] = []
    asyncio.run(main())
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return str(sent[0]["status"]), body


def memory_kib() -> int:
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def main() -> None:
    module, protocol, path, expected = sys.argv[1:]
    before = set(sys.modules)
    started = time.perf_counter()
    imported = __import__(module, fromlist=["app"])
    speaks = by_asgi if protocol == "asgi" else by_wsgi
    status, body = speaks(imported.app, path)
    took_s = time.perf_counter() - started
    loaded = len(set(sys.modules) - before)
    if status != "200" or (expected and body.decode() != expected):
        raise SystemExit(f"answered {status} {body[:200]!r}")

    import json

    print(json.dumps({"took_ms": took_s * 1000, "modules": loaded, "memory_kib": memory_kib()}))


if __name__ == "__main__":
    main()
