"""What clients must not send, over a raw socket: answered or dropped as Flask or the RFC says, logged once, nothing leaked."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from .flask_beside import flask_answers
from .running import Running, eventually, ewer_serve, open_files, read_all, threads

pytest.importorskip("granian")

GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n%sConnection: close\r\n\r\n"


@pytest.fixture(scope="module", params=["wsgi", "asgi"])
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    with ewer_serve("--interface", request.param) as running:
        for path in ("/", "/wait", "/await", "/stream", "/error"):
            running.ask(path)
        running.ask("/upload", "POST", b"x" * 100_000)
        yield running

        eventually(lambda: running.ask("/state").json()["contexts"] == 1, "every context was closed")
        assert "panicked" not in running.log()
        running.stop()


@pytest.fixture
def logged(running: Running) -> Iterator[list[str]]:
    """The errors that the server logs during the test, filled in by the time it ends; at most one is allowed."""
    before = len(running.log())
    errors: list[str] = []
    yield errors

    running.ask("/")
    errors += re.findall(r"Traceback|ERROR|WARNING", running.log()[before:])
    assert errors.count("Traceback") <= 1, running.log()[before:]
    assert errors.count("ERROR") <= 1, running.log()[before:]


def status_of(received: bytes) -> int:
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/") else 0


def body_of(received: bytes) -> bytes:
    return received.partition(b"\r\n\r\n")[2]


def post(path: bytes, headers: bytes, body: bytes) -> bytes:
    return b"POST /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n%s" % (path, headers, body)


def reset(connection: socket.socket) -> None:
    """Close at once, with a reset instead of a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


# --- requests that are none


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A : space before colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\x00b\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
        b"GET /\x7f\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_a_malformed_request_is_a_400_and_not_logged(running: Running, logged: list[str], request_bytes: bytes) -> None:
    received = running.raw(request_bytes, then_close_writing=True)

    assert status_of(received) in (0, 400)  # dropped, or refused
    assert received.count(b"HTTP/1.1") <= 1


def test_a_flood_of_headers_is_refused(running: Running, logged: list[str]) -> None:
    flood = b"".join(b"X-Header-%d: value\r\n" % number for number in range(5000))

    assert status_of(running.raw(GET % (b"", flood))) == 431


def test_a_huge_header_is_refused(running: Running, logged: list[str]) -> None:
    assert status_of(running.raw(GET % (b"", b"X-Huge: " + b"x" * 1_000_000 + b"\r\n"))) in (0, 431)


def test_a_huge_path_is_refused_or_unknown(running: Running, logged: list[str]) -> None:
    assert status_of(running.raw(GET % (b"x" * 60_000, b""))) in (404, 414)
    assert status_of(running.raw(GET % (b"x" * 1_000_000, b""))) in (0, 414, 431)


# --- hosts. Source: RFC 9112, section 3.2


@pytest.mark.parametrize("hosts", [b"", b"Host: one\r\nHost: two\r\n"])
def test_a_request_without_exactly_one_host_is_a_400(running: Running, logged: list[str], hosts: bytes) -> None:
    received = running.raw(b"GET /echo/ HTTP/1.1\r\n%sConnection: close\r\n\r\n" % hosts)

    assert status_of(received) == 400


def test_http_1_0_needs_no_host(running: Running, logged: list[str]) -> None:
    assert status_of(running.raw(b"GET / HTTP/1.0\r\n\r\n")) == 200


# --- lengths. Source: RFC 9112, section 6


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: ten\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: gzip\r\n",
    ],
)
def test_a_length_that_cannot_be_is_a_400(running: Running, logged: list[str], headers: bytes) -> None:
    received = running.raw(post(b"upload", headers, b"xx"), then_close_writing=True)

    assert status_of(received) in (400, 411, 413, 501)


def test_a_post_without_length_has_an_empty_body(running: Running, logged: list[str]) -> None:
    received = running.raw(post(b"upload", b"", b""))

    assert json.loads(body_of(received)) == {"bytes": 0}


def test_what_follows_the_announced_length_is_not_part_of_the_body(running: Running, logged: list[str]) -> None:
    received = running.raw(post(b"upload", b"Content-Length: 3\r\n", b"abcdef"))

    assert json.loads(body_of(received)) == {"bytes": 3}


