"""The command line does what Flask's does, decided by running real Flask beside it, and its errors help more."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from .command_lines import Project

HELLO = """
from flask import Flask, current_app
app = Flask(__name__)

@app.get("/hello/<name>")
def hello(name):
    return name

@app.route("/form", methods=["GET", "POST"])
def aform():
    return ""

@app.cli.command()
def greet():
    "Say who is there."
    print("hello from", current_app.name, "debug", current_app.debug)
"""

SUBDOMAINS = """
from flask import Flask
app = Flask(__name__, static_folder=None)
app.add_url_rule("/a", subdomain="b", endpoint="a")
app.add_url_rule("/b", endpoint="b", methods=["DELETE"])
"""

HOSTS = """
from flask import Flask
app = Flask(__name__, static_folder=None, host_matching=True)
app.add_url_rule("/a", host="a.example", endpoint="a")
"""

FACTORY = """
from flask import Flask

def create_app(config, debug=False):
    return Flask(__name__)

def broken():
    raise TypeError("from inside the factory")

def forgetful():
    Flask(__name__)

def named(*, name="x"):
    return Flask(name)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


# --- the surface


def public_names(module: object) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if getattr(value, "__module__", None) == "flask.cli"}


def test_every_name_that_flask_defines_in_its_command_line_is_there_with_the_same_parameters() -> None:
    real = importlib.import_module("flask.cli")
    ours = importlib.import_module("ewer.cli")
    extra = (
        "_called_with_wrong_args",
        "_path_is_ancestor",
        "_validate_key",
        "version_option",
        "pass_script_info",
        "cli",
    )
    names = {*public_names(real), *extra}
    assert {name for name in names if not hasattr(ours, name)} == set()

    def shape(value: object) -> list[tuple[str, object, object]]:
        return [(p.name, p.kind, p.default) for p in inspect.signature(value).parameters.values()]  # type: ignore[arg-type]

    for name in names:
        value = getattr(real, name)
        if inspect.isfunction(value) or inspect.isclass(value):
            assert shape(getattr(ours, name)) == shape(value), name


@pytest.mark.parametrize("name", ["cli", "run_command", "shell_command", "routes_command"])
def test_commands_have_the_options_and_defaults_of_flask(name: str) -> None:
    real = getattr(importlib.import_module("flask.cli"), name)
    ours = getattr(importlib.import_module("ewer.cli"), name)

    def options(command: click.Command) -> list[object]:
        keys = ("name", "opts", "secondary_opts", "default", "is_flag", "is_eager", "expose_value", "metavar")
        return [
            ({key: getattr(param, key, None) for key in keys}, type(param.type).__name__) for param in command.params
        ]

    assert options(ours) == options(real)
    assert (ours.name, ours.short_help) == (real.name, real.short_help)


# --- finding the application, beside real Flask


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({"app": HELLO}, ["greet"]),
        ({"wsgi": HELLO}, ["greet"]),
        ({"hello": HELLO}, ["--app", "hello", "greet"]),
        ({"hello": HELLO}, ["--app", "hello.py", "greet"]),
        ({"hello": HELLO}, ["--app", "hello:app", "--debug", "greet"]),
        ({"shop____init__": "", "shop__web": HELLO}, ["--app", "shop/web.py", "greet"]),
        ({"shop____init__": "", "shop__web": HELLO}, ["--app", "shop.web:app", "greet"]),
        ({"fac": FACTORY}, ["--app", "fac:create_app('x', debug=True, )", "routes"]),
        ({"fac": FACTORY}, ["--app", " fac:named (name='y') ".strip(), "routes"]),
        ({"hello": HELLO}, ["--app", "hello", "routes"]),
        ({"hello": HELLO}, ["--app", "hello", "routes", "--all-methods", "--sort", "rule"]),
        ({"hello": HELLO}, ["--app", "hello", "routes", "-s", "methods"]),
        ({"hello": HELLO}, ["--app", "hello", "routes", "-s", "match"]),
        ({"hello": HELLO}, ["--app", "hello", "routes", "-s", "domain"]),
        ({"hello": SUBDOMAINS}, ["--app", "hello", "routes", "-s", "domain"]),
        ({"hello": HOSTS}, ["--app", "hello", "routes"]),
        ({"hello": "from flask import Flask\napp = Flask('x', static_folder=None)"}, ["--app", "hello", "routes"]),
    ],
)
def test_a_command_prints_what_it_prints_on_flask(
    project: Project, files: dict[str, str], arguments: list[str]
) -> None:
    project.write(**files)
    real, ours = project.both(*arguments)
    assert (real.status, real.err) == (0, "")
    assert ours == real


