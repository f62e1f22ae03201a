"""The command line: finds an application, and holds the commands ``run``, ``shell`` and ``routes`` and their groups.

Everything here has the name and behaviour that Flask's command line promises, so that extensions and scripts find it.
Which words an error adds to help the reader is written in ``ewer._cli_discovery``; how a table of routes looks, in
``ewer._cli_routes``. The console script ``ewer`` (``ewer.commands``) is this group plus what Flask does not have.

NOTE: functions call each other through this module's globals on purpose: tests and tools replace
``flask.cli.load_dotenv``, ``flask.cli.run_simple`` and others by name.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import platform
import re
import sys
import traceback
import typing as t
from functools import update_wrapper

import click
from click.core import ParameterSource

from . import _cli_discovery as discovery
from ._borrowed import borrowing
from ._cli_discovery import _path_is_ancestor as _path_is_ancestor
from ._cli_discovery import prepare_import as prepare_import
from ._cli_run import CertParamType as CertParamType
from ._cli_run import SeparatedPathType as SeparatedPathType
from ._cli_run import _validate_key as _validate_key
from ._cli_run import is_running_from_reloader as is_running_from_reloader
from ._cli_run import run_options
from ._cli_run import run_simple as run_simple
from .globals import _cv_app, current_app
from .helpers import get_debug_flag, get_load_dotenv

if t.TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .app import Flask

F = t.TypeVar("F", bound="Callable[..., t.Any]")


# --- finding the application


class NoAppException(click.UsageError):
    """An application cannot be found or loaded."""


def _app_class() -> type[Flask]:
    # NOTE: looked up at each call, because tracing agents replace the class in the package.
    from . import Flask

    return Flask


def find_best_app(module: ModuleType) -> Flask:
    """Pick the application of a module when only the module is known.

    Looks for ``app`` and ``application``, then for the only application in the module, then calls ``create_app`` or
    ``make_app`` without arguments.

    Raises:
        NoAppException: the module has no application, several, or a factory that needs arguments.
    """
    flask_class = _app_class()

    for name in ("app", "application"):
        found = getattr(module, name, None)
        if isinstance(found, flask_class):
            return found

    apps = {name: value for name, value in vars(module).items() if isinstance(value, flask_class)}
    if len(apps) == 1:
        return next(iter(apps.values()))
    if apps:
        raise NoAppException(
            f"Detected multiple Flask applications in module '{module.__name__}'."
            f" Use '{module.__name__}:name' to specify the correct one." + discovery.hint_several_apps(module, apps)
        )

    for name in ("create_app", "make_app"):
        factory = getattr(module, name, None)
        if not inspect.isfunction(factory):
            continue
        made = _call_default_factory(module, name, factory)
        if isinstance(made, flask_class):
            return made

    raise NoAppException(
        f"Failed to find Flask application or factory in module '{module.__name__}'."
        f" Use '{module.__name__}:name' to specify one." + discovery.hint_no_app(module)
    )


def _call_default_factory(module: ModuleType, name: str, factory: Callable[..., t.Any]) -> t.Any:
    try:
        return factory()
    except TypeError as error:
        if not _called_with_wrong_args(factory):
            raise
        raise NoAppException(
            f"Detected factory '{name}' in module '{module.__name__}', but could not call it without arguments."
            f" Use '{module.__name__}:{name}(args)' to specify arguments."
            + discovery.hint_wrong_arguments(module, name, factory, (), {})
        ) from error


def _called_with_wrong_args(f: Callable[..., t.Any]) -> bool:
    """Tell whether the ``TypeError`` being handled arose while calling ``f`` rather than inside its body."""
    frames = sys.exc_info()[2]
    try:
        while frames is not None:
            if frames.tb_frame.f_code is f.__code__:
                return False
            frames = frames.tb_next
        return True
    finally:
        # NOTE: a traceback kept in a local of a frame it contains is a reference cycle.
        del frames


def find_app_by_string(module: ModuleType, app_name: str) -> Flask:
    """Get the application that ``app_name`` names: a variable, a factory, or a factory's call with literal arguments.

    Raises:
        NoAppException: the text is neither, the name is missing, the call fails, or no application came of it.
    """
    try:
        reference = discovery.parse_app_reference(app_name)
    except ValueError as error:
        raise NoAppException(str(error)) from None

    try:
        found = getattr(module, reference.name)
    except AttributeError as error:
        raise NoAppException(
            f"Failed to find attribute {reference.name!r} in {module.__name__!r}."
            + discovery.hint_missing_attribute(module, reference.name, _app_class())
        ) from error

    if inspect.isfunction(found):
        factory = found
        try:
            found = factory(*reference.args, **reference.kwargs)
        except TypeError as error:
            if not _called_with_wrong_args(factory):
                raise
            raise NoAppException(
                f"The factory {app_name!r} in module {module.__name__!r} could not be called with the specified"
                " arguments."
                + discovery.hint_wrong_arguments(module, reference.name, factory, reference.args, reference.kwargs)
            ) from error

    if isinstance(found, _app_class()):
        return found
    raise NoAppException(
        f"A valid Flask application was not obtained from '{module.__name__}:{app_name}'."
        + discovery.hint_not_an_app(found)
    )


@t.overload
def locate_app(module_name: str, app_name: str | None, raise_if_not_found: t.Literal[True] = True) -> Flask: ...


@t.overload
def locate_app(module_name: str, app_name: str | None, raise_if_not_found: t.Literal[False] = ...) -> Flask | None: ...


def locate_app(module_name: str, app_name: str | None, raise_if_not_found: bool = True) -> Flask | None:
    """Import a module and get the application from it.

    Args:
        module_name: dotted name of the module.
        app_name: name or factory call inside it; None to search the module.
        raise_if_not_found: False gives None for a module that does not exist. One that exists and fails still raises.

    Raises:
        NoAppException: the module is missing or raised ``ImportError``, or holds no such application.
    """
    try:
        __import__(module_name)
    except ImportError as error:
        # Deeper than this frame means that the module was found and an import inside it failed.
        inner = error.__traceback__.tb_next if error.__traceback__ else None
        if inner is not None:
            text = "".join(traceback.format_exception(type(error), error, inner))
            raise NoAppException(
                f"While importing {module_name!r}, an ImportError was raised:\n\n{text}"
                + discovery.hint_import_error(error)
            ) from None
        if raise_if_not_found:
            raise NoAppException(
                f"Could not import {module_name!r}." + discovery.hint_missing_module(module_name)
            ) from None
        return None
    except AttributeError as error:
        discovery.note_circular_import(error)
        raise

    module = sys.modules[module_name]
    if app_name is None:
        return find_best_app(module)
    return find_app_by_string(module, app_name)


def get_version(ctx: click.Context, param: click.Parameter, value: t.Any) -> None:
    """Print the versions of Python, Flask's interface and Werkzeug, and leave the command."""
    if not value or ctx.resilient_parsing:
        return
    versions = (
        f"Python {platform.python_version()}",
        f"Flask {importlib.metadata.version('flask')}",
        f"Werkzeug {importlib.metadata.version('werkzeug')}",
    )
    click.echo("\n".join(versions), color=ctx.color)
    ctx.exit()


