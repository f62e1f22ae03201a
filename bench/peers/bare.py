"""The ceiling on a WSGI server: callables that do what the workload asks and nothing else, without any framework."""

from __future__ import annotations

import json as encoder
import time
from urllib.parse import parse_qs

from peers import set_up

PEER = {
    "name": "bare",
    "title": "bare WSGI callable",
    "environment": "ewer",
    "speaks": "wsgi",
    "servers": {"granian-wsgi": "all"},
}

HELLO = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "13")])
    return [b"Hello, World!"]
"""

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
BOOKS = [
    {"id": number, "title": f"Book {number}", "author": "A. Writer", "price": number + 0.5, "in_stock": number % 2 == 0}
    for number in range(100)
]


def _reply(start_response, body, content_type):
    start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


def plaintext():
    def app(environ, start_response):
        return _reply(start_response, b"Hello, World!", TEXT)

    return app


def json():
    def app(environ, start_response):
        return _reply(start_response, encoder.dumps({"message": "Hello, World!"}).encode(), JSON)

    return app


def path_variable():
    def app(environ, start_response):
        number = int(environ["PATH_INFO"].rpartition("/")[2])
        return _reply(start_response, encoder.dumps({"id": number}).encode(), JSON)

    return app


def path_and_query():
    def app(environ, start_response):
        user = int(environ["PATH_INFO"].split("/")[2])
        query = parse_qs(environ["QUERY_STRING"])
        found = {"user": user, "page": int(query["page"][0]), "tag": query["tag"][0]}
        return _reply(start_response, encoder.dumps(found).encode(), JSON)

    return app


def json_body():
    def app(environ, start_response):
        order = encoder.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        total = {"name": order["name"], "total": order["price"] * order["quantity"], "tags": len(order["tags"])}
        return _reply(start_response, encoder.dumps(total).encode(), JSON)

    return app


def hundred_objects():
    def app(environ, start_response):
        return _reply(start_response, encoder.dumps(BOOKS).encode(), JSON)

    return app


def upload():
    def app(environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return _reply(start_response, str(len(body)).encode(), TEXT)

    return app


def download():
    chunk = b"d" * 16384

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return (chunk for _ in range(64))

    return app


def routes_1():
    return path_variable()


def wait_wsgi():
    def app(environ, start_response):
        time.sleep(0.05)
        return _reply(start_response, b"waited", TEXT)

    return app


def typed_parameters():
    return path_and_query()


def typed_body():
    def app(environ, start_response):
        item = encoder.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        body = encoder.dumps({**item, "id": 1}).encode()
        start_response("201 Created", [("Content-Type", JSON), ("Content-Length", str(len(body)))])
        return [body]

    return app


def dependencies():
    def app(environ, start_response):
        page = int(parse_qs(environ["QUERY_STRING"])["page"][0])
        return _reply(start_response, encoder.dumps({"page": page, "limit": 10}).encode(), JSON)

    return app


app = set_up(globals())
