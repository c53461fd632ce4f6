"""The calendar of a year: months of days with kind, reason and basis; acts, schedules, years, editions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from babel.dates import format_date

from osm.base.errors import NotFound
from osm.calendar.acts import decided_now
from osm.calendar.queries import editions_since, last_check, load_facts
from osm.flow.acts.terms import in_force
from osm.models import CalendarEdition, Event
from osm.regulation.working_time.office_calendar import LAST_YEAR, Act, OfficeCalendar, OwnSchedule
from osm.regulation.working_time.production_calendar import (
    WEEK_MINUTES,
    Day,
    DayKind,
    Schedule,
    YearFacts,
    hours_words,
    minutes_of,
)
from osm.regulation.working_time.worktime import WEEKDAYS, WorkCalendar, duration

#: Kind → its name, and the sign next to the day's number, because colour alone is not enough.
KINDS: dict[DayKind, tuple[str, str]] = {
    DayKind.WORKING: ("рабочий день", ""),
    DayKind.SHORTENED: ("на час короче", "с"),
    DayKind.WEEKEND: ("выходной", "в"),
    DayKind.HOLIDAY: ("праздник", "п"),
    DayKind.MOVED_OFF: ("перенесённый выходной", "пв"),
    DayKind.MOVED_WORK: ("рабочий день вместо выходного", "р"),
    DayKind.PRESIDENT: ("нерабочий день по указу Президента", "у"),
    DayKind.REGION: ("региональный акт", "рг"),
    DayKind.LOCAL: ("местный акт", "м"),
}


@dataclass(frozen=True, slots=True)
class DayCell:
    day: Day
    is_today: bool

    @property
    def kind(self) -> DayKind:
        return self.day.kind

    @property
    def mark(self) -> str:
        return KINDS[self.kind][1]

    @property
    def is_unusual(self) -> bool:
        return self.kind not in (DayKind.WORKING, DayKind.WEEKEND)

    @property
    def title(self) -> str:
        return format_date(self.day.date, "d MMMM, EEEE", locale="ru")

    @property
    def words(self) -> str:
        return day_words(self.day)


@dataclass(frozen=True, slots=True)
class Month:
    """One month: weeks of seven cells (None outside the month), and its unusual days as text."""

    number: int
    name: str
    weeks: tuple[tuple[DayCell | None, ...], ...]
    unusual: tuple[tuple[str, str], ...]
    working_days: int
    minutes: int


@dataclass(frozen=True, slots=True)
class ActLine:
    act: Act
    days: str
    hours: str


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One week of the office; `own` is None for the packaged one."""

    schedule: Schedule
    own: OwnSchedule | None
    days: tuple[tuple[str, str], ...]
    hours: str
    is_off_norm: bool
    in_force: bool


@dataclass(frozen=True, slots=True)
class YearPage:
    edition: int
    year: int
    years: tuple[YearFacts, ...]
    months: tuple[Month, ...]
    decree: str
    is_provisional: bool
    is_entered: bool
    next_year: int | None
    legend: tuple[tuple[DayKind, str, str], ...]
    acts: tuple[ActLine, ...]
    schedules: tuple[ScheduleLine, ...]
    presidential: bool
    warnings: tuple[str, ...]
    history: Sequence[CalendarEdition]
    checked: Event | None  # who last said that the year is right
    is_this_year: bool

    @property
    def working_days(self) -> int:
        return sum(month.working_days for month in self.months)

    @property
    def minutes(self) -> int:
        return sum(month.minutes for month in self.months)


def year_page(asked: int | None, now: datetime) -> YearPage:
    """The calendar of a year; if it is unknown, of the present year or the nearest known one."""
    edition, decided = decided_now()
    calendar = in_force().calendar
    today = calendar.local(now).date()
    facts = {one.year: one for one in decided.facts(load_facts())}
    year = min(max(asked or today.year, min(facts)), max(facts))
    return YearPage(
        edition=edition, year=year, years=tuple(facts.values()),
        months=tuple(_month(calendar, year, month, today) for month in range(1, 13)), decree=facts[year].decree,
        is_provisional=facts[year].provisional, is_entered=decided.own_year(year) is not None,
        next_year=max(facts) + 1 if max(facts) < LAST_YEAR else None,
        legend=tuple((kind, *words) for kind, words in KINDS.items()),
        acts=tuple(
            ActLine(act, span_words(act.days), hours_words(act.hours) or "не работаем")
            for act in decided.acts
            if any(day.year == year for day in act.days)
        ),
        schedules=tuple(_schedules(decided, today)), presidential=decided.presidential, warnings=calendar.warnings,
        history=editions_since(), checked=last_check(year), is_this_year=year == today.year,
    )  # fmt: skip