def test_chunks_win_over_a_length(running: Running, logged: list[str]) -> None:
    both = b"Content-Length: 100\r\nTransfer-Encoding: chunked\r\n"
    received = running.raw(post(b"upload", both, b"4\r\nabcd\r\n0\r\n\r\n"))

    assert status_of(received) in (200, 400)
    assert status_of(received) == 400 or b'"bytes":4' in received


def test_a_broken_chunk_ends_the_request(running: Running, logged: list[str]) -> None:
    received = running.raw(
        post(b"upload", b"Transfer-Encoding: chunked\r\n", b"zz\r\nabcd\r\n0\r\n\r\n"), then_close_writing=True
    )

    assert b'"bytes":4' not in received


def body_beyond(size: int, *, announced: bool) -> Iterator[bytes]:
    if announced:
        yield post(b"upload", b"Content-Length: %d\r\n" % size, b"")
        return
    yield post(b"upload", b"Transfer-Encoding: chunked\r\n", b"")
    for _ in range(size // 65536):
        yield b"10000\r\n" + b"x" * 65536 + b"\r\n"
    yield b"0\r\n\r\n"


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_beyond_the_limit_is_a_413(running: Running, logged: list[str], announced: bool) -> None:
    size = 3 * 1024 * 1024
    with running.connect() as connection:
        # A server may close while the client is still sending.
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"".join(body_beyond(size, announced=announced)))
        received = read_all(connection)

    if "over WSGI" in running.log() and not announced:
        # Flask's own behaviour where no length is announced: the view sees the body as far as the limit goes.
        assert status_of(received) in (0, 413) or b'"bytes":2097152' in received
    else:
        assert status_of(received) in (0, 413)


# --- text that is none


@pytest.mark.parametrize(
    "path", [b"echo/%ff", b"echo/%c3%28", b"echo/%ed%a0%80", b"echo/%zz", b"echo/%", b"echo/a%00b"]
)
def test_a_path_that_is_no_utf8_is_replaced_like_flask_does(running: Running, logged: list[str], path: bytes) -> None:
    assert body_of(running.raw(GET % (path, b""))) == flask_answers(path)


@pytest.mark.parametrize("query", [b"a=%ff", b"a=%zz&b=%", b"%ff=%ff", b"&&=&=", b"a=%00"])
def test_a_query_that_is_no_utf8_is_replaced_like_flask_does(running: Running, logged: list[str], query: bytes) -> None:
    assert body_of(running.raw(GET % (b"echo/?" + query, b""))) == flask_answers(b"echo/", query)


@pytest.mark.parametrize(
    "headers",
    [
        b"Cookie: session=\xff\xfe\r\n",
        b"Cookie: ;;;===;\r\n",
        b"Cookie: session=" + b"A" * 5000 + b"\r\n",
        b"X-Letter: \xff\r\n",
        b"Accept: \xc3\x28\r\n",
        b"Authorization: Basic !!!!\r\n",
        b"Content-Type: multipart/form-data\r\n",
    ],
)
def test_a_header_that_is_no_text_harms_nobody(running: Running, logged: list[str], headers: bytes) -> None:
    received = running.raw(GET % (b"visits", headers))

    assert status_of(received) == 200
    assert json.loads(body_of(received)) == {"visits": 1}


def test_a_letter_in_a_response_header_is_sent(running: Running, logged: list[str]) -> None:
    received = running.raw(GET % (b"umlaut", b""))

    assert status_of(received) == 200
    assert re.search(rb"x-letter: (\xe9|\xc3\xa9)\r\n", received, re.IGNORECASE)


def test_a_control_character_in_a_response_header_is_a_500(running: Running) -> None:
    received = running.raw(GET % (b"control", b""))

    assert status_of(received) in (0, 500)
    assert b"\x01" not in received


# --- clients that go, at every stage


