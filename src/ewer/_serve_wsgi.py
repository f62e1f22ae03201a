"""How a WSGI application is called by Granian: environ in, one call with the whole answer out, streams piece by piece.

It takes the place of Granian's own Python wrapper, which copies all environment variables of the process into each
request's environ, has no `write()`, and sends what a plain answer is as a stream. Source: PEP 3333.
"""

from __future__ import annotations

import io
import logging
import sys
import time
import typing as t

from ._core.reply import SHORT, TEXT, check_header_name, content_length_of, wire_status
from ._serve_threads import Parking

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from _typeshed.wsgi import WSGIApplication

    from ._serve_log import AccessLog
    from ._serve_stopping import Stopping

    Environ = dict[str, t.Any]
    Headers = list[tuple[str, str]]
    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

logger = logging.getLogger("ewer.serve")


_BUFFER_BYTES = 65536
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_GOOD_HEADERS = 1024
_LONGEST_GOOD_VALUE = 64


class Transport(t.Protocol):
    """What Granian gives for the answer."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a whole answer."""

    def response_iter(self, status: int, headers: Headers, body: t.Any) -> None:
        """Send an answer whose pieces come from `body.__next__()`, and call `body.close()`; returns when all is sent."""


class Started:
    """`start_response`: keeps what the application starts its answer with.

    PERF: made for every request, so it starts without an `__init__` (bench workload "plaintext" with `ewer serve`).
    """

    __slots__ = ("headers", "status", "written")

    headers: Headers
    status: int
    """0 as long as it has not been called."""
    written: list[bytes] | None

    def __call__(self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /) -> Callable[[bytes], None]:
        """Keep status and headers; return `write`, whose pieces go in front of the body.

        Raises:
            AssertionError: it was called before, and not because of an error.
            ValueError: the status is none of HTTP.
        """
        if self.status and not exc_info:
            raise AssertionError("start_response() was called twice without exc_info (PEP 3333).")
        self.status = 200 if status == "200 OK" else wire_status(status)
        self.headers = headers
        return self._write

    def has_begun(self) -> bool:
        """Tell whether the application has called it."""
        return self.status != 0

    def _write(self, piece: bytes) -> None:
        if self.written is None:
            self.written = []
        self.written.append(piece)


_new_started = Started.__new__


class Stream:
    """The pieces of a streamed answer: skips empty ones, ends early when the server stops, closes the iterable once."""

    __slots__ = ("_chunks", "_close", "_first", "_is_over", "sent_bytes")

    def __init__(
        self, chunks: Iterable[bytes], first: list[bytes] | None, stopping: Stopping, headers: Headers
    ) -> None:
        self._chunks = iter(chunks)
        self._close = getattr(chunks, "close", None)
        self._first = [piece for piece in first or () if piece]
        self._is_over = stopping.deadline_for(headers)
        self.sent_bytes = 0

    def begin(self) -> None:
        """Ask for the first piece before anything is sent: an error until then is answered with 500."""
        if not self._first:
            piece = next(self, b"")
            self.sent_bytes = 0
            if piece:
                self._first.append(piece)
            else:
                self._chunks = iter(())

    def __next__(self) -> bytes:
        """Return the next piece that is not empty: an empty one would end the answer."""
        if self._first:
            piece = self._first.pop(0)
        else:
            if self._is_over():
                raise StopIteration
            piece = next(self._chunks)
            while not piece:
                piece = next(self._chunks)
        self.sent_bytes += len(piece)
        return piece

    def close(self) -> None:
        """Run the application's clean-up."""
        close, self._close = self._close, None
        if close is not None:
            close()


