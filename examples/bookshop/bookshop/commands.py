"""Commands beside the server: load the books, make staff, open the demo. Type them after `flask` or `ewer`."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from .extensions import db
from .forms import MIN_PASSWORD_CHARACTERS
from .invent import DEFAULT_COUNT, DEFAULT_SEED, invent
from .models import Author, Book, Subject, User

BOOK_FIELDS = (
    "isbn", "title", "subtitle", "publisher", "year", "pages", "binding", "price_pence", "stock", "blurb", "praise", "is_pick",
)  # fmt: skip
PASSWORD_WORDS = tuple(
    "amber anchor apple atlas barley beacon birch candle cedar clover copper cotton ember falcon fern ginger harbour hazel heron "
    "indigo ivory juniper kettle lantern lemon linen maple meadow nutmeg olive orchard paper pebble pepper plum quill river "
    "saffron silver slate sparrow thistle timber velvet walnut willow winter".split()
)


def init_app(app: Flask) -> None:
    """Give the application its commands."""
    for command in (load_books, create_admin, make_admin, open_shop):
        app.cli.add_command(command)


@click.command("load-books")
@click.argument("file", type=click.File(encoding="utf-8"), required=False)
@click.option(
    "--count", default=DEFAULT_COUNT, show_default=True, help="How many books to invent when no FILE is given."
)
@click.option("--seed", default=DEFAULT_SEED, show_default=True, help="Another seed invents other books.")
@with_appcontext
def load_books(file: TextIO | None, count: int, seed: str) -> None:
    """Put books on the shelves: those of FILE (JSON Lines), or invented ones.

    Books that the shop has already, by their ISBN, are left as they are.
    """
    records = _read(file) if file else (asdict(book) for book in invent(count, seed))
    added, known = add_books(records)
    click.echo(f"{added} books loaded, {known} were there already.")


@click.command("create-admin")
@click.argument("email")
@click.option("--name", default="Staff", help="The name on the account.")
@click.password_option(help="Asked for when it is not given.")
@with_appcontext
def create_admin(email: str, name: str, password: str) -> None:
    """Open a staff account for EMAIL."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise click.ClickException(f"Use at least {MIN_PASSWORD_CHARACTERS} characters.")
    if User.by_email(email) is not None:
        raise click.ClickException(f"{email} has an account already; `make-admin {email}` gives it the keys.")
    _add_user(email, name, password, is_admin=True)
    click.echo(f"{email} may now enter the office.")


@click.command("make-admin")
@click.argument("email")
@with_appcontext
def make_admin(email: str) -> None:
    """Give an existing account the keys to the office."""
    user = User.by_email(email)
    if user is None:
        raise click.ClickException(f"Nobody has an account with {email}; `create-admin {email}` opens one.")
    user.is_admin = True
    db.session.commit()
    click.echo(f"{email} may now enter the office.")


@click.command("open-shop")
@click.option("--url", default="http://127.0.0.1:8000", help="Where the shop will be served, for the message.")
@with_appcontext
def open_shop(url: str) -> None:
    """Make everything ready for a demonstration and say how to get in. It can run any number of times."""
    if not db.session.scalar(db.select(db.func.count(Book.id))):
        added, _ = add_books(asdict(book) for book in invent())
        click.echo(f"Loaded {added} books.")
    accounts = _demo_accounts()
    click.secho("\n  Marginalia is open: " + url, bold=True)
    for role, (email, password) in accounts.items():
        click.echo(f"  {role:<9} {email}  password: {password}")
    click.echo(f"  office    {url}/admin/    API  {url}/api/search?q=salt\n")


def add_books(records: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Store books, each a mapping with the fields of `invent.Invented`; count the new ones and those known already."""
    subjects = {subject.slug: subject for subject in db.session.scalars(db.select(Subject))}
    authors = {author.name: author for author in db.session.scalars(db.select(Author))}
    known = set(db.session.scalars(db.select(Book.isbn)))
    added = skipped = 0
    with db.session.no_autoflush:
        for record in records:
            if record["isbn"] in known:
                skipped += 1
                continue
            known.add(record["isbn"])
            book = Book(**{name: record[name] for name in BOOK_FIELDS})
            book.author = authors.setdefault(record["author"], Author(name=record["author"]))
            slug = record["subject"]
            book.subject = subjects.setdefault(slug, Subject(slug=slug, name=record["subject_name"]))
            book.index()
            db.session.add(book)
            added += 1
    db.session.commit()
    return added, skipped


def _read(file: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        try:
            record = json.loads(line)
            missing = {*BOOK_FIELDS, "author", "subject", "subject_name"} - set(record)
        except (ValueError, TypeError) as error:
            raise click.ClickException(f"{file.name}, line {number} is no JSON object: {error}") from None
        if missing:
            raise click.ClickException(f"{file.name}, line {number} lacks {', '.join(sorted(missing))}.")
        yield record


def _add_user(email: str, name: str, password: str, *, is_admin: bool) -> None:
    user = User(name=name, email=email.strip().lower(), is_admin=is_admin)
    user.set_password(password)
    db.session.add(user)
    db.session.commit()


def _demo_accounts() -> dict[str, tuple[str, str]]:
    """Open the two accounts of the demonstration, or read what they were called.

    SECURITY: the passwords are thrown for each installation and lie beside the secret key, readable by the owner alone,
    so that a demonstration left running on a network has no password that everybody knows.
    """
    path = Path(current_app.instance_path) / "demo-accounts.json"
    if path.exists():
        accounts = json.loads(path.read_text(encoding="utf-8"))
    else:
        accounts = {
            "staff": ["staff@marginalia.example", _password()],
            "customer": ["reader@marginalia.example", _password()],
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(accounts, file)
    names = {"staff": "Wren", "customer": "A. Reader"}
    for role, (email, password) in accounts.items():
        if User.by_email(email) is None:
            _add_user(email, names[role], password, is_admin=role == "staff")
    return {role: (email, password) for role, (email, password) in accounts.items()}


def _password() -> str:
    return "-".join(secrets.choice(PASSWORD_WORDS) for _ in range(4)) + f"-{secrets.randbelow(90) + 10}"
