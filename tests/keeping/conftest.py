"""A full installation with its backup, made once for each database, and empty ones beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url

from osm.store import refill, schema
from tests.databases import SQLITE

from .installations import Installation, installed

Install = Callable[[str], Installation]


@pytest.fixture(scope="session")
def _filled(
    template: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], tuple[Installation, Path]]]:
    with ExitStack() as stack:

        @cache
        def filled(backend: str) -> tuple[Installation, Path]:
            folder = tmp_path_factory.mktemp(f"office-{backend}")
            office = installed(stack, backend, folder / "data", template(backend))
            office.fill()
            archive = folder / "osm.zip"
            office.backup(archive)
            return office, archive

        yield filled


@pytest.fixture(scope="session")
def office(_filled: Callable[[str], tuple[Installation, Path]], backend: str) -> Installation:
    """An office that has worked for a while. Tests share it and leave it as it is."""
    return _filled(backend)[0]


@pytest.fixture(scope="session")
def archive(_filled: Callable[[str], tuple[Installation, Path]], backend: str) -> Path:
    """Its backup."""
    return _filled(backend)[1]


@pytest.fixture
def install(template: Callable[[str], str], backend: str, tmp_path: Path) -> Iterator[Install]:
    """`install("new")`: an empty installation in a folder of this name."""
    with ExitStack() as stack:
        yield lambda name: installed(stack, backend, tmp_path / name, template(backend))


@pytest.fixture(scope="session")
def _newest_form(template: Callable[[str], str]) -> list[str]:
    """The statements that make the tables of SQLite as all migrations have left them."""
    with closing(sqlite3.connect(str(make_url(template(SQLITE)).database))) as migrated:
        made = migrated.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT IN "
            "(SELECT name FROM pragma_table_list WHERE type = 'shadow') "
            "ORDER BY type = 'trigger', type = 'index', rowid"
        ).fetchall()
        (revision,) = migrated.execute("SELECT version_num FROM alembic_version").fetchone()
    return [*(sql for (sql,) in made), f"INSERT INTO alembic_version VALUES ('{revision}')"]


@pytest.fixture(autouse=True)
def _quick_tables(_newest_form: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore on SQLite begins with an empty file, and migrations take a second: its tables are made as they
    are in the end. Older versions, PostgreSQL and processes of their own run the migrations.
    """
    really = refill.migrate

    def migrate(connection: Connection, revision: str = "head") -> None:
        new = connection.dialect.name == SQLITE and schema.stored_revision(connection) is None
        if new and revision == schema.newest_revision():
            for statement in _newest_form:
                connection.exec_driver_sql(statement)
        else:
            really(connection, revision)

    monkeypatch.setattr(refill, "migrate", migrate)
