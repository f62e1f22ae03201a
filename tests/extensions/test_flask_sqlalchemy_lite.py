"""Flask-SQLAlchemy-Lite on the names of Flask: engines from the config, sync and async sessions per context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


db = SQLAlchemy()


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    app = Flask(__name__, instance_path=str(tmp_path))
    app.config["SQLALCHEMY_ENGINES"] = {"default": f"sqlite:///{tmp_path}/notes.db"}
    db.init_app(app)

    @app.post("/<text>")
    def add(text: str) -> Any:
        note = Note(text=text)
        db.session.add(note)
        db.session.commit()
        return {"id": note.id}

    @app.get("/<int:note_id>")
    def show(note_id: int) -> Any:
        note = db.session.get(Note, note_id)
        return note.text if note else ("none", 404)

    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def test_a_row_is_written_and_read(application: Flask) -> None:
    client = application.test_client()
    assert client.post("/hello").json == {"id": 1}
    assert client.get("/1").text == "hello"
    assert client.get("/2").status_code == 404


def test_each_context_has_a_session_of_its_own(application: Flask) -> None:
    with application.app_context():
        first = db.session
        assert db.session is first
        with application.app_context():
            assert db.session is not first


def test_the_shell_offers_the_database(application: Flask) -> None:
    assert application.shell_context_processors
