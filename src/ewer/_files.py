"""The files of applications and blueprints: static ones that are served, resources that are opened."""

from __future__ import annotations

import os
import typing as t

from .globals import find_current_app

if t.TYPE_CHECKING:
    from ._static_files import KnownFiles
    from .app import Flask
    from .blueprints import Blueprint
    from .wrappers import Response


def send_file_max_age() -> int | None:
    """Return the current application's `SEND_FILE_MAX_AGE_DEFAULT` in seconds."""
    app = find_current_app()
    if app is None:
        from .globals import current_app

        app = current_app._get_current_object()  # type: ignore[attr-defined]  # of the proxy; it says what is missing
    return _max_age_of(app)


def _max_age_of(app: Flask) -> int | None:
    value = app.config["SEND_FILE_MAX_AGE_DEFAULT"]
    if value is None or type(value) is int:
        return value
    from datetime import timedelta

    return int(value.total_seconds()) if isinstance(value, timedelta) else t.cast("int | None", value)


def send_static(owner: Flask | Blueprint, filename: str) -> Response:
    """Serve `filename` from the static folder of `owner`.

    Raises:
        RuntimeError: there is no static folder.
        werkzeug.exceptions.NotFound: there is no such file in it.
    """
    folder = owner.static_folder
    if folder is None:
        raise RuntimeError("'static_folder' must be set to serve static_files.")
    return _known_files(owner).serve(owner, folder, filename)


def static_view_again(app: Flask, view: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
    """Return a shorter way to what the static view of the application returns, for files that were sent before."""
    folder = app.static_folder
    return view if folder is None else _known_files(app).view_again(app, view, folder, _max_age_of(app))


def _known_files(owner: Flask | Blueprint) -> KnownFiles:
    known: KnownFiles | None = owner.__dict__.get("_known_files")
    if known is None:
        from ._static_files import KnownFiles

        known = owner.__dict__.setdefault("_known_files", KnownFiles())
    return known


def open_resource_file(root_path: str, resource: str, mode: str, encoding: str | None) -> t.IO[t.Any]:
    """Open a file below `root_path` for reading.

    Raises:
        ValueError: the mode would write.
    """
    if mode not in {"r", "rt", "rb"}:
        raise ValueError("Resources can only be opened for reading.")
    path = os.path.join(root_path, resource)
    if mode == "rb":
        return open(path, mode)
    return open(path, mode, encoding=encoding)
