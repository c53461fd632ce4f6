"""Many rows at once past the ORM: numbers drawn before they are written, and statements that want no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, func, insert, select, text

from osm.extensions import Base, db


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that are to know nothing of the ORM."""
    return cast(Table, model.__table__)


def draw_ids(model: type[Base], count: int) -> Iterator[int]:
    """So many ids that nobody else gets, in rising order; inside a write transaction.

    A row whose id is known needs no answer when it is written: many go in by one statement that the database and its
    driver have prepared already.
    """
    if count == 0:
        return iter(())
    table = table_of(model)
    if db.engine.dialect.name == "sqlite":
        # The transaction holds the only write lock: nobody can take the next ones before its end.
        first = (db.session.scalar(select(func.max(table.c.id))) or 0) + 1
        return iter(range(first, first + count))
    drawn = db.session.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": table.name, "count": count},
    )
    return iter(sorted(drawn))


def write_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; what is left out takes its default."""
    if rows:
        db.session.execute(insert(table_of(model)), rows)
