"""INSERT … ON CONFLICT: both databases know it, each by a construct of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from osm.extensions import db

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(model: type[Any]) -> Any:
    """An INSERT into the table of `model` that can be told what to do where the row is there already."""
    return _INSERT[db.engine.dialect.name](model)
