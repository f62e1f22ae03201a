"""The script ``ewer``: flask means Ewer before anything else is imported, and a URL can be explained."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from .command_lines import Project

WHO = """
import flask
from flask import Flask, current_app
app = Flask(__name__)

@app.cli.command()
def who():
    print(flask.Flask.__mro__[-2].__module__, type(current_app._get_current_object()) is flask.Flask)
    print("ewer" if "ewer.as_flask" in __import__("sys").modules else "flask")
"""

OWN = WHO.replace("import flask\n", "import ewer as flask\n").replace("from flask", "from ewer")

SHOP = """
from flask import Flask
app = Flask(__name__, static_folder=None)

@app.before_request
def open_till():
    pass

@app.get("/books/<int:number>")
def book(number):
    return "x"

@app.post("/orders/")
def order():
    return "x"

@app.get("/books/<int:again>")
def never():
    return "x"
"""

EXTENSION = """
import click
import flask

@click.group()
def db():
    "A database."

@db.command()
@flask.cli.with_appcontext
def upgrade():
    print("upgraded", flask.current_app.name, "ewer.app" in __import__("sys").modules)
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def install_extension(project: Project) -> None:
    """Put a distribution with a ``flask.commands`` entry point on the path of the project's processes."""
    project.write(site__extension=EXTENSION)
    info = project.root / "site" / "extension-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extension\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[flask.commands]\ndb = extension:db\n")
    project.environment["PYTHONPATH"] = str(project.root / "site")


# --- flask means Ewer


def test_an_application_written_for_flask_runs_on_ewer(project: Project) -> None:
    project.write(app=WHO)
    assert project.ewer("who").out.splitlines()[1] == "ewer"
    assert project.flask("who").out.splitlines()[1] == "flask"


@pytest.mark.parametrize(
    "arguments", [["--no-as-flask", "--app", "own", "who"], ["--app", "own", "--no-as-flask", "who"]]
)
def test_no_as_flask_leaves_the_name_alone(project: Project, arguments: list[str]) -> None:
    project.write(own=OWN)
    assert project.ewer(*arguments).out.splitlines()[1] == "flask"


def test_the_name_is_set_before_a_help_page_loads_the_application(project: Project) -> None:
    project.write(app=WHO)
    assert "who" in project.ewer("--help").out


def test_an_application_of_the_installed_flask_is_told_from_one_of_ewer(project: Project) -> None:
    project.write(app=WHO)
    result = project.ewer("--no-as-flask", "who")
    assert result.status == 2
    assert "'app' is an application of the installed Flask package, not of Ewer." in result.err
    assert "Fix: leave out '--no-as-flask', or write 'from ewer import Flask' in the application." in result.err


def test_real_flask_imported_first_is_a_clear_error(project: Project) -> None:
    project.write(app=WHO)
    result = project.run("-c", "import flask, sys; sys.argv = ['ewer', 'who']; from ewer.commands import main; main()")
    assert result.status == 1
    assert result.error
    assert "Traceback" not in result.err
    assert "'ewer --no-as-flask'" in result.err


def test_commands_of_an_extension_work_and_see_ewer_as_flask(project: Project) -> None:
    install_extension(project)
    project.write(app=WHO)
    result = project.ewer("db", "upgrade")
    assert (result.status, result.err) == (0, "")
    assert result.out == "upgraded app True\n"
    assert project.flask("db", "upgrade").out == "upgraded app False\n"
    assert "A database." in project.ewer("--help").out


def test_an_extension_that_cannot_be_imported_breaks_only_its_own_command(project: Project) -> None:
    install_extension(project)
    project.write(site__extension="1 / 0", app=WHO)
    assert project.flask("who").status == 1
    assert project.ewer("who").status == 0
    assert "ZeroDivisionError" in project.ewer("db").err


def test_the_script_flask_of_the_installed_flask_loads_nothing_of_ewer(project: Project) -> None:
    project.write(app=WHO + "\n@app.cli.command()\ndef loaded():\n    print('ewer' in __import__('sys').modules)\n")
    assert project.flask("loaded").out == "False\n"


def test_the_installed_script_and_the_module_are_the_same_command(project: Project) -> None:
    project.write(app=WHO)
    script = Path(sys.executable).with_name("ewer")
    if not script.exists():
        pytest.skip("the package is on the path, but not installed")
    done = subprocess.run([script, "who"], cwd=project.root, env=project.env(), capture_output=True, encoding="utf-8")
    assert done.stdout == project.run("-m", "ewer", "who").out == project.ewer("who").out


