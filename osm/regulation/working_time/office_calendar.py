"""What an office has decided about its own calendar: acts on single days, schedules, years, the President's days.

All of it is one value that never changes: every decision gives another one. Acts and schedules are numbered, so that
one of them can be changed or withdrawn later."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from osm.regulation.errors import MissingInput, WrongMove, refuse
from osm.regulation.working_time.production_calendar import (
    DEFAULT_SCHEDULE,
    Hours,
    Layer,
    Override,
    Schedule,
    YearFacts,
    build_days,
    check_moves,
)

LAST_YEAR = 2060  # a later year is a slip of the keyboard: its holidays are anybody's guess
EARLIEST = date(2013, 1, 1)  # before it no calendar is known, and the packaged week is in force
LONGEST_ACT = 31  # days of one act; what lasts longer is a schedule


@dataclass(frozen=True, slots=True)
class Act:
    """One act about one or several days: days off (no hours), or working days with these hours. It names a dated
    document."""

    number: int
    days: tuple[date, ...]
    hours: Hours
    layer: Layer
    document: str
    signed: date

    @property
    def basis(self) -> str:
        return basis_words(self.document, self.signed)

    def overrides(self) -> Iterator[Override]:
        return (Override(day, self.hours, self.basis, self.layer) for day in self.days)


@dataclass(frozen=True, slots=True)
class OwnSchedule:
    """A week of the office by its own act, in force from its date until the next one."""

    number: int
    schedule: Schedule
    document: str
    signed: date

    @property
    def basis(self) -> str:
        return basis_words(self.document, self.signed)


@dataclass(frozen=True, slots=True)
class OwnYear:
    """A year that was entered here: its decree with what it moved, or without a decree a provisional year."""

    year: int
    decree: str
    moved: tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class OfficeCalendar:
    """All decisions together. `last_number` is the highest ever given, so that none is given twice."""

    acts: tuple[Act, ...] = ()
    schedules: tuple[OwnSchedule, ...] = ()
    years: tuple[OwnYear, ...] = ()
    presidential: bool = False
    last_number: int = 0

    def act(self, number: int) -> Act | None:
        return next((act for act in self.acts if act.number == number), None)

    def own_schedule(self, number: int) -> OwnSchedule | None:
        return next((own for own in self.schedules if own.number == number), None)

    def own_year(self, year: int) -> OwnYear | None:
        return next((own for own in self.years if own.year == year), None)

    def overrides(self) -> tuple[Override, ...]:
        return tuple(override for act in self.acts for override in act.overrides())

    def all_schedules(self) -> tuple[Schedule, ...]:
        """The packaged week, and those of the office after it."""
        own = sorted((own.schedule for own in self.schedules), key=lambda schedule: schedule.valid_from)
        return (DEFAULT_SCHEDULE, *own)

    def facts(self, packaged: Sequence[YearFacts]) -> tuple[YearFacts, ...]:
        """The packaged years, with those that were entered here in their place or after them."""
        known = {facts.year: facts for facts in packaged}
        for own in sorted(self.years, key=lambda own: own.year):
            holidays = holidays_of(own.year, packaged)
            presidential = known[own.year].presidential if own.year in known else ()
            if own.year in known or own.year - 1 in known:
                known[own.year] = YearFacts(own.year, holidays, own.moved, presidential, own.decree)
        return tuple(known[year] for year in sorted(known))


def basis_words(document: str, signed: date) -> str:
    """«распоряжение № 7-р от 25.11.2026»."""
    return f"{document} от {signed:%d.%m.%Y}"


def holidays_of(year: int, packaged: Sequence[YearFacts]) -> frozenset[date]:
    """ТК РФ, ст. 112, as it is in force in the last year that the product knows."""
    return frozenset(day.replace(year=year) for day in packaged[-1].holidays)


# --- Decisions: each returns the new calendar, or raises MissingInput with the wrong field
def with_act(calendar: OfficeCalendar, act: Act, facts: Sequence[YearFacts]) -> OfficeCalendar:
    """Enter an act (number 0), or replace the one with its number. With working hours over several days, the days off
    among them stay days off."""
    rest = tuple(old for old in calendar.acts if old.number != act.number)
    known = {day.date: day for day in build_days(facts, calendar.all_schedules(), presidential=calendar.presidential)}
    if unknown := [day for day in act.days if day not in known]:
        raise MissingInput("first", f"Календаря на {unknown[0]:%Y} год ещё нет. Сначала добавьте этот год.")
    days = act.days if len(act.days) == 1 or not act.hours else tuple(day for day in act.days if known[day].hours)
    refuse("first", not days, "Все эти дни и так нерабочие. Свои часы на выходной задайте отдельно, на один день.")
    for old in rest:
        if old.layer is act.layer and (shared := sorted(set(old.days) & set(days))):
            raise MissingInput(
                "first", f"На {shared[0]:%d.%m.%Y} уже есть акт: {old.basis}. Измените или отзовите его."
            )
    number, last = (act.number, calendar.last_number) if act.number else _next(calendar)
    acts = sorted((*rest, replace(act, number=number, days=days)), key=lambda one: (one.days, one.number))
    return replace(calendar, acts=tuple(acts), last_number=last)


def without_act(calendar: OfficeCalendar, number: int) -> OfficeCalendar:
    return replace(calendar, acts=tuple(act for act in calendar.acts if act.number != number))


def with_schedule(calendar: OfficeCalendar, own: OwnSchedule) -> OfficeCalendar:
    """Enter a schedule (number 0), or put it in the place of the one with its number."""
    rest = tuple(old for old in calendar.schedules if old.number != own.number)
    if not own.schedule.weekly_minutes:
        raise MissingInput("monday", "В такой неделе никто не работает. Укажите часы хотя бы одного дня.")
    if own.schedule.valid_from < EARLIEST:
        raise MissingInput("valid_from", f"Расписание не может действовать раньше {EARLIEST:%d.%m.%Y}. Проверьте дату.")
    if any(old.schedule.valid_from == own.schedule.valid_from for old in rest):
        raise MissingInput("valid_from", "С этой даты уже действует другое расписание. Измените или отзовите его.")
    number, last = (own.number, calendar.last_number) if own.number else _next(calendar)
    schedules = sorted((*rest, replace(own, number=number)), key=lambda one: one.schedule.valid_from)
    return replace(calendar, schedules=tuple(schedules), last_number=last)


def without_schedule(calendar: OfficeCalendar, number: int) -> OfficeCalendar:
    return replace(calendar, schedules=tuple(own for own in calendar.schedules if own.number != number))


def with_year(calendar: OfficeCalendar, own: OwnYear, packaged: Sequence[YearFacts]) -> OfficeCalendar:
    """Enter the decree of a provisional year, or the next year with its decree or without. A year with a decree in the
    product stays as it is. Raises MissingInput; `move-N` is the N-th pair, from 0."""
    known = {facts.year: facts for facts in calendar.facts(packaged)}
    official = {facts.year for facts in packaged if not facts.provisional}
    refuse("year", own.year in official, f"Постановление на {own.year} год уже учтено в программе.")
    if not (own.year in known or own.year - 1 in known) or own.year > LAST_YEAR:
        raise MissingInput("year", f"Годы добавляются подряд: следующий — {max(known) + 1}.")
    refuse("document", own.moved and not own.decree, "Укажите постановление, которым перенесены выходные.")
    try:
        check_moves(YearFacts(own.year, holidays_of(own.year, packaged), own.moved, (), own.decree))
    except WrongMove as error:
        raise MissingInput(f"move-{error.place}", str(error)) from error
    years = sorted((*_other_years(calendar, own.year), own), key=lambda one: one.year)
    return replace(calendar, years=tuple(years))


def without_year(calendar: OfficeCalendar, year: int, packaged: Sequence[YearFacts]) -> OfficeCalendar:
    """Take back what was entered for a year. A year that only was entered here goes, if no later one rests on it."""
    after = replace(calendar, years=_other_years(calendar, year))
    is_packaged = any(facts.year == year for facts in packaged)
    if not is_packaged and calendar.own_year(year + 1):
        raise MissingInput("year", f"Сначала уберите {year + 1} год: годы идут подряд.")
    if not is_packaged and any(day.year == year for act in calendar.acts for day in act.days):
        raise MissingInput("year", f"На {year} год есть местные или региональные акты. Сначала отзовите их.")
    return after


def with_presidential(calendar: OfficeCalendar, wanted: bool) -> OfficeCalendar:
    """Whether the days that the President declared non-working are days off in this office."""
    return replace(calendar, presidential=wanted)


def _other_years(calendar: OfficeCalendar, year: int) -> tuple[OwnYear, ...]:
    return tuple(own for own in calendar.years if own.year != year)


def _next(calendar: OfficeCalendar) -> tuple[int, int]:
    return calendar.last_number + 1, calendar.last_number + 1


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Both ends included. Raises MissingInput."""
    refuse("last", last < first, "Последний день раньше первого. Проверьте даты.")
    count = (last - first).days + 1
    refuse("last", count > LONGEST_ACT, f"Один акт — не более {LONGEST_ACT} дней. На долгий срок внесите расписание.")
    return tuple(first + timedelta(offset) for offset in range(count))


