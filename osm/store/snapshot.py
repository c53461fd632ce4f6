"""The whole database as it was at one instant, while others continue to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from osm.store.schema import stored_revision


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that does not see later commits. It blocks no other.

    SQLite in WAL: a reading transaction keeps its view from its first read on. PostgreSQL: REPEATABLE READ.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            stored_revision(connection)  # the first read
            yield connection
