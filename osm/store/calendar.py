"""The packaged production calendar and terms, read once for each setting; the calendar by an office's decisions."""

from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from osm.regulation.office_calendar import OfficeCalendar
from osm.regulation.parameters import Parameters, parse_parameters
from osm.regulation.production_calendar import Override, YearFacts, parse_facts
from osm.regulation.schedules import DEFAULT_SCHEDULE, Schedule
from osm.regulation.worktime import WorkCalendar, build_calendar


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
