"""The duty roster as rules: days and hours become turns, overlapping turns are found."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from osm.regulation.control import Turn, first_clash, turns_of
from tests.office import at

VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")
LINES = {
    "a working day": ((25, 25, time(9), time(18)), [("25.11 09:00", "25.11 18:00")]),
    "over the night": ((25, 25, time(18), time(9)), [("25.11 18:00", "26.11 09:00")]),
    "a day and a night": ((25, 25, time(9), time(9)), [("25.11 09:00", "26.11 09:00")]),
    "three nights": (
        (25, 27, time(18), time(9)),
        [("25.11 18:00", "26.11 09:00"), ("26.11 18:00", "27.11 09:00"), ("27.11 18:00", "28.11 09:00")],
    ),
}


@pytest.mark.parametrize(("line", "turns"), LINES.values(), ids=LINES)
def test_a_line_of_the_roster(line, turns):
    first, last, begins, ends = line
    found = turns_of(date(2026, 11, first), date(2026, 11, last), begins, ends, VLADIVOSTOK)
    assert found == [Turn(at(begin), at(end)) for begin, end in turns]


NIGHT = Turn(at("25.11 18:00"), at("26.11 09:00"))
MEETING = {
    "the same": (NIGHT, True),
    "who comes next": (Turn(at("26.11 09:00"), at("26.11 18:00")), False),
    "a minute of it": (Turn(at("26.11 08:59"), at("26.11 18:00")), True),
    "within it": (Turn(at("25.11 20:00"), at("25.11 21:00")), True),
    "a day later": (Turn(*(end + timedelta(days=1) for end in (NIGHT.begins, NIGHT.ends))), False),
}


@pytest.mark.parametrize(("other", "meets"), MEETING.values(), ids=MEETING)
def test_two_are_on_duty_at_once(other, meets):
    assert (first_clash([other], [NIGHT]) is not None) == meets
    assert (first_clash([NIGHT, other], []) is not None) == meets
