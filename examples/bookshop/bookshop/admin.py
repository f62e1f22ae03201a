"""The office: only the staff may enter. Books, stock, covers and orders."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response as AnyResponse

from . import uploads
from .catalogue import Wish, page_number
from .extensions import db, login_manager
from .forms import BookForm, DeleteForm, StockForm
from .models import Author, Book, Order, Subject, User

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

LOW_STOCK = 3
PER_PAGE = 30


@blueprint.before_request
def staff_only() -> AnyResponse | None:
    """Stand at the door: strangers log in first, customers are sent away with a 403."""
    if not current_user.is_authenticated:
        return login_manager.unauthorized()
    if not current_user.is_admin:
        abort(403)
    return None


@blueprint.get("/")
def office() -> str:
    """The desk: numbers, books that run out, and the latest orders."""
    count = db.func.count
    numbers = {
        "Titles": db.session.scalar(db.select(count(Book.id))),
        "Copies in stock": db.session.scalar(db.select(db.func.sum(Book.stock))) or 0,
        "Sold out": db.session.scalar(db.select(count(Book.id)).where(Book.stock == 0)),
        "Customers": db.session.scalar(db.select(count(User.id))),
        "Orders": db.session.scalar(db.select(count(Order.id))),
    }
    takings = db.session.scalar(db.select(db.func.sum(Order.total_pence))) or 0
    low = db.session.scalars(
        db.select(Book)
        .where(Book.stock <= LOW_STOCK)
        .options(joinedload(Book.author))
        .order_by(Book.stock, Book.title)
        .limit(8)
    ).all()
    orders = db.session.scalars(
        db.select(Order).options(joinedload(Order.user), selectinload(Order.lines)).order_by(Order.id.desc()).limit(8)
    ).all()
    return render_template("admin/office.html", numbers=numbers, takings=takings, low=low, orders=orders)


@blueprint.get("/books")
def books() -> str:
    """Every book, searchable, its stock editable in place."""
    wish = Wish.from_args({"sort": "title", **request.args})
    found = db.paginate(wish.statement(), page=page_number(request.args), per_page=PER_PAGE, error_out=False)
    return render_template("admin/books.html", wish=wish, found=found, form=StockForm(formdata=None))


@blueprint.post("/books/<int:book_id>/stock")
def stock(book_id: int) -> AnyResponse:
    """Set how many copies of a book there are."""
    book = db.get_or_404(Book, book_id)
    form = StockForm()
    if form.validate_on_submit():
        book.stock = form.stock.data
        db.session.commit()
        flash(f"“{book.title}”: {book.stock} in stock.", "success")
    else:
        flash(f"“{book.title}” keeps its stock: {' '.join(form.stock.errors)}", "error")
    query = {name: request.args[name] for name in ("q", "page") if name in request.args}
    return redirect(url_for(".books", **query))


@blueprint.route("/books/new", methods=["GET", "POST"])
def add() -> str | AnyResponse:
    """Add a book."""
    return _edit(Book(pages=None, year=None))


@blueprint.route("/books/<int:book_id>/edit", methods=["GET", "POST"])
def edit(book_id: int) -> str | AnyResponse:
    """Change a book."""
    return _edit(db.get_or_404(Book, book_id))


@blueprint.route("/books/<int:book_id>/delete", methods=["GET", "POST"])
def delete(book_id: int) -> str | AnyResponse:
    """Ask, then take a book out of the shop. Old orders keep its title and price."""
    book = db.get_or_404(Book, book_id)
    form = DeleteForm()
    if not form.validate_on_submit():
        return render_template("admin/delete.html", book=book, form=form)
    title = book.title
    uploads.discard_cover(book)
    db.session.delete(book)
    db.session.commit()
    current_app.logger.info("User %d deleted book %d", current_user.id, book_id)
    flash(f"“{title}” has left the shop.", "success")
    return redirect(url_for(".books"))


def _edit(book: Book) -> str | AnyResponse:
    """Show the form for a new or an existing book, and store what comes back from it."""
    is_new = book.id is None
    form = BookForm(data=_as_data(book))
    subjects = db.session.scalars(db.select(Subject).order_by(Subject.name))
    form.subject.choices = [(subject.id, subject.name) for subject in subjects]
    if form.validate_on_submit() and _isbn_is_free(form, book):
        _store(form, book)
        flash(f"“{book.title}” is {'in the shop' if is_new else 'saved'}.", "success")
        return redirect(url_for(".edit", book_id=book.id))
    status = 422 if form.is_submitted() else 200
    return current_app.make_response((render_template("admin/edit.html", form=form, book=book, is_new=is_new), status))


def _as_data(book: Book) -> dict[str, object]:
    if book.id is None:
        return {"binding": "Paperback", "stock": 0}
    same = ("title", "subtitle", "isbn", "publisher", "year", "pages", "binding", "stock", "is_pick", "blurb", "praise")
    data: dict[str, object] = {name: getattr(book, name) for name in same}
    data.update(author=book.author.name, subject=book.subject_id, price=Decimal(book.price_pence) / 100)
    return data


def _isbn_is_free(form: BookForm, book: Book) -> bool:
    holder = db.session.scalar(db.select(Book).filter_by(isbn=form.isbn.data))
    if holder is None or holder is book:
        return True
    form.isbn.errors = [f"“{holder.title}” has this number already."]
    return False


def _store(form: BookForm, book: Book) -> None:
    book.author = Author.named(form.author.data)
    book.subject_id = form.subject.data
    book.price_pence = int((form.price.data * 100).to_integral_value())
    for name in ("title", "isbn", "year", "pages", "binding", "stock", "is_pick"):
        setattr(book, name, form[name].data)
    for name in ("subtitle", "publisher", "blurb", "praise"):
        setattr(book, name, form[name].data or "")
    if form.cover.data:
        uploads.keep_cover(book, form.cover.data)
    elif form.remove_cover.data:
        uploads.discard_cover(book)
    book.index()
    db.session.add(book)
    db.session.commit()