@pytest.mark.parametrize(
    ("files", "arguments", "more"),
    [
        ({}, ["routes"], ""),
        ({"hello": HELLO}, ["routes"], "Here, 'hello' makes an application.\n  Fix: 'ewer --app hello ...'."),
        ({"hello": HELLO}, ["--app", "helo", "routes"], "Did you mean 'hello'?"),
        ({"hello": HELLO}, ["--app", "hello.app", "routes"], "a name inside a module follows a colon: 'hello:app'"),
        ({"shop____init__": "", "shop__web": HELLO}, ["--app", "shop.wb", "routes"], "Did you mean 'shop.web'?"),
        ({"hello": HELLO}, ["--app", "hello:ap", "routes"], "Did you mean 'hello:app'?"),
        ({"hello": HELLO}, ["--app", "hello:nothing", "routes"], "this module's application is 'hello:app'"),
        ({"hello": HELLO}, ["--app", "hello:app.x", "routes"], "Fix: write 'module', 'module:app'"),
        ({"hello": HELLO}, ["--app", "hello:a.b()", "routes"], "Fix: write 'module', 'module:app'"),
        ({"fac": FACTORY}, ["--app", "fac:create_app(", "routes"], "Fix: write 'module', 'module:app'"),
        ({"fac": FACTORY}, ["--app", "fac:create_app(name)", "routes"], "Fix: pass only literals"),
        (
            {"fac": FACTORY},
            ["--app", "fac", "routes"],
            "defined as create_app(config, debug=False): missing a required argument: 'config'.\n  Fix: '--app"
            ' "fac:create_app(config)"\'',
        ),
        (
            {"fac": FACTORY},
            ["--app", "fac:create_app(1, 2, 3)", "routes"],
            "defined as create_app(config, debug=False): too many positional arguments.",
        ),
        (
            {"fac": FACTORY},
            ["--app", "fac:forgetful", "routes"],
            "Got None.\n  Fix: end the factory with 'return app'.",
        ),
        ({"fac": FACTORY}, ["--app", "fac:Flask", "routes"], "Got the class Flask."),
        (
            {"two": "from flask import Flask\na = Flask('a')\nb = Flask('b')\n"},
            ["--app", "two", "routes"],
            "Found: 'a', 'b'.\n  Fix: choose one, for example '--app two:a'.",
        ),
        (
            {
                "mounted": "from flask import Flask, g, request, session\n"
                "from werkzeug.middleware.dispatcher import DispatcherMiddleware\n"
                "a = Flask('a')\nb = Flask('b')\nsite = DispatcherMiddleware(a, {'/b': b})\n"
            },
            ["--app", "mounted", "routes"],
            "'ewer serve mounted:site' serves the WSGI callable of that name, with whatever is below it.",
        ),
        (
            {"fac": "from flask import Flask\ndef build_app():\n    return Flask('x')\n"},
            ["--app", "fac", "routes"],
            "if build_app() makes the application, write '--app fac:build_app'",
        ),
        ({"flask_name": "x = 1"}, ["--app", "flask_name", "routes"], ""),
    ],
)
def test_an_error_keeps_flasks_sentence_and_adds_the_fix(
    project: Project, files: dict[str, str], arguments: list[str], more: str
) -> None:
    project.write(**files)
    real, ours = project.both(*arguments)
    assert ours.status == real.status == 2
    assert real.error
    assert ours.error.startswith(real.error.strip().replace("'flask --app'", "'ewer --app'"))
    assert more in ours.error


