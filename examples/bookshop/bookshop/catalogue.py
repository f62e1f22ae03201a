"""Finding books: what a visitor may ask for in a URL's query, and the statement that answers it.

The pages, the office and the JSON API share it, so that the same words find the same books everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import contains_eager

from .extensions import db
from .models import Author, Book, Subject, fold

MAX_QUERY_CHARACTERS = 100
MAX_QUERY_WORDS = 8
MAX_POUNDS = 10_000
MAX_PAGE = 100_000

SORTS: dict[str, tuple[str, tuple[ColumnElement[Any], ...]]] = {
    "newest": ("Newest first", (Book.year.desc(), Book.id.desc())),
    "title": ("Title, A to Z", (Book.title.asc(),)),
    "author": ("Author, A to Z", (Author.name.asc(), Book.title.asc())),
    "price": ("Price, low to high", (Book.price_pence.asc(), Book.title.asc())),
    "-price": ("Price, high to low", (Book.price_pence.desc(), Book.title.asc())),
}
DEFAULT_SORT = "newest"


@dataclass(frozen=True)
class Wish:
    """What a visitor is looking for. Every value is already within its bounds; nonsense in a URL counts as absent."""

    q: str = ""
    subject: str = ""
    author: int = 0
    binding: str = ""
    min: int = 0
    max: int = 0
    stock: bool = False
    sort: str = DEFAULT_SORT

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Wish:
        """Read a wish from a query string; `min` and `max` are whole pounds, `stock=1` leaves out what is sold out."""
        sort = args.get("sort", "")
        binding = args.get("binding", "")
        return cls(
            q=" ".join(args.get("q", "")[:MAX_QUERY_CHARACTERS].split()),
            subject=args.get("subject", "")[:40],
            author=_whole(args.get("author"), at_most=2**31),
            binding=binding if binding in BINDINGS else "",
            min=_whole(args.get("min"), at_most=MAX_POUNDS),
            max=_whole(args.get("max"), at_most=MAX_POUNDS),
            stock=args.get("stock") == "1",
            sort=sort if sort in SORTS else DEFAULT_SORT,
        )

    def args(self, **changes: Any) -> dict[str, Any]:
        """Write the wish, with changes, as a query that leaves out what is at its default; for `url_for(..., **args)`."""
        wanted = replace(self, **changes)
        query: dict[str, Any] = {}
        for field in fields(wanted):
            value = getattr(wanted, field.name)
            if value != field.default:
                query[field.name] = int(value) if value is True else value
        return query

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return bool(self.args(sort=DEFAULT_SORT))

    def statement(self) -> Select[tuple[Book]]:
        """Select the books wished for, in order, each with its author and subject."""
        found = (
            db.select(Book)
            .join(Book.author)
            .join(Book.subject)
            .options(contains_eager(Book.author), contains_eager(Book.subject))
            .where(*self._conditions())
        )
        # NOTE: the id comes last, so that books equal in everything else keep their place from page to page.
        return found.order_by(*SORTS[self.sort][1], Book.id)

    def _conditions(self) -> list[ColumnElement[bool]]:
        words = fold(self.q).split()[:MAX_QUERY_WORDS]
        conditions = [Book.search_text.contains(word, autoescape=True) for word in words]
        if self.subject:
            conditions.append(Subject.slug == self.subject)
        if self.author:
            conditions.append(Book.author_id == self.author)
        if self.binding:
            conditions.append(Book.binding == self.binding)
        if self.min:
            conditions.append(Book.price_pence >= self.min * 100)
        if self.max:
            conditions.append(Book.price_pence <= self.max * 100)
        if self.stock:
            conditions.append(Book.stock > 0)
        return conditions


BINDINGS = ("Hardback", "Paperback")


def page_number(args: Mapping[str, str]) -> int:
    """Read `page` from a query: 1 when it is absent or no number."""
    return _whole(args.get("page"), at_most=MAX_PAGE) or 1


def subject_shelves() -> list[tuple[Subject, int]]:
    """List every subject that has books, by name, with how many it has."""
    counted = db.select(Subject, db.func.count(Book.id)).join(Subject.books).group_by(Subject.id).order_by(Subject.name)
    return [(subject, count) for subject, count in db.session.execute(counted)]


def _whole(text: str | None, at_most: int) -> int:
    """Read a whole number from 1 to a bound; 0 when it is absent or anything else."""
    if text is None or len(text) > 12 or not (text.isascii() and text.isdecimal()):
        return 0
    number = int(text)
    return number if number <= at_most else 0