def may_enter(year: int) -> bool:
    """Whether the office enters the decree of this year, because the product does not include it."""
    return all(facts.year != year or facts.provisional for facts in load_facts())


@dataclass(frozen=True, slots=True)
class YearForm:
    """What the form of a decree needs to know about its year."""

    year: int
    is_new: bool
    is_entered: bool


def year_form(year: int) -> YearForm:
    """Raises NotFound if the year cannot be entered here."""
    decided = decided_now()[1]
    known = {facts.year for facts in decided.facts(load_facts())}
    if not may_enter(year) or not (year in known or year - 1 in known) or year > LAST_YEAR:
        raise NotFound("Год")
    return YearForm(year, year not in known, decided.own_year(year) is not None)


def day_words(day: Day) -> str:
    """«праздник (ТК РФ, ст. 112)»; «местный акт: 09:00–13:00 (распоряжение № 7-р от 25.11.2026)»."""
    label = KINDS[day.kind][0]
    if day.kind in (DayKind.MOVED_OFF, DayKind.MOVED_WORK):
        label = day.note.replace(" по постановлению", "")  # its number follows
    elif day.kind in (DayKind.REGION, DayKind.LOCAL) and not day.hours:
        label += ": не работаем"
    hours = f": {hours_words(day.hours)}" if day.hours else ""
    return label + hours + (f" ({day.basis})" if day.basis else "")


def span_words(days: Sequence[date]) -> str:
    """«31.12.2026», «01.07–03.07.2026», «01.07, 03.07.2026»."""
    if len(days) == 1:
        return f"{days[0]:%d.%m.%Y}"
    if (days[-1] - days[0]).days + 1 == len(days):
        return f"{days[0]:%d.%m}–{days[-1]:%d.%m.%Y}"
    return ", ".join(f"{day:%d.%m}" for day in days[:-1]) + f", {days[-1]:%d.%m.%Y}"


def _month(calendar: WorkCalendar, year: int, number: int, today: date) -> Month:
    first = date(year, number, 1)
    count = ((first + timedelta(31)).replace(day=1) - first).days
    cells = [DayCell(calendar.day(day), day == today) for day in (first + timedelta(n) for n in range(count))]
    padded: list[DayCell | None] = [None] * first.weekday() + [*cells]
    padded += [None] * (-len(padded) % 7)
    return Month(
        number,
        format_date(first, "LLLL", locale="ru"),
        weeks=tuple(tuple(padded[n : n + 7]) for n in range(0, len(padded), 7)),
        unusual=tuple(_runs([cell for cell in cells if cell.is_unusual])),
        working_days=sum(bool(cell.day.hours) for cell in cells),
        minutes=sum(minutes_of(cell.day.hours) for cell in cells),
    )


def _runs(cells: Sequence[DayCell]) -> Iterator[tuple[str, str]]:
    """Consecutive days with the same reason: («01.01–08.01», «праздник (ТК РФ, ст. 112)»)."""
    for words, run in groupby(enumerate(cells), lambda one: (one[1].words, one[1].day.date.toordinal() - one[0])):
        days = [cell.day.date for _, cell in run]
        yield f"{days[0]:%d.%m}" + (f"–{days[-1]:%d.%m}" if len(days) > 1 else ""), words[0]


def _schedules(decided: OfficeCalendar, today: date) -> Iterator[ScheduleLine]:
    """The newest first."""
    own = {one.schedule.valid_from: one for one in decided.schedules}
    current = max(start.valid_from for start in decided.all_schedules() if start.valid_from <= today)
    for schedule in reversed(decided.all_schedules()):
        yield ScheduleLine(
            schedule, own.get(schedule.valid_from), tuple(week_words(schedule)), duration(schedule.weekly_minutes),
            is_off_norm=schedule.weekly_minutes != WEEK_MINUTES, in_force=schedule.valid_from == current,
        )  # fmt: skip


def week_words(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Runs of days with the same hours: («пн–чт», «09:00–13:00, 13:48–18:00»)."""
    start = 0
    for end in range(1, 8):
        if end == 7 or schedule.week[end] != schedule.week[start]:
            days = WEEKDAYS[start] if end - start == 1 else f"{WEEKDAYS[start]}–{WEEKDAYS[end - 1]}"
            yield days, hours_words(schedule.week[start]) or "выходной"
            start = end