def test_a_circular_import_is_drawn_with_both_ways_out(project: Project) -> None:
    project.write(
        shop="from flask import Flask\nimport shop_views\napp = Flask(__name__)\n", shop_views="from shop import app\n"
    )
    real, ours = project.both("--app", "shop", "routes")
    assert ours.status == real.status == 2
    assert real.error.partition("\n")[0] == ours.error.partition("\n")[0]
    assert "Circular import: shop -> shop_views -> shop." in ours.error
    assert "in 'shop_views' use 'from flask import current_app'" in ours.error
    assert "in 'shop' move the import of 'shop_views' below the line that makes 'app'" in ours.error
    assert "ewer" not in ours.error.partition("Circular import")[0], "the traceback shows the user's files only"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes on errors came with Python 3.11")
def test_a_circular_import_that_shows_as_an_attribute_error_is_drawn_too(project: Project) -> None:
    project.write(
        shop="from flask import Flask\nimport shop_views\napp = Flask(__name__)\n",
        shop_views="import shop\nshop.app.get('/')(lambda: '')\n",
    )
    real, ours = project.both("--app", "shop", "routes")
    assert ours.status == real.status == 1
    assert re.search("AttributeError: (partially initialized )?module 'shop' has no attribute 'app'", ours.err)
    assert "Circular import: shop -> shop_views -> shop." in ours.err


def test_a_class_named_like_a_module_is_no_circle(project: Project) -> None:
    project.write(shop="class Shop: pass\nShop.__name__ = 'shop'\nShop.missing\n")
    real, ours = project.both("--app", "shop", "routes")
    assert ours.status == real.status == 1
    assert "AttributeError: type object 'shop' has no attribute 'missing'" in ours.err
    assert "Circular import" not in ours.err


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("import falsk", "install the package that provides 'falsk'"),
        ("from flask import Flsk", "Did you mean 'Flask'?"),
        ("import modls", "Did you mean 'models'?"),
    ],
)
def test_an_import_that_fails_inside_the_application_is_explained(project: Project, line: str, more: str) -> None:
    project.write(hello=line, models="")
    ours = project.ewer("--app", "hello", "routes")
    assert ours.status == 2
    assert ours.error.startswith("While importing 'hello', an ImportError was raised:\n\nTraceback")
    assert more in ours.error


def test_an_error_raised_inside_a_factory_is_the_factorys_own(project: Project) -> None:
    project.write(fac=FACTORY)
    real, ours = project.both("--app", "fac:broken", "routes")
    assert ours.status == real.status == 1
    assert ours.err.endswith("TypeError: from inside the factory\n")


# --- help, versions, environment


def test_help_lists_the_applications_commands_as_flask_does(project: Project) -> None:
    project.write(hello=HELLO)
    real, ours = project.both("--app", "hello", "--help")

    def commands(text: str) -> list[str]:
        return [line.split()[0] for line in text.partition("Commands:\n")[2].splitlines()]

    assert commands(real.out) == ["greet", "routes", "run", "shell"]
    assert commands(ours.out) == ["greet", "openapi", "routes", "run", "serve", "shell"]
    assert ours.err == real.err == ""


def test_help_names_the_loading_error_and_still_helps(project: Project) -> None:
    real, ours = project.both("--help")
    assert ours.status == real.status == 0
    assert "Usage:" in ours.out
    assert "Error: Could not locate a Flask application." in ours.err


def test_no_arguments_show_the_help_as_on_flask(project: Project) -> None:
    project.environment["FLASK_APP"] = "hello"
    project.write(hello=HELLO)
    real, ours = project.both()
    assert ours.status == real.status
    assert "greet" in ours.out + ours.err
    assert "greet" in real.out + real.err