class WsgiCallback:
    """What Granian calls for each request, in one of its threads.

    NOTE: the request must be served before the call returns: Granian then drops what has not been read of its body.

    Args:
        app: the WSGI application.
        most_threads: how many threads Granian has at most.
        stopping: told when the process has to end.
        server_software: the value of `SERVER_SOFTWARE`.
        access_log: where each answer is noted; None for nowhere.
        after_request: called after each request; None for nothing.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        most_threads: int,
        stopping: Stopping,
        server_software: str,
        access_log: AccessLog | None = None,
        after_request: Callable[[], None] | None = None,
    ) -> None:
        self._app = app
        self._stopping = stopping
        self._access_log = access_log
        self._after_request = after_request
        self._base: Environ = {
            "SCRIPT_NAME": "",
            "SERVER_SOFTWARE": server_software,
            "wsgi.version": (1, 0),
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,  # the server takes chunks apart: reading ends where the body does
            "wsgi.multithread": most_threads > 1,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        self._parking = Parking()
        self._good_headers: set[tuple[str, str]] = set()

    def has_served(self) -> bool:
        """Tell whether any request has come so far."""
        return self._parking.awake > 0

    def serve(self, transport: Transport, environ: Environ) -> None:
        """Serve a request, then wait if there are threads enough."""
        parking = self._parking
        seat = parking.sit_down()
        seat.is_busy = True
        try:
            self._serve(transport, environ)
        finally:
            seat.is_busy = False
            seat.served += 1
        if parking.awake > parking.limit:
            parking.park(seat)

    def _serve(self, transport: Transport, environ: Environ) -> None:
        environ.update(self._base)
        host = environ.get("HTTP_HOST")
        if (not host or "," in host) and not _may_lack_host(environ):
            transport.response_bytes(400, [("Content-Type", "text/plain")], b"Bad Request")
            return
        if (
            "CONTENT_LENGTH" in environ
            or "HTTP_TRANSFER_ENCODING" in environ
            or environ["REQUEST_METHOD"] not in _WITHOUT_BODY
        ):
            raw = _Input(environ["wsgi.input"], environ.get("CONTENT_LENGTH"))
            environ["wsgi.input"] = io.BufferedReader(raw, _BUFFER_BYTES)
        began_s = time.perf_counter() if self._access_log is not None else 0.0
        started = _new_started(Started)
        started.status = 0
        started.written = None
        sent_bytes: int | None = 0
        try:
            sent_bytes = self._answer(transport, environ, started)
        except BaseException as error:
            # NOTE: nobody is above this thread. What Flask answers with a 500 was answered and logged; this is what it lets through.
            logger.error("%s %r failed.", environ["REQUEST_METHOD"], environ["PATH_INFO"], exc_info=error)
            started.status = 500
            self._give_up(transport)
        if self._access_log is not None:
            self._access_log.note_wsgi(environ, started.status, sent_bytes, time.perf_counter() - began_s)
        if self._after_request is not None:
            self._after_request()

    def _answer(self, transport: Transport, environ: Environ, started: Started) -> int:
        """Call the application, send what it answers, and return how many bytes the body had."""
        chunks = self._app(environ, started)
        if type(chunks) in (list, tuple) and started.written is None and started.has_begun():
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)  # type: ignore[arg-type,index]  # just tested
            headers = _sendable(started.headers, self._good_headers)
            size = len(body)
            # SECURITY: Granian sends it uncut; what is too much would be taken for the next answer (tests/servers/test_wrong_answers.py).
            if (size < SHORT and TEXT.lengths[size] in headers) or content_length_of(headers, "content-length") in (
                None,
                size,
            ):
                transport.response_bytes(started.status, headers, body)
                return size
        stream = Stream(_with_first(chunks, started), started.written, self._stopping, started.headers)
        try:
            stream.begin()
            headers = _sendable(started.headers, self._good_headers)
            content_length_of(headers, "content-length")  # Granian would not answer at all where it is none
            transport.response_iter(started.status, headers, stream)
        finally:
            stream.close()
        return stream.sent_bytes

    def _give_up(self, transport: Transport) -> None:
        try:
            transport.response_bytes(500, [("Content-Type", "text/plain")], b"Internal Server Error")
        except BaseException:
            # The answer was on its way already: the server closes the connection.
            logger.debug("An answer that had begun could not be replaced.", exc_info=True)


def _may_lack_host(environ: Environ) -> bool:
    """Tell whether a request need not name its host once. Source: RFC 9112, section 3.2."""
    return not environ.get("HTTP_HOST") and environ.get("SERVER_PROTOCOL") != "HTTP/1.1"


class _Chunks:
    """An iterable whose first piece has been read, because `start_response` may be called as late as that."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._source = chunks
        self._iterator = iter(chunks)
        self._first: list[bytes] = []
        for piece in self._iterator:
            self._first.append(piece)
            break

    def __iter__(self) -> _Chunks:
        return self

    def __next__(self) -> bytes:
        return self._first.pop() if self._first else next(self._iterator)

    def close(self) -> None:
        close = getattr(self._source, "close", None)
        if close is not None:
            close()


def _with_first(chunks: Iterable[bytes], started: Started) -> Iterable[bytes]:
    if started.has_begun():
        return chunks
    read = _Chunks(chunks)
    if not started.has_begun():
        read.close()
        raise AssertionError("The application returned without calling start_response() (PEP 3333).")
    return read


def _sendable(headers: Headers, good: set[tuple[str, str]]) -> Headers:
    """Return headers that Granian sends as PEP 3333 means them: each character one byte.

    Args:
        headers: what the application has given.
        good: headers that were found to be sent so already.

    Raises:
        ValueError: a name is none, or a value holds a control character. Granian would leave out that header, or all of them.
    """
    for header in headers:
        # PERF: most headers repeat from answer to answer, and were found good before (bench workload "plaintext" with `ewer serve`).
        if header in good:
            continue
        value = header[1]
        check_header_name(header[0])
        if not (value.isascii() and value.isprintable()):
            return [(name, _as_granian_encodes(name, value)) for name, value in headers]
        if len(good) < _MOST_GOOD_HEADERS and len(value) < _LONGEST_GOOD_VALUE:
            good.add(header)
    return headers


def _as_granian_encodes(name: str, value: str) -> str:
    value = value.replace("\t", " ")
    if any(character < " " or character == "\x7f" for character in value):
        raise ValueError(f"Header {name!r} holds a control character: {value!r}.")
    # NOTE: Granian encodes as UTF-8. Latin-1 that is UTF-8 in disguise arrives as it should; any other letter, as UTF-8.
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


class _Input(io.RawIOBase):
    """Granian's request body as a real file, which knows when the client went away in its middle."""

    def __init__(self, source: t.Any, content_length: str | None) -> None:
        self._source = source
        self._missing_bytes = int(content_length) if content_length is not None and content_length.isdecimal() else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any) -> int:
        if self._missing_bytes == 0:
            return 0
        piece = self._source.read(len(buffer))
        if self._missing_bytes is not None:
            self._missing_bytes -= len(piece)
            if not piece:
                import werkzeug
                from werkzeug.exceptions import ClientDisconnected

                raise ClientDisconnected()
        buffer[: len(piece)] = piece
        return len(piece)
