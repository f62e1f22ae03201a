"""What is in a static file is kept while it is small, settled and unchanged, and only so much of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ewer import Ewer, Response, _static_files

OLD_S = 1_700_000_000


@pytest.fixture(autouse=True)
def stock_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let responses be made as they come, whatever other tests have set on their class."""
    monkeypatch.setattr(Response, "_is_made_plainly", True)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each file that is opened to be read at once."""
    paths: list[str] = []
    real_open = os.open

    def noting(path: Any, *arguments: Any, **options: Any) -> int:
        paths.append(Path(path).name)
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(os, "open", noting)
    return paths


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every file for one that was changed long ago."""
    monkeypatch.setattr(_static_files, "_KEPT_AFTER_S", -3600.0)


def app_with(folder: Path, **files: bytes) -> Ewer:
    (folder / "static").mkdir()
    for name, data in files.items():
        path = folder / "static" / name
        path.write_bytes(data)
        os.utime(path, (OLD_S, OLD_S))
    return Ewer(__name__, root_path=str(folder))


def get(app: Ewer, name: str) -> bytes:
    reply = app.test_client().get(f"/static/{name}")
    assert reply.status_code == 200
    return reply.data


@pytest.mark.usefixtures("settled")
def test_a_settled_file_is_read_once(tmp_path: Path, opened: list[str]) -> None:
    app = app_with(tmp_path, style=b"a { }")
    assert [get(app, "style") for _ in range(5)] == [b"a { }"] * 5
    assert opened == ["style"]


@pytest.mark.usefixtures("settled")
def test_a_file_that_changed_is_read_again(tmp_path: Path, opened: list[str]) -> None:
    app = app_with(tmp_path, style=b"a { }")
    for _ in range(3):
        get(app, "style")
    (tmp_path / "static" / "style").write_bytes(b"b { }")
    os.utime(tmp_path / "static" / "style", (OLD_S, OLD_S))
    assert [get(app, "style") for _ in range(3)] == [b"b { }"] * 3
    assert opened == ["style", "style"]


def test_a_file_that_has_just_come_is_read_each_time(tmp_path: Path, opened: list[str]) -> None:
    app = app_with(tmp_path, style=b"a { }")
    for _ in range(4):
        get(app, "style")
    assert opened == ["style"] * 3  # the first response is Werkzeug's, which opens it in its own way


@pytest.mark.usefixtures("settled")
def test_only_so_much_is_kept_and_the_rest_is_read_each_time(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_static_files, "_MOST_KEPT_BYTES", 1500)
    app = app_with(tmp_path, first=b"1" * 1000, second=b"2" * 1000)
    for _ in range(4):
        get(app, "first")
        get(app, "second")
    assert (opened.count("first"), opened.count("second")) == (1, 3)


@pytest.mark.usefixtures("settled")
def test_what_a_changed_file_took_is_free_again(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_static_files, "_MOST_KEPT_BYTES", 1500)
    app = app_with(tmp_path, style=b"1" * 1000)
    for content in (b"2", b"3", b"4"):
        (tmp_path / "static" / "style").write_bytes(content * 1000)
        os.utime(tmp_path / "static" / "style", (OLD_S, OLD_S))
        assert [get(app, "style") for _ in range(3)] == [content * 1000] * 3
    assert opened == ["style"] * 3


@pytest.mark.usefixtures("settled")
def test_forgetting_files_forgets_what_they_took(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_static_files, "_MOST_KEPT_BYTES", 1500)
    monkeypatch.setattr(_static_files, "_MOST_FILES", 1)
    app = app_with(tmp_path, first=b"1" * 1000, second=b"2" * 1000)
    for name in ("first", "second", "first"):
        for _ in range(3):
            get(app, name)
    assert opened == ["first", "second", "first"]
