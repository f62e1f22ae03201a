"""Answers that HTTP cannot carry, with `ewer serve`: nothing of them reaches another answer, and no worker dies of them."""

from __future__ import annotations

import pytest

from .running import Running, eventually, ewer_serve, read_all

pytest.importorskip("granian")


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def running(request: pytest.FixtureRequest):
    with ewer_serve("--interface", request.param, target="wrong_answers:app") as made:
        yield made


def answers_of(running: Running, *paths: str) -> bytes:
    """Return all that comes back of requests on one connection."""
    with running.connect() as connection:
        for number, path in enumerate(paths, 1):
            last = "Connection: close\r\n" if number == len(paths) else ""
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
        return read_all(connection)


@pytest.mark.parametrize("view", ["status", "awaited"])
@pytest.mark.parametrize("status", ["0", "99", "1000", "70000", "no status", "0 No"])
def test_a_status_that_is_none_of_http_is_a_500_and_the_worker_lives(running: Running, view: str, status: str) -> None:
    workers = running.workers()

    assert running.ask(f"/{view}/{status}".replace(" ", "%20")).status == 500
    assert running.ask("/").text == "Hello"
    assert running.workers() == workers


@pytest.mark.parametrize("status", ["201 Made", "999", "299 Odd One"])
def test_any_other_status_is_sent(running: Running, status: str) -> None:
    answer = running.ask(f"/status/{status}".replace(" ", "%20"))

    assert (answer.status, answer.text) == (int(status[:3]), "body")


@pytest.mark.parametrize("view", ["length", "awaited-length", "stream-length"])
def test_what_is_longer_than_its_length_is_cut_off_before_the_next_answer(running: Running, view: str) -> None:
    received = answers_of(running, f"/{view}/3", "/")

    first, second = received.split(b"\r\n\r\n", 1)[1][:3], received.rpartition(b"\r\n\r\n")[2]
    assert (first, second) == (b"abc", b"Hello")
    assert b"forged" not in received


@pytest.mark.parametrize("view", ["length", "awaited-length", "stream-length"])
@pytest.mark.parametrize("length", ["x", "-1", "3, 4"])
def test_a_length_that_is_none_is_a_500(running: Running, view: str, length: str) -> None:
    assert running.ask(f"/{view}/{length}".replace(" ", "%20")).status == 500


@pytest.mark.parametrize("view", ["fails-first", "fails-first-awaited"])
def test_a_stream_that_fails_before_its_first_piece_is_a_500(running: Running, view: str) -> None:
    assert running.ask(f"/{view}").status == 500
    eventually(lambda: "before the first piece" in running.log(), "the error is logged")


def test_a_stream_of_nothing_is_an_empty_answer(running: Running) -> None:
    answer = running.ask("/empty")

    assert (answer.status, answer.text) == (200, "")


def test_a_header_whose_name_is_none_is_a_500(running: Running) -> None:
    assert running.ask("/name").status == 500
    eventually(lambda: "The answer has a header 'a b'" in running.log(), "the error is logged")


def test_the_body_of_middleware_is_cut_off_too() -> None:
    with ewer_serve(target="wrong_answers:middleware") as running:
        received = answers_of(running, "/", "/")

    assert received.count(b"abc") == 2
    assert b"forged" not in received
