"""An application that answers what HTTP cannot carry."""

from __future__ import annotations

from ewer import Flask, Response

app = Flask(__name__, static_folder=None)

NEXT = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"


@app.get("/")
def index() -> str:
    return "Hello"


@app.get("/status/<path:status>")
def with_status(status: str) -> tuple[str, str | int]:
    return "body", int(status) if status.isdecimal() else status


@app.get("/awaited/<path:status>")
async def with_status_awaited(status: str) -> tuple[str, str | int]:
    return with_status(status)


@app.get("/length/<length>")
def with_length(length: str) -> Response:
    response = Response(b"abc" + NEXT)
    response.headers["Content-Length"] = length
    return response


@app.get("/awaited-length/<length>")
async def with_length_awaited(length: str) -> Response:
    return with_length(length)


@app.get("/stream-length/<length>")
def with_length_of_stream(length: str) -> Response:
    return Response(iter([b"abc", NEXT]), headers={"Content-Length": length})


@app.get("/fails-first")
def fails_first() -> Response:
    def pieces():
        raise LookupError("before the first piece")
        yield b""

    return Response(pieces())


@app.get("/fails-first-awaited")
def fails_first_awaited() -> Response:
    async def pieces():
        raise LookupError("before the first piece")
        yield b""

    return Response(pieces())


@app.get("/name")
def with_name() -> tuple[str, dict[str, str]]:
    return "body", {"a b": "value"}


@app.get("/empty")
def empty() -> Response:
    return Response(iter([b"", b""]), mimetype="text/plain")


def middleware(environ, start_response):
    """Answer what a middleware does that changes the body and leaves the length."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"abc" + NEXT]
