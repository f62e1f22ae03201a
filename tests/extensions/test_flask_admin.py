"""Flask-Admin on the names of Flask: model CRUD, filters, actions, access rules, own views, file browser."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect, request, url_for
from flask_admin import Admin, AdminIndexView, BaseView, expose
from flask_admin.actions import action
from flask_admin.contrib.fileadmin import FileAdmin
from flask_admin.contrib.sqla import ModelView
from flask_admin.menu import MenuLink
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy


class BookView(ModelView):
    column_searchable_list = ("title",)
    column_filters = ("title",)
    column_editable_list = ("title",)
    can_export = True
    can_view_details = True
    page_size = 3

    @action("shout", "Shout", "Sure?")
    def shout(self, ids: list[str]) -> None:
        for key in ids:
            book = self.get_one(key)
            book.title = book.title.upper()
        self.session.commit()


class Guarded(BaseView):
    def is_accessible(self) -> bool:
        return bool(request.args.get("key") == "sesame")

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        return redirect(url_for("admin.index", refused=name))

    @expose("/")
    def index(self) -> Any:
        return self.render("guarded.html")

    @expose("/async/")
    async def answer(self) -> str:
        return "async answer"


class Home(AdminIndexView):
    @expose("/")
    def index(self) -> Any:
        return "home of the admin"


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "guarded.html").write_text(
        "{% extends 'admin/master.html' %}{% block body %}<p>guarded: {{ admin_view.name }}</p>{% endblock %}"
    )
    files = tmp_path / "files"
    files.mkdir()
    (files / "note.txt").write_text("a note")

    app = Flask(__name__, template_folder=str(templates))
    app.testing = True
    app.secret_key = "k" * 32
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/admin.db"
    db = SQLAlchemy(app)
    Babel(app)

    class Book(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        title = db.Column(db.String(60), nullable=False)

    admin = Admin(app, name="Shop", index_view=Home(url="/admin"))
    admin.add_view(BookView(Book, db.session, endpoint="books", category="Stock"))
    admin.add_view(Guarded(name="Guarded", endpoint="guarded"))
    admin.add_view(FileAdmin(str(files), name="Files", endpoint="files"))
    admin.add_link(MenuLink(name="Home page", url="/"))
    app.extensions["test"] = (db, Book)
    with app.app_context():
        db.create_all()
    return app


def titles(application: Flask) -> list[str]:
    db, book = application.extensions["test"]
    with application.app_context():
        return [str(row.title) for row in db.session.scalars(db.select(book).order_by(book.id))]


def create(application: Flask, *names: str) -> Any:
    client = application.test_client()
    for name in names:
        reply = client.post("/admin/books/new/", data={"title": name})
        assert (reply.status_code, reply.location) == (302, "/admin/books/")
    return client


def test_the_index_view_is_the_given_one(application: Flask) -> None:
    assert application.test_client().get("/admin/").text == "home of the admin"


def test_a_record_is_created_and_listed(application: Flask) -> None:
    client = create(application, "Dune")
    page = client.get("/admin/books/").text
    assert "Dune" in page
    assert "Record was successfully created." in page
    assert titles(application) == ["Dune"]


def test_a_record_without_a_required_field_is_refused(application: Flask) -> None:
    reply = application.test_client().post("/admin/books/new/", data={"title": ""})
    assert reply.status_code == 200
    assert "This field is required." in reply.text
    assert titles(application) == []


def test_a_record_is_edited(application: Flask) -> None:
    client = create(application, "Dune")
    assert 'value="Dune"' in client.get("/admin/books/edit/?id=1").text
    client.post("/admin/books/edit/?id=1", data={"title": "Emma"})
    assert titles(application) == ["Emma"]


def test_a_record_is_deleted(application: Flask) -> None:
    client = create(application, "Dune", "Emma")
    client.post("/admin/books/delete/", data={"id": "1"})
    assert titles(application) == ["Emma"]


def test_the_details_of_a_record_are_shown(application: Flask) -> None:
    client = create(application, "Dune")
    assert "Dune" in client.get("/admin/books/details/?id=1").text


def test_the_list_is_searched(application: Flask) -> None:
    client = create(application, "Dune", "Emma")
    page = client.get("/admin/books/?search=Em").text
    assert "Emma" in page
    assert "Dune" not in page


def test_the_list_is_filtered_and_sorted(application: Flask) -> None:
    client = create(application, "Dune", "Emma", "Ulysses")
    page = client.get("/admin/books/?flt0_title_equals=Emma").text
    assert "Emma" in page
    descending = client.get("/admin/books/?sort=0&desc=1").text
    assert descending.index("Ulysses") < descending.index("Dune")


def test_the_list_is_cut_into_pages(application: Flask) -> None:
    client = create(application, "Book1", "Book2", "Book3", "Book4")
    assert "Book4" not in client.get("/admin/books/").text
    assert "Book4" in client.get("/admin/books/?page=1").text


def test_a_cell_is_edited_in_place(application: Flask) -> None:
    client = create(application, "Dune")
    reply = client.post("/admin/books/ajax/update/", data={"list_form_pk": "1", "title": "Dune II"})
    assert reply.text == "Record was successfully saved."
    assert titles(application) == ["Dune II"]


def test_a_bulk_action_reaches_the_chosen_records(application: Flask) -> None:
    client = create(application, "Dune", "Emma", "Ulysses")
    client.post("/admin/books/action/", data={"action": "shout", "rowid": ["1", "3"], "url": "/admin/books/"})
    assert titles(application) == ["DUNE", "Emma", "ULYSSES"]


def test_the_list_is_exported_as_csv(application: Flask) -> None:
    client = create(application, "Dune", "Emma")
    reply = client.get("/admin/books/export/csv/")
    assert reply.mimetype == "text/csv"
    assert "attachment" in reply.headers["Content-Disposition"]
    assert reply.text.split() == ["Title", "Dune", "Emma"]


def test_an_inaccessible_view_answers_with_its_callback(application: Flask) -> None:
    reply = application.test_client().get("/admin/guarded/")
    assert reply.location == "/admin/?refused=index"


def test_an_accessible_view_renders_its_template_within_the_layout(application: Flask) -> None:
    page = application.test_client().get("/admin/guarded/?key=sesame").text
    assert "guarded: Guarded" in page
    assert "<title>" in page
    assert "Home page" in page


def test_an_exposed_method_may_be_async(application: Flask) -> None:
    assert application.test_client().get("/admin/guarded/async/?key=sesame").text == "async answer"


def test_an_inaccessible_view_is_not_in_the_menu(application: Flask) -> None:
    assert "/admin/guarded/" not in application.test_client().get("/admin/books/").text


def test_static_files_of_the_admin_are_served(application: Flask) -> None:
    with application.test_request_context():
        url = url_for("admin.static", filename="admin/js/helpers.js")
    reply = application.test_client().get(url)
    assert reply.status_code == 200
    assert "javascript" in reply.mimetype


def test_a_file_is_listed_downloaded_and_uploaded(application: Flask, tmp_path: Path) -> None:
    client = application.test_client()
    assert "note.txt" in client.get("/admin/files/").text
    assert client.get("/admin/files/download/note.txt").text == "a note"
    client.post("/admin/files/upload/", data={"upload": (io.BytesIO(b"new"), "new.txt")})
    assert (tmp_path / "files" / "new.txt").read_bytes() == b"new"


def test_a_path_outside_the_folder_is_refused(application: Flask) -> None:
    assert application.test_client().get("/admin/files/download/../admin.db").status_code in {302, 404}


def test_two_admins_live_in_one_app(application: Flask) -> None:
    second = Admin(application, name="Second", index_view=Home(endpoint="second", url="/second"), endpoint="second")
    assert [admin.name for admin in application.extensions["admin"]] == ["Shop", "Second"]
    assert second.endpoint == "second"
    assert application.test_client().get("/second/").status_code == 200
