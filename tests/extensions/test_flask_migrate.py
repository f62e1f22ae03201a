"""Flask-Migrate on the names of Flask: `flask db` init, migrate, upgrade and downgrade through the CLI runner."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo
from flask_migrate import Migrate, upgrade
from flask_sqlalchemy import SQLAlchemy


def make_app(folder: Path, *, with_email: bool = False) -> Flask:
    app = Flask(__name__, instance_path=str(folder))
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder}/app.db"
    db = SQLAlchemy(app)
    Migrate(app, db, directory=str(folder / "migrations"))

    columns: dict[str, Any] = {"__tablename__": "person", "id": db.Column(db.Integer, primary_key=True)}
    columns["name"] = db.Column(db.String(40))
    if with_email:
        columns["email"] = db.Column(db.String(80))
    type("Person", (db.Model,), columns)
    return app


def run(app: Flask, *args: str) -> Any:
    result = app.test_cli_runner().invoke(args=["db", *args])
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def columns_of(folder: Path) -> set[str]:
    engine = sa.create_engine(f"sqlite:///{folder}/app.db")
    try:
        inspector = sa.inspect(engine)
        if "person" not in inspector.get_table_names():
            return set()
        return {column["name"] for column in inspector.get_columns("person")}
    finally:
        engine.dispose()


@pytest.fixture
def migrated(tmp_path: Path) -> Path:
    app = make_app(tmp_path)
    run(app, "init")
    run(app, "migrate", "-m", "first")
    run(app, "upgrade")
    return tmp_path


def test_init_writes_the_migrations_folder(tmp_path: Path) -> None:
    run(make_app(tmp_path), "init")
    assert {"env.py", "alembic.ini", "versions"} <= {path.name for path in (tmp_path / "migrations").iterdir()}


def test_migrate_and_upgrade_create_the_tables(migrated: Path) -> None:
    assert columns_of(migrated) == {"id", "name"}


def test_a_changed_model_becomes_a_second_revision(migrated: Path) -> None:
    app = make_app(migrated, with_email=True)
    run(app, "migrate", "-m", "email")
    run(app, "upgrade")
    assert columns_of(migrated) == {"id", "name", "email"}
    assert len(list((migrated / "migrations" / "versions").glob("*.py"))) == 2


def test_downgrade_goes_back_to_the_empty_database(migrated: Path) -> None:
    run(make_app(migrated), "downgrade", "base")
    assert columns_of(migrated) == set()


def test_the_database_carries_the_id_of_the_head_revision(migrated: Path) -> None:
    run(make_app(migrated), "current")
    (script,) = (migrated / "migrations" / "versions").glob("*.py")
    found = re.search(r"^revision = '(\w+)'", script.read_text(), re.MULTILINE)
    engine = sa.create_engine(f"sqlite:///{migrated}/app.db")
    with engine.connect() as connection:
        stamped = connection.scalar(sa.text("select version_num from alembic_version"))
    engine.dispose()
    assert found
    assert stamped == found[1]


def test_check_reports_a_missing_migration(migrated: Path) -> None:
    run(make_app(migrated), "check")
    result = make_app(migrated, with_email=True).test_cli_runner().invoke(args=["db", "check"])
    assert result.exit_code != 0


def test_upgrade_can_be_called_from_python(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    run(app, "init")
    run(app, "migrate")
    with app.app_context():
        upgrade()
    assert columns_of(tmp_path) == {"id", "name"}


def test_the_migrate_object_lies_in_the_extensions(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    assert app.extensions["migrate"].directory == str(tmp_path / "migrations")


def test_the_commands_work_through_a_flask_group_with_a_factory(migrated: Path) -> None:
    group = FlaskGroup(create_app=lambda: make_app(migrated))
    info = ScriptInfo(create_app=lambda: make_app(migrated))
    result = CliRunner().invoke(group, ["db", "downgrade", "base"], obj=info)
    assert result.exit_code == 0, result.output
    assert columns_of(migrated) == set()


def test_a_missing_folder_is_reported_by_the_command(tmp_path: Path) -> None:
    result = make_app(tmp_path).test_cli_runner().invoke(args=["db", "migrate"])
    assert result.exit_code == 1
    assert not (tmp_path / "migrations").exists()
