"""Uploaded covers: recognised by their first bytes, kept under names of our own, removed when replaced."""

from __future__ import annotations

import secrets
from pathlib import Path

from flask import current_app
from werkzeug.datastructures import FileStorage

from .models import Book


def image_format(content: bytes) -> str | None:
    """Tell which picture format a file has by its signature: `jpg`, `png`, `gif`, `webp`; None for anything else.

    SECURITY: SVG is no choice on purpose, since it may carry scripts.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return None


def keep_cover(book: Book, upload: FileStorage) -> None:
    """Store an uploaded picture and make it the book's cover.

    SECURITY: the name is ours, random, and its ending comes from the content, so that nothing the browser sent decides
    where the file lies or how it is served.

    Raises:
        ValueError: The file is no picture; the form has checked this before.
    """
    content = upload.stream.read()
    ending = image_format(content)
    if ending is None:
        raise ValueError("keep_cover() takes a JPEG, PNG, WebP or GIF; validate the form first.")
    name = f"{book.isbn}-{secrets.token_hex(8)}.{ending}"
    (_folder() / name).write_bytes(content)
    discard_cover(book)
    book.cover_file = name


def discard_cover(book: Book) -> None:
    """Remove a book's uploaded picture, if it has one; the drawn cover shows again."""
    if book.cover_file:
        (_folder() / book.cover_file).unlink(missing_ok=True)
        book.cover_file = None


def _folder() -> Path:
    return Path(current_app.config["COVER_FOLDER"])
