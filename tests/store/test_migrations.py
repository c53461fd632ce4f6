"""Migrations: one head, up and down, equal to the models, safe when two processes start at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import inspect, text

from osm.base.database import db
from osm.settings import SettingsError
from osm.store.schema import (
    MIGRATIONS,
    is_of_models,
    known_revisions,
    migrate,
    migration_connection,
    newest_revision,
    set_up,
    stored_revision,
)

from ..forks import FORKS
from ..keeping.killed import start_together
from .next_migration import next_migration


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return set(filter(is_of_models, inspect(db.engine).get_table_names())) - {"alembic_version"}


def shape() -> dict[str, object]:
    """A table's full definition in a form that can be compared; checks as the database wrote them."""
    found: dict[str, object] = {}
    inspector = inspect(db.engine)
    for name in sorted(set(filter(is_of_models, inspector.get_table_names())) - {"alembic_version"}):
        found[name] = {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(name)
                if is_of_models(column["name"])
            },
            "primary": inspector.get_pk_constraint(name)["constrained_columns"],
            "foreign": {
                key["name"]: (key["constrained_columns"], key["referred_table"], key["options"].get("ondelete"))
                for key in inspector.get_foreign_keys(name)
            },
            "unique": {key["name"]: key["column_names"] for key in inspector.get_unique_constraints(name)},
            "checks": {key["name"]: key["sqltext"] for key in inspector.get_check_constraints(name)},
            "indexes": {
                index["name"]: (
                    index["column_names"],
                    bool(index["unique"]),
                    str({key: str(value) for key, value in index.get("dialect_options", {}).items()}),
                )
                for index in inspector.get_indexes(name)
                if is_of_models(index["name"])
            },
        }
    return found


def take_all_away() -> None:
    with migration_connection(db.engine) as connection:
        migrate(connection, "base")


def test_there_is_one_head():
    assert scripts().get_heads() == [newest_revision()]


def test_a_file_begins_with_the_number_of_its_migration():
    assert {script.revision for script in scripts().walk_revisions()} == known_revisions()


def test_an_empty_database_is_set_up_and_a_second_time_changes_nothing(make_app):
    app: Flask = make_app()
    set_up(app)
    assert tables(app) == set(db.metadata.tables)
    set_up(app)
    with app.app_context(), db.engine.connect() as connection:
        assert stored_revision(connection) == newest_revision()


def test_the_models_and_the_migrations_say_the_same(make_app):
    app: Flask = make_app()
    set_up(app)
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": lambda _object, name, *_: is_of_models(name)}
        )
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.nightly(on="postgresql")
def test_checks_keys_and_indexes_are_those_of_the_models(make_app):
    app: Flask = make_app()
    set_up(app)
    with app.app_context():
        migrated = shape()
        take_all_away()
        # On PostgreSQL SQLAlchemy adds the keys of a circle last and remembers it for the whole process: SQLite, which
        # can add none, would be created without them.
        for table in db.metadata.tables.values():
            for key in table.foreign_key_constraints:
                key._create_rule = None
        db.create_all()
        assert shape() == migrated


@pytest.mark.nightly(on="postgresql")
def test_each_migration_goes_up_and_down_again(make_app):
    app: Flask = make_app()
    set_up(app)
    with app.app_context():
        full = shape()
        take_all_away()
    assert tables(app) == set()
    set_up(app)
    with app.app_context():
        assert shape() == full


def test_the_next_migration_has_the_next_number_and_goes_up_and_down(make_app, tmp_path):
    app: Flask = make_app()
    set_up(app)
    last = newest_revision()
    with next_migration(app, tmp_path) as made:
        assert made.name == f"r{int(last[1:]) + 1:04}_a_table_of_tomorrow.py"
        assert newest_revision() == made.name[:5]
        set_up(app)
        assert "tomorrow" in tables(app)
        with app.app_context():
            downgrade(directory=str(made.parent.parent), revision=last)
            with db.engine.connect() as connection:
                assert stored_revision(connection) == last
        assert "tomorrow" not in tables(app)


def test_a_database_that_is_newer_than_the_program_is_refused_and_left_alone(make_app):
    app: Flask = make_app()
    set_up(app)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of-tomorrow'"))
    with pytest.raises(SettingsError, match="новее этой программы"):
        set_up(app)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path, make_settings):
    from osm import create_app

    app = create_app(make_settings(OSM_DATABASE_URL="postgresql://osm:hidden@127.0.0.1:1/osm"))
    with pytest.raises(SettingsError, match="недоступна") as refused:
        set_up(app)
    assert "hidden" not in str(refused.value)
    assert "127.0.0.1:1" in str(refused.value)


@pytest.mark.nightly(on="sqlite")
def test_four_processes_that_start_at_once_do_not_collide(database_url, tmp_path, make_app: Callable[..., Flask]):
    environ = {"OSM_DATA_DIR": str(tmp_path / "data"), "OSM_DATABASE_URL": database_url}
    barrier = FORKS.Barrier(4)
    running = [FORKS.Process(target=start_together, args=(environ, barrier), daemon=True) for _ in range(4)]
    for process in running:
        process.start()
    for process in running:
        process.join(180)
    assert [process.exitcode for process in running] == [0, 0, 0, 0]
    assert tables(make_app()) == set(db.metadata.tables)
