"""The editions of the office's calendar: who decided what, and when."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload

from osm.extensions import db
from osm.numbers import is_number
from osm.store.models import CalendarEdition, Event

SHOWN = 10
CHECKED_YEAR = "calendar_year"
"""What the log calls a year that a person has checked."""

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


def editions_since(number: int = 0) -> Sequence[CalendarEdition]:
    """The latest decisions after this edition, newest first."""
    wanted = select(CalendarEdition).where(CalendarEdition.number > number)
    wanted = wanted.options(defer(CalendarEdition.content), joinedload(CalendarEdition.created_by).lazyload("*"))
    return db.session.scalars(wanted.order_by(CalendarEdition.number.desc()).limit(SHOWN)).all()


def last_check(year: int) -> Event | None:
    """When somebody last said that this year is right, and who."""
    wanted = select(Event).where(Event.object_kind == CHECKED_YEAR, Event.object_id == year)
    return db.session.scalar(wanted.order_by(Event.at.desc(), Event.id.desc()).limit(1))
