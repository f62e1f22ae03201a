"""`ewer run` in debug mode: a saved change is served, a broken one is shown and gone with the next save."""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Running, eventually, server

APPLICATION = """
import greetings
from ewer import Ewer

app = Ewer(__name__)


@app.get("/")
def index():
    return greetings.TEXT
"""


class Folder:
    """An application's folder, and the time its files say they were written at, which always moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._moment = time.time() - 100

    def save(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)
        self._moment += 5
        os.utime(self.path / name, (self._moment, self._moment))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.save("app.py", APPLICATION)
    made.save("greetings.py", "TEXT = 'one'\n")
    return made


@pytest.fixture(params=["told", "looking"])
def running(request: pytest.FixtureRequest, folder: Folder) -> Iterator[Running]:
    """A development server that is told of changes by watchfiles, and one that has to look for them."""
    if request.param == "told":
        pytest.importorskip("watchfiles")
    else:
        (folder.path / "watchfiles.py").write_text("raise ImportError('not here')\n")
    arguments = ("-m", "ewer", "--app", "app", "run", "--debug", "--port", "{port}")
    with server(*arguments, folder=folder.path) as started:
        yield started


def text_of(running: Running) -> str:
    try:
        return running.ask("/").text
    except (OSError, http.client.HTTPException):  # the moment between two processes
        return ""


def test_a_saved_change_is_served(running: Running, folder: Folder) -> None:
    eventually(lambda: text_of(running) == "one", "the first answer")

    for text in ("two", "three"):
        folder.save("greetings.py", f"TEXT = {text!r}\n")
        eventually(lambda text=text: text_of(running) == text, f"the answer after saving {text!r}")


def test_a_broken_save_is_shown_and_the_next_one_mends_it(running: Running, folder: Folder) -> None:
    eventually(lambda: text_of(running) == "one", "the first answer")

    folder.save("greetings.py", "TEXT = (\n")
    eventually(lambda: "SyntaxError" in text_of(running), "the error on the page")
    folder.save("greetings.py", "TEXT = 'mended'\n")

    eventually(lambda: text_of(running) == "mended", "the answer after mending")


def test_no_process_is_left_when_the_server_is_stopped(running: Running, folder: Folder) -> None:
    eventually(lambda: text_of(running) == "one", "the first answer")
    folder.save("greetings.py", "TEXT = 'two'\n")
    eventually(lambda: text_of(running) == "two", "the answer after saving")

    running.stop()
