"""What every page shares: template filters, the cart's count, and the headers that keep browsers careful."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request, session, url_for

from . import cart
from .models import Book

# SECURITY: nothing on any page comes from elsewhere, runs as a script or may be framed; a markup hole that somebody
# finds still cannot load or run anything. Cover drawings carry a stricter policy of their own.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def init_app(app: Flask) -> None:
    """Give the templates their filters and every response its headers."""
    app.add_template_filter(pounds)
    app.add_template_filter(day)
    app.add_template_filter(paragraphs)
    app.add_template_global(book_url)
    app.add_template_global(cover_url)
    app.context_processor(_cart_count)
    app.after_request(_careful_headers)


def pounds(pence: int) -> str:
    """Write a price: 1299 as `£12.99`."""
    return f"£{pence // 100:,}.{pence % 100:02d}"


def day(moment: datetime) -> str:
    """Write a date as people say it: `7 March 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def paragraphs(text: str) -> list[str]:
    """Split text at its blank lines."""
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def book_url(book: Book, **values: Any) -> str:
    """Build the address of a book's page."""
    return url_for("shop.book", book_id=book.id, slug=book.slug, **values)


def cover_url(book: Book) -> str:
    """Build the address of a book's cover: the picture the staff uploaded or, without one, the drawing."""
    if book.cover_file:
        return url_for("shop.uploaded_cover", filename=book.cover_file)
    return url_for("shop.drawn_cover", isbn=book.isbn)


def is_own_path(target: str | None) -> bool:
    """Tell whether a `next` value stays in this shop, so that a redirect to it cannot lead to another site.

    SECURITY: browsers read a backslash as a slash and skip control characters, so `/\\evil.example` and a tabbed
    `/<TAB>/evil.example` would leave; both are refused together with everything that does not begin with one slash.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return False
    if "\\" in target or any(ord(character) < 33 or ord(character) == 127 for character in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def _cart_count() -> dict[str, int]:
    return {"cart_count": cart.count()}


def _careful_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.endpoint in PUBLIC_FILES or request.blueprint == "api":
        return response
    # SECURITY: a page that shows who is logged in must not come back with the back button after logging out.
    response.headers.setdefault("Cache-Control", "no-store" if "_user_id" in session else "private, no-cache")
    return response


PUBLIC_FILES = frozenset({"static", "shop.drawn_cover", "shop.uploaded_cover"})
