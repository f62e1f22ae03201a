"""The document and its pages are served where the settings say, from files of our own, under a strict policy."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import pytest
from openapi_spec_validator import validate

import ewer.typed.openapi
from ewer import Blueprint, Ewer, Flask, OpenAPI
from ewer.typed import Depends, Security
from ewer.typed.security import OAuth2PasswordBearer
from ewer.views import MethodView

from . import asgi_driver

PAGES = ["/docs", "/redoc"]
URLS = ["/openapi.json", *PAGES]
ASSETS = [
    "/docs/assets/swagger-ui.css", "/docs/assets/swagger-ui-bundle.js", "/docs/assets/start.js", "/docs/assets/page.css",
    "/docs/assets/favicon-32x32.png", "/docs/assets/oauth2-redirect.html", "/docs/assets/oauth2-redirect.js",
    "/redoc/assets/redoc.standalone.js", "/redoc/assets/start.js", "/redoc/assets/page.css",
]  # fmt: skip

LOGIN = OAuth2PasswordBearer("https://login.example/token")

each_page = pytest.mark.parametrize("url", PAGES)
each_url = pytest.mark.parametrize("url", URLS)
each_plan = pytest.mark.parametrize("plan", ["1", "0"], ids=["plan", "stations"])


def statuses(app: Any, *urls: str) -> list[int]:
    client = app.test_client()
    return [client.get(url).status_code for url in urls or URLS]


def document_from(app: Any, **request: Any) -> dict[str, Any]:
    document = app.test_client().get("/openapi.json", **request).json
    validate(document)
    return document


def policy_of(reply: Any) -> dict[str, list[str]]:
    directives = [part.split() for part in reply.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in directives}


# --- on and off


@each_plan
@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (lambda: Ewer("shop"), 200),
        (lambda: Ewer("shop", openapi=False), 404),
        (lambda: Flask("shop"), 404),
        (lambda: Flask("shop", openapi=True), 200),
    ],
    ids=["Ewer", "Ewer(openapi=False)", "Flask", "Flask(openapi=True)"],
)
def test_one_argument_switches_all_of_it(app: Any, expected: int, plan: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EWER_PLAN", plan)
    assert statuses(app()) == [expected] * 3


def test_flask_keeps_to_what_its_routes_say_when_it_is_off() -> None:
    app = Flask("shop")
    app.test_client().get("/docs")
    assert [rule.endpoint for rule in app.url_map.iter_rules()] == ["static"]


@pytest.mark.parametrize("taken", URLS)
def test_a_rule_of_the_application_wins(taken: str) -> None:
    app = Ewer("shop")
    app.add_url_rule(taken, "own", lambda: "mine")
    client = app.test_client()
    assert client.get(taken).text == "mine"
    assert statuses(app) == [200, 200, 200]
    others = [url for url in URLS if url != taken]
    assert all(client.get(url).text != "mine" for url in others)


def test_a_rule_with_a_slash_at_its_end_wins_too() -> None:
    app = Ewer("shop")
    app.add_url_rule("/docs/", "own", lambda: "mine")
    assert app.test_client().get("/docs", follow_redirects=True).text == "mine"


def test_a_rule_of_a_blueprint_wins() -> None:
    pages = Blueprint("pages", "pages")
    pages.add_url_rule("/docs", "docs", lambda: "mine")
    app = Ewer("shop")
    app.register_blueprint(pages)
    assert app.test_client().get("/docs").text == "mine"


def test_paths_change_together_with_what_points_to_them() -> None:
    app = Ewer("shop", openapi=OpenAPI(url="/api/schema", docs_url="/help/api/", redoc_url="/read"))
    client = app.test_client()
    assert statuses(app) == [404, 404, 404]
    assert client.get("/api/schema").json["openapi"] == "3.1.0"
    assert 'data-document="../../api/schema"' in client.get("/help/api/").text
    assert 'data-document="api/schema"' in client.get("/read").text
    assert statuses(app, "/help/api/assets/start.js", "/read/assets/start.js") == [200, 200]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (OpenAPI(docs_url=None), [200, 404, 200]),
        (OpenAPI(redoc_url=None), [200, 200, 404]),
        (OpenAPI(url=None), [404, 404, 404]),
    ],
)
def test_each_of_them_can_be_left_out(settings: OpenAPI, expected: list[int]) -> None:
    assert statuses(Ewer("shop", openapi=settings)) == expected


def test_a_page_runs_the_hooks_of_the_application_and_not_its_dependencies() -> None:
    asked = []
    app = Ewer("shop", dependencies=[Depends(lambda: asked.append("dependency"))])
    app.before_request(lambda: asked.append("hook"))
    app.test_client().get("/docs")
    assert asked == ["hook"]


def test_a_hook_can_keep_the_document_from_strangers() -> None:
    app = Ewer("shop")
    app.before_request(lambda: ("Who are you?", 401))
    assert statuses(app) == [401, 401, 401]


# --- what the document says of the application


def test_without_settings_the_title_is_the_name_of_the_application() -> None:
    assert document_from(Ewer("shop"))["info"] == {"title": "shop", "version": "0.1.0"}


def test_every_setting_reaches_the_document() -> None:
    app = Ewer(
        "shop",
        openapi=OpenAPI(
            title="Shop",
            version="2",
            summary="Sells.",
            description="Sells *things*.",
            terms_of_service="https://shop.example/terms",
            contact={"name": "Us", "email": "us@shop.example"},
            license={"name": "MIT", "identifier": "MIT"},
            servers=({"url": "https://api.shop.example"},),
            tags=({"name": "b", "description": "Bees."}, {"name": "a"}),
            external_docs={"url": "https://shop.example/more"},
        ),
    )
    document = document_from(app)
    assert document["info"] == {
        "title": "Shop",
        "version": "2",
        "summary": "Sells.",
        "description": "Sells *things*.",
        "termsOfService": "https://shop.example/terms",
        "contact": {"name": "Us", "email": "us@shop.example"},
        "license": {"name": "MIT", "identifier": "MIT"},
    }
    assert document["servers"] == [{"url": "https://api.shop.example"}]
    assert document["tags"] == [{"name": "b", "description": "Bees."}, {"name": "a"}]
    assert document["externalDocs"] == {"url": "https://shop.example/more"}


def test_webhooks_stand_beside_the_paths() -> None:
    def sent(order: Annotated[dict[str, int], "what was sent"]) -> None:
        """An order was sent."""

    document = document_from(Ewer("shop", openapi=OpenAPI(webhooks={"order-sent": sent})))
    assert document["paths"] == {}
    assert document["webhooks"]["order-sent"]["post"]["summary"] == "An order was sent."
    assert "requestBody" in document["webhooks"]["order-sent"]["post"]


def test_the_pages_themselves_and_static_files_are_not_in_it() -> None:
    app = Ewer("shop")
    app.test_client().get("/docs")
    assert document_from(app)["paths"] == {}


@pytest.mark.parametrize("kind", [Ewer, Flask])
def test_what_flask_makes_of_a_result_has_its_media_type(kind: Any) -> None:
    app = kind("shop", openapi=True)

    @app.get("/page")
    def page() -> str:
        return "<p>"

    @app.get("/facts")
    def facts() -> dict:  # type: ignore[type-arg]
        return {}

    @app.get("/listed")
    def listed() -> list:  # type: ignore[type-arg]
        return []

    paths = document_from(app)["paths"]
    client = app.test_client()
    for url, name in (("/page", "string"), ("/facts", "object"), ("/listed", "array")):
        content = paths[url]["get"]["responses"]["200"]["content"]
        assert content == {client.get(url).mimetype: {"schema": {"type": name}}}


def test_methods_of_a_class_without_a_docstring_of_their_own_have_that_of_the_class() -> None:
    class Books(MethodView):
        """Books."""

        def get(self) -> str:
            """List books."""
            return ""

        def put(self) -> str:
            return ""

    app = Ewer("shop")
    app.add_url_rule("/books", view_func=Books.as_view("books"))
    item = document_from(app)["paths"]["/books"]
    assert (item["get"]["summary"], item["put"]["summary"]) == ("List books.", "Books.")


# --- behind a prefix


def test_behind_a_prefix_the_server_is_the_prefix() -> None:
    app = Ewer("shop")
    assert document_from(app, base_url="http://localhost/shop/v1")["servers"] == [{"url": "/shop/v1"}]
    assert "servers" not in document_from(app)


def test_behind_the_root_path_of_an_asgi_server_too() -> None:
    app = Ewer("shop")
    sent = asgi_driver.request(app, url="/shop/openapi.json", root_path="/shop")
    assert sent.status == 200
    assert json.loads(sent.body)["servers"] == [{"url": "/shop"}]


def test_servers_that_the_settings_name_stay_behind_a_prefix() -> None:
    app = Ewer("shop", openapi=OpenAPI(servers=({"url": "https://api.shop.example"},)))
    assert document_from(app, base_url="http://localhost/v1")["servers"] == [{"url": "https://api.shop.example"}]


@each_page
def test_pages_name_nothing_by_an_absolute_path_so_that_any_prefix_will_do(url: str) -> None:
    page = Ewer("shop").test_client().get(url, base_url="http://localhost/shop").text
    links = re.findall(r'(?:src|href|data-[a-z]+)="([^"]*)"', page)
    assert len(links) > 3
    assert [link for link in links if link.startswith("/") or "//" in link] == []


# --- built once


def count_builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    built: list[int] = []
    build = ewer.typed.openapi.build_document

    def counted(*arguments: Any, **keywords: Any) -> Any:
        built.append(1)
        return build(*arguments, **keywords)

    monkeypatch.setattr(ewer.typed.openapi, "build_document", counted)
    return built


def test_the_document_is_built_on_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built = count_builds(monkeypatch)
    app = Ewer("shop")
    app.add_url_rule("/", "home", lambda: "home")
    client = app.test_client()
    client.get("/")
    assert built == []

    assert len({client.get("/openapi.json").data for _ in range(3)}) == 1
    client.get("/openapi.json", base_url="http://localhost/v1")
    client.get("/docs")
    assert app.openapi() is app.openapi()
    assert built == [1]


def test_a_rule_that_comes_later_is_in_the_next_document(monkeypatch: pytest.MonkeyPatch) -> None:
    built = count_builds(monkeypatch)
    app = Ewer("shop")
    assert app.openapi()["paths"] == {}
    app.add_url_rule("/", "home", lambda: "home")
    assert list(app.openapi()["paths"]) == ["/"]
    assert built == [1, 1]


# --- the policy


@each_page
def test_pages_allow_scripts_from_here_alone_and_no_inline_anything(url: str) -> None:
    reply = Ewer("shop").test_client().get(url)
    policy = policy_of(reply)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["script-src"] == policy["connect-src"] == ["'self'"]
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert "http" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@each_page
def test_pages_hold_no_inline_script_or_style_and_name_no_foreign_host(url: str) -> None:
    page = Ewer("shop").test_client().get(url).text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\bstyle=|\bon[a-z]+=|javascript:", page) == []
    assert "//" not in page


@pytest.mark.parametrize("url", ASSETS)
def test_assets_are_sent_by_the_application_under_the_same_policy(url: str) -> None:
    reply = Ewer("shop").test_client().get(url)
    assert reply.status_code == 200
    assert policy_of(reply)["script-src"] == ["'self'"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    endings = {"css": "text/css", "js": "text/javascript", "html": "text/html", "png": "image/png"}
    assert reply.mimetype == endings[url.rpartition(".")[2]]


@each_page
def test_every_file_that_a_page_names_is_there(url: str) -> None:
    client = Ewer("shop").test_client()
    named = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', client.get(url).text)
    assert len(named) > 2
    assert [client.get(f"/{name}").status_code for name in named] == [200] * len(named)


def test_redoc_would_fetch_nothing_from_its_makers() -> None:
    script = Ewer("shop").test_client().get("/redoc/assets/redoc.standalone.js").text
    assert "cdn.redoc.ly" not in script


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "../README.md", "..%2fREADME.md", "start.js/", ""])
def test_other_files_are_not_sent(name: str) -> None:
    assert Ewer("shop").test_client().get(f"/docs/assets/{name}").status_code == 404


def test_try_it_out_may_reach_the_servers_and_token_givers_of_the_document() -> None:
    app = Ewer("shop", openapi=OpenAPI(servers=({"url": "https://api.shop.example/v1"}, {"url": "/v2"})))

    @app.get("/mine")
    def mine(token: Annotated[str, Security(LOGIN)]) -> str:
        return token

    policy = policy_of(app.test_client().get("/docs"))
    assert policy["connect-src"] == ["'self'", "https://api.shop.example", "https://login.example"]


@pytest.mark.parametrize("host", ["x; script-src *", "*", "a b", "{region}.shop.example", "'unsafe-inline'"])
def test_a_server_whose_host_would_change_the_policy_is_left_out(host: str) -> None:
    app = Ewer("shop", openapi=OpenAPI(servers=({"url": f"https://{host}/"},)))
    policy = policy_of(app.test_client().get("/docs"))
    assert policy["connect-src"] == policy["script-src"] == ["'self'"]


def test_a_title_is_text_in_a_page() -> None:
    app = Ewer("shop", openapi=OpenAPI(title="</title><script>alert(1)</script>"))
    assert "<script>alert" not in app.test_client().get("/docs").text


# --- caches


@pytest.mark.parametrize("url", [*URLS, "/docs/assets/start.js"])
def test_who_has_it_already_gets_a_304(url: str) -> None:
    client = Ewer("shop").test_client()
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


@each_url
def test_the_document_and_its_pages_are_revalidated(url: str) -> None:
    assert Ewer("shop").test_client().get(url).headers["Cache-Control"] == "no-cache"


@each_page
def test_files_asked_for_by_version_are_kept_for_a_year(url: str) -> None:
    client = Ewer("shop").test_client()
    script = re.search(r'src="([^"]+start\.js\?v=[\d.]+)"', client.get(url).text)
    assert script
    cached = client.get(f"/{script[1]}").cache_control
    assert (cached.max_age, cached.immutable) == (31536000, True)
    assert client.get(f"/{script[1]}.9").cache_control.max_age in (None, 0)


@pytest.mark.parametrize("url", [*URLS, ASSETS[0]])
def test_head_sends_the_headers_alone(url: str) -> None:
    client = Ewer("shop").test_client()
    got, head = client.get(url), client.head(url)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert head.headers["ETag"] == got.headers["ETag"]


@each_url
def test_they_are_only_read(url: str) -> None:
    assert Ewer("shop").test_client().post(url).status_code == 405


def test_the_document_is_json_in_utf_8() -> None:
    reply = Ewer("shop", openapi=OpenAPI(title="Bücher")).test_client().get("/openapi.json")
    assert reply.content_type == "application/json"
    assert json.loads(reply.data.decode("utf-8"))["info"]["title"] == "Bücher"
