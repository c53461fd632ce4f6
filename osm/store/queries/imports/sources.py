"""Reading the sources of imports for administration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from osm.extensions import db
from osm.store.models import ImportRun, ImportSource


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source. `mapping` as it is kept, empty where none is; `runs`: how often it was loaded."""

    id: int
    version: int
    name: str
    times: str
    mapping: Mapping[str, Any]
    runs: int
    last_run: datetime | None


def sources() -> tuple[SourceLine, ...]:
    """All of them, the last used first."""
    return tuple(_lines())


def source(source_id: int) -> SourceLine | None:
    return next((line for line in _lines(source_id)), None)


def _lines(source_id: int | None = None) -> list[SourceLine]:
    query = (
        select(ImportSource, func.count(ImportRun.id), func.max(ImportRun.created_at))
        .outerjoin(ImportRun, ImportRun.source_id == ImportSource.id)
        .group_by(ImportSource.id)
        .order_by(func.max(ImportRun.id).desc(), ImportSource.name)
    )
    if source_id is not None:
        query = query.where(ImportSource.id == source_id)
    return [
        SourceLine(row.id, row.version, row.name, row.times, row.mapping, runs, last)
        for row, runs, last in db.session.execute(query)
    ]
