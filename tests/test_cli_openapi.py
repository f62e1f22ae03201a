"""``ewer openapi`` writes the document, the same each time, and says what changed since it was written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from openapi_spec_validator import validate

import ewer
from ewer import Ewer, Flask, OpenAPI
from ewer._cli_openapi import as_text, changes_between
from ewer.commands import openapi_command, routes_command

from .command_lines import Project

SHOP = """
import datetime, typing, ewer
from ewer.typed import Query

app = ewer.Ewer(__name__, openapi=ewer.OpenAPI(title="Shøp", version="1.0"))

@app.get("/orders")
def orders(state: typing.Annotated[set[typing.Literal["open", "sent"]], Query()], most: int = 9,
           since: datetime.date = datetime.date(2024, 1, 2)) -> list[str]:
    "List orders."
    return []

@app.delete("/orders/<int:number>")
def cancel(number: int) -> None:
    "Cancel an order."
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def shop(most: int = 9) -> Ewer:
    app = Ewer("shop")

    @app.get("/orders")
    def orders(most: int = most) -> list[str]:
        return []

    return app


def run(app: Any, *arguments: Any, command: Any = openapi_command) -> Result:
    return app.test_cli_runner().invoke(command, [str(argument) for argument in arguments])


# --- writing


def test_the_document_that_is_written_is_the_one_that_is_served(project: Project) -> None:
    project.write(app=SHOP)
    result = project.ewer("openapi")

    assert (result.status, result.err) == (0, "")
    written = json.loads(result.out)
    validate(written)
    assert written["info"]["title"] == "Shøp"
    served = project.run("-c", "from app import app; print(app.test_client().get('/openapi.json').text)")
    assert json.loads(served.out) == written


def test_two_processes_write_the_same_bytes(project: Project) -> None:
    project.write(app=SHOP)
    written = set()
    for seed in "123":
        project.environment["PYTHONHASHSEED"] = seed
        written.add(project.ewer("openapi").out)
    assert len(written) == 1


def test_yaml_says_the_same_without_anchors() -> None:
    result = run(shop(), "--yaml")
    assert result.exit_code == 0
    assert yaml.safe_load(result.output) == json.loads(run(shop()).output)
    assert "&id" not in result.output


NUMBERS = ["1e5", "-1E5", "1.5e3", ".5e3", "0o17", "0x1F", "007", "1.", "12", "1e+5"]
WORDS = [
    "on",
    "NO",
    "~",
    "null",
    "=",
    "2024-01-02",
    "12:30:45",
    ".NaN",
    "a\x85b",
    "a\u2028b",
    "a: b",
    " x",
    "",
    "1 ",
    "e5",
]


@pytest.mark.parametrize("text", NUMBERS + WORDS)
def test_a_text_stays_one_for_readers_of_yaml_1_1_and_1_2(text: str) -> None:
    document = {"enum": [text], text: text}
    written = as_text(document, yaml=True)

    assert yaml.safe_load(written) == document
    if text in NUMBERS:  # which a reader of 1.2 would take for one
        assert written.count(f"'{text}'") == 3


@pytest.mark.parametrize(("name", "read"), [("api.json", json.loads), ("api.yaml", yaml.safe_load)])
def test_a_files_name_says_whether_it_gets_json_or_yaml(tmp_path: Path, name: str, read: Any) -> None:
    result = run(shop(), "--output", tmp_path / name)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert (result.exit_code, result.output) == (0, "")
    assert read(text) == shop().openapi()
    assert text.startswith("{") is (name == "api.json")


def test_a_file_in_a_missing_folder_is_a_clear_error(tmp_path: Path) -> None:
    result = run(shop(), "--output", tmp_path / "missing" / "api.json")
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_a_document_that_is_not_served_can_still_be_written() -> None:
    result = run(Ewer("shop", openapi=OpenAPI(url=None)))
    assert json.loads(result.output)["paths"] == {}


def test_plain_flask_views_are_written_when_the_document_is_on() -> None:
    app = Flask("shop", openapi=True)
    app.add_url_rule("/plain", view_func=lambda: "x", endpoint="plain")
    assert json.loads(run(app).output)["paths"]["/plain"]["get"]["operationId"] == "plain"


# --- what stands in the way


@pytest.mark.parametrize("app", [Flask("shop"), Ewer("shop", openapi=False)], ids=["Flask", "Ewer(openapi=False)"])
def test_an_application_without_a_document_is_a_clear_error(app: Any) -> None:
    result = run(app)
    assert result.exit_code == 1
    assert "The application 'shop' has no OpenAPI document: it is switched off." in result.output
    assert "Fix: make it with Ewer(__name__), or with Flask(__name__, openapi=True)." in result.output


def test_an_application_that_cannot_be_loaded_is_a_clear_error(project: Project) -> None:
    result = project.ewer("--app", "nowhere", "openapi")
    assert result.status != 0
    assert "Could not import 'nowhere'." in result.error
    assert result.out == ""


