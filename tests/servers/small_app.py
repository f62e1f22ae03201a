"""One application for every server: plain and async views, streams, uploads, errors and a session."""

from __future__ import annotations

import asyncio
import os
import threading
import time

from ewer import Flask, Response, jsonify, request, session

app = Flask(__name__, static_folder=None)
app.secret_key = "of no use to anybody"
app.config["MAX_CONTENT_LENGTH"] = 2 * 1024 * 1024

contexts = {"opened": 0, "closed": 0}
streams = {"opened": 0, "closed": 0}
_lock = threading.Lock()


def count(what: dict[str, int], key: str) -> None:
    with _lock:
        what[key] += 1


@app.before_request
def open_context() -> None:
    count(contexts, "opened")


@app.teardown_request
def close_context(error: BaseException | None) -> None:
    count(contexts, "closed")


@app.get("/")
def index() -> str:
    return "Hello"


@app.get("/wait")
def wait() -> str:
    time.sleep(0.05)
    return "waited"


@app.get("/slow")
def slow() -> str:
    print("slow began", flush=True)
    time.sleep(0.5)
    return "slow but done"


@app.get("/stuck")
def stuck() -> str:
    print("stuck began", flush=True)
    time.sleep(40)
    return "too late"


@app.get("/await")
async def await_it() -> str:
    await asyncio.sleep(0.05)
    return "awaited"


@app.get("/linger")
async def linger() -> str:
    await asyncio.sleep(30)
    return "nobody waits for this"


@app.get("/large")
def large() -> bytes:
    return b"x" * 40_000_000


@app.get("/stream")
def stream() -> Response:
    return Response((f"{number}\n" for number in range(3)), mimetype="text/plain")


@app.get("/endless")
def endless() -> Response:
    def pieces():
        count(streams, "opened")
        try:
            while True:
                yield b"x" * 65536
        finally:
            count(streams, "closed")

    return Response(pieces(), mimetype="application/octet-stream")


@app.get("/events")
def events() -> Response:
    def pieces():
        while True:
            yield "data: tick\n\n"
            time.sleep(0.05)

    return Response(pieces(), mimetype="text/event-stream")


@app.get("/torn")
def torn() -> Response:
    def pieces():
        yield b"one"
        raise LookupError("in the middle of a stream")

    return Response(pieces(), mimetype="text/plain")


@app.post("/upload")
def upload() -> dict[str, object]:
    return {"bytes": len(request.get_data())}


@app.post("/lines")
def lines() -> dict[str, object]:
    return {"lines": [line.decode() for line in request.stream]}


@app.get("/error")
def error() -> str:
    raise RuntimeError("meant to fail")


@app.get("/visits")
def visits() -> dict[str, object]:
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"]}


@app.route("/echo/", defaults={"rest": ""})
@app.route("/echo/<path:rest>")
def echo(rest: str) -> Response:
    return jsonify(rest=rest, args=request.args.to_dict(), host=request.host, letter=request.headers.get("X-Letter"))


@app.get("/umlaut")
def umlaut() -> Response:
    return Response("ok", headers={"X-Letter": "é"})


@app.get("/control")
def control() -> Response:
    response = Response("ok")
    response.headers["X-Letter"] = "a\x01b"
    return response


@app.get("/peer")
def peer() -> dict[str, object]:
    return {"client": request.remote_addr, "url": request.url, "root": request.script_root}


@app.get("/environ")
def environ() -> dict[str, object]:
    known = {key: value for key, value in request.environ.items() if isinstance(value, (str, bool))}
    return {"environ": known, "pid": os.getpid()}


@app.get("/state")
def state() -> dict[str, object]:
    return {
        "contexts": contexts["opened"] - contexts["closed"],
        "streams": streams["opened"] - streams["closed"],
        "pid": os.getpid(),
    }


def create_app(name: str = "made") -> Flask:
    made = Flask(name, static_folder=None)
    made.add_url_rule("/", view_func=lambda: name, endpoint="name")
    made.add_url_rule("/wait", view_func=wait, endpoint="wait")
    return made
