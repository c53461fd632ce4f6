"""How connections behave: PostgreSQL is asked short questions, a file of SQLite is its owner's alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url

from osm.base.database import db, engine_options, prepare
from tests.databases import server_url


@pytest.mark.postgresql  # SQLite has neither
def test_the_application_asks_short_questions(app):
    with app.app_context(), db.engine.connect() as connection:
        told = [
            connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("jit", "max_parallel_workers_per_gather")
        ]
    assert told == ["off", "0"]


@pytest.mark.postgresql
def test_the_address_of_the_database_is_stronger():
    url = make_url(server_url()).set(drivername="postgresql+psycopg", query={"options": "-c jit=on -c work_mem=5MB"})
    engine = create_engine(url, **engine_options(url.render_as_string(hide_password=False), 1))
    with engine.connect() as connection:
        names = ("jit", "work_mem", "max_parallel_workers_per_gather")
        assert [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names] == ["on", "5MB", "0"]
    engine.dispose()


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: f"{path.stat().st_mode & 0o777:o}" for path in folder.iterdir()}


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_only_its_owner_reads_a_file_of_sqlite_nor_what_sqlite_puts_beside_it(before, open_umask, tmp_path):
    path = tmp_path / "osm.sqlite3"
    if before is not None:  # from an earlier version, left by a process that was killed
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as left:
            left.exec_driver_sql("PRAGMA journal_mode = WAL")
            left.exec_driver_sql("CREATE TABLE t (a)")
            for file in tmp_path.iterdir():
                file.chmod(before)
            _check_private(path)
        engine.dispose()
    _check_private(path)


def _check_private(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    prepare(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS written (a)")
        connection.commit()
        assert modes(path.parent) == {"osm.sqlite3": "600", "osm.sqlite3-wal": "600", "osm.sqlite3-shm": "600"}
    engine.dispose()
