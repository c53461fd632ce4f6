"""How long a comment has waited: in working time, against the office's own target."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from osm.calendar.queries import load_calendar
from osm.regulation.urgency import age

TZ = ZoneInfo("Asia/Vladivostok")

# since | now | text | short | later than two working hours. Wednesday, 25 November 2026, works 09:00–18:00.
TABLE = """
2026-11-25 10:00 | 2026-11-25 10:00 | 0 мин          | 0 мин | no
2026-11-25 10:00 | 2026-11-25 10:45 | 45 мин         | 45 мин | no
2026-11-25 10:00 | 2026-11-25 12:00 | 2 ч            | 2 ч   | no
2026-11-25 10:00 | 2026-11-25 12:01 | 2 ч 1 мин      | 2 ч   | yes
2026-11-24 17:50 | 2026-11-25 09:10 | 20 мин         | 20 мин | no
2026-11-27 19:00 | 2026-11-28 12:00 | 0 мин          | 0 мин | no
2026-11-20 12:00 | 2026-11-25 12:00 | 3 рабочих дня  | 3 дн. | yes
2026-11-25 11:00 | 2026-11-25 10:00 | 0 мин          | 0 мин | no
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_the_age_of_what_waits(row: str) -> None:
    since, now, text, short, late = (cell.strip() for cell in row.split("|"))
    found = age(at(since), at(now), 120, load_calendar())
    assert found is not None
    assert (found.text, found.short, found.is_late) == (text, short, late == "yes")


def test_beyond_the_calendar_there_is_no_age() -> None:
    assert age(at("2040-01-10 10:00"), at("2040-01-11 10:00"), 120, load_calendar()) is None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TZ)
