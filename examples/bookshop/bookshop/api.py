"""The JSON API: read-only, open to everybody, errors as JSON too."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request, url_for
from sqlalchemy.orm import joinedload

from . import pages
from .catalogue import Wish, page_number
from .extensions import db
from .models import Book

blueprint = Blueprint("api", __name__, url_prefix="/api")

DEFAULT_PER_PAGE = 20
MAX_PER_PAGE = 100


@blueprint.get("/books")
def books() -> dict[str, Any]:
    """The catalogue; it understands the same query as the page `/books/`, and `page` and `per_page`."""
    return _page_of(Wish.from_args(request.args))


@blueprint.get("/books/<int:book_id>")
def book(book_id: int) -> dict[str, Any]:
    """Everything about one book."""
    wanted = db.get_or_404(
        Book,
        book_id,
        description=f"There is no book {book_id}.",
        options=[joinedload(Book.author), joinedload(Book.subject)],
    )
    return {**_short(wanted), **_long(wanted)}


@blueprint.get("/search")
def search() -> dict[str, Any]:
    """The books that have every word of `q` in title, subtitle, author or number."""
    wish = Wish.from_args(request.args)
    if not wish.q:
        abort(400, description="Say what to look for: /api/search?q=salt")
    return {"query": wish.q, **_page_of(wish)}


def _page_of(wish: Wish) -> dict[str, Any]:
    asked = request.args.get("per_page", "")
    per_page = min(int(asked), MAX_PER_PAGE) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 0
    found = db.paginate(
        wish.statement(), page=page_number(request.args), per_page=per_page or DEFAULT_PER_PAGE, error_out=False
    )

    def link(page: int | None) -> str | None:
        extra = {"per_page": per_page} if per_page else {}
        return url_for(request.endpoint or ".books", page=page, **wish.args(), **extra) if page else None

    return {
        "total": found.total,
        "page": found.page,
        "pages": found.pages,
        "per_page": found.per_page,
        "next": link(found.next_num),
        "previous": link(found.prev_num),
        "books": [_short(book) for book in found.items],
    }


def _short(book: Book) -> dict[str, Any]:
    return {
        "id": book.id,
        "isbn": book.isbn,
        "title": book.title,
        "author": book.author.name,
        "subject": book.subject.name,
        "year": book.year,
        "price": f"{book.price_pence // 100}.{book.price_pence % 100:02d}",
        "currency": "GBP",
        "in_stock": book.stock > 0,
        "url": pages.book_url(book),
        "api_url": url_for(".book", book_id=book.id),
        "cover_url": pages.cover_url(book),
    }


def _long(book: Book) -> dict[str, Any]:
    return {
        "subtitle": book.subtitle,
        "publisher": book.publisher,
        "pages": book.pages,
        "binding": book.binding,
        "stock": book.stock,
        "blurb": book.blurb,
        "praise": book.praise,
    }
