"""`app.run()`: the development server for a script that serves itself."""

from __future__ import annotations

import os
import typing as t

from . import cli
from ._paths import get_debug_flag, get_load_dotenv

if t.TYPE_CHECKING:
    from .app import Flask

_PORT = 5000


def run_application(
    app: Flask,
    host: str | None,
    port: int | None,
    *,
    debug: bool | None,
    load_dotenv: bool,
    **options: t.Any,
) -> None:
    """Do what `Flask.run()` says."""
    if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
        _warn_about_second_server()
        return
    if get_load_dotenv(load_dotenv):
        cli.load_dotenv()
        # NOTE: the variable may have come from a file just now, after the application was made.
        if "FLASK_DEBUG" in os.environ:
            app.debug = get_debug_flag()
    if debug is not None:
        app.debug = bool(debug)
    name, _, name_port = (app.config.get("SERVER_NAME") or "").partition(":")
    if port is None:
        port = int(name_port or _PORT)
    options.setdefault("use_reloader", app.debug)
    options.setdefault("use_debugger", app.debug)
    options.setdefault("threaded", True)
    cli.show_server_banner(app.debug, app.name)

    from werkzeug.serving import run_simple

    run_simple(host or name or "127.0.0.1", int(port), app, **options)


def _warn_about_second_server() -> None:
    from werkzeug.serving import is_running_from_reloader

    if is_running_from_reloader():
        return
    import click

    click.secho(
        " * Ignoring a call to 'app.run()' that would block the current 'flask' CLI command.\n"
        "   Only call 'app.run()' in an 'if __name__ == \"__main__\"' guard.",
        fg="red",
    )
