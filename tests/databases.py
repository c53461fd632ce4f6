"""Real databases for the tests: SQLite always, PostgreSQL where OSM_TEST_POSTGRES_URL names a server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, make_url, text
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
            with connection.begin():
                for name in tables:
                    connection.exec_driver_sql(f'DELETE FROM "{name}"')
            driver.execute("PRAGMA foreign_keys = ON")
            return
        with connection.begin():
            # A test that left a transaction open fails here, by name, instead of waiting for ever.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            names = ", ".join(f'"{name}"' for name in tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
