"""The packaged production calendar and terms, read once for each setting; the calendar by an office's decisions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import SessionTransaction

from osm.extensions import db
from osm.regulation.office_calendar import OfficeCalendar, from_json
from osm.regulation.parameters import Parameters, parse_parameters
from osm.regulation.production_calendar import Override, YearFacts, parse_facts
from osm.regulation.schedules import DEFAULT_SCHEDULE, Schedule
from osm.regulation.worktime import WorkCalendar, build_calendar
from osm.store.models import CalendarEdition


def load_calendar(
    *,
    tz: str = "Asia/Vladivostok",
    schedule: Schedule | Iterable[Schedule] | None = None,
    overrides: Iterable[Override] = (),
    presidential: bool = False,
    facts: Iterable[YearFacts] | None = None,
) -> WorkCalendar:
    """The calendar of this office: the facts with its own hours and acts, built once for the same call."""
    schedules = (schedule or DEFAULT_SCHEDULE,) if schedule is None or isinstance(schedule, Schedule) else schedule
    years = load_facts() if facts is None else tuple(facts)
    return _calendar(tz, tuple(schedules), tuple(overrides), presidential, years)


def office_calendar(decided: OfficeCalendar, tz: str) -> WorkCalendar:
    """The calendar after what the office has decided, built once for the same decisions."""
    return load_calendar(
        tz=tz,
        schedule=decided.all_schedules(),
        overrides=decided.overrides(),
        presidential=decided.presidential,
        facts=decided.facts(load_facts()),
    )


@lru_cache(maxsize=8)
def load_parameters(path: Path | None = None) -> Parameters:
    """The terms of Postanovlenie 215, or those of another act from `path`. Raises WrongParameters, OSError."""
    return parse_parameters(path.read_text(encoding="utf-8") if path else _packaged("lesozavodsk_215.toml"))


@lru_cache(maxsize=1)
def load_facts() -> tuple[YearFacts, ...]:
    """What the product knows of the years' holidays and moved days."""
    return parse_facts(_packaged("calendar_ru.toml"))


@lru_cache(maxsize=8)
def _calendar(
    tz: str,
    schedules: tuple[Schedule, ...],
    overrides: tuple[Override, ...],
    presidential: bool,
    facts: tuple[YearFacts, ...],
) -> WorkCalendar:
    return build_calendar(facts, schedules, ZoneInfo(tz), overrides, presidential=presidential)


def _packaged(name: str) -> str:
    return resources.files("osm.regulation").joinpath(name).read_text(encoding="utf-8")


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
    """The newest edition, asked for once in each transaction: a decision never rests on an older one.

    Nothing that waits in the session is written by asking.
    """
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
    """What the office had decided by an edition."""
    if number == NONE.number:
        return OfficeCalendar()
    content = db.session.execute(select(CalendarEdition.content).where(CalendarEdition.number == number)).scalar_one()
    return from_json(content)
