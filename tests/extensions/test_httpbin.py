"""httpbin, a whole application on the names of Flask: methods, redirects, cookies, auth, streams, encodings."""

from __future__ import annotations

import gzip
import json
from typing import Any

import httpbin
import pytest


@pytest.fixture
def client() -> Any:
    return httpbin.app.test_client()


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_method_is_mirrored(client: Any, method: str) -> None:
    reply = client.open(f"/{method}?a=1", method=method.upper(), headers={"X-Mine": "here"})
    assert (reply.json["args"], reply.json["headers"]["X-Mine"]) == ({"a": "1"}, "here")


def test_bodies_are_mirrored(client: Any) -> None:
    assert client.post("/post", data={"a": ["1", "2"]}).json["form"] == {"a": ["1", "2"]}
    assert client.post("/post", json={"b": 2}).json["json"] == {"b": 2}
    assert client.post("/anything/x", data=b"\xff").json["data"].startswith("data:application/octet-stream;base64,")


@pytest.mark.parametrize("status", [200, 204, 304, 401, 404, 418, 500, 999])
def test_a_status_is_answered_as_asked(client: Any, status: int) -> None:
    assert client.get(f"/status/{status}").status_code == status


def test_redirects_lead_to_the_end(client: Any) -> None:
    reply = client.get("/redirect/3")
    assert (reply.status_code, reply.location) == (302, "/relative-redirect/2")
    assert client.get("/redirect/3", follow_redirects=True).status_code == 200
    assert client.get("/absolute-redirect/1").location == "http://localhost/get"
    assert client.get("/redirect-to?url=/ip&status_code=307").status_code == 307


def test_cookies_are_set_and_deleted(client: Any) -> None:
    client.get("/cookies/set?a=1")
    assert client.get("/cookies").json == {"cookies": {"a": "1"}}
    client.get("/cookies/delete?a=")
    assert client.get("/cookies").json == {"cookies": {}}


def test_authentication_is_checked(client: Any) -> None:
    assert client.get("/basic-auth/u/p").status_code == 401
    assert client.get("/basic-auth/u/p", auth=("u", "p")).json == {"authenticated": True, "user": "u"}
    assert client.get("/bearer", headers={"Authorization": "Bearer t"}).json["token"] == "t"
    assert client.get("/hidden-basic-auth/u/p").status_code == 404


def test_streams_and_ranges_are_sent(client: Any) -> None:
    lines = client.get("/stream/3").text.strip().split("\n")
    assert [json.loads(line)["id"] for line in lines] == [0, 1, 2]
    part = client.get("/range/26", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.text, part.headers["Content-Range"]) == (206, "cde", "bytes 2-4/26")
    assert len(client.get("/bytes/50?seed=1").data) == 50
    assert len(client.get("/stream-bytes/50?seed=1&chunk_size=7").data) == 50


def test_encodings_and_formats(client: Any) -> None:
    assert json.loads(gzip.decompress(client.get("/gzip").data))["gzipped"] is True
    assert client.get("/xml").mimetype == "application/xml"
    assert "∮ E⋅da = Q" in client.get("/encoding/utf8").text
    assert client.get("/image/png").data[:4] == b"\x89PNG"
    assert client.get("/image", headers={"Accept": "image/webp"}).mimetype == "image/webp"


def test_conditional_replies(client: Any) -> None:
    assert client.get("/cache", headers={"If-None-Match": "x"}).status_code == 304
    assert client.get("/etag/abc", headers={"If-None-Match": '"abc"'}).status_code == 304
    assert client.get("/etag/abc", headers={"If-Match": '"x"'}).status_code == 412
    assert client.get("/response-headers?X-Own=1").headers["X-Own"] == "1"


def test_every_response_allows_any_origin(client: Any) -> None:
    assert client.get("/get").headers["Access-Control-Allow-Origin"] == "*"
    assert (
        client.get("/get", headers={"Origin": "https://a.example"}).headers["Access-Control-Allow-Origin"]
        == "https://a.example"
    )
    assert client.options("/get").headers["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE, PATCH, OPTIONS"


def test_its_document_and_page_are_served(client: Any) -> None:
    assert "/anything/{anything}" in client.get("/spec.json").json["paths"]
    assert client.get("/").status_code == 200
    assert client.get("/forms/post").status_code == 200