# --- As it is stored
def to_json(calendar: OfficeCalendar) -> dict[str, Any]:
    return {
        "acts": [
            {
                "number": act.number, "days": [day.isoformat() for day in act.days],
                "hours": _hours_to_json(act.hours), "layer": act.layer.value, "document": act.document,
                "signed": act.signed.isoformat(),
            }
            for act in calendar.acts
        ],
        "schedules": [
            {
                "number": own.number, "valid_from": own.schedule.valid_from.isoformat(),
                "week": [_hours_to_json(hours) for hours in own.schedule.week], "document": own.document,
                "signed": own.signed.isoformat(),
            }
            for own in calendar.schedules
        ],
        "years": [
            {
                "year": own.year, "decree": own.decree,
                "moved": [[source.isoformat(), target.isoformat()] for source, target in own.moved],
            }
            for own in calendar.years
        ],
        "presidential": calendar.presidential,
        "last_number": calendar.last_number,
    }  # fmt: skip


def from_json(data: Mapping[str, Any]) -> OfficeCalendar:
    return OfficeCalendar(
        acts=tuple(
            Act(
                number=act["number"], days=tuple(map(date.fromisoformat, act["days"])), hours=_hours(act["hours"]),
                layer=Layer(act["layer"]), document=act["document"], signed=date.fromisoformat(act["signed"]),
            )
            for act in data["acts"]
        ),
        schedules=tuple(
            OwnSchedule(
                number=own["number"],
                schedule=Schedule(tuple(map(_hours, own["week"])), date.fromisoformat(own["valid_from"])),
                document=own["document"], signed=date.fromisoformat(own["signed"]),
            )
            for own in data["schedules"]
        ),
        years=tuple(
            OwnYear(
                own["year"], own["decree"],
                tuple((date.fromisoformat(source), date.fromisoformat(target)) for source, target in own["moved"]),
            )
            for own in data["years"]
        ),
        presidential=data["presidential"],
        last_number=data["last_number"],
    )  # fmt: skip


def _hours_to_json(hours: Hours) -> list[list[str]]:
    return [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in hours]


def _hours(data: Sequence[Sequence[str]]) -> Hours:
    return tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in data)
