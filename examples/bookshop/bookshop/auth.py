"""Accounts: register, log in, log out, and what somebody ordered before."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy.orm import selectinload
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response as AnyResponse

from . import pages
from .extensions import db
from .forms import LogInForm, RegisterForm
from .models import Order, User

blueprint = Blueprint("auth", __name__, url_prefix="/account")


@blueprint.route("/log-in", methods=["GET", "POST"])
def log_in() -> str | AnyResponse:
    """Log in, then go where the visitor was going."""
    if current_user.is_authenticated:
        return _onward()
    form = LogInForm()
    if form.validate_on_submit():
        user = User.by_email(form.email.data)
        if _is_right(user, form.password.data):
            login_user(user, remember=form.remember.data)
            current_app.logger.info("User %d logged in", user.id)
            flash(f"Welcome back, {user.name}.", "success")
            return _onward()
        # SECURITY: the same words for an unknown address and a wrong password, so nobody learns who has an account.
        form.password.errors = ["The address and the password do not fit together."]
    return render_template("log_in.html", form=form)


@blueprint.route("/register", methods=["GET", "POST"])
def register() -> str | AnyResponse:
    """Open an account and log in. Nobody becomes staff this way; see the `make-admin` command."""
    if current_user.is_authenticated:
        return _onward()
    form = RegisterForm()
    if form.validate_on_submit():
        user = User(name=form.name.data, email=form.email.data.strip().lower())
        user.set_password(form.password.data)
        db.session.add(user)
        db.session.commit()
        login_user(user)
        flash(f"Good to have you here, {user.name}.", "success")
        return _onward()
    return render_template("register.html", form=form)


@blueprint.post("/log-out")
def log_out() -> AnyResponse:
    """Forget who was here, and their cart with them."""
    logout_user()
    session.pop("cart", None)
    flash("You are logged out. Come back soon.", "info")
    return redirect(url_for("shop.home"))


@blueprint.get("/")
@login_required
def account() -> str:
    """The orders of whoever is logged in."""
    orders = db.session.scalars(
        db.select(Order).filter_by(user_id=current_user.id).options(selectinload(Order.lines)).order_by(Order.id.desc())
    ).all()
    return render_template("account.html", orders=orders)


@blueprint.get("/orders/<int:order_id>")
@login_required
def order(order_id: int) -> str:
    """One order. Somebody else's does not exist, except for the staff."""
    wanted = db.get_or_404(Order, order_id)
    if wanted.user_id != current_user.id and not current_user.is_admin:
        abort(404)
    return render_template("order.html", order=wanted)


def _is_right(user: User | None, password: str) -> bool:
    if user is not None:
        return user.has_password(password)
    # SECURITY: hashing something for an unknown address takes as long as for a known one.
    check_password_hash(_nobodys_hash(), password)
    return False


@cache
def _nobodys_hash() -> str:
    return generate_password_hash("nobody has this password")


def _onward() -> AnyResponse:
    """Go to `next` when it is a page of this shop, otherwise to the front page."""
    target = request.args.get("next")
    if target and pages.is_own_path(target):
        return redirect(target)
    return redirect(url_for("shop.home"))
