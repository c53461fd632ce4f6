"""What PostgreSQL knows of its tables after a large import. SQLite does without."""

from __future__ import annotations

from osm.extensions import db

LARGE = 1000
"""Rows. What fewer of them change no plan notices."""


def analyze(rows: int) -> None:
    """After so many new rows let PostgreSQL look at its tables now; its own round (autovacuum) comes within a minute.

    Between two transactions: inside one it would keep others from looking at the tables until the end.
    """
    if rows >= LARGE and db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE (SKIP_LOCKED)")
