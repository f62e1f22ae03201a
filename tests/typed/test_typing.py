"""What a type checker says of markers: right use is silent, wrong use is an error."""

from __future__ import annotations

import pytest

RIGHT = """
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated
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
"""

WRONG = {
    'def f(x: int = Query("a")) -> None: ...': "Incompatible default",
    "def f(x: str = Depends(plain)) -> None: ...": "Incompatible default",
    "def f(x: str = Depends(yielding)) -> None: ...": "Incompatible default",
    "def f(x: int = Depends(3)) -> None: ...": "overload",
    "def f(x: int = Query(nonsense=3)) -> None: ...": "overload",
    "def f(x: int = Path(3)) -> None: ...": "Too many positional arguments",
}


def _check(source: str, tmp_path: object) -> str:
    api = pytest.importorskip("mypy.api")
    path = tmp_path / "checked.py"  # type: ignore[operator]
    path.write_text(source)
    out, _, _ = api.run(["--strict", "--python-version", "3.10", "--cache-dir", str(tmp_path), str(path)])
    return str(out)


def test_right_use_is_silent_and_wrong_use_is_an_error(tmp_path):
    first = RIGHT.count("\n") + 1
    wrong = "\n".join(line.replace("def f", f"def f{n}") for n, line in enumerate(WRONG))
    said = _check(RIGHT + wrong + "\n", tmp_path).splitlines()
    for number, (line, text) in enumerate(WRONG.items()):
        about = [message for message in said if f"checked.py:{first + number}: error:" in message]
        assert any(text in message for message in about), (line, about)
    assert not [m for m in said if "error:" in m and int(m.split(":")[1]) < first], said