# --- version and errors


def test_version_names_ewer_python_and_werkzeug(project: Project) -> None:
    result = project.ewer("--version")
    assert result.out.splitlines() == [
        f"Ewer {importlib.metadata.version('ewer')}",
        f"Python {platform.python_version()}",
        f"Werkzeug {importlib.metadata.version('werkzeug')}",
    ]


def test_an_error_in_the_users_code_is_shown_from_the_users_first_line(project: Project) -> None:
    project.write(app="def deep():\n    return 1 / 0\n\ndeep()\n")
    result = project.ewer("routes")
    assert result.status == 1
    files = re.findall(r'File "([^"]+)"', result.err)
    assert {Path(file).name for file in files} == {"app.py"}
    assert result.err.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(("typed", "meant"), [("rotes", "routes"), ("wo", "who")])
def test_a_misspelled_command_gets_the_closest_name(project: Project, typed: str, meant: str) -> None:
    project.write(app=WHO)
    result = project.ewer(typed)
    assert result.status == 2
    assert result.error.startswith(f"No such command '{typed}'.")
    assert result.err.count(f"Did you mean '{meant}'?") == 1


def test_a_wrong_option_is_reported_once_and_by_click(project: Project) -> None:
    result = project.ewer("--no-such-option")
    assert result.status == 2
    assert result.err.count("No such option") == 1


# --- routes


def test_a_route_that_is_never_reached_is_marked_and_explained(project: Project) -> None:
    project.write(app=SHOP)
    result = project.ewer("routes")
    marked = [line for line in result.out.splitlines() if line.endswith("!")]
    assert [line.split()[0] for line in marked] == ["never"]
    assert "! Rule '/books/<int:again>' (endpoint 'never') is never reached for GET" in result.err
    assert "\n  Fix: give 'never' another path or other methods, or remove one of the two rules." in result.err


def test_explain_names_the_route_the_arguments_and_what_runs(project: Project) -> None:
    project.write(app=SHOP)
    result = project.ewer("routes", "--explain", "/books/7")
    assert result.status == 0, result.err
    assert result.out.splitlines()[0] == "GET /books/7 -> /books/<int:number> with number=7"
    assert "open_till" in result.out
    assert "book" in result.out.partition("\n")[2]


def test_explain_takes_a_method_and_a_whole_url(project: Project) -> None:
    project.write(app=SHOP)
    result = project.ewer("routes", "--explain", "http://localhost/orders/", "--method", "post")
    assert result.out.splitlines()[0] == "POST http://localhost/orders/ -> /orders/"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["/book/7"], "No route matches '/book/7', so the answer is 404 Not Found.\n  Did you mean '/books/<int:"),
        (
            ["/zzz"],
            "No route matches '/zzz', so the answer is 404 Not Found.\n  Fix: 'ewer routes' lists what there is.",
        ),
        (["/orders/"], "'/orders/' does not allow GET.\n  Fix: '--method' with one of OPTIONS, POST."),
        (
            ["/orders", "--method", "POST"],
            "'/orders' is redirected to 'http://localhost/orders/' with status 308.\n  Fix: explain that URL.",
        ),
    ],
)
def test_explain_says_why_no_route_answers(project: Project, arguments: list[str], error: str) -> None:
    project.write(app=SHOP)
    result = project.ewer("routes", "--explain", *arguments)
    assert result.status == 1
    assert result.error.startswith(error)


def test_a_method_without_a_path_to_explain_is_a_usage_error(project: Project) -> None:
    project.write(app=SHOP)
    result = project.ewer("routes", "--method", "GET")
    assert result.status == 2
    assert "'--method' goes with '--explain PATH'." in result.err


# --- run


def test_run_serves_the_application_and_warns_of_a_hidden_rule_before_the_first_request(project: Project) -> None:
    project.write(app=SHOP)
    process = project.start("-m", "ewer", "run", "--debug", "--no-reload", "--port", "0")
    try:
        assert process.stderr is not None
        read = ""
        while not (address := re.search(r"Running on (http://\S+)", read)):
            line = process.stderr.readline()
            assert line, f"the server ended: {read}"
            read += line
        assert "is never reached for GET" in read
        with urllib.request.urlopen(f"{address[1]}/books/7", timeout=10) as response:
            assert response.read() == b"x"
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=10)
    assert " * Debug mode: on" in out
