"""The interactive shell behind the command ``shell``: the application's names, completion, and the interpreter's own start-up file."""

from __future__ import annotations

import code
import os
import sys
import typing as t

if t.TYPE_CHECKING:
    from .app import Flask


def open_shell(app: Flask) -> None:
    """Read and run lines until the user leaves; ``PYTHONSTARTUP`` runs first, as in Python's own shell."""
    namespace: dict[str, t.Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and os.path.isfile(startup):
        with open(startup, encoding="utf-8") as file:
            exec(compile(file.read(), startup, "exec"), namespace)
    namespace.update(app.make_shell_context())

    _prepare_prompt(namespace)
    banner = f"Python {sys.version} on {sys.platform}\nApp: {app.import_name}\nInstance: {app.instance_path}"
    code.interact(banner=banner, local=namespace)


def _prepare_prompt(namespace: dict[str, t.Any]) -> None:
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        pass
    else:
        # By itself readline would complete the names of __main__, which is the command, not the shell.
        readline.set_completer(Completer(namespace).complete)
    hook()
