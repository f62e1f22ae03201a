"""The console script ``ewer``: Flask's command line on Ewer, and what Flask's does not have.

``ewer run`` is the counterpart of ``flask run``, and so on for ``shell``, ``routes``, the commands of the application
(``app.cli``) and those of installed extensions (``ewer db upgrade`` with Flask-Migrate). ``python -m ewer`` is the
same. Before it imports anything of the application or of an extension it switches ``ewer.as_flask`` on, so that their
``import flask`` finds Ewer; ``--no-as-flask`` leaves that off.

NOTE: the script ``flask`` belongs to the installed Flask, if there is one: it imports that package first and runs the
application on it. Nothing of Ewer takes part, and nothing of Ewer tries to. Type ``ewer`` where you typed ``flask``.

The groups and commands that both scripts share are in ``ewer.cli``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import sys
import typing as t
from pathlib import Path

import click

from ._cli_discovery import closest
from .cli import FlaskGroup, ScriptInfo, run_command, shell_command, with_appcontext
from .globals import _cv_app

if t.TYPE_CHECKING:
    from types import TracebackType

    from werkzeug.exceptions import HTTPException

    from .app import Flask

_MACHINERY = ("click", "ewer", "importlib", "runpy")


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    click.echo(f"Ewer {importlib.metadata.version('ewer')}")
    click.echo(f"Python {platform.python_version()}")
    click.echo(f"Werkzeug {importlib.metadata.version('werkzeug')}")
    ctx.exit()


# NOTE: its value is read by EwerGroup.parse_args, before any option's callback can import something.
_as_flask_option = click.Option(
    ["--as-flask/--no-as-flask"],
    default=True,
    show_default=True,
    help="Let 'import flask' find Ewer, in the application and in its extensions.",
    expose_value=False,
    allow_from_autoenv=False,
)

_version_option = click.Option(
    ["--version"],
    help="Show the versions of Ewer, Python and Werkzeug.",
    expose_value=False,
    callback=_print_version,
    is_flag=True,
    is_eager=True,
)


class EwerGroup(FlaskGroup):
    """Flask's group of commands that makes ``flask`` mean Ewer before it loads an application or an extension."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Switch ``ewer.as_flask`` on unless ``--no-as-flask`` is among the group's options, then parse as usual.

        Raises:
            click.ClickException: the real Flask was imported before, so the name is taken.
        """
        if self._wants_as_flask(ctx, args):
            _switch_on_as_flask()
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Find a command by name; ``serve`` is imported when it is asked for, since most commands need no server."""
        if name == "serve" and name not in self.commands:
            from .serve import serve_command

            self.add_command(serve_command)
        return super().get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List all names, sorted, ``serve`` among them."""
        return sorted({*super().list_commands(ctx), "serve"})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command as click does, and name the closest one if there is none.

        Raises:
            click.UsageError: no command has that name.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            # NOTE: an application that failed to load has been reported already, and is not loaded again.
            app = ctx.ensure_object(ScriptInfo)._loaded_app
            plugins = importlib.metadata.entry_points(group="flask.commands").names
            names = [*self.commands, *plugins, *(app.cli.list_commands(ctx) if app is not None else ())]
            match = closest(args[0], names)
            if match is None or "Did you mean" in error.format_message():
                raise
            raise click.UsageError(f"{error.format_message()}\n  Did you mean '{match}'?", ctx=error.ctx) from None

    def _wants_as_flask(self, ctx: click.Context, args: list[str]) -> bool:
        try:
            options, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        except click.UsageError:
            # The real parse meets the same mistake and reports it.
            return False
        value = options.get(_as_flask_option.name or "")
        return value is not False


def _switch_on_as_flask() -> None:
    try:
        importlib.import_module("ewer.as_flask")
    except (ImportError, RuntimeError) as error:
        raise click.ClickException(f"{error}\n  Or: run 'ewer --no-as-flask' to leave 'import flask' alone.") from error


# --- routes


@click.command("routes", short_help="Show the routes for the app, or explain one URL.")
@click.option(
    "--sort",
    "-s",
    type=click.Choice(("endpoint", "methods", "domain", "rule", "match")),
    default="endpoint",
    help="Column to sort by. 'match' keeps the order of the URL map.",
)
@click.option("--all-methods", is_flag=True, help="Show the methods HEAD and OPTIONS too.")
@click.option(
    "--explain",
    metavar="PATH",
    help="Show, in order, what runs for this path or URL instead of the table.",
)
@click.option("--method", metavar="METHOD", help="Method that --explain asks for.  [default: GET]")
@with_appcontext
def routes_command(sort: str, all_methods: bool, explain: str | None, method: str | None) -> None:
    """List each rule with its endpoint and methods.

    A line that ends in '!' is a route that another one hides; the reason
    is printed below the table.

    With --explain, show every hook, validator and step that runs for a
    URL.
    """
    app = _cv_app.get().app
    if explain is not None:
        click.echo(_explain(app, explain, (method or "GET").upper()))
        return
    if method is not None:
        raise click.UsageError("'--method' goes with '--explain PATH'.")
    _show_table(app, sort=sort, all_methods=all_methods)


def _show_table(app: Flask, *, sort: str, all_methods: bool) -> None:
    from ._cli_routes import render_routes
    from ._rule_conflicts import find_shadowed_rules

    app._finish_setup()
    shadowed = find_shadowed_rules(app.url_map.iter_rules())
    marked = {id(conflict.rule) for conflict in shadowed}
    for line in render_routes(app.url_map, sort=sort, all_methods=all_methods, marked=marked):
        click.secho(line, fg="yellow" if line.endswith("  !") else None)
    for conflict in shadowed:
        click.secho(f"\n! {conflict.message}", fg="yellow", err=True)


def _explain(app: Flask, path: str, method: str) -> str:
    with app.test_request_context(path, method=method) as context:
        request = context.request
        rule = request.url_rule
        if rule is None:
            raise click.ClickException(_why_no_route(app, request.path, method, request.routing_exception))
        arguments = ", ".join(f"{name}={value!r}" for name, value in (request.view_args or {}).items())

    headline = f"{method} {path} -> {rule.rule}" + (f" with {arguments}" if arguments else "")
    try:
        return f"{headline}\n{app.explain(rule.endpoint)}"
    except LookupError as error:
        # A rule added to the map by hand may name an endpoint that has no view.
        raise click.ClickException(f"{headline}\n  {error.args[0]}") from error


def _why_no_route(app: Flask, path: str, method: str, error: HTTPException | None) -> str:
    import werkzeug
    from werkzeug.exceptions import MethodNotAllowed
    from werkzeug.routing import RequestRedirect

    if isinstance(error, RequestRedirect):
        return f"{path!r} is redirected to {error.new_url!r} with status {error.code}.\n  Fix: explain that URL."
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return f"{path!r} does not allow {method}.\n  Fix: '--method' with one of {allowed}."

    text = f"No route matches {path!r}, so the answer is 404 Not Found."
    if not path.startswith("/"):
        return text + "\n  Fix: a path starts with '/'."
    rules = {_with_segments_of(path, rule.rule): rule.rule for rule in app.url_map.iter_rules()}
    match = closest(path, rules)
    return text + (f"\n  Did you mean {rules[match]!r}?" if match else "\n  Fix: 'ewer routes' lists what there is.")


def _with_segments_of(path: str, rule: str) -> str:
    """Put the path's own segments where the rule has variables, so that only the fixed text is compared."""
    given = path.split("/")
    segments = rule.split("/")
    filled = [
        given[place] if "<" in segment and place < len(given) else segment for place, segment in enumerate(segments)
    ]
    return "/".join(filled)


