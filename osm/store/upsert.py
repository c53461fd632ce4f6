"""INSERT … ON CONFLICT: both databases know it, each by a construct of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite

from osm.extensions import db

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(model: type[Any]) -> Any:
    """An INSERT into the table of `model` that can be told what to do where the row is there already."""
    return _INSERT[db.engine.dialect.name](model)


def put(model: type[Any], **values: object) -> None:
    """One row by its primary key, new or anew: who writes at the same moment is not in the way, the last one stands."""
    key = [column.key for column in inspect(model).primary_key]
    anew = {name: value for name, value in values.items() if name not in key}
    db.session.execute(insert_into(model).values(**values).on_conflict_do_update(index_elements=key, set_=anew))