version_option = click.Option(
    ["--version"],
    help="Show the versions of Python, Flask and Werkzeug.",
    expose_value=False,
    callback=get_version,
    is_flag=True,
    is_eager=True,
)


class ScriptInfo:
    """What one command invocation knows about its application: where it comes from, and the loaded object.

    Attributes:
        app_import_path: import path given by ``--app``, or None.
        create_app: factory called without arguments, preferred over the import path.
        data: free for commands to share values.
        set_debug_flag: whether loading sets ``app.debug`` from ``FLASK_DEBUG``.
        load_dotenv_defaults: whether ``.env`` and ``.flaskenv`` are wanted. Read elsewhere: nothing is loaded here.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Flask] | None = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.data: dict[t.Any, t.Any] = {}
        self.set_debug_flag = set_debug_flag
        self.load_dotenv_defaults = get_load_dotenv(load_dotenv_defaults)
        self._loaded_app: Flask | None = None

    def load_app(self) -> Flask:
        """Load the application on the first call; later calls return the same object.

        Raises:
            NoAppException: nothing was named and neither ``wsgi.py`` nor ``app.py`` has an application, or what was
                named cannot be loaded.
        """
        if self._loaded_app is not None:
            return self._loaded_app

        app = self._find_app()
        if app is None:
            raise NoAppException(
                f"Could not locate a Flask application. Use the '{discovery.program_name()} --app' option, 'FLASK_APP'"
                " environment variable, or a 'wsgi.py' or 'app.py' file in the current directory."
                + discovery.hint_nothing_named(os.getcwd())
            )
        if self.set_debug_flag:
            app.debug = get_debug_flag()
        self._loaded_app = app
        return app

    def _find_app(self) -> Flask | None:
        if self.create_app is not None:
            return self.create_app()
        if self.app_import_path:
            # A colon before a slash belongs to a Windows drive, not to the name.
            path, *name = re.split(r":(?![\\/])", self.app_import_path, maxsplit=1)
            return locate_app(prepare_import(path), name[0] if name else None)
        for path in ("wsgi.py", "app.py"):
            app = locate_app(prepare_import(path), None, raise_if_not_found=False)
            if app is not None:
                return app
        return None


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)


def with_appcontext(f: F) -> F:
    """Run a command's callback inside the application's context, loading the application if need be.

    Commands registered through ``app.cli`` or ``blueprint.cli`` have a context already.
    """

    @click.pass_context
    def in_app_context(ctx: click.Context, /, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if not current_app:  # type: ignore[truthy-bool]  # a proxy is false without a context
            app = ctx.ensure_object(ScriptInfo).load_app()
            ctx.with_resource(app.app_context())
        return ctx.invoke(f, *args, **kwargs)

    return t.cast("F", update_wrapper(in_app_context, f))


class AppGroup(click.Group):
    """A click group whose commands run in the application's context. Unlike ``FlaskGroup`` it loads no commands."""

    def command(  # type: ignore[override]  # narrower than click's overloads, as in Flask
        self, *args: t.Any, **kwargs: t.Any
    ) -> Callable[[Callable[..., t.Any]], click.Command]:
        """Register a command, as ``click.Group.command`` does; ``with_appcontext=False`` runs it without context."""
        in_context = kwargs.pop("with_appcontext", True)
        register = super().command

        def decorator(f: Callable[..., t.Any]) -> click.Command:
            made: click.Command = register(*args, **kwargs)(with_appcontext(f) if in_context else f)
            return made

        return decorator

    def group(  # type: ignore[override]  # narrower than click's overloads, as in Flask
        self, *args: t.Any, **kwargs: t.Any
    ) -> Callable[[Callable[..., t.Any]], click.Group]:
        """Register a subgroup, as ``click.Group.group`` does, made of ``AppGroup`` unless ``cls`` says otherwise."""
        kwargs.setdefault("cls", AppGroup)
        return t.cast("Callable[[Callable[..., t.Any]], click.Group]", super().group(*args, **kwargs))


