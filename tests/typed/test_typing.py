"""What the type checkers say of markers and typed views: right use is silent, wrong use is an error."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ITEMS = Path(__file__).resolve().parent.parent.parent / "examples" / "items" / "app.py"

RIGHT = """
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated
from ewer import Blueprint, Ewer, Flask
from ewer.views import MethodView
from ewer.typed import Body, Depends, File, Form, Header, Partial, Path, Query, Security, UploadFile

@dataclass
class Item:
    name: str

def plain() -> int: return 1
async def awaited() -> int: return 1
def yielding() -> Iterator[int]: yield 1
async def ayielding() -> AsyncIterator[int]: yield 1
class Pager:
    def __init__(self, skip: int = 0) -> None: ...

def view(
    item: Item,
    patch: Partial[Item],
    pager: Annotated[Pager, Depends()],
    cover: UploadFile,
    limit: int = Query(20, ge=1),
    q: str = Query(alias="x"),
    a: int = Depends(plain),
    b: int = Depends(awaited),
    c: int = Depends(yielding),
    d: int = Depends(ayielding),
    e: Pager = Depends(Pager),
    f: int = Security(plain, scopes=["x"]),
    g: Annotated[str | None, Header(convert_underscores=False)] = None,
) -> Item:
    changed: Item = patch.apply(item)
    return changed

app = Ewer(__name__)
shop = Blueprint("shop", __name__)

@app.get("/item", status=200)
def one(item: Annotated[Item, Query()]) -> Item:
    return item

@app.post("/items")
async def several(item: Item, note: Annotated[str, Body()] = "") -> list[Item] | None:
    return [item]

@shop.route("/lines", methods=["POST"])
def lines(name: Annotated[str, Form()], raw: Annotated[bytes, File()]) -> Iterator[Item]:
    yield Item(name)

@Flask(__name__).delete("/items/<int:number>")
def nothing(number: Annotated[int, Path(ge=1)]) -> None: ...

class Things(MethodView):
    def get(self, limit: int = 1) -> dict[str, int]:
        return {"limit": limit}

app.add_url_rule("/view", view_func=view, methods=["POST"])
app.add_url_rule("/things", view_func=Things.as_view("things"))
shop.add_url_rule("/one", view_func=one)
answered: Item = one(Item("a"))
"""

WRONG = {
    'def f(x: int = Query("a")) -> None: ...': "Incompatible default",
    "def f(x: str = Depends(plain)) -> None: ...": "Incompatible default",
    "def f(x: str = Depends(yielding)) -> None: ...": "Incompatible default",
    "def f(x: int = Depends(3)) -> None: ...": "overload",
    "def f(x: int = Query(nonsense=3)) -> None: ...": "overload",
    "def f(x: int = Path(3)) -> None: ...": "Too many positional arguments",
}


def _mypy(files: list[Path], folder: Path) -> list[tuple[str, int, str]]:
    api = pytest.importorskip("mypy.api")
    arguments = ["--strict", "--config-file=", "--python-version", "3.10", "--cache-dir", str(folder.parent / "mypy")]
    out, _, _ = api.run([*arguments, "--no-error-summary", "--no-pretty", *map(str, files)])
    split = [line.split(":", 2) for line in out.splitlines() if ": error:" in line]
    return [(Path(file).name, int(line), text) for file, line, text in split]


def _pyright(files: list[Path], folder: Path) -> list[tuple[str, int, str]]:
    if importlib.util.find_spec("pyright") is None or shutil.which("node") is None:
        pytest.skip("pyright or node is not installed")  # without node it would fetch one
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.10", "include": [file.name for file in files]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright does not run here, it needs Node.js: {done.stderr[-200:]}")
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [
        (Path(d["file"]).name, d["range"]["start"]["line"] + 1, d["message"]) for d in found if d["severity"] == "error"
    ]


@pytest.fixture(params=[_mypy, _pyright], ids=["mypy", "pyright"])
def errors_in(request, tmp_path):
    """Check files, given by name and text, and give file, line and text of each error."""

    def errors_in(**sources: str) -> list[tuple[str, int, str]]:
        files = []
        for name, source in sources.items():
            files.append(tmp_path / f"{name}.py")
            files[-1].write_text(source)
        return request.param(files, tmp_path)

    errors_in.checker = request.param.__name__
    return errors_in


def test_right_use_is_silent(errors_in):
    assert errors_in(right=RIGHT) == []


def test_wrong_use_is_an_error(errors_in):
    first = RIGHT.count("\n") + 1
    wrong = "\n".join(line.replace("def f", f"def f{n}") for n, line in enumerate(WRONG))
    said = errors_in(wrong=RIGHT + wrong + "\n")
    for number, (line, text) in enumerate(WRONG.items()):
        about = [message for _, place, message in said if place == first + number]
        assert about, line
        assert errors_in.checker != "_mypy" or any(text in message for message in about), (line, about)


def test_the_items_example_is_silent(errors_in):
    assert errors_in(app=ITEMS.read_text(encoding="utf-8")) == []
