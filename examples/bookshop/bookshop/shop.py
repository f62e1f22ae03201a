"""The public pages: front page, catalogue, a book, and the covers."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, send_from_directory, url_for
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from . import covers
from .catalogue import BINDINGS, SORTS, Wish, page_number, subject_shelves
from .extensions import db
from .models import Author, Book

blueprint = Blueprint("shop", __name__)

A_WEEK_S = 7 * 24 * 3600
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/")
def home() -> str:
    """Welcome: our picks, what is new, and the shelves."""
    shown = db.select(Book).options(joinedload(Book.author), joinedload(Book.subject)).where(Book.stock > 0)
    picks = db.session.scalars(shown.where(Book.is_pick).order_by(Book.id).limit(11)).all()
    newest = db.session.scalars(shown.where(~Book.is_pick).order_by(Book.year.desc(), Book.id).limit(6)).all()
    count = db.session.scalar(db.select(db.func.count(Book.id)))
    return render_template("home.html", picks=picks, newest=newest, book_count=count, shelves=subject_shelves())


@blueprint.get("/books/")
def browse() -> str:
    """The catalogue, narrowed by the query string."""
    wish = Wish.from_args(request.args)
    found = db.paginate(
        wish.statement(), page=page_number(request.args), per_page=current_app.config["BOOKS_PER_PAGE"], error_out=False
    )
    shelves = subject_shelves()
    return render_template(
        "browse.html",
        wish=wish,
        found=found,
        shelves=shelves,
        subject=next((subject for subject, _ in shelves if subject.slug == wish.subject), None),
        author=db.session.get(Author, wish.author) if wish.author else None,
        sorts={key: label for key, (label, _) in SORTS.items()},
        bindings=BINDINGS,
    )


@blueprint.get("/books/<int:book_id>/")
@blueprint.get("/books/<int:book_id>/<slug>")
def book(book_id: int, slug: str = "") -> str | AnyResponse:
    """One book. An old or mistyped title in the address leads to the right one."""
    wanted = db.get_or_404(Book, book_id, options=[joinedload(Book.author), joinedload(Book.subject)])
    if slug != wanted.slug:
        return redirect(url_for(".book", book_id=book_id, slug=wanted.slug), 301)
    others = db.select(Book).options(joinedload(Book.author), joinedload(Book.subject)).where(Book.id != wanted.id)
    same_author = db.session.scalars(
        others.where(Book.author_id == wanted.author_id).order_by(Book.year.desc()).limit(6)
    ).all()
    neighbours = db.session.scalars(
        others.where(Book.subject_id == wanted.subject_id, Book.author_id != wanted.author_id)
        .order_by(db.func.abs(Book.id - wanted.id), Book.id)
        .limit(6)
    ).all()
    return render_template("book.html", book=wanted, same_author=same_author, neighbours=neighbours)


@blueprint.get("/covers/<isbn>.svg")
def drawn_cover(isbn: str) -> AnyResponse:
    """Draw the cover of a book from its own data."""
    wanted = db.first_or_404(
        db.select(Book).filter_by(isbn=isbn).options(joinedload(Book.author), joinedload(Book.subject))
    )
    drawing = covers.draw(covers.Design.of(wanted.isbn, wanted.title, wanted.author.name, wanted.subject.slug))
    response = Response(drawing, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = DRAWING_POLICY
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.add_etag()
    return response.make_conditional(request)


@blueprint.get("/uploads/<path:filename>")
def uploaded_cover(filename: str) -> AnyResponse:
    """Send a picture that the staff uploaded; its name changes with its content, so browsers may keep it."""
    response = send_from_directory(current_app.config["COVER_FOLDER"], filename, max_age=A_WEEK_S)
    response.headers["Content-Security-Policy"] = DRAWING_POLICY
    return response
