"""The editions of the office's calendar: who decided what, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import SessionTransaction, defer, joinedload

from osm.base.database import db
from osm.base.numbers import is_number
from osm.models import CalendarEdition, Event
from osm.regulation.parameters import Parameters, parse_parameters
from osm.regulation.working_time.office_calendar import OfficeCalendar, from_json
from osm.regulation.working_time.production_calendar import DEFAULT_SCHEDULE, Override, Schedule, YearFacts, parse_facts
from osm.regulation.working_time.worktime import WorkCalendar, build_calendar

SHOWN = 10
CHECKED_YEAR = "calendar_year"  # what the log calls a year that a person has checked

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


# --- The packaged production calendar and terms, read once for each setting; the calendar by an office's decisions
def load_calendar(
    *, tz: str = "Asia/Vladivostok", schedule: Schedule | Iterable[Schedule] | None = None,
    overrides: Iterable[Override] = (), presidential: bool = False, facts: Iterable[YearFacts] | None = None,
) -> WorkCalendar:  # fmt: skip
    """The calendar of this office: the facts with its own hours and acts, built once for the same call."""
    schedules = (schedule or DEFAULT_SCHEDULE,) if schedule is None or isinstance(schedule, Schedule) else schedule
    years = load_facts() if facts is None else tuple(facts)
    return _calendar(tz, tuple(schedules), tuple(overrides), presidential, years)


def office_calendar(decided: OfficeCalendar, tz: str) -> WorkCalendar:
    """The calendar after what the office has decided, built once for the same decisions."""
    return load_calendar(
        tz=tz, schedule=decided.all_schedules(), overrides=decided.overrides(), presidential=decided.presidential,
        facts=decided.facts(load_facts()),
    )  # fmt: skip


@lru_cache(maxsize=8)
def load_parameters(path: Path | None = None) -> Parameters:
    """The terms of Postanovlenie 215, or those of another act from `path`. Raises WrongParameters, OSError."""
    return parse_parameters(path.read_text(encoding="utf-8") if path else _packaged("lesozavodsk_215.toml"))


@lru_cache(maxsize=1)
def load_facts() -> tuple[YearFacts, ...]:
    """What the product knows of the years' holidays and moved days."""
    return parse_facts(_packaged("working_time/calendar_ru.toml"))


@lru_cache(maxsize=8)
def _calendar(
    tz: str, schedules: tuple[Schedule, ...], overrides: tuple[Override, ...], presidential: bool,
    facts: tuple[YearFacts, ...],
) -> WorkCalendar:  # fmt: skip
    return build_calendar(facts, schedules, ZoneInfo(tz), overrides, presidential=presidential)


def _packaged(name: str) -> str:
    return resources.files("osm.regulation").joinpath(*name.split("/")).read_text(encoding="utf-8")


# --- Editions of the office's calendar
_KEY = "osm_edition"


@dataclass(frozen=True, slots=True)
class Edition:
    """Number, digest and beginning of an edition; number 0 before the office has decided anything."""

    number: int
    digest: str
    since: datetime | None


NONE = Edition(0, "", None)


_NEWEST = (
    select(CalendarEdition.number, CalendarEdition.digest, CalendarEdition.created_at)
    .order_by(CalendarEdition.number.desc())
    .limit(1)
)


def edition_in_force() -> Edition:
    """The newest edition, asked for once in each transaction: a decision never rests on an older one. Nothing that
    waits in the session is written by asking."""
    session = db.session()
    kept: tuple[SessionTransaction, Edition] | None = session.info.get(_KEY)
    if kept is not None and kept[0] is session.get_transaction():
        return kept[1]
    row = session.connection().execute(_NEWEST).first()
    found = Edition(*row) if row else NONE
    transaction = session.get_transaction()
    assert transaction is not None, "asking has begun one"
    session.info[_KEY] = (transaction, found)
    return found


def forget() -> None:
    """Ask again: this transaction has stored an edition."""
    db.session().info.pop(_KEY, None)


def decided_in(number: int) -> OfficeCalendar:
    if number == NONE.number:
        return OfficeCalendar()
    content = db.session.execute(select(CalendarEdition.content).where(CalendarEdition.number == number)).scalar_one()
    return from_json(content)
