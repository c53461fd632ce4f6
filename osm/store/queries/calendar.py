"""Reading the editions of the office's calendar: who decided what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import CalendarEdition, User

SHOWN = 10


@dataclass(frozen=True, slots=True)
class EditionLine:
    """One decision about the calendar."""

    number: int
    action: str
    at: datetime
    by: str


def latest_editions() -> tuple[EditionLine, ...]:
    """The latest decisions, newest first."""
    rows = db.session.execute(
        select(CalendarEdition.number, CalendarEdition.action, CalendarEdition.created_at, User.name)
        .outerjoin(User, User.id == CalendarEdition.created_by_id)
        .order_by(CalendarEdition.number.desc())
        .limit(SHOWN)
    )
    return tuple(EditionLine(number, action, at, name or "") for number, action, at, name in rows)
