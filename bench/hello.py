"""A hello-world app in a process of its own: from import to first response, reported as one line of JSON.

``hello.py flask | ewer | ewer-as-flask | nothing``. ``ewer-as-flask`` is the file a Flask user has, with
``import ewer.as_flask`` above it; ``nothing`` measures the harness itself. Nothing else is imported before the clock
starts but ``sys`` and ``time``, which the interpreter carries anyway.
"""

from __future__ import annotations

import sys
import time


def flask_app() -> object:
    from flask import Flask

    app = Flask("hello")

    @app.route("/")
    def hello() -> str:
        return "Hello, World!"

    return app


def ewer_app() -> object:
    from ewer import Ewer

    app = Ewer("hello")

    @app.route("/")
    def hello() -> str:
        return "Hello, World!"

    return app


def flask_app_on_ewer() -> object:
    import ewer.as_flask  # noqa: F401  (imported for what it does: `flask` is Ewer from here on)

    return flask_app()


def nothing() -> object:
    def app(environ: dict, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"Hello, World!"]

    return app


APPS = {"flask": flask_app, "ewer": ewer_app, "ewer-as-flask": flask_app_on_ewer, "nothing": nothing}


class Sink:
    """Just enough of a stream for ``wsgi.errors`` and an empty ``wsgi.input``."""

    def read(self, size: int = -1) -> bytes:
        return b""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        pass


def environ() -> dict:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
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


def main() -> None:
    build = APPS[sys.argv[1]]
    request = environ()
    seen = []
    before = set(sys.modules)
    started = time.perf_counter()
    app = build()
    answer = app(request, lambda status, headers, exc_info=None: seen.append(status))
    body = b"".join(answer)
    took_s = time.perf_counter() - started
    loaded = sorted(set(sys.modules) - before)
    if (seen, body) != (["200 OK"], b"Hello, World!"):
        raise SystemExit(f"{sys.argv[1]} answered {seen} {body!r}")

    import json

    print(json.dumps({"took_ms": took_s * 1000, "modules": loaded}))


if __name__ == "__main__":
    main()
