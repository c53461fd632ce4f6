"""Dates of an export: every form that is read, every one that is refused, Moscow and local wall clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from osm.connectors.incident_file.cells import MOSCOW, looks_like_date, to_utc, wall_clock

EVENING = datetime(2026, 9, 4, 15, 19)
EVENING_40 = EVENING.replace(second=40)
DAY = datetime(2026, 9, 4)

READ = [
    ("04.09.2026 15:19", EVENING),
    ("4.9.2026 15:19", EVENING),
    ("04.09.26 15:19", EVENING),
    ("04/09/2026 15:19", EVENING),
    ("04-09-2026 15:19", EVENING),
    ("04.09.2026, 15:19", EVENING),
    ("04.09.2026 в 15:19", EVENING),
    ("04.09.2026\u00a0г. 15:19", EVENING),
    ("04.09.2026\n15:19", EVENING),
    ("04.09.2026 15.19", EVENING),
    ("04.09.2026 15:19:40", EVENING_40),
    ("04.09.2026 15:19:40.123", EVENING_40),
    ("04.09.2026 5:09", datetime(2026, 9, 4, 5, 9)),
    ("15:19 04.09.2026", EVENING),
    ("04.09.2026", DAY),
    ("04.09.2026 г.", DAY),
    ("2026-09-04 15:19", EVENING),
    ("2026-09-04T15:19:40", EVENING_40),
    ("2026-09-04", DAY),
    ("2026-09-04T05:19:00Z", datetime(2026, 9, 4, 5, 19, tzinfo=UTC)),
    ("2026-09-04T15:19:00+10:00", EVENING.replace(tzinfo=timezone(timedelta(hours=10)))),
    ("2026-09-04 15:19:00 -0330", EVENING.replace(tzinfo=timezone(timedelta(hours=-3, minutes=-30)))),
    ("4 сентября 2026", DAY),
    ("4 сентября 2026 года", DAY),
    ("4 сентября 2026 г., 15:19", EVENING),
    ("4 СЕН 2026 15:19", EVENING),
    ("4 мая 2026", datetime(2026, 5, 4)),
    ("4 марта 2026 в 15:19", datetime(2026, 3, 4, 15, 19)),
    ("46269,6381944444", EVENING),
    ("46269", DAY),
    (46269, DAY),
    (46269.6381944444, EVENING),
    (datetime(2026, 9, 4, 15, 18, 59, 999_600), EVENING),
    (date(2026, 9, 4), DAY),
]

REFUSED = [
    ("31.09.2026 25:70", "такой даты или времени нет"),
    ("31.09.2026", "такой даты или времени нет"),
    ("29.02.2026", "такой даты или времени нет"),
    ("04.09.2026 24:00", "такой даты или времени нет"),
    ("04.13.2026", "такой даты или времени нет"),
    ("00.09.2026", "такой даты или времени нет"),
    ("2026-02-30", "такой даты или времени нет"),
    ("4 вересня 2026", "такого месяца нет"),
    ("2026-09-04T15:19+99:00", "такого часового пояса нет"),
    ("04.09.1900", "год 1900 невозможен"),
    ("01.01.9999", "год 9999 невозможен"),
    ("0000-01-01", "такой даты или времени нет"),
    (date(1900, 1, 1), "год 1900 невозможен"),
    (datetime(9999, 12, 31, 23, 59, 59, 999_999), "год 9999 невозможен"),
    (1, "это число, а не дата"),
    (2958465, "это число, а не дата"),
    (1e300, "это число, а не дата"),
    (-5.5, "это число, а не дата"),
    (True, "это не дата"),
    ("вчера", "это не дата"),
    ("04.09.2026 утром", "это не дата"),
    ("04.09.2026 – 05.09.2026", "это не дата"),
    ("15:19", "это не дата"),
]


@pytest.mark.parametrize(("cell", "moment"), READ)
def test_a_date_is_read_in_every_form(cell, moment):
    assert wall_clock(cell) == moment


@pytest.mark.parametrize(("cell", "reason"), REFUSED)
def test_what_is_no_date_is_refused_with_its_reason(cell, reason):
    with pytest.raises(ValueError) as refused:
        wall_clock(cell)
    assert str(refused.value) == reason


def test_the_same_wall_clock_is_seven_hours_later_in_moscow():
    local = to_utc(EVENING, ZoneInfo("Asia/Vladivostok"))
    assert local == datetime(2026, 9, 4, 5, 19, tzinfo=UTC)
    assert to_utc(EVENING, MOSCOW) - local == timedelta(hours=7)


def test_an_offset_in_the_cell_outweighs_the_zone():
    assert to_utc(wall_clock("2026-09-04T15:19+10:00"), MOSCOW) == datetime(2026, 9, 4, 5, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "looks"),
    [("04.09.2026", True), (date(2026, 9, 4), True), (46269, False), ("46269", False), ("дом 4", False), ("", False)],
)
def test_a_plain_number_does_not_make_a_column_of_dates(cell, looks):
    assert looks_like_date(cell) is looks