# --- options of the group


def _set_app(ctx: click.Context, param: click.Option, value: str | None) -> str | None:
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


# NOTE: eager, and declared before --help (eager too), so that --help lists the application's own commands.
_app_option = click.Option(
    ["-A", "--app"],
    metavar="IMPORT",
    help=(
        "Where the application is: 'module:name'. The module is a dotted name or a path. Without a name, 'app',"
        " 'application', 'create_app' and 'make_app' are tried; 'name(args)' calls a factory with literal arguments."
    ),
    is_eager=True,
    expose_value=False,
    callback=_set_app,
)


def _set_debug(ctx: click.Context, param: click.Option, value: bool) -> bool | None:
    source = ctx.get_parameter_source(param.name or "")
    if source in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP):
        # Neither --debug nor --no-debug was written: FLASK_DEBUG decides.
        return None
    # The environment, not ScriptInfo, so that a factory can read it before there is an application.
    os.environ["FLASK_DEBUG"] = "1" if value else "0"
    return value


_debug_option = click.Option(
    ["--debug/--no-debug"],
    help="Turn debug mode on or off; without this, FLASK_DEBUG decides.",
    expose_value=False,
    callback=_set_debug,
)


def _env_file_callback(ctx: click.Context, param: click.Option, value: str | None) -> str | None:
    try:
        import dotenv  # noqa: F401  # asks only whether it is installed
    except ImportError:
        # Without a value load_dotenv still runs, to print its tip.
        if value is not None:
            raise click.BadParameter(
                "python-dotenv must be installed to load an env file.", ctx=ctx, param=param
            ) from None

    wants_defaults = ctx.obj.load_dotenv_defaults
    if value is not None or wants_defaults:
        load_dotenv(value, load_defaults=wants_defaults)
    return value


