"""The tables: users, authors, subjects, books, orders and their lines. Prices are whole pence, so sums are exact."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timezone

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from .extensions import Model, db, login_manager


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def fold(text: str) -> str:
    """Reduce text to what people type into a search box: lower case without accents, `Åsa Öberg` to `asa oberg`."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def slugify(text: str) -> str:
    """Turn a title or a name into the readable part of a URL: `The Salt Year` to `the-salt-year`."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-") or "book"


class User(UserMixin, Model):
    """Somebody with an account: a customer or, with `is_admin`, one of the staff."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    is_admin: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime] = mapped_column(default=_now)
    orders: Mapped[list[Order]] = relationship(back_populates="user", order_by="Order.id.desc()")

    def set_password(self, password: str) -> None:
        """Keep the salted hash of a password; the password itself is never stored."""
        self.password_hash = generate_password_hash(password)

    def has_password(self, password: str) -> bool:
        """Tell whether this is the user's password, in a time that does not tell how much of it was right."""
        return check_password_hash(self.password_hash, password)

    @staticmethod
    def by_email(email: str) -> User | None:
        """Find the account with this address, however its letters are cased."""
        return db.session.scalar(db.select(User).filter_by(email=email.strip().lower()))


@login_manager.user_loader
def load_user(user_id: str) -> User | None:
    """Find the user that a session names; None logs the browser out."""
    return db.session.get(User, int(user_id)) if user_id.isdecimal() else None


class Author(Model):
    """Who wrote a book."""

    __tablename__ = "authors"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    books: Mapped[list[Book]] = relationship(back_populates="author")

    @staticmethod
    def named(name: str) -> Author:
        """Find an author, or add one, so that two spellings of spaces do not make two people."""
        name = " ".join(name.split())
        author = db.session.scalar(db.select(Author).filter_by(name=name))
        if author is None:
            author = Author(name=name)
            db.session.add(author)
        return author


class Subject(Model):
    """A shelf of the shop."""

    __tablename__ = "subjects"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    books: Mapped[list[Book]] = relationship(back_populates="subject")


class Book(Model):
    """One edition that the shop sells."""

    __tablename__ = "books"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("price_pence > 0", name="price_positive"),
        Index("ix_books_shelf", "subject_id", "year"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str] = mapped_column(String(13), unique=True)
    title: Mapped[str] = mapped_column(String(160), index=True)
    subtitle: Mapped[str] = mapped_column(String(160), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"), index=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"))
    publisher: Mapped[str] = mapped_column(String(80), default="")
    year: Mapped[int] = mapped_column(index=True)
    pages: Mapped[int]
    binding: Mapped[str] = mapped_column(String(20), default="Paperback")
    price_pence: Mapped[int] = mapped_column(index=True)
    stock: Mapped[int] = mapped_column(default=0)
    blurb: Mapped[str] = mapped_column(default="")
    praise: Mapped[str] = mapped_column(default="")
    is_pick: Mapped[bool] = mapped_column(default=False, index=True)
    cover_file: Mapped[str | None] = mapped_column(String(60))
    search_text: Mapped[str] = mapped_column(default="")
    author: Mapped[Author] = relationship(back_populates="books")
    subject: Mapped[Subject] = relationship(back_populates="books")

    @property
    def slug(self) -> str:
        """The readable part of the book's address."""
        return slugify(self.title)

    @property
    def isbn_display(self) -> str:
        """The number as it is printed, its prefix apart: `979-9123456786`."""
        return f"{self.isbn[:3]}-{self.isbn[3:]}"

    def index(self) -> None:
        """Refresh the text that the search looks in; call it after a change of title, subtitle, author or number."""
        self.search_text = fold(" ".join((self.title, self.subtitle, self.author.name, self.isbn)))


class Order(Model):
    """What somebody bought, and where it goes."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    placed_at: Mapped[datetime] = mapped_column(default=_now)
    recipient: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(400))
    note: Mapped[str] = mapped_column(String(300), default="")
    total_pence: Mapped[int]
    user: Mapped[User] = relationship(back_populates="orders")
    lines: Mapped[list[OrderLine]] = relationship(back_populates="order", cascade="all, delete-orphan")

    @property
    def number(self) -> str:
        """The number that a customer quotes: `M-00042`."""
        return f"M-{self.id:05d}"

    @property
    def book_count(self) -> int:
        """How many copies were bought, all titles together."""
        return sum(line.quantity for line in self.lines)


class OrderLine(Model):
    """One title of an order. It keeps title and price as they were, whatever happens to the book later."""

    __tablename__ = "order_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    book_id: Mapped[int | None] = mapped_column(ForeignKey("books.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(160))
    author_name: Mapped[str] = mapped_column(String(120))
    price_pence: Mapped[int]
    quantity: Mapped[int]
    order: Mapped[Order] = relationship(back_populates="lines")
    book: Mapped[Book | None] = relationship()

    @property
    def total_pence(self) -> int:
        """Price times quantity."""
        return self.price_pence * self.quantity
