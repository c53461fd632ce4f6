"""A database from before version 1.0: that of the last version is taken over as it is, any other is left alone.

`before_1_0/` has two of SQLite as the migrations of then had made them, with a few rows: at the last one and at the
first one, of which the number is that of ours.
"""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Event, Message
from osm.register.queries.filter import matching
from osm.settings import SettingsError
from osm.store.schema import (
    FIRST,
    LAST_BEFORE_1_0,
    migrate,
    migration_connection,
    newest_revision,
    set_up,
    stored_revision,
)
from tests.databases import let_go

from .test_migrations import shape, take_all_away


def old_database(revision: str, path: Path) -> None:
    dump = gzip.decompress((Path(__file__).parent / "before_1_0" / f"{revision}.sql.gz").read_bytes())
    with closing(sqlite3.connect(path)) as made:
        made.executescript(dump.decode())


def dumped(path: Path) -> list[str]:
    """All that it holds but the number of its migration."""
    with closing(sqlite3.connect(path)) as made:
        return [line for line in made.iterdump() if not line.startswith('INSERT INTO "alembic_version"')]


def call_it(revision: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def its_number() -> str | None:
    with db.engine.connect() as connection:
        return stored_revision(connection)


@pytest.fixture
def sqlite_file(tmp_path, make_settings):
    """`sqlite_file("0089")`: an application on the database of then, and the file."""
    from osm import create_app

    made = []

    def make(revision: str):
        path = tmp_path / "old.sqlite3"
        old_database(revision, path)
        made.append(create_app(make_settings(OSM_DATABASE_URL=f"sqlite:///{path}")))
        return made[-1], path

    yield make
    for app in made:
        let_go(app)


@pytest.mark.sqlite
def test_a_database_of_the_last_version_before_is_taken_over_as_it_is(sqlite_file):
    app, path = sqlite_file(LAST_BEFORE_1_0)
    before = dumped(path)
    set_up(app)
    with app.app_context():
        assert its_number() == newest_revision()
    if newest_revision() == FIRST:
        assert dumped(path) == before
    with app.app_context():
        assert list(db.session.scalars(matching([["яма"]]))) == list(db.session.scalars(db.select(Message.id))) == [1]
        note = db.session.scalars(db.select(Event)).one().note
        assert note.text == "По телефону"
        with pytest.raises(IntegrityError, match="append-only"), transaction() as session:
            session.execute(text("DELETE FROM event"))


@pytest.mark.sqlite
def test_it_has_the_form_of_a_new_one(sqlite_file, make_app):
    old, _ = sqlite_file(LAST_BEFORE_1_0)
    new = make_app()
    shapes = []
    for app in (old, new):
        set_up(app)
        with app.app_context():
            shapes.append(shape())
    assert shapes[0] == shapes[1]


def test_on_either_database_its_number_becomes_ours(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        before = shape()
        take_all_away()
        with migration_connection(db.engine) as connection:
            migrate(connection, FIRST)
        call_it(LAST_BEFORE_1_0)
        set_up(app)
        assert (its_number(), shape()) == (newest_revision(), before)


@pytest.mark.parametrize("revision", ["0001", "0087", "0088"])
def test_an_older_one_is_refused_and_left_alone(app, revision):
    with app.app_context():
        before = shape()
        call_it(revision)
        try:
            with pytest.raises(
                SettingsError, match=rf"слишком старой версии ОСМ \({revision}\).*последнюю версию до 1.0"
            ):
                set_up(app)
            assert (its_number(), shape()) == (revision, before)
        finally:
            call_it(newest_revision())


@pytest.mark.sqlite
def test_so_is_one_with_the_tables_of_then(sqlite_file):
    app, path = sqlite_file("0001")
    before = dumped(path)
    with pytest.raises(SettingsError, match="слишком старой"):
        set_up(app)
    with app.app_context():
        assert its_number() == "0001"
    assert dumped(path) == before