# --- openapi


@click.command("openapi", short_help="Write the OpenAPI document of the app, or check a stored one.")
@click.option("--yaml", "as_yaml", is_flag=True, help="YAML instead of JSON; needs PyYAML.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write to this file instead of the standard output; '.yaml' and '.yml' get YAML.",
)
@click.option(
    "--check",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Compare with the document in this file; list what differs and end with status 1 if something does.",
)
@with_appcontext
def openapi_command(as_yaml: bool, output: Path | None, check: Path | None) -> None:
    """Write the OpenAPI 3.1 document of the application.

    With --check FILE, say what changed since the file was written: in a
    pipeline this stops a change of the API that nobody meant.
    """
    from ._cli_openapi import as_text, is_yaml

    if check is not None and output is not None:
        raise click.UsageError("'--check' reads a file and '--output' writes one: give one of the two.")
    document = _document_of(_cv_app.get().app)
    file = check or output
    as_yaml = as_yaml or (file is not None and is_yaml(file))
    if check is not None:
        _check_document(document, check, as_yaml)
        return
    text = as_text(document, yaml=as_yaml)
    if output is None:
        click.echo(text.encode(), nl=False)
        return
    try:
        output.write_bytes(text.encode())
    except OSError as error:
        raise click.ClickException(f"'{output}' cannot be written: {error}") from error