def leak_free(running: Running, misbehave) -> None:
    """Let fifty clients misbehave, and see files, threads and contexts come back to what they were."""
    (pid,) = running.workers()

    def settled() -> bool:
        return running.ask("/state").json()["contexts"] == 1

    misbehave()
    eventually(settled, "the contexts of the first client were closed")
    files = open_files(pid)
    for _ in range(50):
        misbehave()
    eventually(lambda: open_files(pid) <= files + 2, "files were closed")
    eventually(settled, "contexts were closed")
    eventually(lambda: threads(pid) <= 60, "no thread hangs")
    assert running.ask("/").text == "Hello"


def test_a_client_that_goes_before_it_asked(running: Running, logged: list[str]) -> None:
    leak_free(running, lambda: running.connect().close())


def test_a_client_that_goes_in_the_middle_of_the_headers(running: Running, logged: list[str]) -> None:
    def misbehave() -> None:
        connection = running.connect()
        connection.sendall(b"GET / HTTP/1.1\r\nHost: loc")
        reset(connection)

    leak_free(running, misbehave)


def test_a_client_that_goes_before_the_body(running: Running, logged: list[str]) -> None:
    def misbehave() -> None:
        connection = running.connect()
        connection.sendall(post(b"upload", b"Content-Length: 100000\r\n", b""))
        reset(connection)

    leak_free(running, misbehave)


def test_a_client_that_goes_in_the_middle_of_the_body(running: Running, logged: list[str]) -> None:
    def misbehave() -> None:
        connection = running.connect()
        connection.sendall(post(b"upload", b"Content-Length: 100000\r\n", b"x" * 50_000))
        reset(connection)

    leak_free(running, misbehave)


def test_a_body_that_ends_early_is_not_taken_for_a_whole_one(running: Running, logged: list[str]) -> None:
    received = running.raw(post(b"upload", b"Content-Length: 10\r\n", b"abc"), then_close_writing=True)

    assert status_of(received) in (0, 400, 500)


def test_a_client_that_goes_before_the_answer(running: Running, logged: list[str]) -> None:
    def misbehave() -> None:
        connection = running.connect()
        connection.sendall(GET % (b"wait", b""))
        reset(connection)

    leak_free(running, misbehave)


def test_a_client_that_goes_cancels_the_async_view_it_waits_for(running: Running, logged: list[str]) -> None:
    if "over WSGI" in running.log():
        pytest.skip("WSGI does not tell that a client has gone")

    def misbehave() -> None:
        connection = running.connect()
        connection.sendall(GET % (b"linger", b""))
        reset(connection)

    leak_free(running, misbehave)


def test_a_client_that_goes_in_the_middle_of_a_stream_closes_it(running: Running, logged: list[str]) -> None:
    def misbehave() -> None:
        connection = running.connect()
        connection.sendall(GET % (b"endless", b""))
        assert connection.recv(65536)
        reset(connection)

    leak_free(running, misbehave)
    eventually(lambda: running.ask("/state").json()["streams"] == 0, "the streams were closed")


def test_a_client_that_reads_slowly_does_not_fill_the_servers_memory(running: Running, logged: list[str]) -> None:
    (pid,) = running.workers()
    with running.connect() as connection:
        connection.sendall(GET % (b"endless", b""))
        connection.recv(10)
        before = resident_kib(pid)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            assert running.ask("/").text == "Hello"
        assert resident_kib(pid) - before < 64 * 1024
        reset(connection)


def test_clients_that_send_their_body_slowly_keep_nobody_waiting(running: Running, logged: list[str]) -> None:
    slow = [running.connect() for _ in range(30)]
    for connection in slow:
        connection.sendall(post(b"upload", b"Content-Length: 5\r\n", b"a"))
    assert running.ask("/").text == "Hello"
    for connection in slow:
        connection.sendall(b"bcde")
        assert json.loads(body_of(read_all(connection))) == {"bytes": 5}
        connection.close()


def test_an_error_in_the_middle_of_a_stream_is_logged_once(running: Running, logged: list[str]) -> None:
    before = len(running.log())
    received = running.raw(GET % (b"torn", b""))

    assert b"one" in received
    eventually(lambda: "in the middle of a stream" in running.log()[before:], "the error is logged")
    assert running.log()[before:].count("LookupError: in the middle") == 1


def resident_kib(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"^VmRSS:\s+(\d+)", status.read(), re.MULTILINE)[1])
