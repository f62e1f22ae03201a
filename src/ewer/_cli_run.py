"""Options of the command ``run``, the types that check them, and the server it starts; knows nothing of applications.

NOTE: Werkzeug's server is imported when it is first called, not before: most commands never do.
"""

from __future__ import annotations

import os
import typing as t

import click

if t.TYPE_CHECKING:
    from collections.abc import Callable

    # NOTE: generic for type checkers since click 8.3; subscripting it at run time fails before that.
    _ParamType = click.ParamType[t.Any]
else:
    _ParamType = click.ParamType

F = t.TypeVar("F", bound="Callable[..., t.Any]")


def run_simple(*args: t.Any, **kwargs: t.Any) -> None:
    """Start Werkzeug's development server; the arguments are those of ``werkzeug.serving.run_simple``."""
    import werkzeug
    from werkzeug.serving import run_simple as serve

    if kwargs.get("use_reloader"):
        from ._cli_reload import use_quick_reloader

        use_quick_reloader()
    serve(*args, **kwargs)


def is_running_from_reloader() -> bool:
    """Tell whether this process is the child that Werkzeug's reloader started."""
    import werkzeug
    from werkzeug.serving import is_running_from_reloader as in_child

    return in_child()


class CertParamType(_ParamType):
    """Type of ``--cert``: an existing file, the word ``adhoc``, or the import path of an ``ssl.SSLContext``."""

    name = "path"

    def __init__(self) -> None:
        self.path_type = click.Path(exists=True, dir_okay=False, resolve_path=True)

    def convert(self, value: t.Any, param: click.Parameter | None, ctx: click.Context | None) -> t.Any:
        """Give the file's path, ``adhoc`` or the context object.

        Raises:
            click.BadParameter: none of the three, or ``ssl`` or ``cryptography`` is missing.
        """
        try:
            import ssl
        except ImportError:
            raise click.BadParameter(
                'Using "--cert" requires Python to be compiled with SSL support.', ctx, param
            ) from None

        try:
            return self.path_type(value, param, ctx)
        except click.BadParameter:
            text = click.STRING(value, param, ctx).lower()
            if text == "adhoc":
                return self._require_cryptography(text, param, ctx)

            import werkzeug
            from werkzeug.utils import import_string

            found = import_string(text, silent=True)
            if isinstance(found, ssl.SSLContext):
                return found
            raise

    def _require_cryptography(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            import cryptography  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
        except ImportError:
            raise click.BadParameter(
                "Using ad-hoc certificates requires the cryptography library.", ctx, param
            ) from None
        return text


def _validate_key(ctx: click.Context, param: click.Parameter, value: t.Any) -> t.Any:
    """Check ``--key`` against ``--cert``, and make ``cert`` a pair of both when it is a file."""
    cert = ctx.params.get("cert")
    kind = _needs_no_key(cert)

    if value is None:
        if cert and kind is None:
            raise click.BadParameter('Required when using "--cert".', ctx, param)
        return value
    if kind is not None:
        raise click.BadParameter(f'When "--cert" is {kind}, "--key" is not used.', ctx, param)
    if not cert:
        raise click.BadParameter('"--cert" must also be specified.', ctx, param)
    ctx.params["cert"] = cert, value
    return value


def _needs_no_key(cert: t.Any) -> str | None:
    if cert == "adhoc":
        return '"adhoc"'
    try:
        import ssl
    except ImportError:
        return None
    return "an SSLContext object" if isinstance(cert, ssl.SSLContext) else None


def _check_port(ctx: click.Context, param: click.Parameter, value: int) -> int:
    """Let pass what is a port; the system would take one that is too large for another."""
    if not 0 <= value <= 65535:
        raise click.BadParameter(f"{value} is not in the range 0<=x<=65535.", ctx, param)
    return value


class SeparatedPathType(click.Path):
    """Type of an option that takes several paths, separated as in ``PATH``."""

    def convert(self, value: t.Any, param: click.Parameter | None, ctx: click.Context | None) -> t.Any:
        """Give the list of paths, each checked like a ``click.Path``."""
        convert_one = super().convert
        return [convert_one(item, param, ctx) for item in self.split_envvar_value(value)]


_RUN_OPTIONS = (
    click.option("--host", "-h", default="127.0.0.1", help="Address to listen on."),
    click.option("--port", "-p", default=5000, callback=_check_port, help="Port to listen on."),
    click.option(
        "--cert",
        type=CertParamType(),
        help="Certificate for HTTPS: a file, 'adhoc', or the import path of an SSLContext.",
        is_eager=True,
    ),
    click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, resolve_path=True),
        callback=_validate_key,
        expose_value=False,
        help="Private key of the certificate file.",
    ),
    click.option(
        "--reload/--no-reload",
        default=None,
        help="Restart after a change to the code. Default: as debug mode.",
    ),
    click.option(
        "--debugger/--no-debugger",
        default=None,
        help="Show the interactive debugger on errors. Default: as debug mode.",
    ),
    click.option("--with-threads/--without-threads", default=True, help="Serve each request in a thread of its own."),
    click.option(
        "--extra-files",
        default=None,
        type=SeparatedPathType(),
        help=f"More files to watch for changes, separated by {os.path.pathsep!r}.",
    ),
    click.option(
        "--exclude-patterns",
        default=None,
        type=SeparatedPathType(),
        help=(f"Files not to watch: patterns as in the module fnmatch, separated by {os.path.pathsep!r}."),
    ),
)


def run_options(command: F) -> F:
    """Add the options of ``run`` to a command's callback, in the order its help page shows them."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command
