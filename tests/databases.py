"""Real databases for the tests: SQLite always, PostgreSQL where OSM_TEST_POSTGRES_URL names a server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from osm.extensions import db

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def server_url() -> str:
    """The PostgreSQL server, by any of its databases; empty when there is none."""
    return os.environ.get("OSM_TEST_POSTGRES_URL", "").strip()


def backends() -> list[str]:
    """The databases that this run tests."""
    return [SQLITE, POSTGRESQL] if server_url() else [SQLITE]


@contextmanager
def fresh_database(backend: str, folder: Path) -> Iterator[str]:
    """The address of an empty database that is gone afterwards."""
    if backend == SQLITE:
        yield f"sqlite:///{folder / f'osm-{secrets.token_hex(4)}.sqlite3'}"
        return
    name = f"osm_test_{os.getpid()}_{secrets.token_hex(4)}"
    server = make_url(server_url()).set(drivername="postgresql+psycopg")
    admin = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def empty_tables(app: Flask) -> None:
    """Take all rows out, quicker than a new database. What migrations put in would go too: there is nothing yet."""
    with app.app_context(), db.engine.connect() as connection:
        tables = [table.name for table in db.metadata.sorted_tables]
        if db.engine.dialect.name == SQLITE:
            driver = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys = OFF")
            with connection.begin(), changes_allowed(connection):
                for name in tables:
                    connection.exec_driver_sql(f'DELETE FROM "{name}"')
            driver.execute("PRAGMA foreign_keys = ON")
            return
        with connection.begin(), changes_allowed(connection):
            # A test that left a transaction open fails here, by name, instead of waiting for ever.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            names = ", ".join(f'"{name}"' for name in tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


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