def _document_of(app: Flask) -> dict[str, t.Any]:
    """Return the document as clients get it: what JSON makes of it."""
    import json

    from ._openapi import document_of
    from .typed.errors import SetupError

    if not app._openapi_settings:
        raise click.ClickException(
            f"The application '{app.name}' has no OpenAPI document: it is switched off.\n"
            "  Fix: make it with Ewer(__name__), or with Flask(__name__, openapi=True)."
        )
    try:
        return t.cast("dict[str, t.Any]", json.loads(document_of(app).encoded()))
    except SetupError as error:
        raise click.ClickException(str(error)) from error


def _check_document(document: dict[str, t.Any], file: Path, as_yaml: bool) -> None:
    from ._cli_openapi import changes_between, read_stored

    changes = list(changes_between(read_stored(file, yaml=as_yaml), document))
    if not changes:
        click.echo(f"'{file}' is the application's document.")
        return
    for line in changes:
        click.secho(line, fg={"+": "green", "-": "red"}.get(line[0], "yellow"))
    count = "1 difference" if len(changes) == 1 else f"{len(changes)} differences"
    option = " --yaml" if as_yaml and file.suffix.lower() not in (".yaml", ".yml") else ""
    raise click.ClickException(
        f"'{file}' is not the application's document: {count} ('-' only in the file, '+' only in the application).\n"
        f"  Fix: undo the change, or accept it with 'ewer openapi{option} --output {file}'."
    )


# --- the script

cli = EwerGroup(
    name="ewer",
    add_default_commands=False,
    add_version_option=False,
    params=[_as_flask_option, _version_option],
    help="""\
Run and inspect a Flask or Ewer application on Ewer.

The application is the one that '--app' names, else the environment
variable 'FLASK_APP', else the one in 'wsgi.py' or 'app.py' here. Its
own commands and those of installed extensions are listed too.
""",
)
for _command in (run_command, shell_command, routes_command, openapi_command):
    cli.add_command(_command)


def main() -> None:
    """Run the group; an error in the user's code is shown from the user's first line on, and ends with status 1."""
    if "EWER_STANDBY" in os.environ:
        # Started ahead by the reloader of 'ewer run'.
        from ._cli_reload import wait_for_turn

        wait_for_turn()
    try:
        cli.main()
    except Exception as error:
        # NOTE: through the hook, so that debuggers and error reporters that replaced it still see the error.
        error = error.with_traceback(_from_users_code(error.__traceback__))
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def _from_users_code(trace: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of click and Ewer that lead to the user's code; all stay if there is nothing else."""
    rest = trace
    while rest is not None:
        package = rest.tb_frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in _MACHINERY and rest.tb_frame.f_code.co_filename != sys.argv[0]:
            return rest
        rest = rest.tb_next
    return trace


if __name__ == "__main__":
    main()
