"""Flask-Compress on the names of Flask: algorithms, sizes, streams, conditional replies, single views."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import Flask, make_response, request, send_from_directory, stream_with_context
from flask_compress import Compress

BIG = "a long line of text\n" * 200


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    (tmp_path / "big.txt").write_text(BIG)
    app = Flask(__name__)
    Compress(app)

    @app.get("/big")
    def big() -> Any:
        response = make_response(BIG)
        response.set_etag("v1")
        return response.make_conditional(request)

    @app.get("/small")
    def small() -> str:
        return "small"

    @app.get("/json")
    def as_json() -> Any:
        return {"text": BIG}

    @app.get("/image")
    def image() -> Any:
        return BIG, {"Content-Type": "image/png"}

    @app.get("/stream")
    def stream() -> Any:
        @stream_with_context
        def rows() -> Iterator[str]:
            for _ in range(100):
                yield f"{request.path} a line\n"

        return app.response_class(rows(), mimetype="text/plain")

    @app.get("/file")
    def file() -> Any:
        return send_from_directory(tmp_path, "big.txt")

    return app


@pytest.mark.parametrize(
    ("name", "undo"),
    [("gzip", gzip.decompress), ("br", brotli.decompress), ("deflate", zlib.decompress)],
    ids=["gzip", "br", "deflate"],
)
def test_a_text_is_compressed_as_accepted(application: Flask, name: str, undo: Any) -> None:
    reply = application.test_client().get("/big", headers={"Accept-Encoding": name})
    assert reply.headers["Content-Encoding"] == name
    assert undo(reply.data).decode() == BIG
    assert int(reply.headers["Content-Length"]) == len(reply.data) < len(BIG)
    assert "Accept-Encoding" in reply.headers["Vary"]


@pytest.mark.parametrize("path", ["/small", "/image"])
def test_small_and_binary_replies_are_left_alone(application: Flask, path: str) -> None:
    reply = application.test_client().get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in reply.headers


def test_a_client_that_accepts_nothing_gets_plain_text(application: Flask) -> None:
    assert application.test_client().get("/big").text == BIG


def test_json_is_compressed(application: Flask) -> None:
    reply = application.test_client().get("/json", headers={"Accept-Encoding": "gzip"})
    assert b"a long line" in gzip.decompress(reply.data)


def test_a_stream_is_compressed_while_it_runs(application: Flask) -> None:
    reply = application.test_client().get("/stream", headers={"Accept-Encoding": "br"})
    assert reply.headers["Content-Encoding"] == "br"
    assert "Content-Length" not in reply.headers
    assert brotli.decompress(reply.data).count(b"/stream a line\n") == 100


def test_a_file_is_compressed(application: Flask) -> None:
    reply = application.test_client().get("/file", headers={"Accept-Encoding": "deflate"})
    assert zlib.decompress(reply.data).decode() == BIG
    reply.close()


def test_the_etag_tells_the_encoding_and_still_saves_a_transfer(application: Flask) -> None:
    client = application.test_client()
    etag = client.get("/big", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    assert etag == '"v1:gzip"'
    assert client.get("/big", headers={"If-None-Match": '"v1"'}).status_code == 304


def test_a_single_view_is_compressed_by_its_decorator() -> None:
    app = Flask(__name__)
    app.config["COMPRESS_REGISTER"] = False
    compress = Compress(app)

    @app.get("/yes")
    @compress.compressed()
    def yes() -> str:
        return BIG

    @app.get("/no")
    def no() -> str:
        return BIG

    client = app.test_client()
    assert client.get("/yes", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get("/no", headers={"Accept-Encoding": "gzip"}).headers
