"""A static file that is sent again: what was found out about it the first time holds only as long as it is the same file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ewer import _static_files

from .harness import Seen, same_on_both

OLD_S = 1_700_000_000


@pytest.fixture(autouse=True, params=["read each time", "kept"])
def content(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run everything twice: what is in a file is kept only when the file is older than these are."""
    if request.param == "kept":
        monkeypatch.setattr(_static_files, "_KEPT_AFTER_S", -3600.0)


def put(seen: Seen, name: str, data: bytes, changed_s: int = OLD_S) -> Path:
    path = Path(seen.file(f"static/{name}", data))
    os.utime(path, (changed_s, changed_s))
    return path


def serving(flask: Any, seen: Seen) -> Any:
    return flask.Flask(__name__, root_path=str(seen.folder))


@same_on_both
def test_the_second_response_is_like_the_first(flask: Any, seen: Seen) -> None:
    put(seen, "a.css", b"a { }")
    put(seen, "deep/b.js", b"b" * 10)
    put(seen, "empty.txt", b"")
    put(seen, "large.bin", b"0123456789" * 20_000)
    put(seen, "n\u00e4me.tar.gz", b"x")
    app = serving(flask, seen)
    for _ in range(3):
        for name in ("a.css", "deep/b.js", "empty.txt", "large.bin", "n%C3%A4me.tar.gz"):
            seen.visit(
                app, f"/static/{name}", f"HEAD /static/{name}", f"OPTIONS /static/{name}", f"POST /static/{name}"
            )


@same_on_both
def test_conditions_and_ranges_are_answered_for_a_known_file(flask: Any, seen: Seen) -> None:
    put(seen, "a.txt", b"0123456789" * 10)
    app = serving(flask, seen)
    client = app.test_client()
    tag = client.get("/static/a.txt").headers["ETag"]
    for method in ("get", "head"):
        for headers in (
            {"If-None-Match": tag},
            {"If-None-Match": '"other"'},
            {"If-None-Match": "*"},
            {"If-Match": '"other"'},
            {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"},
            {"If-Modified-Since": "Tue, 14 Nov 2000 22:13:20 GMT"},
            {"If-Modified-Since": "never"},
            {"Range": "bytes=0-9"},
            {"Range": "bytes=-5"},
            {"Range": "bytes=500-600"},
            {"Range": "lines=1-2"},
            {"Range": "bytes=0-9", "If-Range": tag},
            {"Range": "bytes=0-9", "If-Range": '"other"'},
        ):
            reply = getattr(client, method)("/static/a.txt", headers=headers)
            kept = sorted((name, value) for name, value in reply.headers if name != "Date")
            seen.note(f"{method} {headers}", (reply.status, kept, reply.data))


@same_on_both
def test_a_file_that_changed_goes_or_comes_is_seen(flask: Any, seen: Seen) -> None:
    path = put(seen, "a.txt", b"one")
    app = serving(flask, seen)
    seen.visit(app, "/static/a.txt", "/static/a.txt")
    put(seen, "a.txt", b"two", OLD_S + 5)
    seen.visit(app, "/static/a.txt", "/static/a.txt")
    put(seen, "a.txt", b"longer", OLD_S + 5)
    seen.visit(app, "/static/a.txt")
    path.unlink()
    seen.visit(app, "/static/a.txt", "/static/../static/a.txt", "/static/..%2fsecret")
    path.mkdir()
    seen.visit(app, "/static/a.txt")
    path.rmdir()


@same_on_both
def test_a_file_put_in_the_place_of_another_is_seen(flask: Any, seen: Seen) -> None:
    put(seen, "a.txt", b"one")
    app = serving(flask, seen)
    seen.visit(app, "/static/a.txt", "/static/a.txt", "/static/a.txt")
    other = put(seen, "other.txt", b"two")
    other.replace(seen.folder / "static" / "a.txt")
    seen.visit(app, "/static/a.txt", "/static/a.txt")
    (seen.folder / "static" / "a.txt").write_bytes(b"six")
    os.utime(seen.folder / "static" / "a.txt", (OLD_S, OLD_S))
    seen.visit(app, "/static/a.txt", "/static/a.txt")


@same_on_both
def test_what_is_set_on_the_application_later_counts(flask: Any, seen: Seen) -> None:
    put(seen, "a.txt", b"text")
    put(seen, "../other/a.txt", b"other")
    app = serving(flask, seen)
    seen.visit(app, "/static/a.txt", "/static/a.txt", "/static/a.txt")
    app.static_folder = "other"
    seen.visit(app, "/static/a.txt", "/static/a.txt", "/static/a.txt")
    app.static_folder = "static"
    app.get_send_file_max_age = lambda name: 77
    seen.visit(app, "/static/a.txt", "/static/a.txt")
    del app.get_send_file_max_age
    seen.visit(app, "/static/a.txt", "/static/a.txt")
    app.send_static_file = lambda filename: f"instead of {filename}"
    seen.visit(app, "/static/a.txt")
    del app.send_static_file
    app.view_functions["static"] = lambda filename: f"view of {filename}"
    seen.visit(app, "/static/a.txt")


@same_on_both
def test_a_session_that_is_refreshed_goes_out_with_a_known_file(flask: Any, seen: Seen) -> None:
    put(seen, "a.txt", b"text")
    app = serving(flask, seen)
    app.secret_key = "key"

    @app.route("/in")
    def sign_in() -> str:
        flask.session.permanent = True
        flask.session["user"] = 1
        return "in"

    client = app.test_client()
    client.get("/static/a.txt")
    client.get("/static/a.txt")
    client.get("/in")
    for _ in range(3):
        reply = client.get("/static/a.txt")
        seen.note("refreshed", (reply.status, sorted(name for name, _ in reply.headers), reply.data))


@same_on_both
def test_whoever_has_a_say_in_a_static_file_keeps_it(flask: Any, seen: Seen) -> None:
    put(seen, "a.txt", b"text")
    app = serving(flask, seen)
    seen.visit(app, "/static/a.txt", "/static/a.txt")
    for age in (60, None, 0):
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = age
        for _ in range(2):
            reply = app.test_client().get("/static/a.txt")
            seen.note(f"age {age}", (reply.headers.get("Cache-Control"), "Expires" in reply.headers, reply.data))
    app.config["USE_X_SENDFILE"] = True
    reply = app.test_client().get("/static/a.txt")
    seen.note("sendfile", ("X-Sendfile" in reply.headers, reply.data))
    app.config["USE_X_SENDFILE"] = False
    hooks = app.after_request_funcs.setdefault(None, [])
    hooks.append(lambda response: response.headers.add("X-Hook", str(response.direct_passthrough)) or response)
    seen.visit(app, "/static/a.txt", "HEAD /static/a.txt")

    def read(response: Any) -> Any:
        response.direct_passthrough = False
        response.set_data(response.get_data() + b" and more")
        return response

    hooks.append(read)
    seen.visit(app, "/static/a.txt", "/static/a.txt")


@same_on_both
def test_a_response_for_a_known_file_is_an_ordinary_response(flask: Any, seen: Seen) -> None:
    put(seen, "a.txt", b"text")
    app = serving(flask, seen)
    for _ in range(3):
        with app.test_request_context("/"):
            response = app.send_static_file("a.txt")
            seen.note("kind", (type(response).__name__, response.status, response.mimetype, response.content_length))
            seen.note("flags", (response.direct_passthrough, response.is_streamed, response.is_sequence))
            response.direct_passthrough = False
            seen.note("data", response.get_data())
            response.close()
