"""One application runs unchanged under every server, and leaves no process behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .running import Running, server

DEVELOPMENT_SERVER = "from werkzeug.serving import run_simple; from small_app import app; run_simple('127.0.0.1', {port}, app, threaded=True)"
GUNICORN = ("-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--graceful-timeout", "5")
SERVERS = {
    "granian-wsgi": ("-m", "granian", "--interface", "wsgi", "--port", "{port}", "small_app:app"),
    "granian-asgi": ("-m", "granian", "--interface", "asgi", "--port", "{port}", "small_app:app.asgi"),
    "gunicorn-sync": (*GUNICORN, "small_app:app"),
    "gunicorn-gthread": (*GUNICORN, "--worker-class", "gthread", "--threads", "8", "small_app:app"),
    "gunicorn-gevent": (*GUNICORN, "--worker-class", "gevent", "small_app:app"),
    "waitress": ("-m", "waitress", "--listen", "127.0.0.1:{port}", "small_app:app"),
    "uvicorn": ("-m", "uvicorn", "--port", "{port}", "small_app:app.asgi"),
    "hypercorn": ("-m", "hypercorn", "--bind", "127.0.0.1:{port}", "small_app:app.asgi"),
    "werkzeug": ("-c", DEVELOPMENT_SERVER),
    "ewer-run": ("-m", "ewer", "--app", "small_app", "run", "--port", "{port}"),
    "ewer-serve-wsgi": ("-m", "ewer", "serve", "small_app:app", "--port", "{port}", "--interface", "wsgi"),
    "ewer-serve-asgi": ("-m", "ewer", "serve", "small_app:app", "--port", "{port}", "--interface", "asgi"),
}
PACKAGES = {
    "gunicorn-gevent": ("gunicorn", "gevent"),
    "ewer-run": (),
    "ewer-serve-wsgi": ("granian",),
    "ewer-serve-asgi": ("granian",),
}


@pytest.fixture(scope="module", params=SERVERS)
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    name = request.param
    for package in PACKAGES.get(name, (name.partition("-")[0],)):
        pytest.importorskip(package)
    with server(*SERVERS[name]) as running:
        yield running

        running.stop()


def test_a_plain_view_is_answered(running: Running) -> None:
    answer = running.ask("/")

    assert (answer.status, answer.text) == (200, "Hello")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_async_view_is_answered(running: Running) -> None:
    assert running.ask("/await").text == "awaited"


def test_a_stream_arrives_whole(running: Running) -> None:
    assert running.ask("/stream").text == "0\n1\n2\n"


def test_an_upload_arrives_whole(running: Running) -> None:
    assert running.ask("/upload", "POST", b"x" * 300_000).json() == {"bytes": 300_000}


def test_a_body_is_read_line_by_line(running: Running) -> None:
    assert running.ask("/lines", "POST", b"one\ntwo\n\nfour").json() == {"lines": ["one\n", "two\n", "\n", "four"]}


def test_a_body_beyond_the_limit_is_refused(running: Running) -> None:
    try:
        status = running.ask("/upload", "POST", b"x" * (2 * 1024 * 1024 + 1)).status
    except ConnectionError:
        status = 413  # the server had answered and closed while the client was still sending

    assert status == 413
    assert running.ask("/").status == 200


def test_an_error_is_a_500_and_the_server_goes_on(running: Running) -> None:
    assert running.ask("/error").status == 500
    assert running.ask("/").status == 200


def test_an_unknown_path_is_a_404(running: Running) -> None:
    assert running.ask("/nothing-here").status == 404


def test_head_is_answered_without_a_body(running: Running) -> None:
    answer = running.ask("/", "HEAD")

    assert (answer.status, answer.body, answer.headers["Content-Length"]) == (200, b"", "5")


def test_a_session_comes_back(running: Running) -> None:
    first = running.ask("/visits")
    cookie = first.headers["Set-Cookie"].partition(";")[0]

    assert first.json() == {"visits": 1}
    assert running.ask("/visits", Cookie=cookie).json() == {"visits": 2}


def test_path_and_query_are_decoded_as_utf8(running: Running) -> None:
    answer = running.ask("/echo/%C3%A9t%C3%A9%2Fbar?name=%E2%82%AC").json()

    assert (answer["rest"], answer["args"]) == ("été/bar", {"name": "€"})


def test_fifty_clients_at_once_are_all_answered(running: Running) -> None:
    paths = ["/wait" if number % 2 else "/await" for number in range(50)]
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(running.ask, paths))

    assert [answer.text for answer in answers] == ["waited" if number % 2 else "awaited" for number in range(50)]
