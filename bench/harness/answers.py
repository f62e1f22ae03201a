"""Sends single requests and holds the answers against what they must be: nothing is measured that answers wrongly."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.facts import Exchange, Expected, Request, Workload

TIMEOUT_S = 10
WARM_UP_REQUESTS = 300


@dataclass(frozen=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class WrongAnswer(Exception):
    """A peer answered, but not what the workload asks for."""


def send(connection: http.client.HTTPConnection, request: Request, cookie: str | None = None) -> Answer:
    """Send one request over a connection and read the answer."""
    headers = dict(request.headers, **({"Cookie": cookie} if cookie else {}))
    connection.request(request.method, request.path, body=request.body or None, headers=headers)
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def verify(port: int, workload: Workload) -> str | None:
    """Hold every exchange of a workload against its expected answer; return the cookie that the load has to send.

    Raises:
        WrongAnswer: An answer differs from what is expected.
    """
    cookie = None
    for exchange in workload.exchanges:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        try:
            answer = send(connection, exchange.request, cookie)
        except (OSError, http.client.HTTPException) as problem:
            raise WrongAnswer(f"{exchange.request.method} {exchange.request.path}: {problem!r}") from problem
        finally:
            connection.close()
        fault = difference(answer, exchange.expected)
        if fault:
            raise WrongAnswer(f"{exchange.request.method} {exchange.request.path}: {fault}")
        if workload.keeps_cookie:
            cookie = cookie_of(answer, exchange)
    return cookie


def cookie_of(answer: Answer, exchange: Exchange) -> str:
    cookies = [value.split(";", 1)[0] for value in answer.headers.get_all("Set-Cookie") or []]
    if not cookies:
        raise WrongAnswer(f"{exchange.request.path}: no cookie was set, so there is no session")
    return "; ".join(cookies)


def difference(answer: Answer, expected: Expected) -> str | None:
    """Return in words how an answer differs from what is expected, or None."""
    if answer.status != expected.status:
        return f"status {answer.status}, expected {expected.status}; body: {answer.body[:200]!r}"
    content_type = answer.headers.get("Content-Type", "")
    if not content_type.startswith(expected.content_type):
        return f"content type {content_type!r}, expected {expected.content_type}"
    if expected.length_bytes is not None and len(answer.body) != expected.length_bytes:
        return f"{len(answer.body)} bytes, expected {expected.length_bytes}"
    if expected.json is not None:
        return json_difference(answer.body, expected)
    text = answer.body.decode("utf-8", "replace")
    if expected.text is not None and text != expected.text:
        return f"body {text[:200]!r}, expected {expected.text[:200]!r}"
    missing = [part for part in expected.contains if part not in text]
    return f"body lacks {missing[0]!r}: {text[:200]!r}" if missing else None


def json_difference(body: bytes, expected: Expected) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return f"body is not JSON: {body[:200]!r}"
    return None if found == expected.json else f"JSON {str(found)[:200]}, expected {str(expected.json)[:200]}"


def warm_up(port: int, workload: Workload, cookie: str | None, requests: int = WARM_UP_REQUESTS) -> None:
    """Send some hundred requests over one connection, so that what is done once has been done."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    large = any(len(request.body) > 100_000 for request in workload.requests)
    for number in range(requests // 20 if large else requests):
        send(connection, workload.requests[number % len(workload.requests)], cookie)
    connection.close()
