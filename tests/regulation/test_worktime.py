"""Working time: properties, an independent minute-by-minute count, and the edges."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osm.calendar.queries import load_calendar
from osm.regulation.errors import CalendarOutOfRange, WrongParameters
from osm.regulation.working_time.production_calendar import Layer, Override, Schedule, office_week, without_last_hour
from osm.regulation.working_time.worktime import WorkCalendar

TZ = ZoneInfo("Asia/Vladivostok")
EASY = office_week("09:00-18:00", "09:00-17:00", "13:00-14:00")
CALENDARS = [
    load_calendar(),
    load_calendar(schedule=EASY, presidential=True),
    load_calendar(schedule=office_week("08:30-17:15", "08:30-16:00", "12:15-12:45"), tz="Asia/Kamchatka"),
]
# Whole seconds, a year away from both edges; on both sides of the change of the local clock in 2014.
INSTANTS = st.integers(
    int(datetime(2014, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2029, 12, 1, tzinfo=UTC).timestamp())
).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
MINUTES = st.integers(1, 60 * 60)
ANY_CALENDAR = st.sampled_from(CALENDARS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)


@given(ANY_CALENDAR, INSTANTS, MINUTES)
def test_subtract_undoes_add_on_working_instants(calendar: WorkCalendar, instant: datetime, minutes: int) -> None:
    start = calendar.next_working(instant)
    assert calendar.subtract(calendar.add(start, minutes), minutes) == start


@given(ANY_CALENDAR, INSTANTS, MINUTES)
def test_exactly_the_term_lies_between(calendar: WorkCalendar, instant: datetime, minutes: int) -> None:
    assert calendar.between(instant, calendar.add(instant, minutes)) == minutes
    assert calendar.between(calendar.subtract(instant, minutes), instant) == minutes


@given(ANY_CALENDAR, INSTANTS, INSTANTS, MINUTES)
def test_who_comes_first_is_due_first(calendar: WorkCalendar, one: datetime, other: datetime, minutes: int) -> None:
    first, second = sorted((one, other))
    assert calendar.add(first, minutes) <= calendar.add(second, minutes)
    assert calendar.subtract(first, minutes) <= calendar.subtract(second, minutes)
    assert calendar.add_working_days(first, 3) <= calendar.add_working_days(second, 3)


@given(ANY_CALENDAR, INSTANTS, MINUTES)
def test_a_term_ends_in_working_time_or_at_its_end(calendar: WorkCalendar, instant: datetime, minutes: int) -> None:
    due = calendar.add(instant, minutes)
    assert calendar.is_working(due - timedelta(seconds=1))
    assert calendar.is_working(calendar.subtract(instant, minutes))


@given(ANY_CALENDAR, st.lists(INSTANTS, min_size=3, max_size=3))
def test_between_is_additive(calendar: WorkCalendar, instants: list[datetime]) -> None:
    a, b, c = sorted(instants)
    whole = calendar.between(a, c) * 60
    assert round(whole) == round(calendar.between(a, b) * 60) + round(calendar.between(b, c) * 60)
    assert calendar.between(c, a) == -calendar.between(a, c)
    stretches = [piece.end - piece.start for piece in calendar.pieces(a, b)]
    assert sum(stretches, timedelta()) == timedelta(minutes=calendar.between(a, b))


@given(ANY_CALENDAR, INSTANTS, st.integers(0, 999_999))
def test_a_fraction_of_a_second_is_dropped(calendar: WorkCalendar, instant: datetime, microsecond: int) -> None:
    assert calendar.add(instant.replace(microsecond=microsecond), 420) == calendar.add(instant, 420)


# The oracle has the hours of a day in words and walks through the minutes; it shares no arithmetic with the calendar.
WEEK = {0: (9, 18), 1: (9, 18), 2: (9, 18), 3: (9, 18), 4: (9, 17)}
SPECIAL = {  # the year 2026 and the edges of its neighbours, written down by hand from the decrees
    **dict.fromkeys((date(2026, 1, day) for day in range(1, 12)), None),
    **dict.fromkeys(map(date.fromisoformat, ["2025-12-31", "2026-02-23", "2026-03-09", "2026-05-01", "2026-05-11"])),
    **dict.fromkeys(map(date.fromisoformat, ["2026-06-12", "2026-11-04", "2026-12-31"])),
    **dict.fromkeys((date(2027, 1, day) for day in range(1, 11)), None),
    date(2026, 4, 30): (9, 17),
    date(2026, 5, 8): (9, 16),
    date(2026, 6, 11): (9, 17),
    date(2026, 11, 3): (9, 17),
}


@cache
def works(minute: datetime) -> bool:
    hours = SPECIAL.get(minute.date(), WEEK.get(minute.weekday()))
    return bool(hours) and hours[0] <= minute.hour < hours[1] and minute.hour != 13


def slow_add(minute: datetime, minutes: int) -> datetime:
    while minutes:
        minutes -= works(minute)
        minute += timedelta(minutes=1)
    return minute


def slow_subtract(minute: datetime, minutes: int) -> datetime:
    while minutes:
        minute -= timedelta(minutes=1)
        minutes -= works(minute)
    return minute


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 12), datetime(2026, 12, 30)).map(lambda t: t.replace(second=0, microsecond=0)),
    st.integers(1, 600),
)
def test_against_the_minute_by_minute_count(minute: datetime, minutes: int) -> None:
    calendar = load_calendar(schedule=EASY)
    local = minute.replace(tzinfo=TZ)
    assert calendar.is_working(local) == works(minute)
    assert calendar.add(local, minutes).replace(tzinfo=None) == slow_add(minute, minutes)
    assert calendar.subtract(local, minutes).replace(tzinfo=None) == slow_subtract(minute, minutes)


@pytest.mark.parametrize("edge", ["2012-12-31 23:59:59", "2031-01-01 00:00:00", "1969-07-20 00:00:00"])
def test_instants_outside_the_known_years_are_refused(edge: str) -> None:
    calendar, instant = load_calendar(), at(edge)
    for question in (
        lambda: calendar.add(instant, 1),
        lambda: calendar.add(instant, 0),
        lambda: calendar.subtract(instant, 1),
        lambda: calendar.between(instant, at("2026-03-17 10:00")),
        lambda: calendar.next_working(instant),
        lambda: calendar.is_working(instant),
        lambda: calendar.add_working_days(instant, 3),
        lambda: calendar.day(instant.date()),
    ):
        with pytest.raises(CalendarOutOfRange, match="нет производственного календаря"):
            question()


def test_terms_that_leave_the_known_years_are_refused() -> None:
    calendar = load_calendar()
    last = calendar.add(at("2030-12-30 09:00"), 60)
    assert last == at("2030-12-30 10:00")
    with pytest.raises(CalendarOutOfRange, match=r"01\.01\.2031"):
        calendar.add(at("2030-12-31 17:00"), 61)
    with pytest.raises(CalendarOutOfRange, match=r"01\.01\.2031"):
        calendar.next_working(at("2030-12-31 23:00"))
    with pytest.raises(CalendarOutOfRange, match=r"01\.01\.2031"):
        calendar.add_working_days(at("2030-12-31 10:00"), 1)
    with pytest.raises(CalendarOutOfRange, match=r"31\.12\.2012"):
        calendar.subtract(at("2013-01-09 10:00"), 61)
    with pytest.raises(CalendarOutOfRange, match=r"31\.12\.2012"):
        calendar.add_working_days(at("2013-01-09 10:00"), -1)
    assert calendar.subtract(at("2013-01-09 10:00"), 60) == at("2013-01-09 09:00")


def test_the_first_and_last_second_of_python_are_refused_too() -> None:
    for instant in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        with pytest.raises(CalendarOutOfRange):
            load_calendar().add(instant, 1)


def test_an_instant_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        load_calendar().add(datetime(2026, 3, 17, 10), 60)


def test_zero_and_negative_terms() -> None:
    calendar = load_calendar()
    night = at("2026-03-18 02:15")
    assert calendar.add(night, 0) == calendar.subtract(night, 0) == night
    assert calendar.add(night, -60) == calendar.subtract(night, 60) == at("2026-03-17 17:00")
    assert calendar.subtract(night, -60) == calendar.add(night, 60) == at("2026-03-18 10:00")
    assert calendar.add_working_days(at("2026-03-18 02:15"), 0) == at("2026-03-18 18:00")
    assert calendar.add_working_days(at("2026-03-21 12:00"), 0) == at("2026-03-20 17:00")
    assert calendar.add_working_days(at("2026-03-21 12:00"), -1) == at("2026-03-19 18:00")


def test_earliest_and_latest_instant_at_a_border() -> None:
    calendar = load_calendar()
    assert calendar.add(at("2026-03-20 16:00"), 60) == at("2026-03-20 17:00")
    assert calendar.subtract(at("2026-03-23 10:00"), 60) == at("2026-03-23 09:00")


@pytest.mark.parametrize(
    ("instant", "working", "opening"),
    [
        ("2026-03-17 08:59:59", False, "2026-03-17 09:00"),
        ("2026-03-17 09:00:00", True, "2026-03-17 09:00"),
        ("2026-03-17 12:59:59", True, "2026-03-17 12:59:59"),
        ("2026-03-17 13:00:00", False, "2026-03-17 13:48"),
        ("2026-03-17 13:48:00", True, "2026-03-17 13:48"),
        ("2026-03-20 17:00:00", False, "2026-03-23 09:00"),
    ],
)
def test_intervals_are_half_open(instant: str, working: bool, opening: str) -> None:
    assert load_calendar().is_working(at(instant)) is working
    assert load_calendar().next_working(at(instant)) == at(opening)


def test_local_acts_win_over_regional_ones_and_those_over_the_president() -> None:
    monday = date(2021, 5, 4)
    region = Override(monday, ((time(9), time(12)),), "закон края", Layer.REGION)
    local = Override(monday, ((time(10), time(11)),), "приказ")
    elsewhere = Override(date(2040, 1, 1), (), "дальше календаря")

    def hours(*overrides: Override) -> tuple[tuple[time, time], ...]:
        return load_calendar(overrides=overrides, presidential=True).day(monday).hours

    assert hours() == ()
    assert hours(region) == region.hours
    assert hours(local, region) == hours(region, local) == local.hours
    assert hours(elsewhere) == ()


def test_a_schedule_holds_from_its_date() -> None:
    new = office_week("08:00-17:00", "08:00-16:00", "12:00-12:48", valid_from=date(2026, 7, 1))
    calendar = load_calendar(schedule=[new, EASY])
    assert calendar.day(date(2026, 6, 30)).hours[0][0] == time(9)
    assert calendar.day(date(2026, 7, 1)).hours[0][0] == time(8)
    with pytest.raises(WrongParameters, match="нет расписания"):
        load_calendar(schedule=new)


def test_a_week_that_is_not_forty_hours_draws_a_warning() -> None:
    assert load_calendar().warnings == ()
    [warning] = load_calendar(schedule=EASY).warnings
    assert "39 ч вместо 40 ч" in warning


def test_the_version_differs_between_calendars() -> None:
    act = Override(date(2026, 7, 2), (), "распоряжение")
    calendars = [
        load_calendar(),
        load_calendar(schedule=EASY),
        load_calendar(presidential=True),
        load_calendar(overrides=[act]),
        load_calendar(tz="Asia/Kamchatka"),
    ]
    assert len({calendar.version for calendar in calendars}) == len(calendars)
    assert load_calendar() is load_calendar()
    assert all(0 < len(calendar.version) <= 80 for calendar in calendars)


@pytest.mark.parametrize(
    ("hours", "left"),
    [
        ([(9, 0, 13, 0), (14, 0, 18, 0)], [(9, 0, 13, 0), (14, 0, 17, 0)]),
        ([(9, 0, 13, 0), (14, 0, 15, 0)], [(9, 0, 13, 0)]),
        ([(9, 0, 13, 0), (14, 0, 14, 30)], [(9, 0, 12, 30)]),
        ([(9, 0, 9, 30)], []),
        ([], []),
    ],
)
def test_the_last_working_hour_falls_away(hours: list[tuple[int, ...]], left: list[tuple[int, ...]]) -> None:
    def intervals(numbers: list[tuple[int, ...]]) -> tuple[tuple[time, time], ...]:
        return tuple((time(a, b), time(c, d)) for a, b, c, d in numbers)

    assert without_last_hour(intervals(hours)) == intervals(left)


@pytest.mark.parametrize("wrong", ["18:00-09:00", "09:00", "9-18", "09:00-12:00"])
def test_impossible_hours_are_refused(wrong: str) -> None:
    with pytest.raises(WrongParameters):
        office_week(wrong, "09:00-17:00", "13:00-13:48")


def test_overlapping_hours_are_refused() -> None:
    overlap = ((time(9), time(13)), (time(12), time(18)))
    with pytest.raises(WrongParameters, match="не пересекаться"):
        Override(date(2026, 7, 2), overlap, "распоряжение")
    with pytest.raises(WrongParameters, match="семь дней"):
        Schedule(((),) * 6)
