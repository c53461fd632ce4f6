"""The hours of each day: the office's week, and the facts of the production calendar (ТК РФ, decrees, local acts)."""

import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from osm.regulation.errors import WrongMove, WrongParameters

Hours = tuple[tuple[time, time], ...]
"""The working intervals of one day in local time, half-open, in order, without overlap; empty: nobody works."""

WEEK_MINUTES = 40 * 60  # ТК РФ, ст. 91
_HOUR = 60
_INTERVAL = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})\s*[-–—]\s*([0-9]{1,2})[:.]([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seven days, Monday first. Of several schedules the one with the latest `valid_from` not after the day holds."""

    week: tuple[Hours, ...]
    valid_from: date = date.min

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise WrongParameters("week", "в неделе семь дней")
        for hours in self.week:
            check_hours("week", hours)

    @property
    def weekly_minutes(self) -> int:
        return sum(minutes_of(hours) for hours in self.week)


def office_week(mon_thu: str, fri: str, lunch: str, valid_from: date = date.min) -> Schedule:
    """A five-day week with a shorter Friday, each argument as "09:00-18:00"."""
    pause_start, pause_end = _interval("lunch", lunch)

    def with_lunch(key: str, text: str) -> Hours:
        start, end = _interval(key, text)
        return ((start, pause_start), (pause_end, end))

    return Schedule((*[with_lunch("mon_thu", mon_thu)] * 4, with_lunch("fri", fri), (), ()), valid_from)


def parse_hours(key: str, text: str) -> Hours:
    """The hours of one day as people write them: «09:00–13:00, 13:48–18:00»; empty: a day off. WrongParameters."""
    hours = tuple(_interval(key, part) for part in text.replace(";", ",").split(",") if part.strip())
    check_hours(key, hours)
    return hours


def hours_words(hours: Hours) -> str:
    """The inverse of `parse_hours`."""
    return ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in hours)


def check_hours(key: str, hours: Hours) -> None:
    """Raise WrongParameters unless the intervals go forward without overlap."""
    moments = [moment for interval in hours for moment in interval]
    if any(start >= end for start, end in hours) or moments != sorted(moments):
        raise WrongParameters(key, "часы работы должны идти по порядку и не пересекаться")


def minutes_of(hours: Hours) -> int:
    return sum(_minute(end) - _minute(start) for start, end in hours)


def without_last_hour(hours: Hours) -> Hours:
    """The day before a public holiday (ТК РФ, ст. 95): its last working hour falls away."""
    kept, surplus = list(hours), _HOUR
    while kept and surplus:
        start, end = kept.pop()
        length = _minute(end) - _minute(start)
        if length > surplus:
            new_end = _minute(end) - surplus
            kept.append((start, time(new_end // 60, new_end % 60)))
        surplus -= min(surplus, length)
    return tuple(kept)


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _interval(key: str, text: str) -> tuple[time, time]:
    found = _INTERVAL.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        first, first_minute, last, last_minute = map(int, found.groups())
        return time(first, first_minute), time(last, last_minute)
    except ValueError:
        raise WrongParameters(key, f"«{text.strip()}» не похоже на часы работы, нужно как «09:00-18:00»") from None


DEFAULT_SCHEDULE = office_week("09:00-18:00", "09:00-17:00", "13:00-13:48")


WEEKEND, HOLIDAY = "выходной", "праздник"
# --- From the facts of the production calendar to the hours of each day
PRE_HOLIDAY = "предпраздничный день"
_DAY = timedelta(days=1)
_SATURDAY = 5
_ART_95, _ART_112 = "ТК РФ, ст. 95", "ТК РФ, ст. 112"


@dataclass(frozen=True, slots=True)
class YearFacts:
    """What is known of one year. `decree` is empty for a provisional year."""

    year: int
    holidays: frozenset[date]
    moved: tuple[tuple[date, date], ...]
    presidential: tuple[tuple[date, date, str], ...]
    decree: str

    @property
    def provisional(self) -> bool:
        return not self.decree


class Layer(StrEnum):
    """Who issued an override; the local one wins."""

    LOCAL = "local"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Override:
    """One day otherwise than the production calendar says: a day off (no hours) or own hours, by an act."""

    date: date
    hours: Hours
    basis: str
    layer: Layer = Layer.LOCAL

    def __post_init__(self) -> None:
        check_hours(f"{self.date:%d.%m.%Y}", self.hours)


class DayKind(StrEnum):
    """What a day is to the office; of several reasons the strongest act."""

    WORKING = "working"
    SHORTENED = "shortened"  # ТК РФ, ст. 95
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MOVED_OFF = "moved_off"  # a day off that was moved here, by ст. 112 or by the decree
    MOVED_WORK = "moved_work"  # a day off that was moved away by the decree: people work
    PRESIDENT = "president"
    REGION = "region"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Day:
    """One day: its working intervals and, unless it is an ordinary working day, why it is as it is. `basis` names the
    act that makes it so; empty for ordinary working days and weekends."""

    date: date
    hours: Hours
    note: str = ""
    kind: DayKind = DayKind.WORKING
    basis: str = ""


def parse_facts(text: str) -> tuple[YearFacts, ...]:
    """The facts from the text of a TOML file, year by year without a gap. Raises WrongParameters."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongParameters("файл", f"это не TOML ({error})") from error
    holidays = data.pop("holidays", ())
    years = sorted(int(key) for key in data if key.isdecimal())
    if not years or len(years) != len(data) or years != list(range(years[0], years[-1] + 1)):
        raise WrongParameters("годы", "нужны разделы подряд идущих лет и список holidays")
    return tuple(_year(year, holidays, data[str(year)]) for year in years)


def build_days(
    facts: Sequence[YearFacts], schedules: Collection[Schedule], overrides: Collection[Override] = (), *,
    presidential: bool = False,
) -> list[Day]:  # fmt: skip
    """Every day of the known years, in order."""
    by_date = {day.date: day for year in facts for day in _statutory_year(year, schedules)}
    for first, last, decree in (one for year in facts for one in year.presidential if presidential):
        for day in (first + offset * _DAY for offset in range((last - first).days + 1)):
            note = f"нерабочий день по указу Президента {decree}"
            by_date[day] = Day(day, (), note, DayKind.PRESIDENT, f"указ Президента {decree}")
    for layer, words in ((Layer.REGION, "акт региона"), (Layer.LOCAL, "местный акт")):
        for override in overrides:
            if override.layer is layer and override.date in by_date:
                note = f"{words}: {override.basis}" if override.basis else words
                by_date[override.date] = Day(override.date, override.hours, note, DayKind(layer), override.basis)
    return list(by_date.values())


def check_moves(facts: YearFacts) -> None:
    """Refuse what no decree can say. Raises WrongMove with the place of the pair in `facts.moved`."""
    days_off, targets = _statutory_days_off(facts), set[date]()
    for place, (source, target) in enumerate(facts.moved):
        if {source.year, target.year} != {facts.year}:
            raise WrongMove(place, f"обе даты должны быть в {facts.year} году")
        if source not in days_off:
            raise WrongMove(place, f"{source:%d.%m} и так рабочий день, переносить нечего")
        if source in [earlier for earlier, _ in facts.moved[:place]]:
            raise WrongMove(place, f"выходной {source:%d.%m} уже перенесён строкой выше")
        if target in days_off or target in targets:
            raise WrongMove(place, f"{target:%d.%m} и так нерабочий день")
        targets.add(target)


def _statutory_year(facts: YearFacts, schedules: Collection[Schedule]) -> Iterator[Day]:
    """ТК РФ, ст. 95 and 112, and the decree of the year."""
    decree = f"постановление Правительства {facts.decree}"
    days_off = _statutory_days_off(facts)
    works_like: dict[date, date] = {}
    for source, target in facts.moved:
        days_off[target] = (DayKind.MOVED_OFF, f"перенос с {source:%d.%m} по постановлению", decree)
        if source not in facts.holidays:
            del days_off[source]
            works_like[source] = target  # Приказ Минтруда 588н: as long as the day that it was swapped with
    for day in _days_of(facts.year):
        if day in days_off:
            kind, note, basis = days_off[day]
            yield Day(day, (), note, kind, basis)
            continue
        model = works_like.get(day, day)
        hours = _schedule_on(day, schedules).week[model.weekday()]
        kind, note, basis = (
            (DayKind.MOVED_WORK, "рабочий день по постановлению", decree)
            if day in works_like
            else (DayKind.WORKING, "", "")
        )
        if _before_holiday(day, facts) or _before_holiday(model, facts):
            hours, note = without_last_hour(hours), ", ".join(filter(None, (note, PRE_HOLIDAY)))
            kind, basis = (kind, basis) if day in works_like else (DayKind.SHORTENED, _ART_95)
        yield Day(day, hours, note, kind, basis)


def _statutory_days_off(facts: YearFacts) -> dict[date, tuple[DayKind, str, str]]:
    """Days off by the Code alone, with their kind, reason and basis."""
    days_off = dict.fromkeys(_weekends(facts.year), (DayKind.WEEKEND, WEEKEND, ""))
    days_off |= dict.fromkeys(facts.holidays, (DayKind.HOLIDAY, HOLIDAY, _ART_112))
    moved_from = {source for source, _ in facts.moved}
    for holiday in sorted(facts.holidays & _weekends(facts.year) - moved_from):
        if holiday > date(facts.year, 1, 8):
            note = f"выходной перенесён с {holiday:%d.%m}"
            while holiday in days_off:
                holiday += _DAY
            days_off[holiday] = (DayKind.MOVED_OFF, note, _ART_112)
    return days_off


def _before_holiday(day: date, facts: YearFacts) -> bool:
    tomorrow = day + _DAY
    return (tomorrow.month, tomorrow.day) == (1, 1) or tomorrow in facts.holidays


def _schedule_on(day: date, schedules: Collection[Schedule]) -> Schedule:
    valid = [schedule for schedule in schedules if schedule.valid_from <= day]
    if not valid:
        raise WrongParameters("valid_from", f"на {day:%d.%m.%Y} нет расписания работы")
    return max(valid, key=lambda schedule: schedule.valid_from)


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + offset * _DAY for offset in range((date(year + 1, 1, 1) - first).days)]


def _weekends(year: int) -> set[date]:
    return {day for day in _days_of(year) if day.weekday() >= _SATURDAY}


def _year(year: int, holidays: Any, table: Any) -> YearFacts:
    def day(text: str) -> date:
        return date.fromisoformat(f"{year}-{text}")

    try:
        facts = YearFacts(
            year=year,
            holidays=frozenset(day(text) for text in holidays),
            moved=tuple((day(source), day(target)) for source, target in table.get("moved", ())),
            presidential=tuple(
                (day(first), day(last), decree) for first, last, decree in table.get("presidential", ())
            ),
            decree=table.get("decree", ""),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise WrongParameters(str(year), f"дата не разобрана ({error}), нужно как «05-09»") from error
    if not facts.holidays or facts.provisional != bool(table.get("provisional", False)):
        raise WrongParameters(str(year), "нужно постановление (decree) или пометка provisional, и список holidays")
    return facts
