"""Flask-SQLAlchemy on the names of Flask: models, session scope, pagination, several databases, signals."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g, jsonify, request
from flask.globals import app_ctx
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.record_queries import get_recorded_queries
from flask_sqlalchemy.track_modifications import models_committed
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Author(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    books: Mapped[list[Book]] = relationship(back_populates="author", cascade="all, delete-orphan")


class Book(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author] = relationship(back_populates="books")


class Visit(db.Model):  # type: ignore[name-defined,misc]
    __bind_key__ = "log"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]


def make_app(folder: Path, **config: Any) -> Flask:
    app = Flask(__name__, instance_path=str(folder))
    app.config.update(
        TESTING=True,
        SQLALCHEMY_DATABASE_URI="sqlite:///main.db",
        SQLALCHEMY_BINDS={"log": "sqlite:///log.db"},
        SQLALCHEMY_RECORD_QUERIES=True,
        SQLALCHEMY_TRACK_MODIFICATIONS=True,
    )
    app.config.update(config)
    db.init_app(app)

    @app.post("/authors")
    def add_author() -> Any:
        author = Author(name=request.form["name"])
        author.books = [Book(title=title) for title in request.form.getlist("title")]
        db.session.add(author)
        db.session.commit()
        return jsonify(id=author.id), 201

    @app.get("/authors/<int:author_id>")
    def show_author(author_id: int) -> Any:
        author = db.get_or_404(Author, author_id, description=f"no author {author_id}")
        return jsonify(name=author.name, books=[book.title for book in author.books])

    @app.get("/books")
    def list_books() -> Any:
        page = db.paginate(db.select(Book).order_by(Book.id), per_page=2)
        return jsonify(titles=[book.title for book in page], pages=page.pages, next=page.next_num, total=page.total)

    @app.get("/first/<title>")
    def first(title: str) -> str:
        return str(db.first_or_404(db.select(Book).filter_by(title=title)).title)

    @app.post("/unsaved")
    def unsaved() -> str:
        db.session.add(Author(name="never committed"))
        db.session.flush()
        if "fail" in request.args:
            raise RuntimeError("view failed after flush")
        return "flushed"

    @app.get("/scope")
    def scope() -> Any:
        return jsonify(
            session=id(db.session()),
            same=db.session() is db.session(),
            registered=id(app_ctx._get_current_object()) in db.session.registry.registry,
        )

    with app.app_context():
        db.create_all()
    return app


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


def seed(application: Flask) -> None:
    reply = application.test_client().post("/authors", data={"name": "Le Guin", "title": ["A", "B", "C"]})
    assert reply.status_code == 201


def test_a_relative_sqlite_path_lies_in_the_instance_folder(application: Flask, tmp_path: Path) -> None:
    assert (tmp_path / "main.db").exists()
    assert (tmp_path / "log.db").exists()


def test_a_row_committed_in_one_request_is_read_in_the_next(application: Flask) -> None:
    seed(application)
    assert application.test_client().get("/authors/1").json == {"name": "Le Guin", "books": ["A", "B", "C"]}


def test_get_or_404_aborts_with_its_description(application: Flask) -> None:
    reply = application.test_client().get("/authors/99")
    assert reply.status_code == 404
    assert "no author 99" in reply.text


def test_first_or_404_finds_or_aborts(application: Flask) -> None:
    seed(application)
    client = application.test_client()
    assert client.get("/first/B").text == "B"
    assert client.get("/first/Z").status_code == 404


def test_paginate_reads_page_and_per_page_from_the_query_string(application: Flask) -> None:
    seed(application)
    client = application.test_client()
    assert client.get("/books").json == {"titles": ["A", "B"], "pages": 2, "next": 2, "total": 3}
    assert client.get("/books?page=2").json == {"titles": ["C"], "pages": 2, "next": None, "total": 3}
    assert client.get("/books?page=3").status_code == 404
    assert client.get("/books?page=one").status_code == 404


def test_the_session_is_removed_with_the_app_context(application: Flask) -> None:
    client = application.test_client()
    assert client.post("/unsaved").text == "flushed"
    with application.app_context():
        assert db.session.scalar(db.select(db.func.count(Author.id))) == 0
    assert db.session.registry.registry == {}


def test_the_session_is_removed_after_a_failing_view(application: Flask) -> None:
    application.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    assert application.test_client().post("/unsaved?fail=1").status_code == 500
    assert db.session.registry.registry == {}


def test_the_scope_of_a_session_is_the_app_context_object(application: Flask) -> None:
    reply = application.test_client().get("/scope").json
    assert reply["same"] is True
    assert reply["registered"] is True


def test_nested_app_contexts_have_sessions_of_their_own(application: Flask) -> None:
    with application.app_context():
        outer = db.session()
        with application.app_context():
            assert db.session() is not outer
        assert db.session() is outer


def test_threads_with_a_context_each_do_not_share_a_session(application: Flask) -> None:
    sessions: list[Any] = []
    gate = threading.Barrier(3)

    def work() -> None:
        with application.app_context():
            sessions.append(db.session())
            gate.wait(10)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    gate.wait(10)
    for thread in threads:
        thread.join()
    assert sessions[0] is not sessions[1]
    assert db.session.registry.registry == {}


def test_a_session_outside_a_context_is_refused(application: Flask) -> None:
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        db.session.execute(db.select(Author))


def test_a_bind_key_sends_a_model_to_its_own_database(application: Flask) -> None:
    with application.app_context():
        db.session.add(Visit(path="/x"))
        db.session.commit()
        assert db.session.get_bind(mapper=Visit).url.database.endswith("log.db")
        assert "visit" not in db.inspect(db.engine).get_table_names()
        assert db.inspect(db.engines["log"]).get_table_names() == ["visit"]


def test_queries_of_a_context_are_recorded_in_g(application: Flask) -> None:
    with application.app_context():
        db.session.execute(db.select(Author))
        (query,) = get_recorded_queries()
        assert "FROM author" in query.statement
        assert g._sqlalchemy_queries == [query]
    with application.app_context():
        assert get_recorded_queries() == []


def test_committed_models_are_signalled_with_the_real_app_as_sender(application: Flask) -> None:
    heard: list[Any] = []

    def on_commit(sender: Flask, changes: list[Any]) -> None:
        heard.append((sender, sorted((type(model).__name__, verb) for model, verb in changes)))

    with models_committed.connected_to(on_commit):
        seed(application)
    assert heard == [(application, [("Author", "insert"), ("Book", "insert"), ("Book", "insert"), ("Book", "insert")])]


def test_the_shell_context_offers_db_and_models(application: Flask) -> None:
    with application.app_context():
        names = application.make_shell_context()
    assert names["db"] is db
    assert names["Author"] is Author


def test_an_app_without_a_database_uri_is_refused() -> None:
    with pytest.raises(RuntimeError, match="SQLALCHEMY_DATABASE_URI"):
        SQLAlchemy().init_app(Flask(__name__))


def test_one_db_object_serves_two_apps(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    first, second = make_app(tmp_path / "one"), make_app(tmp_path / "two")
    seed(first)
    assert first.test_client().get("/authors/1").status_code == 200
    assert second.test_client().get("/authors/1").status_code == 404
