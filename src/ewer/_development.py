"""`app.run()`: the development server for a script that serves itself."""

from __future__ import annotations

import os
import threading
import typing as t
from importlib import import_module

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
    if _may_be_production(app, options):
        # NOTE: a server is above the application, which knows it by name alone.
        server = import_module(f"{__package__}.serve")
        if server.can_serve():
            server.serve_app(app, host or name or None, int(port))
            return
    options.setdefault("use_reloader", app.debug)
    options.setdefault("use_debugger", app.debug)
    options.setdefault("threaded", True)
    cli.show_server_banner(app.debug, app.name)

    import werkzeug
    from werkzeug.serving import run_simple

    if options["use_reloader"]:
        from ._cli_reload import use_quick_reloader

        use_quick_reloader()
    run_simple(host or name or "127.0.0.1", int(port), app, **options)


def _may_be_production(app: Flask, options: dict[str, t.Any]) -> bool:
    """Tell whether the production server does all that was asked for.

    An application of `ewer.Flask` keeps Flask's own server, which its scripts and tests may count on. So does whatever
    is asked of Werkzeug's server by name, and a call in another thread, where no server can listen to signals.
    """
    asked = {name: value for name, value in options.items() if value is not _HARMLESS.get(name, _sentinel)}
    in_main_thread = threading.current_thread() is threading.main_thread()
    return app._binding_mode == "ewer" and not app.debug and not asked and in_main_thread


_sentinel = object()
_HARMLESS = {"threaded": True, "use_debugger": False, "use_reloader": False}
"""The options of Werkzeug's server that say what the production server does anyway."""


def _warn_about_second_server() -> None:
    import werkzeug
    from werkzeug.serving import is_running_from_reloader

    if is_running_from_reloader():
        return
    import click

    click.secho(
        " * Ignoring a call to 'app.run()' that would block the current 'flask' CLI command.\n"
        "   Only call 'app.run()' in an 'if __name__ == \"__main__\"' guard.",
        fg="red",
    )
