"""The cart, which lives in the session, and the checkout that turns it into an order.

The session holds `{"cart": {"<book id>": copies}}` and nothing else: titles and prices are read from the database whenever
they are shown, so an old cart cannot buy at an old price.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse

from .extensions import db
from .forms import CheckoutForm
from .models import Book, Order, OrderLine

blueprint = Blueprint("cart", __name__)

MAX_COPIES = 20
MAX_TITLES = 50


@dataclass(frozen=True)
class Line:
    """One title in the cart."""

    book: Book
    quantity: int

    @property
    def total_pence(self) -> int:
        """Price times quantity."""
        return self.book.price_pence * self.quantity


def count() -> int:
    """Count the copies in this visitor's cart."""
    return sum(session.get("cart", {}).values())


def lines() -> list[Line]:
    """Read the cart. Books that left the shop or sold out meanwhile leave the cart, more copies than there are become fewer."""
    wanted: dict[str, int] = session.get("cart", {})
    if not wanted:
        return []
    ids = [int(book_id) for book_id in wanted]
    found = db.session.scalars(db.select(Book).where(Book.id.in_(ids)).options(joinedload(Book.author)))
    books = {book.id: book for book in found}
    kept = [
        Line(books[book_id], min(wanted[str(book_id)], books[book_id].stock))
        for book_id in ids
        if book_id in books and books[book_id].stock > 0
    ]
    held = {str(line.book.id): line.quantity for line in kept}
    if held != wanted:
        session["cart"] = held
        flash("Your cart has changed: some of its books are no longer in stock in that number.", "info")
    return kept


@blueprint.get("/cart")
def show() -> str:
    """What is in the cart, and what it costs."""
    held = lines()
    # NOTE: lines() may have put a smaller cart into the session; the page's own count must agree with it.
    return render_template("cart.html", lines=held, total=_total(held), cart_count=count())


@blueprint.post("/cart/<int:book_id>")
def put(book_id: int) -> AnyResponse:
    """Put copies of a book into the cart (`add=1`) or say how many there shall be; none takes it out."""
    book = db.get_or_404(Book, book_id)
    held: dict[str, int] = dict(session.get("cart", {}))
    before = held.get(str(book_id), 0)
    adding = request.form.get("add") == "1"
    asked = _copies(request.form.get("quantity", "1")) + (before if adding else 0)
    quantity = min(asked, book.stock, MAX_COPIES)
    if not before and quantity and len(held) >= MAX_TITLES:
        flash(f"A cart holds {MAX_TITLES} titles; take one out first.", "error")
        return redirect(url_for(".show"))
    if quantity:
        held[str(book_id)] = quantity
    else:
        held.pop(str(book_id), None)
    session["cart"] = held
    flash(*_report(book, before, asked, quantity))
    return redirect(url_for(".show"))


@blueprint.route("/checkout", methods=["GET", "POST"])
@login_required
def checkout() -> str | AnyResponse:
    """Ask where the parcel goes, then make the cart an order."""
    held = lines()
    if not held:
        flash("Your cart is empty; there is nothing to order yet.", "info")
        return redirect(url_for("shop.browse"))
    form = CheckoutForm(recipient=current_user.name)
    if form.validate_on_submit():
        order = _place(held, form)
        if order is None:
            flash("Somebody was faster: one of your books has just been sold. Look at your cart again.", "error")
            return redirect(url_for(".show"))
        session.pop("cart", None)
        flash(f"Thank you! Your order {order.number} is on its way.", "success")
        return redirect(url_for("auth.order", order_id=order.id))
    return render_template("checkout.html", form=form, lines=held, total=_total(held), cart_count=count())


def _place(held: list[Line], form: CheckoutForm) -> Order | None:
    """Take the copies off the shelves and write the order, all or nothing; None when one of them is gone."""
    order = Order(
        user_id=current_user.id,
        recipient=form.recipient.data,
        address=form.address.data,
        note=form.note.data or "",
        total_pence=_total(held),
        lines=[
            OrderLine(
                book_id=line.book.id,
                title=line.book.title,
                author_name=line.book.author.name,
                price_pence=line.book.price_pence,
                quantity=line.quantity,
            )
            for line in held
        ],
    )
    for line in held:
        # NOTE: the condition travels with the change, so two customers cannot both buy the last copy.
        taken = db.session.execute(
            db.update(Book)
            .where(Book.id == line.book.id, Book.stock >= line.quantity)
            .values(stock=Book.stock - line.quantity)
        )
        if taken.rowcount != 1:
            db.session.rollback()
            return None
    db.session.add(order)
    db.session.commit()
    return order


def _total(held: list[Line]) -> int:
    return sum(line.total_pence for line in held)


def _copies(text: str) -> int:
    """Read a number of copies; nonsense counts as none, and nobody gets more than the most that a cart holds."""
    if len(text) > 4 or not (text.isascii() and text.isdecimal()):
        return 0
    return min(int(text), MAX_COPIES)


def _report(book: Book, before: int, asked: int, quantity: int) -> tuple[str, str]:
    """Say what happened to the cart: the message and its kind."""
    if not quantity and asked:
        return f"“{book.title}” is sold out.", "error"
    if not quantity:
        return f"“{book.title}” is out of your cart.", "info"
    if quantity < asked:
        return f"You have {quantity} of “{book.title}” in your cart; more we cannot give you.", "info"
    if before:
        return f"You now have {quantity} of “{book.title}” in your cart.", "success"
    return f"“{book.title}” is in your cart.", "success"
