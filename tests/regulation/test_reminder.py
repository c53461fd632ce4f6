"""The reminder of the final term: from which instant, over days off, and the same as a limit on terms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from osm.calendar.queries import load_calendar
from osm.regulation.urgency import is_reminded, reminded_until, reminder_of

CALENDAR = load_calendar()


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=CALENDAR.tz)


@pytest.mark.parametrize(
    ("due", "since"),
    [
        ("26.11.2026 18:00", "25.11.2026 18:00"),  # Thursday after Wednesday
        ("27.11.2026 17:00", "26.11.2026 17:00"),  # Friday closes earlier
        ("30.11.2026 18:00", "27.11.2026 17:00"),  # Monday: Friday at its close
        ("13.01.2026 18:00", "12.01.2026 18:00"),
        ("12.01.2026 18:00", "30.12.2025 18:00"),  # the first day after the holidays
    ],
)
def test_a_working_day_before_the_term(due, since):
    instant = reminder_of(at(due).astimezone(UTC), CALENDAR)
    assert f"{CALENDAR.local(instant):%d.%m.%Y %H:%M}" == since
    assert not is_reminded(at(due), at(since) - timedelta(minutes=1), CALENDAR)
    assert is_reminded(at(due), at(since), CALENDAR)
    assert is_reminded(at(due), at(due), CALENDAR)
    assert not is_reminded(at(due), at(due) + timedelta(minutes=1), CALENDAR), "what is late needs no reminder"


def test_no_term_no_reminder_and_none_beyond_the_calendar():
    assert not is_reminded(None, at("25.11.2026 10:00"), CALENDAR)
    assert reminder_of(datetime(1980, 1, 3, tzinfo=UTC), CALENDAR) is None


def test_the_border_equals_the_reminder_at_every_hour_of_a_month():
    closings = [CALENDAR.add_working_days(at("10.12.2026 12:00"), days) for days in range(1, 20)]
    now = at("10.12.2026 00:00")
    while now < at("15.01.2027 00:00"):
        border = reminded_until(now, CALENDAR)
        for due in closings:
            if due >= now:
                assert (due <= border) == is_reminded(due, now, CALENDAR), (now, due)
        now += timedelta(minutes=53)
