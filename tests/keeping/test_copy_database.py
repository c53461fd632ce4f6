"""The whole database into another one: every row is copied, numbers continue, or the target is unchanged."""

from __future__ import annotations

import os
from contextlib import ExitStack

import pytest
from sqlalchemy import insert, text

from osm.base.database import db
from osm.base.transaction import transaction
from osm.jobs.lease import is_gone
from osm.keeping.acts.nightly import CopyRefused, copy_database
from osm.models import Author
from osm.settings import SettingsError
from osm.store.schema import (
    FIRST,
    LAST_BEFORE_1_0,
    migrate,
    migration_connection,
    newest_revision,
    stored_revision,
)
from tests.conftest import MORNING
from tests.databases import backends

from .installations import Contents, Installation, installed


@pytest.fixture(scope="module")
def full(office):
    """The office, read once, since it does not change here."""
    return office.contents()


def sorted_rows(contents: Contents) -> Contents:
    """Every row except leases; sorted here, since databases sort texts differently."""
    return {name: sorted(rows, key=repr) for name, rows in contents.items() if name != "lease"}


def copy(source: Installation, target: Installation, *, force: bool = False) -> None:
    target.let_go()
    with source.app.app_context():
        copy_database(target.url, MORNING, force=force, is_gone=is_gone)


@pytest.mark.parametrize("kind", backends())
def test_every_row_arrives_and_work_goes_on(kind, office, full, template, tmp_path):
    with ExitStack() as stack:
        target = installed(stack, kind, tmp_path / "target", template(kind))
        copy(office, target)
        assert sorted_rows(target.contents()) == sorted_rows(full)
        assert target.contents()["lease"] == []
        assert target.found("яма") == office.found("яма") != set()
        target.write(1)
        assert max(row[0] for row in target.contents()["event"]) == max(row[0] for row in full["event"]) + 1
        with pytest.raises(CopyRefused, match="--force"):
            copy(office, target)
        copy(office, target, force=True)
        assert sorted_rows(target.contents()) == sorted_rows(full)
    assert office.contents() == full


def test_what_the_target_cannot_take_is_said_and_nothing_changes(install, tmp_path):
    source = install("source")
    with source.app.app_context():
        with pytest.raises(CopyRefused, match="та же самая"):
            copy_database(source.url, MORNING, force=True, is_gone=is_gone)
        with pytest.raises(SettingsError, match="Адрес не разобран"):
            copy_database("mysql://db/osm", MORNING, force=True, is_gone=is_gone)
        with pytest.raises(CopyRefused, match="недоступна"):
            copy_database("postgresql://nobody@127.0.0.1:1/osm", MORNING, force=True, is_gone=is_gone)


@pytest.mark.parametrize(("revision", "words"), [("0087", "слишком старой"), ("r9999", "новее этой программы")])
def test_a_target_of_another_version_is_left_as_it_is(install, revision, words):
    source, target = install("source"), install("target")
    call_it(target, revision)
    target.write(1)
    before = target.contents()
    with pytest.raises(SettingsError, match=words):
        copy(source, target, force=True)
    assert target.contents() == before


def test_a_target_of_the_last_version_before_1_0_is_replaced(install):
    source, target = install("source"), install("target")
    source.write(1)
    with target.app.app_context(), migration_connection(db.engine) as connection:
        for revision in ("base", FIRST):
            migrate(connection, revision)
    call_it(target, LAST_BEFORE_1_0)
    copy(source, target, force=True)
    assert sorted_rows(target.contents()) == sorted_rows(source.contents())
    with target.app.app_context(), db.engine.connect() as connection:
        assert stored_revision(connection) == newest_revision()


def call_it(target: Installation, revision: str) -> None:
    with target.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


@pytest.mark.sqlite
@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_files_of_sqlite_are_private_wherever_they_come_from(install, archive, tmp_path):
    before = os.umask(0)
    try:
        new, copied = install("new"), tmp_path / "copied.sqlite3"
        new.restore(archive)
        with new.app.app_context():
            copy_database(f"sqlite:///{copied}", MORNING, force=True, is_gone=is_gone)
        new.write(1)
        found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.sqlite3*")}
        assert len(found) >= 2
        assert set(found.values()) == {0o600}, found
    finally:
        os.umask(before)


@pytest.mark.postgresql
def test_a_text_that_postgresql_refuses_leaves_it_as_it_was(template, tmp_path):
    with ExitStack() as stack:
        source = installed(stack, "sqlite", tmp_path / "source", template("sqlite"))
        target = installed(stack, "postgresql", tmp_path / "target", template("postgresql"))
        target.write(1)
        before = target.contents()
        with source.app.app_context(), transaction() as session:
            session.execute(insert(Author).values(network="vk", name="ноль\x00внутри"))
        with pytest.raises(CopyRefused, match=r"Таблица author, строка 1: .* Ничего не изменено"):
            copy(source, target, force=True)
        assert target.contents() == before
