"""Real databases for the tests: SQLite always, PostgreSQL where OSM_TEST_POSTGRES_URL names a server."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool

from osm.base.database import BUSY_TIMEOUT_MS, WRITE, db
from osm.log.acts import contents

SQLITE, POSTGRESQL = "sqlite", "postgresql"

_CAN_BE_EMPTIED: WeakSet[Engine] = WeakSet()


def server_url() -> str:
    """The PostgreSQL server, by any of its databases; empty when there is none."""
    return os.environ.get("OSM_TEST_POSTGRES_URL", "").strip()


def backends() -> list[str]:
    """The databases that this run tests."""
    return [SQLITE, POSTGRESQL] if server_url() else [SQLITE]


@contextmanager
def fresh_database(backend: str, folder: Path, template: str = "") -> Iterator[str]:
    """The address of a database that is dropped afterwards: an empty one, or a copy of the one at `template`, which
    must have no connections.
    """
    if backend == SQLITE:
        file = folder / f"osm-{secrets.token_hex(4)}.sqlite3"
        if template:
            shutil.copyfile(str(make_url(template).database), file)
        yield f"sqlite:///{file}"
        file.unlink(missing_ok=True)
        return
    name, like = f"osm_test_{os.getpid()}_{secrets.token_hex(4)}", make_url(template).database if template else ""
    server = make_url(server_url()).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}"' if like else "")))
        # No commit of any process waits for the disk, since no test cuts the power.
        connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def set_for_tests(engine: Engine) -> None:
    """Remember more compiled statements, since a run sends many times those of an office.

    Before the first connection to SQLite: no commit waits for the disk; and rows come in reverse where ORDER BY is
    missing, so that nothing can rely on the order of writing. PostgreSQL mixes them anyway.
    """
    engine._compiled_cache.capacity = 4_000

    def set_(driver: Any, _record: Any) -> None:
        driver.execute("PRAGMA synchronous = OFF")
        driver.execute("PRAGMA reverse_unordered_selects = ON")

    if engine.dialect.name == SQLITE:
        event.listen(engine, "connect", set_)


def let_go(app: Flask) -> None:
    """Close the connections of this application to its database."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def empty_tables(app: Flask, *, patience_ms: int = 30_000) -> None:
    """Delete all rows, which is quicker than a new database. Rows written by migrations would go too: there are none
    yet.

    The seals of the log go too, also those in the file and the one that the process remembers.

    A test that left a transaction open fails here, by name, after `patience_ms` instead of waiting for ever.
    """
    app.extensions["osm"].settings.seals_file.unlink(missing_ok=True)
    with app.app_context():
        contents.forget()
        names = [f'"{name}"' for name in db.metadata.tables]
        if db.engine.dialect.name == SQLITE:
            _empty_sqlite(names, patience_ms)
            return
        with db.engine.begin() as connection:
            _empty_postgresql(connection, names, patience_ms)


def _empty_postgresql(connection: Connection, names: Sequence[str], patience_ms: int) -> None:
    """Delete rows only from tables that have some: TRUNCATE creates new files for every table and takes fifty times as
    long.

    Needs a superuser. The places of deleted rows are used again: without ORDER BY rows can come in another order than
    they were written, as in a real office and unlike in tables that are new for each test.
    """
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience_ms}")
    connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
    # Neither the triggers that keep the log append-only nor foreign keys, which refer to one another in circles.
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    deletions = " ".join(f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;" for name in names)
    connection.exec_driver_sql(f"DO $$ BEGIN {deletions} END $$")
    connection.exec_driver_sql(
        "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence "
        "WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"
    )


def _empty_sqlite(names: Sequence[str], patience_ms: int) -> None:
    if db.engine not in _CAN_BE_EMPTIED:
        _let_be_emptied(db.engine)
        _CAN_BE_EMPTIED.add(db.engine)
    with db.engine.connect().execution_options(**{WRITE: True}) as connection:
        driver = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {patience_ms}")  # a thread of the test before may still note something
        driver.execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            looks = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in names)
            full = connection.exec_driver_sql(" UNION ALL ".join(looks)).scalars().all()
            connection.exec_driver_sql("PRAGMA user_version = 1")
            for name in full:
                connection.exec_driver_sql(f"DELETE FROM {name}")
            connection.exec_driver_sql("PRAGMA user_version = 0")
            if full:
                connection.exec_driver_sql("DELETE FROM sqlite_sequence")  # ids begin at 1 again, as on PostgreSQL
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _let_be_emptied(engine: Engine) -> None:
    """Once: make the triggers that protect the log allow deleting while `_empty_sqlite` runs.

    Dropping and creating them each time would change the schema, and every connection would have to read it again,
    which takes longer than all the rest.
    """
    with engine.begin() as connection:
        guards = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'"
        ).all()
        assert guards
        for name, sql in guards:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            only = " WHEN (SELECT user_version FROM pragma_user_version) = 0 BEGIN "
            connection.exec_driver_sql(only.join(sql.split(" BEGIN ", 1)))
    # A connection that knows the old tables can fail at its first DELETE («no such table»), because the search table is
    # opened while that statement is being prepared.
    engine.dispose()


@contextmanager
def changes_allowed(connection: Connection) -> Iterator[None]:
    """Inside, the triggers that keep the log append-only are off; an open transaction is needed."""
    if connection.dialect.name == SQLITE:
        triggers = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE 'message_fts%'"
        ).all()
        off = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        on = [sql for _, sql in triggers]
    else:
        tables = (
            connection.exec_driver_sql("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
            .scalars()
            .all()
        )
        off = [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in tables]
        on = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in tables]
    for statement in off:
        connection.exec_driver_sql(statement)
    yield
    for statement in on:
        connection.exec_driver_sql(statement)
