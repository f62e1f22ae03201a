"""The house rules that a machine can hold: sizes, names, docstrings, and a reason beside every exception to a rule."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "ewer"
MODULES = sorted(PACKAGE.rglob("*.py"))

MODULE_CEILING_LINES = 500
WIDE_MODULE_CEILING_LINES = 700
WIDE_MODULES = {PACKAGE / "app.py", PACKAGE / "cli.py"}
FUNCTION_CEILING_LINES = 50
NAMES_THAT_SAY_NOTHING = {"utils.py", "common.py", "base.py"}

LIBRARIES = frozenset({"click", "itsdangerous", "jinja2", "msgspec", "werkzeug"})

EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w,\s-]+\])?(?P<rest>.*)$")
TAG = re.compile(r"#\s*(?P<tag>PERF|SECURITY)\b:?(?P<text>.*)$")

each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))


def comments(path: Path) -> list[tuple[int, str, bool]]:
    """Return each comment of a module: its line, its text, and whether it stands alone on its line."""
    source = io.BytesIO(path.read_bytes())
    return [
        (token.start[0], token.string, not token.line[: token.start[1]].strip())
        for token in tokenize.tokenize(source.readline)
        if token.type == tokenize.COMMENT
    ]


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines from its ``def`` on, its docstring left out."""
    assert function.end_lineno is not None
    total = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        assert first.end_lineno is not None
        total -= first.end_lineno - first.lineno + 1
    return total


def reason_beside(path: Path, line: int) -> bool:
    """Tell whether the line above holds a comment, which then gives the reason for what follows."""
    above = path.read_text(encoding="utf-8").splitlines()[line - 2] if line > 1 else ""
    return above.lstrip().startswith("#")


@each_module
def test_a_module_stays_within_its_ceiling(path: Path) -> None:
    ceiling = WIDE_MODULE_CEILING_LINES if path in WIDE_MODULES else MODULE_CEILING_LINES
    lines = len(path.read_text(encoding="utf-8").splitlines())

    assert lines <= ceiling, f"{path.name} has {lines} lines, the ceiling is {ceiling}: split it where a reader would"


@each_module
def test_a_function_stays_within_its_ceiling(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = {f"{f.name} (line {f.lineno})": lines_of(f) for f in functions if lines_of(f) > FUNCTION_CEILING_LINES}

    assert not long, f"longer than {FUNCTION_CEILING_LINES} lines: {long}"


@each_module
def test_a_module_is_named_after_what_it_holds(path: Path) -> None:
    assert path.name not in NAMES_THAT_SAY_NOTHING


@each_module
def test_a_module_opens_with_a_sentence_that_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert docstring, "no module docstring"
    first = re.split(r"(?<=[.:;])\s|\n\n", docstring, maxsplit=1)[0]
    assert first.rstrip()[-1] in ".:;", f"the first sentence does not end: {first!r}"


@each_module
def test_nothing_is_checked_by_assert(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asserts = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]

    assert not asserts, f"assert in lines {asserts}: raise the error that the user should see, python -O drops this one"


@each_module
def test_every_exception_to_a_rule_has_a_reason(path: Path) -> None:
    bare = []
    for line, text, _ in comments(path):
        found = EXCEPTION.search(text)
        # NOTE: the reason stands behind the exception, in the same comment or in the line above.
        if found and len(found["rest"].strip(" #-–:.,")) < 8 and not reason_beside(path, line):
            bare.append(f"line {line}: {text}")

    assert not bare, f"say why, behind it: {bare}"


@each_module
def test_a_performance_or_security_comment_points_at_its_proof(path: Path) -> None:
    empty = []
    for line, text, _ in comments(path):
        found = TAG.search(text)
        if found and len(found["text"].split()) < 3 and not found["text"].strip().endswith(("-", ",")):
            empty.append(f"line {line}: {text}")

    assert not empty, f"name what proves it (a benchmark, a count, a test): {empty}"


def test_the_rules_look_at_the_real_package() -> None:
    assert len(MODULES) > 5


def parts_before_their_package(block: list[ast.stmt], known: frozenset[str] = frozenset()) -> list[str]:
    """Return the imports of a part of a library that no import of the library itself comes before, in this block or around it."""
    found = []
    for statement in block:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        else:
            names = [statement.module or ""] if isinstance(statement, ast.ImportFrom) and not statement.level else []
        for name in names:
            if "." in name and name.partition(".")[0] in LIBRARIES - known:
                found.append(f"{name} (line {statement.lineno})")
            known |= {name.partition(".")[0]}
        for inner in ("body", "orelse", "finalbody"):
            found += parts_before_their_package(getattr(statement, inner, []), known)
        for handler in getattr(statement, "handlers", []):
            found += parts_before_their_package(handler.body, known)
    return found


@each_module
def test_a_library_is_imported_before_a_part_of_it(path: Path) -> None:
    """Modules are loaded when they are first used, by several threads at once.

    `werkzeug` imports its own parts. A thread that starts with a part and one that starts with the package wait for each other, and
    Python's way out is to hand out half a module: "cannot import name ... from partially initialized module".
    """
    assert not parts_before_their_package(ast.parse(path.read_text(encoding="utf-8")).body)
