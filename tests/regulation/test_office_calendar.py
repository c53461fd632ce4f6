"""An office's decisions about its calendar: the result of each, what is refused, that storing loses nothing."""

from __future__ import annotations

import json
from datetime import date, time

import pytest

from osm.calendar.queries import load_facts, office_calendar
from osm.regulation.errors import MissingInput, WrongMove
from osm.regulation.working_time.office_calendar import (
    Act,
    OfficeCalendar,
    OwnSchedule,
    OwnYear,
    days_between,
    from_json,
    holidays_of,
    to_json,
    with_act,
    with_presidential,
    with_schedule,
    with_year,
    without_act,
    without_year,
)
from osm.regulation.working_time.production_calendar import (
    DayKind,
    Layer,
    YearFacts,
    check_moves,
    office_week,
    parse_hours,
)

SIGNED = date(2026, 3, 1)
EMPTY = OfficeCalendar()
FACTS = load_facts()


def act(*days: str, hours: str = "", layer: Layer = Layer.LOCAL, number: int = 0) -> Act:
    return Act(number, tuple(map(date.fromisoformat, days)), parse_hours("hours", hours), layer, "закон", SIGNED)


def entered(*acts: Act) -> OfficeCalendar:
    calendar = EMPTY
    for one in acts:
        calendar = with_act(calendar, one, calendar.facts(FACTS))
    return calendar


# day | what was decided | kind and hours of the day afterwards
KINDS = [
    ("2026-03-17", EMPTY, DayKind.WORKING, "09:00–13:00, 13:48–18:00"),
    ("2026-03-21", EMPTY, DayKind.WEEKEND, ""),
    ("2026-05-09", EMPTY, DayKind.HOLIDAY, ""),
    ("2026-05-11", EMPTY, DayKind.MOVED_OFF, ""),
    ("2026-04-30", EMPTY, DayKind.SHORTENED, "09:00–13:00, 13:48–17:00"),
    ("2024-12-28", EMPTY, DayKind.MOVED_WORK, "09:00–13:00, 13:48–18:00"),
    ("2025-11-01", EMPTY, DayKind.MOVED_WORK, "09:00–13:00, 13:48–17:00"),
    ("2021-05-05", EMPTY, DayKind.WORKING, "09:00–13:00, 13:48–18:00"),
    ("2021-05-05", with_presidential(EMPTY, True), DayKind.PRESIDENT, ""),
    ("2021-05-05", with_presidential(entered(act("2021-05-05", hours="10:00-12:00", layer=Layer.REGION)), True),
     DayKind.REGION, "10:00–12:00"),
    ("2021-05-05", entered(act("2021-05-05", layer=Layer.REGION), act("2021-05-05", hours="10:00-11:00")),
     DayKind.LOCAL, "10:00–11:00"),
    ("2026-05-09", entered(act("2026-05-09", hours="09:00-12:00")), DayKind.LOCAL, "09:00–12:00"),
    ("2026-07-01", with_schedule(EMPTY, OwnSchedule(0, office_week("08:00-17:00", "08:00-16:00", "12:00-12:48",
     date(2026, 7, 1)), "приказ", SIGNED)), DayKind.WORKING, "08:00–12:00, 12:48–17:00"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "decided", "kind", "hours"), KINDS)
def test_the_strongest_act_decides_what_a_day_is(day: str, decided: OfficeCalendar, kind: DayKind, hours: str) -> None:
    found = office_calendar(decided, "Asia/Vladivostok").day(date.fromisoformat(day))
    assert (found.kind, found.hours) == (kind, parse_hours("hours", hours))


def test_days_off_inside_an_act_of_several_days_with_hours_stay_off() -> None:
    week = tuple(day.isoformat() for day in days_between(date(2026, 5, 8), date(2026, 5, 12)))
    [kept] = entered(act(*week, hours="09:00-12:00")).acts
    assert kept.days == (date(2026, 5, 8), date(2026, 5, 12))


REFUSED = [
    (lambda: entered(act("2026-07-01"), act("2026-07-01")), "first"),
    (lambda: entered(act("2031-01-09")), "first"),
    (lambda: entered(act("2026-07-04", "2026-07-05", hours="09:00-12:00")), "first"),
    (lambda: days_between(date(2026, 7, 2), date(2026, 7, 1)), "last"),
    (lambda: days_between(date(2026, 7, 1), date(2026, 8, 1)), "last"),
    (lambda: with_year(EMPTY, OwnYear(2026, "от 1", ()), FACTS), "year"),
    (lambda: with_year(EMPTY, OwnYear(2032, "", ()), FACTS), "year"),
    (lambda: with_year(EMPTY, OwnYear(2028, "", ((date(2028, 1, 8), date(2028, 1, 10)),)), FACTS), "document"),
    (lambda: with_year(EMPTY, OwnYear(2028, "от 1", ((date(2028, 1, 11), date(2028, 1, 12)),)), FACTS), "move-0"),
    (lambda: without_year(with_years(2031, 2032), 2031, FACTS), "year"),
    (lambda: without_year(with_act(with_years(2031), act("2031-07-01"), with_years(2031).facts(FACTS)), 2031, FACTS),
     "year"),
]  # fmt: skip


def with_years(*years: int) -> OfficeCalendar:
    calendar = EMPTY
    for year in years:
        calendar = with_year(calendar, OwnYear(year, "", ()), FACTS)
    return calendar


@pytest.mark.parametrize(("decide", "field"), REFUSED)
def test_an_impossible_value_names_its_field(decide, field: str) -> None:
    with pytest.raises(MissingInput) as refused:
        decide()
    assert refused.value.field == field


def test_two_acts_of_different_layers_may_meet_and_numbers_are_given_once() -> None:
    calendar = entered(act("2026-07-01"), act("2026-07-01", layer=Layer.REGION))
    assert [one.number for one in calendar.acts] == [1, 2]
    again = with_act(without_act(calendar, 2), act("2026-07-03"), FACTS)
    assert [one.number for one in again.acts] == [1, 3]


@pytest.mark.parametrize("facts", [facts for facts in FACTS if facts.decree], ids=lambda facts: str(facts.year))
def test_every_decree_so_far_could_have_been_entered(facts: YearFacts) -> None:
    check_moves(facts)
    for source, target in facts.moved:
        with pytest.raises(WrongMove):
            check_moves(YearFacts(facts.year, facts.holidays, (*facts.moved, (source, target)), (), facts.decree))


def test_storing_loses_nothing() -> None:
    calendar = with_presidential(entered(act("2026-07-01", hours="09:00-12:30"), act("2026-07-02")), True)
    schedule = office_week("08:00-17:00", "08:00-16:00", "12:00-12:48", date(2026, 7, 1))
    calendar = with_schedule(calendar, OwnSchedule(0, schedule, "приказ № 3", SIGNED))
    calendar = with_year(calendar, OwnYear(2028, "от 1", ((date(2028, 1, 8), date(2028, 1, 10)),)), FACTS)
    assert from_json(json.loads(json.dumps(to_json(calendar)))) == calendar
    assert calendar.schedules[0].schedule.week[0][0] == (time(8), time(12))


def test_holidays_of_a_year_that_is_added_are_those_of_the_code() -> None:
    assert {f"{day:%m-%d}" for day in holidays_of(2031, FACTS)} == {f"{day:%m-%d}" for day in FACTS[-1].holidays}