def test_flask_app_and_flask_debug_are_read_from_the_environment(project: Project) -> None:
    project.write(hello=HELLO)
    project.environment.update(FLASK_APP="hello", FLASK_DEBUG="1")
    real, ours = project.both("greet")
    assert ours == real
    assert "debug True" in ours.out


@pytest.mark.parametrize("arguments", [[], ["-e", "my.env"], ["--env-file", "absent.env"]])
def test_env_files_win_over_each_other_as_on_flask(project: Project, arguments: list[str]) -> None:
    pytest.importorskip("dotenv")
    (project.root / ".flaskenv").write_text("FLASK_APP=hello\nA=flaskenv\nB=flaskenv\nC=flaskenv\nD=flaskenv\n")
    (project.root / ".env").write_text("B=env\nC=env\nD=env\n")
    (project.root / "my.env").write_text("C=mine\nD=mine\n")
    project.environment["D"] = "set"
    project.write(
        hello="import os\nfrom flask import Flask\napp = Flask(__name__)\n"
        "@app.cli.command()\ndef show():\n    print([os.environ.get(n) for n in 'ABCD'])\n"
    )
    real, ours = project.both(*arguments, "show")
    assert (ours.status, ours.out) == (real.status, real.out)
    assert "absent.env" in arguments or ours.out


def test_flask_skip_dotenv_leaves_the_files_alone(project: Project) -> None:
    (project.root / ".flaskenv").write_text("FLASK_APP=hello\n")
    project.write(hello=HELLO)
    project.environment["FLASK_SKIP_DOTENV"] = "1"
    real, ours = project.both("greet")
    assert ours.status == real.status == 2


# --- run


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({}, ["run"]),
        ({}, ["--debug", "run"]),
        ({}, ["run", "--debug", "--no-reload", "-h", "0.0.0.0", "-p", "81"]),
        ({}, ["run", "--reload", "--no-debugger", "--without-threads"]),
        ({"FLASK_RUN_PORT": "8123", "FLASK_RUN_HOST": "::1"}, ["run"]),
        ({"FLASK_RUN_PORT": "many"}, ["run"]),
        ({"FLASK_DEBUG": "1"}, ["run", "--no-debug"]),
        ({}, ["run", "--extra-files", "app.py:app.py", "--exclude-patterns", "a:b"]),
        ({}, ["run", "--cert", "app.py"]),
        ({}, ["run", "--key", "app.py"]),
        ({}, ["run", "--cert", "app.py", "--key", "app.py"]),
        ({}, ["run", "--cert", "flask"]),
        ({}, ["run", "--cert", "adhoc", "--key", "app.py"]),
    ],
)
def test_run_starts_the_same_server_as_flask(
    project: Project, environment: dict[str, str], arguments: list[str]
) -> None:
    project.write(app=HELLO)
    project.environment.update(environment)
    real, ours = project.both_server_calls(*arguments)
    assert (ours.status, ours.out, ours.error) == (real.status, real.out, real.error)
    assert real.out or real.error


def test_run_reports_a_broken_application_at_once(project: Project) -> None:
    project.write(app="1 / 0")
    real, ours = project.both_server_calls("run")
    assert ours.status == real.status == 1
    assert ours.err.endswith("ZeroDivisionError: division by zero\n")


def test_the_reloader_keeps_serving_a_broken_application(project: Project) -> None:
    project.write(app="1 / 0")
    project.environment["WERKZEUG_RUN_MAIN"] = "true"
    real, ours = project.both_server_calls("run")
    assert ours.status == real.status == 0
    assert ours.out == real.out
    assert "ZeroDivisionError" in ours.err


CONFLICT = """
from flask import Flask
app = Flask(__name__, static_folder=None)
app.add_url_rule("/x", endpoint="first", view_func=lambda: "")
app.add_url_rule("/x", endpoint="second", view_func=lambda: "")
"""


