"""The second model counts working time like the cases computed by hand and like a count of single minutes."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from tests.regulation.test_deadline_cases import BACK, ROWS, local

from .facts import FACTS
from .minutes import MINUTE, TZ, Calendar, add, end_of_working_day, next_working, subtract

WEEKS = {
    "S1": {"mon_thu": ("09:00", "18:00"), "fri": ("09:00", "17:00"), "lunch": ("13:00", "14:00")},
    "S2": {"mon_thu": ("09:00", "18:00"), "fri": ("09:00", "17:00"), "lunch": ("13:00", "13:48")},
    "S3": {"mon_thu": ("09:00", "18:00"), "fri": ("09:00", "16:45"), "lunch": ("13:00", "13:45")},
}
OVERRIDES = {
    "a day off by local act": {"2026-07-02": "off"},
    "own hours by local act": {"2026-12-30": [("09:00", "13:00")]},
}
KNOWN = [row for row in ROWS if int(row[1][:4]) in FACTS]
NORMS = {2025: (247, 1972), 2026: (247, 1972), 2027: (247, 1972)}
"""Working days, and working hours of a week of 40, as they are published."""


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: row[-1])
def test_a_case_computed_by_hand(row):
    week, event, importance, counted_from, answer, draft, approve, hour, part, final, special = row
    calendar = Calendar(FACTS, WEEKS[week], OVERRIDES.get(special))
    at, (minutes, reserve) = local(event), {"normal": (420, 180), "high": (180, 120)}[importance]
    answer_due = add(calendar, at, minutes)
    found = [
        next_working(calendar, at),
        answer_due,
        subtract(calendar, answer_due, reserve),
        add(calendar, at, 30),
        add(calendar, at, 60),
        add(calendar, at, 120),
        end_of_working_day(calendar, at, 3),
    ]
    cells = (counted_from, answer, draft, approve, hour, part, final)
    assert [due for due, cell in zip(found, cells, strict=True) if cell != "-"] == [
        local(cell, event[:4]) for cell in cells if cell != "-"
    ]


@pytest.mark.parametrize(("due", "minutes", "expected", "_special"), BACK, ids=[row[-1] for row in BACK])
def test_counting_back(due, minutes, expected, _special):
    assert subtract(Calendar(FACTS, WEEKS["S1"]), local(due), minutes) == local(expected)


@pytest.mark.parametrize("year", NORMS)
def test_a_year_has_the_official_number_of_days_and_hours(year):
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    eight = Calendar(FACTS, {"mon_thu": ("09:00", "18:00"), "fri": ("09:00", "18:00"), "lunch": ("13:00", "14:00")})
    minutes = [len(eight.minutes(day)) for day in days]
    assert (sum(map(bool, minutes)), sum(minutes) // 60) == NORMS[year]


def test_add_and_subtract_agree_with_a_count_of_single_minutes():
    chance, office = random.Random(215), Calendar(FACTS)
    for _ in range(40):
        start = local("2026-04-01 00:00") + chance.randrange(60 * 24 * 60) * MINUTE
        closed_from = start + chance.randrange(-300, 3000) * MINUTE
        closed_to = closed_from + chance.randrange(3000) * MINUTE
        number = chance.randrange(1, 900)

        def counts(minute, closed_from=closed_from, closed_to=closed_to):
            return office.is_working(minute.astimezone(TZ)) and not closed_from <= minute < closed_to

        forward, left = start, number
        while left:
            left -= counts(forward)
            forward += MINUTE
        assert add(office, start, number, [(closed_from, closed_to)]) == forward
        back, left = start, number
        while left:
            back -= MINUTE
            left -= counts(back)
        assert subtract(office, start, number, [(closed_from, closed_to)]) == back
