"""Send many requests of mixed kinds to one app and report what stayed behind, as JSON; ``test_leaks`` runs it.

``soaking.py REQUESTS``. The first fifth warms caches up. Counted are the interpreter's allocated blocks, the objects
the collector tracks, threads and open files; cheaper than tracemalloc, which would slow the run several times.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from io import BytesIO

import ewer
from ewer import globals as ewer_globals

app = ewer.Flask("soaking")
app.secret_key = "for soaking"
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
logging.getLogger("soaking").addHandler(logging.NullHandler())
logging.getLogger("soaking").propagate = False


class Handled(Exception):
    """An error that the app has a handler for."""


@app.errorhandler(Handled)
def handled(error: Handled) -> tuple[str, int]:
    return "handled", 409


@app.route("/")
def index() -> str:
    return "Hello, World!"


@app.route("/json/<int:number>")
def as_json(number: int) -> dict:
    return {"number": number}


@app.route("/raise/<kind>")
def raising(kind: str) -> str:
    if kind == "handled":
        raise Handled
    if kind == "abort":
        ewer.abort(418)
    raise RuntimeError("an error that nobody handles")


@app.route("/stream")
def stream() -> ewer.Response:
    def chunks() -> Iterator[str]:
        for number in range(5):
            yield f"chunk {number} of {ewer.request.path}\n"

    return ewer.Response(ewer.stream_with_context(chunks()))


@app.route("/stream/breaks")
def stream_that_breaks() -> Iterator[str]:
    yield "one chunk, then"
    raise RuntimeError("an error in the middle of a stream")


@app.route("/session")
def session() -> str:
    ewer.session["visits"] = ewer.session.get("visits", 0) + 1
    ewer.flash("seen")
    return str(len(ewer.get_flashed_messages()))


@app.route("/upload", methods=["POST"])
def upload() -> dict:
    return {name: len(file.read()) for name, file in ewer.request.files.items()}


@app.route("/template/<name>")
def template(name: str) -> str:
    @ewer.after_this_request
    def mark(response: ewer.Response) -> ewer.Response:
        response.headers["X-Marked"] = "yes"
        return response

    ewer.g.name = name
    return ewer.render_template_string("<p>{{ g.name }}, {{ url_for('index') }}</p>")


@app.route("/redirect")
def redirecting() -> ewer.Response:
    return ewer.redirect(ewer.url_for("as_json", number=7))


@app.route("/async")
async def asynchronous() -> str:
    return "awaited"


class Gone(BytesIO):
    """A request body whose client leaves in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError("the client is gone")

    readline = read  # type: ignore[assignment]


BOUNDARY = "soaking-boundary"
FILE = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="cover"; filename="cover.png"\r\n'
    f"Content-Type: image/png\r\n\r\n{'x' * 2000}\r\n--{BOUNDARY}--\r\n"
).encode()
MULTIPART = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}"}
COOKIE: dict[str, str] = {}


def request(path: str, *, chunks_taken: int | None = None, body: BytesIO | None = None, **more: str) -> str:
    """Make one request; take all chunks of the answer, or the first ``chunks_taken`` and hang up."""
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body or BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }
    answered: list = []
    answer = app(environ, lambda status, headers, exc_info=None: answered.extend([status, headers]))
    try:
        for number, _ in enumerate(answer):
            if chunks_taken is not None and number + 1 >= chunks_taken:
                break
    except RuntimeError:
        pass  # the stream that breaks
    finally:
        if hasattr(answer, "close"):
            answer.close()
    for name, value in answered[1]:
        if name == "Set-Cookie":
            COOKIE["HTTP_COOKIE"] = value.partition(";")[0]
    return answered[0][:3]


def hang_up_at_once(path: str) -> str:
    answered: list = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    environ |= {"wsgi.input": BytesIO(), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http"}
    answer = app(environ, lambda status, headers, exc_info=None: answered.append(status))
    if hasattr(answer, "close"):
        answer.close()
    return answered[0][:3]


def send_file(size: int, body: BytesIO) -> str:
    return request("/upload", body=body, CONTENT_LENGTH=str(size), **MULTIPART)


# What is sent, what must be answered, and how often, out of the sum of these weights.
KINDS: list[tuple[Callable[[], str], str, int]] = [
    (lambda: request("/"), "200", 20),
    (lambda: request("/json/42"), "200", 20),
    (lambda: request("/nowhere"), "404", 4),
    (lambda: request("/", REQUEST_METHOD="DELETE"), "405", 2),
    (lambda: request("/", REQUEST_METHOD="HEAD"), "200", 2),
    (lambda: request("/", REQUEST_METHOD="OPTIONS"), "200", 2),
    (lambda: request("/raise/handled"), "409", 5),
    (lambda: request("/raise/abort"), "418", 5),
    (lambda: request("/raise/anything"), "500", 5),
    (lambda: request("/stream"), "200", 5),
    (lambda: request("/stream", chunks_taken=1), "200", 5),
    (lambda: hang_up_at_once("/stream"), "200", 3),
    (lambda: request("/stream/breaks"), "200", 3),
    (lambda: request("/session"), "200", 3),
    (lambda: request("/session", **COOKIE), "200", 3),
    (lambda: send_file(len(FILE), BytesIO(FILE)), "200", 3),
    (lambda: send_file(len(FILE), BytesIO(FILE[:500])), "400", 2),
    (lambda: send_file(len(FILE), Gone()), "400", 2),
    (lambda: send_file(10**9, BytesIO(FILE)), "413", 2),
    (lambda: request("/template/anna"), "200", 3),
    (lambda: request("/redirect"), "302", 2),
    (lambda: request("/async"), "200", 1),
]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def census() -> dict[str, int]:
    gc.collect()
    return {
        "blocks": sys.getallocatedblocks(),
        "objects": len(gc.get_objects()),
        "threads": threading.active_count(),
        "files": open_files(),
    }


def soak(requests: int, randomly: random.Random) -> None:
    """Send ``requests`` of them in a random order.

    Raises:
        SystemExit: One was answered otherwise than it must be, or left a context pushed.
    """
    weights = [weight for _, _, weight in KINDS]
    for send, expected, _ in randomly.choices(KINDS, weights, k=requests):
        status = send()
        if status != expected:
            raise SystemExit(f"request kind {KINDS.index((send, expected, _))} answered {status}, expected {expected}")
        if ewer_globals._cv_request.get(None) is not None or ewer_globals._cv_app.get(None) is not None:
            raise SystemExit(f"request kind {KINDS.index((send, expected, _))} left a context pushed")


def main() -> None:
    requests = int(sys.argv[1])
    randomly = random.Random(2026)
    for send, expected, _ in KINDS:
        status = send()
        if status != expected:
            raise SystemExit(f"request kind {KINDS.index((send, expected, _))} answered {status}, expected {expected}")
    soak(requests // 10, randomly)
    census()  # NOTE: taken once for nothing: free lists fill during the first stretch and stay filled afterwards.
    soak(requests // 10, randomly)
    before = census()
    soak(requests - 2 * (requests // 10), randomly)
    after = census()
    print(json.dumps({name: after[name] - before[name] for name in before}))


if __name__ == "__main__":
    main()