# NOTE: eager and first, so that the variables are set before other options look at them.
_env_file_option = click.Option(
    ["-e", "--env-file"],
    type=click.Path(exists=True, dir_okay=False),
    help=(
        "Set environment variables from this file, which wins over '.env' and '.flaskenv'; what is set already"
        " stays. Needs python-dotenv."
    ),
    is_eager=True,
    expose_value=False,
    callback=_env_file_callback,
)


class FlaskGroup(AppGroup):
    """The top of a command line: its own commands, those of installed extensions, then those of the application.

    Args:
        add_default_commands: add ``run``, ``shell`` and ``routes``.
        create_app: factory that returns the application, instead of ``--app``.
        add_version_option: add ``--version``.
        load_dotenv: load the nearest ``.env`` and ``.flaskenv``.
        set_debug_flag: set ``app.debug`` from ``FLASK_DEBUG`` when the application is loaded.
        **extra: passed to ``click.Group``; ``params`` given here come before the group's own options.
    """

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Callable[..., Flask] | None = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **extra: t.Any,
    ) -> None:
        # Option callbacks rather than a group callback, which users may set to their own.
        params: list[click.Parameter] = [*(extra.pop("params", None) or ())]
        params += (_env_file_option, _app_option, _debug_option)
        if add_version_option:
            params.append(version_option)

        settings = extra.setdefault("context_settings", {})
        settings.setdefault("auto_envvar_prefix", "FLASK")
        super().__init__(params=params, **extra)

        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        if add_default_commands:
            for command in (run_command, shell_command, routes_command):
                self.add_command(command)
        self._loaded_plugin_commands = False
        self._looked_up_plugins: set[str] = set()

    def _load_plugin_commands(self) -> None:
        if self._loaded_plugin_commands:
            return
        for entry_point in importlib.metadata.entry_points(group="flask.commands"):
            self.add_command(entry_point.load(), entry_point.name)
        self._loaded_plugin_commands = True

    def _load_plugin_command(self, name: str) -> None:
        # An extension's command wins over one of the same name here, as in Flask; other extensions are not imported.
        if self._loaded_plugin_commands or name in self._looked_up_plugins:
            return
        self._looked_up_plugins.add(name)
        for entry_point in importlib.metadata.entry_points(group="flask.commands", name=name):
            self.add_command(entry_point.load(), entry_point.name)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Find a command by name; the application is loaded only for a name that nobody else has."""
        self._load_plugin_command(name)
        command = super().get_command(ctx, name)
        if command is not None:
            return command

        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except NoAppException as error:
            click.secho(f"Error: {error.format_message()}\n", err=True, fg="red")
            return None

        # Parameter callbacks run before the command does and may want the context as well.
        context = _cv_app.get(None)
        if context is None or context.app is not app:
            ctx.with_resource(app.app_context())
        return app.cli.get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List all names, sorted. An application that fails to load is reported on stderr and left out."""
        self._load_plugin_commands()
        names = set(super().list_commands(ctx))
        try:
            names.update(ctx.ensure_object(ScriptInfo).load_app().cli.list_commands(ctx))
        except NoAppException as error:
            click.secho(f"Error: {error.format_message()}\n", err=True, fg="red")
        except Exception:
            click.secho(f"{traceback.format_exc()}\n", err=True, fg="red")
        return sorted(names)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: t.Any
    ) -> click.Context:
        """Make the invocation's context with a new ``ScriptInfo`` as its object, unless one was given."""
        # Tells app.run() to do nothing, so that importing a module that calls it does not start a server.
        os.environ["FLASK_RUN_FROM_CLI"] = "true"
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=self.load_dotenv,
            )
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the group's arguments; for the help page the environment's settings are read first."""
        asks_for_help = len(args) == 1 and args[0] in self.get_help_option_names(ctx)
        if asks_for_help or (not args and self.no_args_is_help):
            # click shows help without running eager callbacks, and then app.cli's commands would be missing.
            _env_file_option.handle_parse_result(ctx, {}, [])
            _app_option.handle_parse_result(ctx, {}, [])
        return super().parse_args(ctx, args)


def load_dotenv(path: str | os.PathLike[str] | None = None, load_defaults: bool = True) -> bool:
    """Set environment variables from ``.flaskenv``, ``.env`` and ``path``; the later file wins, the environment over all.

    Without python-dotenv installed nothing is loaded, and a tip is printed if there are such files.

    Args:
        path: file to load; one that does not exist is ignored.
        load_defaults: look for ``.flaskenv`` and ``.env`` here and in the directories above.

    Returns:
        Whether any file had a value, set or not.
    """
    try:
        import dotenv
    except ImportError:
        if path or os.path.isfile(".env") or os.path.isfile(".flaskenv"):
            tip = " * Tip: There are .env files present. Install python-dotenv to use them."
            click.secho(tip, fg="yellow", err=True)
        return False

    files: list[str | os.PathLike[str]] = []
    if load_defaults:
        files += filter(None, (dotenv.find_dotenv(name, usecwd=True) for name in (".flaskenv", ".env")))
    if path is not None and os.path.isfile(path):
        files.append(path)

    values: dict[str, str | None] = {}
    for file in files:
        values.update(dotenv.dotenv_values(file, encoding="utf-8"))
    for name, value in values.items():
        if value is not None:
            os.environ.setdefault(name, value)
    return bool(values)


def show_server_banner(debug: bool, app_import_path: str | None) -> None:
    """Print what is being served and whether debug mode is on, once: not again in the reloader's child."""
    if is_running_from_reloader():
        return
    if app_import_path is not None:
        click.echo(f" * Serving Flask app '{app_import_path}'")
    if debug is not None:
        click.echo(f" * Debug mode: {'on' if debug else 'off'}")


