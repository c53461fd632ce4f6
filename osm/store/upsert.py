"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite

from osm.extensions import db

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(model: type[Any]) -> Any:
    """An INSERT into the table of `model` that can handle an existing row."""
    return _INSERT[db.engine.dialect.name](model)


def put(model: type[Any], **values: object) -> None:
    """One row by its primary key, inserted or replaced; of two writers at the same moment the last one wins."""
    key = [column.key for column in inspect(model).primary_key]
    anew = {name: value for name, value in values.items() if name not in key}
    db.session.execute(insert_into(model).values(**values).on_conflict_do_update(index_elements=key, set_=anew))
