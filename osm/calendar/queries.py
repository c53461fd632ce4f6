"""The editions of the office's calendar: who decided what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select

from osm.extensions import db
from osm.numbers import is_number
from osm.store.models import CalendarEdition, User

SHOWN = 10

CALENDAR_WORDS: dict[str, str] = {
    "calendar_act": "внесён акт на отдельные дни",
    "calendar_act_withdrawn": "акт отозван",
    "calendar_schedule": "внесено расписание",
    "calendar_schedule_withdrawn": "расписание отозвано",
    "calendar_year": "внесён год или постановление",
    "calendar_year_withdrawn": "год или постановление убраны",
    "calendar_presidential": "указы Президента включены или выключены",
}
"""Decision → its name on screens and in the log."""

_CODES = {
    "local": "местный",
    "region": "региональный",
    "off": "выходной",
    "decree": "по постановлению",
    "provisional": "предварительный",
}
_OBJECTS = {"act": "акт", "schedule": "расписание", "year": "год"}


def field_words(name: str) -> str:
    """«акт 3» from «act-3», as the log names it; other names unchanged."""
    kind, _, number = name.partition("-")
    return f"{_OBJECTS[kind]} {number}" if kind in _OBJECTS and is_number(number) else name


def code_words(value: str) -> str:
    """«местный 2026-12-31 выходной» from the codes of a decision in the log."""
    return " ".join(_CODES.get(word, word) for word in value.split(" "))


@dataclass(frozen=True, slots=True)
class EditionLine:
    """One decision about the calendar."""

    number: int
    action: str
    at: datetime
    by: str


def latest_editions() -> tuple[EditionLine, ...]:
    """Newest first."""
    return _lines(_LINES.limit(SHOWN))


def editions_since(number: int) -> tuple[EditionLine, ...]:
    """Decisions after this edition, newest first."""
    return _lines(_LINES.where(CalendarEdition.number > number).limit(SHOWN))


_LINES = (
    select(CalendarEdition.number, CalendarEdition.action, CalendarEdition.created_at, User.name)
    .outerjoin(User, User.id == CalendarEdition.created_by_id)
    .order_by(CalendarEdition.number.desc())
)


def _lines(query: Select[int, str, datetime, str]) -> tuple[EditionLine, ...]:
    return tuple(EditionLine(number, action, at, name or "") for number, action, at, name in db.session.execute(query))
