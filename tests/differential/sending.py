"""Sends requests to an application in three ways: through its test client, as a bare WSGI call, and over ASGI.

The bare call builds the smallest environ that PEP 3333 allows and reads the reply as a server would, so that nothing
of Werkzeug's or the framework's test code stands between. Over ASGI an application that speaks it gets the same
request as an ASGI scope; Flask, which does not, gets the bare call.
"""

from __future__ import annotations

import io
import json as jsonlib
from contextvars import copy_context
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode, urlsplit

from ..asgi_driver import Exchange, http_scope, in_time, lifespan
from .comparing import split_dates

BOUNDARY = "a-fixed-boundary"
Headers = list[tuple[str, str]]
Files = dict[str, tuple[bytes, str, str]]


@dataclass
class Answer:
    """What came back from one request."""

    status: str
    headers: Headers
    body: bytes

    def fields(self) -> dict[str, object]:
        """Return what is compared: headers in any order, without Date, moments taken out of cookies."""
        headers, dates = [], []
        for name, value in self.headers:
            if name.lower() == "date":
                continue
            value, found = split_dates(value) if name.lower() in {"set-cookie", "expires"} else (value, [])
            headers.append((name, value))
            dates += found
        return {"status": self.status, "headers": sorted(headers), "body": self.body, "dates": dates}

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def encode_body(data: Any, json: Any, form: dict[str, Any] | None, files: Files | None) -> tuple[bytes | None, str]:
    """Return the body bytes and the content type for the given kind of payload."""
    if files is not None:
        return _multipart(form or {}, files), f"multipart/form-data; boundary={BOUNDARY}"
    if form is not None:
        return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    if json is not None:
        return jsonlib.dumps(json).encode(), "application/json"
    if isinstance(data, str):
        data = data.encode()
    return data, ""


def _multipart(form: dict[str, Any], files: Files) -> bytes:
    parts = []
    for name, value in form.items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    for name, (content, filename, kind) in files.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + content)
    body = b"".join(b"--" + BOUNDARY.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return body + b"--" + BOUNDARY.encode() + b"--\r\n"


class ClientSender:
    """Sends through `app.test_client()`."""

    def __init__(self, app: Any) -> None:
        self.client = app.test_client()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | Headers | None = None,
        data: Any = None,
        json: Any = None,
        form: dict[str, Any] | None = None,
        files: Files | None = None,
        content_type: str | None = None,
        base_url: str = "http://localhost",
        environ: dict[str, Any] | None = None,
    ) -> Answer:
        """Send one request and read the whole reply."""
        body, kind = encode_body(data, json, form, files)
        response = self.client.open(
            url,
            method=method,
            headers=headers,
            data=body,
            content_type=content_type or kind or None,
            base_url=base_url,
            environ_overrides=environ or {},
        )
        try:
            return Answer(response.status, list(response.headers), response.get_data())
        finally:
            response.close()