# --- run


@click.command("run", short_help="Run a development server.")
@run_options
@pass_script_info
def run_command(
    info: ScriptInfo,
    host: str,
    port: int,
    reload: bool | None,
    debugger: bool | None,
    with_threads: bool,
    cert: ssl.SSLContext | tuple[str, str | None] | t.Literal["adhoc"] | None,
    extra_files: list[str] | None,
    exclude_patterns: list[str] | None,
) -> None:
    """Serve the application on this machine while you write it.

    With --debug the server restarts after a change to the code, and an
    error page lets you look around in the failing request. It is no
    server for the public: it is neither fast nor secure enough.
    """
    app = _load_app_to_serve(info)
    debug = get_debug_flag()
    use_reloader = debug if reload is None else reload
    show_server_banner(debug, info.app_import_path)

    # The reloader's parent serves nothing: its child speaks.
    if debug and isinstance(app, _app_class()) and (is_running_from_reloader() or not use_reloader):
        from ._rule_conflicts import warn_about_shadowed_rules

        warn_about_shadowed_rules(app)

    run_simple(
        host,
        port,
        app,
        use_reloader=use_reloader,
        use_debugger=debug if debugger is None else debugger,
        threaded=with_threads,
        ssl_context=cert,
        extra_files=extra_files,
        exclude_patterns=exclude_patterns,
    )


run_command.params.insert(0, _debug_option)


def _load_app_to_serve(info: ScriptInfo) -> WSGIApplication:
    try:
        return info.load_app()
    except Exception as error:
        if not is_running_from_reloader():
            raise error from None
        # A save that breaks the application must not end the server: say it now, and again to who opens the page.
        traceback.print_exc()
        failure = error

    def broken_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise failure from None

    return broken_app


# --- shell


@click.command("shell", short_help="Run a shell in the app context.")
@with_appcontext
def shell_command() -> None:
    """Run an interactive Python shell in the application's context.

    The names that the application's shell context processors give are
    there from the start.
    """
    from ._cli_shell import open_shell

    open_shell(current_app)


# --- routes


@click.command("routes", short_help="Show the routes for the app.")
@click.option(
    "--sort",
    "-s",
    type=click.Choice(("endpoint", "methods", "domain", "rule", "match")),
    default="endpoint",
    help="Column to sort by. 'match' keeps the order of the URL map.",
)
@click.option("--all-methods", is_flag=True, help="Show the methods HEAD and OPTIONS too.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """List each rule with its endpoint and methods."""
    from ._cli_routes import render_routes

    for line in render_routes(current_app.url_map, sort=sort, all_methods=all_methods):
        click.echo(line)


cli = FlaskGroup(
    name="flask",
    help="""\
Run and inspect a Flask application.

The application is the one that '--app' names, else the environment
variable 'FLASK_APP', else the one in 'wsgi.py' or 'app.py' here.
""",
)


def main() -> None:
    """Run the group ``cli``."""
    cli.main()


if __name__ == "__main__":
    main()


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
