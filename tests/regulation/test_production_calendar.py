"""The production calendar: day by day against the `holidays` package, year by year against the published norms."""

from datetime import date, timedelta

import holidays
import pytest

from osm.calendar.queries import load_calendar, load_facts
from osm.regulation.errors import WrongParameters
from osm.regulation.working_time.production_calendar import Schedule, minutes_of, office_week, parse_facts

OFFICIAL = range(2013, 2028)
PROVISIONAL = range(2028, 2031)
# The package does not know that the day off of Saturday, 8 March 2014 moved to Monday.
PACKAGE_IS_WRONG = {date(2014, 3, 10)}
EIGHT_HOURS = Schedule((*office_week("09:00-18:00", "09:00-18:00", "13:00-14:00").week[:5], (), ()))

# year: working days, hours of a forty-hour week, days shortened by an hour
PUBLISHED = {
    2013: (247, 1970, "02-22 03-07 04-30 05-08 06-11 12-31"),
    2014: (247, 1970, "02-24 03-07 04-30 05-08 06-11 12-31"),
    2015: (247, 1971, "04-30 05-08 06-11 11-03 12-31"),
    2016: (247, 1974, "02-20 11-03"),
    2017: (247, 1973, "02-22 03-07 11-03"),
    2018: (247, 1970, "02-22 03-07 04-28 05-08 06-09 12-29"),
    2019: (247, 1970, "02-22 03-07 04-30 05-08 06-11 12-31"),
    2020: (248, 1979, "04-30 05-08 06-11 11-03 12-31"),
    2021: (247, 1972, "02-20 04-30 06-11 11-03"),
    2022: (247, 1973, "02-22 03-05 11-03"),
    2023: (247, 1973, "02-22 03-07 11-03"),
    2024: (248, 1979, "02-22 03-07 05-08 06-11 11-02"),
    2025: (247, 1972, "03-07 04-30 06-11 11-01"),
    2026: (247, 1972, "04-30 05-08 06-11 11-03"),
    2027: (247, 1972, "02-20 04-30 06-11 11-03"),
}


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", OFFICIAL)
def test_working_days_are_those_of_the_package(year: int) -> None:
    package = holidays.country_holidays("RU", years=year)
    differ = {day for day in days_of(year) if package.is_working_day(day) != bool(load_calendar().day(day).hours)}
    assert differ == PACKAGE_IS_WRONG & set(days_of(year))
    assert all(not load_calendar().day(day).hours for day in differ)


@pytest.mark.parametrize("year", OFFICIAL)
def test_days_and_hours_of_the_year_are_those_published(year: int) -> None:
    work_days, norm_hours, shortened = PUBLISHED[year]
    calendar = load_calendar(schedule=EIGHT_HOURS)
    minutes = {day: minutes_of(calendar.day(day).hours) for day in days_of(year)}
    assert sum(bool(worked) for worked in minutes.values()) == work_days
    assert sum(minutes.values()) == norm_hours * 60
    assert [f"{day:%m-%d}" for day, worked in minutes.items() if worked == 7 * 60] == shortened.split()


def test_a_working_saturday_has_the_hours_of_its_swapped_day() -> None:
    calendar = load_calendar()
    for saturday, like in {
        "2024-04-27": "2024-04-22",  # swapped with a Monday
        "2024-12-28": "2024-12-23",
        "2018-04-28": "2018-10-22",  # Monday, less the hour before 1 May
    }.items():
        worked = minutes_of(calendar.day(date.fromisoformat(saturday)).hours)
        model = minutes_of(calendar.day(date.fromisoformat(like)).hours)
        assert worked == model - (60 if saturday.startswith("2018") else 0)


@pytest.mark.parametrize(
    ("day", "note"),
    [
        ("2026-05-01", "праздник"),
        ("2026-05-02", "выходной"),
        ("2026-03-09", "выходной перенесён с 08.03"),
        ("2026-01-09", "перенос с 03.01 по постановлению"),
        ("2026-04-30", "предпраздничный день"),
        ("2024-12-28", "рабочий день по постановлению"),
        ("2025-11-01", "рабочий день по постановлению, предпраздничный день"),
        ("2013-02-25", "рабочий день по постановлению"),
        ("2026-03-17", ""),
    ],
)
def test_every_unusual_day_says_why(day: str, note: str) -> None:
    assert load_calendar().day(date.fromisoformat(day)).note == note


def test_days_of_the_president_are_a_separate_layer() -> None:
    with_layer, without = load_calendar(presidential=True), load_calendar()
    lost = [
        day for year in OFFICIAL for day in days_of(year) if without.day(day).hours and not with_layer.day(day).hours
    ]
    assert len([day for day in lost if day.year == 2020]) == 29
    assert len([day for day in lost if day.year == 2021]) == 7
    assert len(lost) == 36
    assert with_layer.day(date(2020, 7, 1)).note == "нерабочий день по указу Президента от 01.06.2020 № 354"


def test_years_without_a_decree_are_provisional_and_follow_the_code_alone() -> None:
    calendar = load_calendar()
    assert {facts.year for facts in load_facts() if facts.provisional} == set(PROVISIONAL)
    assert sorted(calendar.provisional_years) == list(PROVISIONAL)
    assert not calendar.day(date(2028, 11, 6)).hours  # 4 November 2028 is a Saturday
    assert calendar.day(date(2028, 1, 10)).hours  # New Year's days off are not decreed yet
    assert calendar.day(date(2029, 12, 31)).note == "предпраздничный день"


def test_every_official_year_names_its_decree() -> None:
    assert all("№" in facts.decree for facts in load_facts() if not facts.provisional)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[2026", "файл"),
        ("", "годы"),
        ('holidays=["01-01"]\n[2026]\ndecree="x"\n[2028]\ndecree="x"', "годы"),
        ('holidays=["01-01"]\n[summer]\ndecree="x"', "годы"),
        ('holidays=["02-30"]\n[2026]\ndecree="x"', "2026"),
        ('holidays=["01-01"]\n[2026]\ndecree="x"\nmoved=[["01-03"]]', "2026"),
        ('holidays=["01-01"]\n[2026]\n', "2026"),
        ('holidays=["01-01"]\n[2026]\ndecree="x"\nprovisional=true', "2026"),
        ('[2026]\ndecree="x"', "2026"),
        ('2026="x"', "2026"),
    ],
)
def test_wrong_facts_are_refused(text: str, key: str) -> None:
    with pytest.raises(WrongParameters) as refused:
        parse_facts(text)
    assert refused.value.key == key