class RawSender:
    """Calls the application as a WSGI server would, with a minimal environ and its own cookie jar."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.cookies: dict[str, str] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | Headers | None = None,
        data: Any = None,
        json: Any = None,
        form: dict[str, Any] | None = None,
        files: Files | None = None,
        content_type: str | None = None,
        base_url: str = "http://localhost",
        environ: dict[str, Any] | None = None,
    ) -> Answer:
        """Send one request and read the whole reply."""
        body, kind = encode_body(data, json, form, files)
        made = minimal_environ(method, url, base_url)
        if body is not None:
            made["wsgi.input"] = io.BytesIO(body)
            made["CONTENT_LENGTH"] = str(len(body))
        if content_type or kind:
            made["CONTENT_TYPE"] = content_type or kind
        if self.cookies:
            made["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._set_headers(made, headers)
        made.update(environ or {})
        answer = self.call(made, url)
        self._keep_cookies(answer)
        return answer

    def call(self, environ: dict[str, Any], url: str) -> Answer:
        """Give the request to the application."""
        return call_wsgi(self.app, environ)

    @staticmethod
    def _set_headers(environ: dict[str, Any], headers: dict[str, str] | Headers | None) -> None:
        for name, value in headers.items() if isinstance(headers, dict) else headers or ():
            key = name.upper().replace("-", "_")
            environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() != "set-cookie":
                continue
            for key, morsel in SimpleCookie(value).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = morsel.coded_value


class AsgiSender(RawSender):
    """Calls `app.asgi` as an ASGI server would, and the WSGI application where there is none.

    ASGI has no reason phrases, and its header names are in lower case: that is how both answers are written.
    """

    def call(self, environ: dict[str, Any], url: str) -> Answer:
        """Give the request to the application, on an event loop of its own."""
        if not hasattr(self.app, "asgi"):
            answer = copy_context().run(
                call_wsgi, self.app, environ
            )  # a task of an ASGI server has a context of its own too
            return Answer(
                answer.status.partition(" ")[0], [(name.lower(), value) for name, value in answer.headers], answer.body
            )
        own = environ.keys() - KNOWN_KEYS - {key for key in environ if key.startswith("HTTP_")}
        if own:
            raise TypeError(f"An ASGI scope has no place for {sorted(own)}: mark the scenario with not_over_asgi.")
        made = in_time(_exchange_over_asgi(self.app, scope_of(environ, url), environ["wsgi.input"].read()))
        start = made.messages[0]
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        return Answer(str(start["status"]), headers, made.body)


async def _exchange_over_asgi(app: Any, scope: dict[str, Any], body: bytes) -> Exchange:
    made = Exchange([body] if body else [])
    async with lifespan(app):
        await app.asgi(scope, made.receive, made.send)
    return made


#: What an ASGI scope can say, headers aside.
KNOWN_KEYS = frozenset(
    "REQUEST_METHOD SCRIPT_NAME PATH_INFO QUERY_STRING SERVER_NAME SERVER_PORT SERVER_PROTOCOL CONTENT_TYPE CONTENT_LENGTH REMOTE_ADDR "
    "wsgi.version wsgi.url_scheme wsgi.input wsgi.errors wsgi.multithread wsgi.multiprocess wsgi.run_once".split()
)


def scope_of(environ: dict[str, Any], url: str) -> dict[str, Any]:
    """Return the ASGI scope of the request that `environ` describes."""
    headers = [(key[5:].replace("_", "-"), value) for key, value in environ.items() if key.startswith("HTTP_")]
    headers += [(key.replace("_", "-"), environ[key]) for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if key in environ]
    path = (environ["SCRIPT_NAME"] + environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace")
    scope = http_scope(
        environ["REQUEST_METHOD"],
        url,
        path=path,
        query_string=environ["QUERY_STRING"].encode("latin-1"),
        root_path=environ["SCRIPT_NAME"],
        scheme=environ["wsgi.url_scheme"],
        client=(environ["REMOTE_ADDR"], 0) if "REMOTE_ADDR" in environ else None,
        server=(environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
    )
    scope["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return scope


def minimal_environ(method: str, url: str, base_url: str = "http://localhost") -> dict[str, Any]:
    """Return the smallest environ of PEP 3333 for a request without a body."""
    path, _, query = url.partition("?")
    base = urlsplit(base_url)
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": base.path.rstrip("/"),
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": base.hostname or "localhost",
        "SERVER_PORT": str(base.port or (443 if base.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": base.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": base.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def call_wsgi(app: Any, environ: dict[str, Any]) -> Answer:
    """Call a WSGI application, check the types that PEP 3333 prescribes, read and close the reply."""
    started: list[tuple[str, Headers]] = []
    written: list[bytes] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> Any:
        if type(status) is not str or type(headers) is not list:
            raise TypeError(f"start_response got {type(status)} and {type(headers)}")
        for name, value in headers:
            if type(name) is not str or type(value) is not str:
                raise TypeError(f"a header is not made of str: {name!r}: {value!r}")
        started.append((status, list(headers)))
        return written.append

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started[-1]
    return Answer(status, headers, b"".join(written) + body)
