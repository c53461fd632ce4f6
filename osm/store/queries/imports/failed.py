"""Loads that came to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import ImportRun, ImportState

SHOWN = 3


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A file that could not be loaded."""

    id: int
    filename: str
    at: datetime


def failed_since(since: datetime) -> list[FailedRun]:
    """The latest, newest first, not more than SHOWN."""
    found = db.session.execute(
        select(ImportRun.id, ImportRun.filename, ImportRun.created_at)
        .where(ImportRun.state == ImportState.FAILED, ImportRun.created_at >= since)
        .order_by(ImportRun.created_at.desc(), ImportRun.id.desc())
        .limit(SHOWN)
    )
    return [FailedRun(*row) for row in found]
