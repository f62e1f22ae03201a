"""The files of applications and blueprints: static ones that are served, resources that are opened."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from .app import Flask
    from .blueprints import Blueprint
    from .wrappers import Response


def send_file_max_age() -> int | None:
    """Return the current application's `SEND_FILE_MAX_AGE_DEFAULT` in seconds."""
    from datetime import timedelta

    from .globals import current_app

    value = current_app.config["SEND_FILE_MAX_AGE_DEFAULT"]
    return int(value.total_seconds()) if isinstance(value, timedelta) else t.cast("int | None", value)


def send_static(owner: Flask | Blueprint, filename: str) -> Response:
    """Serve `filename` from the static folder of `owner`.

    Raises:
        RuntimeError: there is no static folder.
        werkzeug.exceptions.NotFound: there is no such file in it.
    """
    from .helpers import send_from_directory

    folder = owner.static_folder
    if folder is None:
        raise RuntimeError("'static_folder' must be set to serve static_files.")
    # NOTE: send_file() would ask the application; a blueprint may have an answer of its own.
    return send_from_directory(folder, filename, max_age=owner.get_send_file_max_age(filename))


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
