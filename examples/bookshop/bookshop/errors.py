"""Error pages: each one is a book that nobody wanted to write. The API gets its errors as JSON."""

from __future__ import annotations

from flask import Flask, current_app, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from . import covers
from .extensions import db

MAX_DRAINED_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024

# code: title on the cover, its author, the subject whose colours it wears, what to tell the visitor
STORIES = {
    400: ("The Garbled Letter", "A. Typo", "poetry", "Something in that request made no sense to us. Go back and try once more."),
    403: ("The Locked Room", "N. O. Entry", "crime", "This door is for the staff only. The rest of the shop is open to you."),
    404: ("The Missing Page", "Anon.", "travel", "We looked on every shelf, and behind them. This page is not here."),
    405: ("The Wrong Door", "P. Ushpull", "philosophy", "This page exists, but not in that way. Follow a link instead."),
    413: ("Too Big for the Shelf", "Max Limit", "nature", "That file is larger than 2 MB. Make the picture smaller, then send it again."),
    500: ("The Spilled Ink", "I. N. Ternal", "science", "Something went wrong on our side. We have written it down and will look into it."),
}  # fmt: skip


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(CSRFError, stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(413, too_large)
    app.register_error_handler(500, our_fault)


def stale_form(error: CSRFError) -> tuple[str, int] | tuple[dict[str, object], int]:
    """A form whose token is missing, old or somebody else's."""
    message = "This form was open for too long, or it was not ours. Go back, reload the page and send it again."
    return _page(400, "The Stale Letter", error.description or "", message)


def http_error(error: HTTPException) -> object:
    """Any other error that HTTP has a number for."""
    if error.code is None or error.code < 400:
        return error
    return _page(error.code, None, error.description or "", None)


def too_large(error: HTTPException) -> object:
    """An upload beyond the limit.

    NOTE: the rest of it is read and thrown away, up to a bound. A server that answers and closes while the browser
    still sends makes the browser show a broken connection, and nobody would see the page.
    """
    body = request.environ["wsgi.input"]
    left = min(request.content_length or 0, MAX_DRAINED_BYTES)
    while left > 0:
        chunk = body.read(min(left, CHUNK_BYTES))
        if not chunk:
            break
        left -= len(chunk)
    return _page(413, None, "The request is larger than the limit.", None)


def our_fault(error: InternalServerError) -> object:
    """A bug, or a database that cannot be reached.

    NOTE: the page is rendered outside the usual context, since asking who is logged in may be what failed.
    """
    db.session.rollback()
    if _wants_json():
        return {"error": {"status": 500, "message": "Internal server error."}}, 500
    title, author, colours, message = STORIES[500]
    page = current_app.jinja_env.get_template("error_500.html")
    return page.render(title=title, message=message, drawing=_drawing(500, title, author, colours)), 500


def _page(
    code: int, title: str | None, detail: str, message: str | None
) -> tuple[str, int] | tuple[dict[str, object], int]:
    if _wants_json():
        return {"error": {"status": code, "message": detail}}, code
    own_title, author, colours, own_message = STORIES.get(code, STORIES[400])
    title = title or own_title
    drawing = _drawing(code, title, author, colours)
    return render_template("error.html", code=code, title=title, message=message or own_message, drawing=drawing), code


def _drawing(code: int, title: str, author: str, colours: str) -> str:
    return covers.draw(covers.Design.of(f"error-{code}", title, author, colours), is_inline=True)


def _wants_json() -> bool:
    return request.path.startswith("/api/")
