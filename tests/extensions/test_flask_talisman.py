"""Flask-Talisman on the names of Flask: HTTPS, security headers, nonces, options per view."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, render_template_string, request
from flask_talisman import ALLOW_FROM, Talisman


def make_app(**options: Any) -> tuple[Flask, Talisman]:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    talisman = Talisman(app, **options)

    @app.get("/")
    def index() -> str:
        return render_template_string("<script nonce='{{ csp_nonce() }}'></script>")

    return app, talisman


def test_http_is_redirected_to_https() -> None:
    app, _ = make_app()
    reply = app.test_client().get("/?a=1")
    assert (reply.status_code, reply.location) == (302, "https://localhost/?a=1")


def test_https_carries_the_headers() -> None:
    app, _ = make_app()
    headers = app.test_client().get("/", base_url="https://localhost").headers
    assert headers["Strict-Transport-Security"] == "max-age=31556926; includeSubDomains"
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_a_proxy_header_counts_as_https() -> None:
    app, _ = make_app()
    assert app.test_client().get("/", headers={"X-Forwarded-Proto": "https"}).status_code == 200


def test_the_nonce_of_the_page_is_the_one_of_the_header() -> None:
    app, _ = make_app(content_security_policy={"script-src": "'self'"}, content_security_policy_nonce_in=["script-src"])

    @app.get("/nonce")
    def nonce() -> str:
        return str(request.csp_nonce)  # type: ignore[attr-defined]

    client = app.test_client()
    reply = client.get("/", base_url="https://localhost")
    found = re.search("nonce='([^']+)'", reply.text)
    assert found
    assert f"'nonce-{found[1]}'" in reply.headers["Content-Security-Policy"]
    assert client.get("/nonce", base_url="https://localhost").text != found[1]


def test_a_view_has_options_of_its_own() -> None:
    app, talisman = make_app()

    @app.get("/embed")
    @talisman(frame_options=ALLOW_FROM, frame_options_allow_from="https://x.example", force_https=False)
    def embed() -> str:
        return "embed"

    client = app.test_client()
    reply = client.get("/embed")
    assert (reply.status_code, reply.headers["X-Frame-Options"]) == (200, "ALLOW-FROM https://x.example")
    assert client.get("/", base_url="https://localhost").headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_session_cookie_becomes_secure_in_requests() -> None:
    app, _ = make_app()
    app.test_client().get("/", base_url="https://localhost")
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert app.config["SESSION_COOKIE_HTTPONLY"] is True
