"""Terms with pauses: closed time is not counted, in any unit."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.calendar.queries import load_calendar, load_parameters
from osm.regulation.deadlines import Pause, compute_clock
from osm.regulation.words import ClockKind

from .counting import NORMAL, SEVASTOPOL, at, clock

# event | pauses | answer due: the term of seven hours from 17.03 10:00 is 17:48
PAUSES = [
    ("none", [], "2026-03-17 17:48"),
    ("an hour of work", [("03-17 11:00", "03-17 12:00")], "2026-03-18 09:48"),
    ("an evening and a night", [("03-17 18:00", "03-18 09:00")], "2026-03-17 17:48"),
    ("an afternoon over the close", [("03-17 17:00", "03-18 10:00")], "2026-03-18 10:48"),
    ("over a weekend", [("03-17 11:00", "03-23 11:00")], "2026-03-23 17:48"),
    ("before the event", [("03-16 10:00", "03-16 12:00")], "2026-03-17 17:48"),
    ("begun before the event", [("03-16 10:00", "03-17 11:00")], "2026-03-18 09:48"),
    ("after the term", [("03-17 17:48", "03-18 12:00")], "2026-03-17 17:48"),
    ("two of them", [("03-17 14:00", "03-17 15:00"), ("03-17 11:00", "03-17 12:00")], "2026-03-18 10:48"),
    ("one inside the other", [("03-17 11:00", "03-17 13:00"), ("03-17 11:30", "03-17 12:00")], "2026-03-18 10:48"),
    ("the second in the moved part",
     [("03-17 17:00", "03-18 10:00"), ("03-18 10:30", "03-18 11:00")], "2026-03-18 11:18"),
    ("lunch alone", [("03-17 13:00", "03-17 13:48")], "2026-03-17 17:48"),
]  # fmt: skip


@pytest.mark.parametrize(("pauses", "due"), [row[1:] for row in PAUSES], ids=[row[0] for row in PAUSES])
def test_what_is_closed_is_not_counted(pauses: list[tuple[str, str]], due: str) -> None:
    closed = [(at(f"2026-{start}"), at(f"2026-{end}")) for start, end in pauses]
    answer = clock(ClockKind.ANSWER, "2026-03-17 10:00", pauses=closed)
    assert answer.due_at == at(due)
    draft = clock(ClockKind.DRAFT, "2026-03-17 10:00", pauses=closed)
    assert draft.due_at == load_calendar().subtract(at(due), 180)


def test_a_long_pause_is_shown_shortly() -> None:
    answer = clock(ClockKind.ANSWER, "2026-03-17 10:00", pauses=[(at("2026-03-17 11:00"), at("2026-05-19 11:00"))])
    assert answer.explanation == (
        "17.03 10:00 → 13:00 3 ч, 13:48 → 17:48 4 ч (п. 8: 7 рабочих часов); с 17.03 11:00 по 19.05 11:00 "
        "сообщение было снято с работы, не считается 342 ч 36 мин рабочего времени, срок 19.05 17:48"
    )


def test_pauses_of_other_units() -> None:
    final = clock(ClockKind.FINAL, "2026-03-17 10:00", pauses=[(at("2026-03-18 11:00"), at("2026-03-18 19:00"))])
    assert final.due_at == at("2026-03-23 16:00")  # Friday's close and 6 h 12 min of work
    sevastopol = load_parameters(SEVASTOPOL)
    route = clock(
        ClockKind.ROUTE, "2026-03-17 20:00", NORMAL, sevastopol, [(at("2026-03-17 20:30"), at("2026-03-18 04:30"))]
    )
    assert route.due_at == at("2026-03-18 05:00")
    assert "не считается 8 ч, срок 18.03 05:00" in route.explanation


INSTANTS = st.integers(0, 60 * 24 * 300).map(lambda minutes: at("2026-01-12 00:00") + timedelta(minutes=minutes))


@given(INSTANTS, st.lists(st.tuples(INSTANTS, INSTANTS).map(lambda pair: tuple(sorted(pair))), max_size=4))
def test_the_term_is_kept_in_open_time(event: datetime, pauses: list[Pause]) -> None:
    """Between event and term, the working time outside the pauses is exactly the term."""
    calendar = load_calendar()
    answer = compute_clock(
        ClockKind.ANSWER, event, NORMAL, parameters=load_parameters(), calendar=calendar, pauses=pauses
    )
    closed, reached = 0.0, event
    for start, end in sorted(pauses):
        first, last = max(start, reached), min(end, answer.due_at)
        if first < last:
            closed += calendar.between(first, last)
            reached = last
    assert calendar.between(event, answer.due_at) - closed == 420
