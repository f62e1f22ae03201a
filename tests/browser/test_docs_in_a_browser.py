"""/docs and /redoc are shown and used in a Chromium that reaches nothing but this machine."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ewer import Ewer, OpenAPI
from ewer.typed import Query, Security
from ewer.typed.security import HTTPBearer

from .conftest import Browser

Serve = Callable[[Any], str]

ITEMS = Path(__file__).resolve().parent.parent.parent / "examples" / "items" / "app.py"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
BEARER = HTTPBearer()

each_size = pytest.mark.parametrize("size", SIZES)


@dataclass
class Book:
    """A book in stock."""

    title: str
    pages: int = 100


@pytest.fixture
def items(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ewer:
    monkeypatch.setenv("ITEMS_DATABASE", str(tmp_path / "items.sqlite3"))
    spec = importlib.util.spec_from_file_location("items_in_a_browser", ITEMS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "items_in_a_browser", module)
    spec.loader.exec_module(module)
    return module.app


def library() -> Ewer:
    """An application that has what pages show in their own ways: Markdown, tags, deprecation, security, webhooks."""

    def lent(book: Book) -> None:
        """A book was lent."""

    settings = OpenAPI(
        title="Library",
        summary="Books, lent to readers.",
        description="# Rules\n\n| what | how |\n|---|---|\n| lend | *quickly* |\n\n<b>bold</b>\n\n```\ncode\n```",
        tags=({"name": "books", "description": "What there is to read."},),
        webhooks={"lent": lent},
    )
    app = Ewer("library", openapi=settings)

    @app.get("/books", tags=["books"], deprecated=True)
    def books(title: Annotated[str, Query(description="*Part* of it", examples=["Em"])] = "") -> list[Book]:
        """List books.

        In the order of their titles, with `pages`.
        """
        return [Book(title)]

    @app.get("/me", tags=["readers"])
    def me(token: Annotated[str, Security(BEARER)]) -> dict[str, str]:
        """Say who asks."""
        return {"you": str(token)}

    return app


def assert_clean(browser: Browser, origin: str) -> None:
    """Nothing was asked of another machine, and the console has nothing to say."""
    asked = browser.asked_for()
    assert asked
    assert [url for url in asked if not url.startswith(f"{origin}/")] == []
    assert browser.complaints() == []


def create_an_item(browser: Browser) -> None:
    browser.click(".opblock-post .opblock-summary-control")
    browser.click(".opblock-post .try-out__btn")
    browser.write(".opblock-post textarea", json.dumps({"name": "Teapot", "price": 12.5}))
    browser.click(".opblock-post .execute")
    browser.see(".opblock-post .live-responses-table .response-col_status", "201")
    browser.see(".opblock-post .live-responses-table .response-col_description", '"id": 1')


@each_size
def test_an_item_is_created_with_try_it_out(browser: Browser, serve: Serve, items: Ewer, size: str) -> None:
    browser.be_wide(*SIZES[size])
    origin = serve(items)
    browser.visit(f"{origin}/docs")
    browser.see(".opblock-post")
    browser.keep_picture(f"docs-{size}")
    create_an_item(browser)
    browser.keep_picture(f"docs-created-{size}")

    assert items.test_client().get("/items").json[0]["name"] == "Teapot"
    assert browser.overflow() <= 0
    assert_clean(browser, origin)


def test_try_it_out_works_behind_a_prefix(browser: Browser, serve: Serve, items: Ewer) -> None:
    origin = serve(DispatcherMiddleware(NotFound(), {"/shop": items}))
    browser.visit(f"{origin}/shop/docs")
    create_an_item(browser)

    assert f"{origin}/shop/items" in browser.asked_for()
    assert browser.complaints() == []


@each_size
def test_redoc_shows_the_operations(browser: Browser, serve: Serve, items: Ewer, size: str) -> None:
    browser.be_wide(*SIZES[size])
    origin = serve(items)
    browser.visit(f"{origin}/redoc")
    browser.see("h1", "Items")
    browser.see("h2", "Create item")
    browser.keep_picture(f"redoc-{size}")

    assert browser.overflow() <= 0
    assert_clean(browser, origin)


def test_redoc_has_its_styles_and_finds_what_is_searched(browser: Browser, serve: Serve, items: Ewer) -> None:
    origin = serve(items)
    browser.visit(f"{origin}/redoc")
    browser.write("input[type=text]", "item")
    browser.see("[data-role='search:results'] [role=menuitem]")

    menu = browser.see(".menu-content")
    assert menu.value_of_css_property("position") == "sticky"
    assert_clean(browser, origin)


@each_size
@pytest.mark.parametrize(("page", "shown"), [("docs", ".opblock-deprecated"), ("redoc", "h2")])
def test_markdown_tags_security_and_webhooks_keep_to_the_policy(
    browser: Browser, serve: Serve, page: str, shown: str, size: str
) -> None:
    browser.be_wide(*SIZES[size])
    origin = serve(library())
    browser.visit(f"{origin}/{page}")
    browser.see(shown)
    browser.see("h1, h2", "Library")
    browser.keep_picture(f"library-{page}-{size}")

    assert browser.overflow() <= 0
    assert_clean(browser, origin)


def test_who_authorizes_sends_the_token(browser: Browser, serve: Serve) -> None:
    origin = serve(library())
    browser.visit(f"{origin}/docs")
    browser.click(".btn.authorize")
    browser.write(".auth-container input", "s3cret")
    browser.click(".auth-container .btn.authorize")
    browser.keep_picture("docs-authorized")
    browser.click(".btn-done")
    browser.click("#operations-readers-me .opblock-summary-control")
    browser.click("#operations-readers-me .try-out__btn")
    browser.click("#operations-readers-me .execute")
    browser.see("#operations-readers-me .live-responses-table .response-col_description", "s3cret")

    assert_clean(browser, origin)