def test_run_warns_once_in_debug_mode_of_a_rule_that_is_never_reached(project: Project) -> None:
    project.write(app=CONFLICT)
    sentence = "Rule '/x' (endpoint 'second') is never reached for GET: endpoint 'first' has the same rule"
    assert project.server_call("ewer", "run", "--debug", "--no-reload").err.count(sentence) == 1
    assert project.server_call("ewer", "run", "--debug").err.count(sentence) == 0, "the reloader's child will say it"
    assert project.server_call("ewer", "run").err.count(sentence) == 0
    project.environment["WERKZEUG_RUN_MAIN"] = "true"
    assert project.server_call("ewer", "run", "--debug").err.count(sentence) == 1


# --- shell


def test_the_shell_knows_what_flasks_knows(project: Project) -> None:
    project.write(
        app=HELLO + "\n@app.shell_context_processor\ndef names():\n    return {'answer': 42}\n",
        startup="from_startup = 'yes'\n",
    )
    project.environment["PYTHONSTARTUP"] = "startup.py"
    script = "print(app.name, g, answer, from_startup)\nprint(sorted(n for n in dir() if n[0] != '_'))\n"
    real, ours = project.both("shell", stdin=script)
    assert ours.status == real.status == 0
    assert ours.out == real.out
    assert ours.err == real.err
    assert "42 yes" in ours.out


# --- groups and contexts, on Ewer's own classes


def test_a_script_of_your_own_has_the_default_commands_and_the_application() -> None:
    from ewer import Flask
    from ewer.cli import FlaskGroup
    from ewer.globals import current_app

    app = Flask("mine")

    @app.cli.command()
    def whoami() -> None:
        click.echo(current_app.name)

    group = FlaskGroup(name="script", create_app=lambda: app)
    assert CliRunner().invoke(group, ["whoami"]).output == "mine\n"
    assert {"run", "shell", "routes"} <= set(group.commands)


def test_with_appcontext_keeps_a_context_that_is_there_already() -> None:
    from ewer import Flask
    from ewer.cli import ScriptInfo, with_appcontext
    from ewer.globals import app_ctx

    @click.command()
    @with_appcontext
    def show() -> None:
        click.echo(str(id(app_ctx._get_current_object())))

    def never() -> Flask:
        raise AssertionError("loaded though there is a context")

    with Flask("mine").app_context() as context:
        result = CliRunner().invoke(show, obj=ScriptInfo(create_app=never))
    assert result.output == f"{id(context)}\n"


def test_a_command_without_context_does_not_load_the_application() -> None:
    from ewer.cli import AppGroup, ScriptInfo
    from ewer.globals import current_app

    group = AppGroup("group")

    @group.command("bare", with_appcontext=False)
    def bare() -> None:
        click.echo(str(bool(current_app)))

    def never() -> None:
        raise AssertionError("loaded")

    assert CliRunner().invoke(group, ["bare"], obj=ScriptInfo(create_app=never)).output == "False\n"


def test_a_name_replaced_in_the_module_is_the_one_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import ewer.cli
    from ewer import Flask

    seen: list[tuple[object, ...]] = []
    monkeypatch.setattr("ewer.cli.run_simple", lambda *args, **kwargs: seen.append(args))
    monkeypatch.setattr("ewer.cli.show_server_banner", lambda *args: seen.append(("banner", *args)))
    monkeypatch.setattr("ewer.cli.load_dotenv", lambda *args, **kwargs: seen.append(("dotenv", *args)))
    monkeypatch.setattr("ewer.cli.get_debug_flag", lambda: False)
    monkeypatch.setattr(os, "environ", {**os.environ})
    app = Flask("mine")
    result = CliRunner().invoke(ewer.cli.FlaskGroup(create_app=lambda: app), ["run"])
    assert result.exit_code == 0, result.output
    assert seen == [("dotenv", None), ("banner", False, None), ("127.0.0.1", 5000, app)]


def test_the_command_line_does_not_import_the_server_before_it_serves() -> None:
    import ewer.cli

    assert "werkzeug.serving" not in inspect.getsource(ewer.cli)
    assert ewer.cli.is_running_from_reloader() is False
