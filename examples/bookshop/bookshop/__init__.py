"""Marginalia, a bookshop: the application factory, which ties configuration, extensions and blueprints together.

Each page's code is in the module named after its part of the shop: `shop`, `cart`, `auth`, `admin`, `api`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from . import admin, api, auth, cart, commands, errors, pages, shop
from .extensions import csrf, db, login_manager

MEBIBYTE = 1024 * 1024
MAX_COVER_BYTES = 2 * MEBIBYTE
MAX_FORM_BYTES = 64 * 1024


def create_app(config: Mapping[str, Any] | None = None, instance_path: str | None = None) -> Flask:
    """Build the shop.

    Args:
        config: Settings that win over the defaults and over the environment; tests use it.
        instance_path: The absolute path of the folder for everything the shop writes; `instance/` beside the package when None.

    Returns:
        An application with its tables created. It has no books before the `load-books` command has run.
    """
    app = Flask(__name__, instance_path=instance_path, instance_relative_config=True)
    instance = Path(app.instance_path)
    uploads = instance / "covers"
    uploads.mkdir(parents=True, exist_ok=True)

    app.config.from_mapping(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{instance / 'bookshop.sqlite3'}",
        COVER_FOLDER=str(uploads),
        MAX_COVER_BYTES=MAX_COVER_BYTES,
        # NOTE: the form's other fields travel in the same request, so a cover of exactly the limit still fits.
        MAX_CONTENT_LENGTH=MAX_COVER_BYTES + MAX_FORM_BYTES,
        BOOKS_PER_PAGE=24,
        SESSION_COOKIE_NAME="marginalia",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
    )
    app.config.from_prefixed_env("BOOKSHOP")
    app.config.from_mapping(config or {})
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = _secret_key(instance / "secret-key")

    db.init_app(app)
    login_manager.init_app(app)
    csrf.init_app(app)
    for part in (shop, cart, auth, admin, api):
        app.register_blueprint(part.blueprint)
    for part in (pages, errors, commands):
        part.init_app(app)

    with app.app_context():
        event.listen(db.engine, "connect", _prepare_connection)
        db.create_all()
    return app


def _secret_key(path: Path) -> str:
    """Read the key that signs sessions, and make it on the first start.

    SECURITY: only the owner may read the file, and O_EXCL lets one of two processes starting together win; both then
    read the same key.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def _prepare_connection(connection: Any, _record: Any) -> None:
    """Have SQLite check foreign keys, and let readers go on while somebody writes."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()