def test_a_view_that_cannot_be_served_is_a_clear_error(project: Project) -> None:
    project.write(app=SHOP + "\n@app.post('/two')\ndef two(a: list[dict], b: 'Missing') -> None: ...\n")
    result = project.ewer("openapi")
    assert result.status == 1
    assert "Fix:" in result.err
    assert result.out == ""


def test_without_pyyaml_its_name_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    result = run(shop(), "--yaml")
    assert result.exit_code == 1
    assert "PyYAML is needed to write YAML, and is not installed." in result.output
    assert "pip install pyyaml" in result.output


def test_one_file_is_read_or_written_not_both(tmp_path: Path) -> None:
    result = run(shop(), "--check", tmp_path / "a.json", "--output", tmp_path / "b.json")
    assert result.exit_code == 2
    assert "give one of the two" in result.output


# --- checking


@pytest.mark.parametrize("name", ["api.json", "api.yaml", "api.yml"])
def test_a_stored_document_that_still_holds_passes(project: Project, name: str) -> None:
    project.write(app=SHOP)
    assert project.ewer("openapi", "--output", name).status == 0
    result = project.ewer("openapi", "--check", name)
    assert (result.status, result.out, result.err) == (0, f"'{name}' is the application's document.\n", "")


def test_what_changed_is_listed_and_ends_with_status_1(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    run(shop(most=9), "--output", file)
    app = shop(most=10)
    app.add_url_rule("/new", "new", lambda: "x", methods=["POST"])
    result = run(app, "--check", file)

    assert result.exit_code == 1
    assert result.output.splitlines()[:2] == [
        "~ GET /orders: parameters > query most > schema > default: 9 -> 10",
        "+ POST /new",
    ]
    assert "is not the application's document: 2 differences" in result.output
    assert f"accept it with 'ewer openapi --output {file}'" in result.output


def test_a_file_written_by_hand_may_order_its_keys_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(shop().openapi(), sort_keys=True), encoding="utf-8")
    assert run(shop(), "--check", file).exit_code == 0


def test_yaml_may_write_statuses_as_numbers_and_dates_without_quotes(tmp_path: Path) -> None:
    app = shop()

    @app.get("/since")
    def since(day: str = "2024-01-02") -> str:
        return day

    file = tmp_path / "api.yaml"
    run(app, "--output", file)
    text = file.read_text(encoding="utf-8").replace("'200'", "200").replace("'2024-01-02'", "2024-01-02")
    file.write_text(text, encoding="utf-8")
    assert run(app, "--check", file).output == f"'{file}' is the application's document.\n"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("api.json", None, "There is no file"),
        ("api.json", b"openapi: 3.1.0", "is not JSON: "),
        ("api.yaml", b"{", "is not YAML: "),
        ("api.json", b"[]", "holds no OpenAPI document"),
        ("api.json", b"\xff", "cannot be read: "),
    ],
)
def test_a_file_that_holds_no_document_is_a_clear_error(
    tmp_path: Path, name: str, content: bytes | None, error: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    result = run(shop(), "--check", tmp_path / name)
    assert result.exit_code == 1
    assert error in result.output


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"info": {"title": "a"}}, {"info": {}}, ['- info > title: "a"']),
        ({}, {"tags": [{"name": "a"}]}, ["+ tags"]),
        ({"tags": [{"name": "a"}, {"name": "b"}]}, {"tags": [{"name": "b"}]}, ["- tags > a"]),
        ({"required": ["a", "b"]}, {"required": ["b", "a"]}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, ["~ a: 1 -> true"]),
        ({"prefixItems": [{"type": "a"}]}, {"prefixItems": [{"type": "b"}]}, ['~ prefixItems > 0 > type: "a" -> "b"']),
        ({"a": {}}, {"a": 1}, ["~ a: {} -> 1"]),
        ({"a": "x" * 99}, {"a": 1}, [f'~ a: "{"x" * 56}... -> 1']),
        ({"paths": {"/a": {"get": {}}}}, {"paths": {"/a": {}}}, ["- GET /a"]),
        ({"paths": {}}, {"paths": {"/a": {"get": {}, "put": {}}}}, ["+ GET /a", "+ PUT /a"]),
        ({"paths": {"/a": {}}}, {"paths": {}}, ["- paths > /a"]),
        ({"webhooks": {"sent": {"post": {}}}}, {"webhooks": {"sent": {"post": {"summary": 1}}}}, ["+ POST sent: summary: 1"]),
    ],
)  # fmt: skip
def test_each_difference_has_a_line(old: dict[str, Any], new: dict[str, Any], lines: list[str]) -> None:
    assert list(changes_between(old, new)) == lines


# --- routes


def test_routes_lists_the_routes_of_the_document() -> None:
    lines = run(ewer.Ewer("shop"), command=routes_command).output.splitlines()
    listed = {tuple(line.split()) for line in lines}
    assert {
        ("ewer_openapi", "GET", "/openapi.json"),
        ("ewer_docs", "GET", "/docs"),
        ("ewer_redoc", "GET", "/redoc"),
    } <= listed


def test_routes_of_a_flask_application_lists_none_of_them() -> None:
    assert "ewer_" not in run(Flask("shop"), command=routes_command).output
