"""The reserve before the term of the answer, by reading 7 of the clauses."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from osm.calendar.queries import load_calendar, load_parameters
from osm.regulation.deadlines import Reserve, reserve
from osm.regulation.words import ClockKind, Importance, Status

TERMS = {"parameters": load_parameters(), "calendar": load_calendar()}


def at(text: str) -> datetime:
    """«09:30» of Tuesday 17 March 2026, or «18.03 09:30»."""
    day, _, clock = text.rpartition(" ")
    return datetime.strptime(f"2026 {day or '17.03'} {clock}", "%Y %d.%m %H:%M").replace(
        tzinfo=ZoneInfo("Asia/Vladivostok")
    )


# Selected at 09:00: the answer is due at 16:48, the draft at 13:48 (lunch 13:00–13:48).
@pytest.mark.parametrize(
    ("status", "running", "now", "minutes", "after_return"),
    [
        (Status.ON_APPROVAL, {"approve": "10:30"}, "10:00", 330, 240),
        (Status.ON_APPROVAL, {"approve": "14:18"}, "14:00", 150, 60),
        (Status.REWORK, {"rework": "15:18"}, "14:30", 60, -30),  # the first return leaves an hour, a second one nothing
        (Status.REWORK, {"rework": "15:18"}, "15:40", 38, -52),  # overdue: counted from now
        (Status.REWORK, {"rework": "16:30"}, "16:00", -12, -102),
    ],
)
def test_each_return_eats_an_hour_and_a_half(status, running, now, minutes, after_return):
    due = {ClockKind(kind): at(clock) for kind, clock in running.items()} | {ClockKind.ANSWER: at("16:48")}
    assert reserve(status, due, Importance.NORMAL, now=at(now), **TERMS) == Reserve(minutes, after_return)


def test_it_is_counted_in_working_time_over_the_night():
    due = {ClockKind.APPROVE: at("17:30"), ClockKind.ANSWER: at("18.03 10:00")}
    assert reserve(Status.ON_APPROVAL, due, Importance.NORMAL, now=at("17:10"), **TERMS) == Reserve(90, 0)


def test_the_final_answer_has_its_own_term():
    due = {ClockKind.APPROVE: at("10:30"), ClockKind.FINAL: at("12:00")}
    assert reserve(Status.ON_APPROVAL, due, Importance.NORMAL, now=at("10:00"), **TERMS) == Reserve(90, 0)


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.ON_APPROVAL, Status.REWORK)])
def test_elsewhere_nothing_can_be_returned(status):
    due = {ClockKind.ANSWER: at("16:48")}
    assert reserve(status, due, Importance.NORMAL, now=datetime(2026, 3, 17, 0, 0, tzinfo=UTC), **TERMS) is None
