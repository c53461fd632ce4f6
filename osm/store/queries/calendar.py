"""Reading the editions of the office's calendar: who decided what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

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
    return _lines(_LINES.limit(SHOWN))


def editions_since(number: int) -> tuple[EditionLine, ...]:
    """What was decided after this edition, newest first."""
    return _lines(_LINES.where(CalendarEdition.number > number).limit(SHOWN))


_LINES = (
    select(CalendarEdition.number, CalendarEdition.action, CalendarEdition.created_at, User.name)
    .outerjoin(User, User.id == CalendarEdition.created_by_id)
    .order_by(CalendarEdition.number.desc())
)


def _lines(query: Select[int, str, datetime, str]) -> tuple[EditionLine, ...]:
    return tuple(EditionLine(number, action, at, name or "") for number, action, at, name in db.session.execute(query))
