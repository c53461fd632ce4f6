"""When a term is due: the clocks of П.7–П.14 for an event, with pauses and with the arithmetic in Russian words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from osm.regulation import explanation
from osm.regulation.clocks import ClockKind
from osm.regulation.parameters import Parameters, Term, Unit
from osm.regulation.urgency import Level, Urgency, urgency
from osm.regulation.words import Importance
from osm.regulation.worktime import WorkCalendar

__all__ = [
    "Clock",
    "ClockKind",
    "Level",
    "Pause",
    "Urgency",
    "compute_clock",
    "compute_clocks",
    "due_times",
    "urgency",
]

Pause = tuple[datetime, datetime]
"""A closed interval in which the message was out of work and no term ran (restore)."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One term of one message. `started_at`: the event; `counted_from`: when time began to be counted after it."""

    kind: ClockKind
    clause: str
    unit: Unit
    started_at: datetime
    counted_from: datetime
    due_at: datetime
    explanation: str


def compute_clock(
    kind: ClockKind,
    anchor: datetime,
    importance: Importance,
    *,
    parameters: Parameters,
    calendar: WorkCalendar,
    pauses: Iterable[Pause] = (),
) -> Clock:
    """The term of one kind for an event at `anchor`, with its explanation.

    For `draft` the anchor is that of the answer: П.10 counts back from the answer's term. Raises CalendarOutOfRange.
    """
    term = parameters.term(kind, importance)
    start = calendar.local(anchor)
    if kind is ClockKind.DRAFT:
        last, _ = _count_with_pauses(parameters.term(ClockKind.ANSWER, importance), start, calendar, pauses)
        due = _count_back(term, last, calendar)
        text = explanation.backward(term, last, due, calendar)
    else:
        due, moves = _count_with_pauses(term, start, calendar, pauses)
        last = due
        text = explanation.forward(term, start, _count(term, start, calendar), calendar)
        text += "".join(explanation.pause(term, move.start, move.end, move.minutes, move.due) for move in moves)
    return Clock(
        kind=kind,
        clause=term.clause,
        unit=term.unit,
        started_at=start,
        counted_from=start if term.unit is Unit.CLOCK else calendar.next_working(start),
        due_at=due,
        explanation=text + explanation.provisional(start, last, calendar),
    )


def compute_clocks(
    at: datetime, importance: Importance, *, parameters: Parameters, calendar: WorkCalendar
) -> dict[ClockKind, Clock]:
    """Every clock with the one instant as its anchor. Raises CalendarOutOfRange."""
    return {kind: compute_clock(kind, at, importance, parameters=parameters, calendar=calendar) for kind in ClockKind}


def due_times(
    at: datetime, importance: Importance, *, parameters: Parameters, calendar: WorkCalendar
) -> dict[ClockKind, datetime]:
    """The terms alone, as `compute_clocks` without the words, for many messages at once."""
    times: dict[ClockKind, datetime] = {}
    for kind in ClockKind:  # answer stands before draft
        term = parameters.term(kind, importance)
        if kind is ClockKind.DRAFT:
            times[kind] = _count_back(term, times[ClockKind.ANSWER], calendar)
        else:
            times[kind] = _count(term, at, calendar)
    return times


@dataclass(frozen=True, slots=True)
class _Move:
    """A pause that came before the term, and the term after it."""

    start: datetime
    end: datetime
    minutes: float
    due: datetime


def _count_with_pauses(
    term: Term, start: datetime, calendar: WorkCalendar, pauses: Iterable[Pause]
) -> tuple[datetime, list[_Move]]:
    due = _count(term, start, calendar)
    moves = list(_moves(term, start, due, calendar, pauses))
    return moves[-1].due if moves else due, moves


def _count(term: Term, start: datetime, calendar: WorkCalendar) -> datetime:
    if term.unit is Unit.WORKING_DAYS:
        return calendar.add_working_days(start, term.value)
    if term.unit is Unit.CLOCK:
        return calendar.local(start) + timedelta(minutes=term.value)
    return calendar.add(start, term.value)


def _count_back(term: Term, answer_due: datetime, calendar: WorkCalendar) -> datetime:
    if term.unit is Unit.CLOCK:
        return answer_due - timedelta(minutes=term.value)
    return calendar.subtract(answer_due, term.value)


def _moves(
    term: Term, start: datetime, due: datetime, calendar: WorkCalendar, pauses: Iterable[Pause]
) -> Iterator[_Move]:
    """Each pause that begins before the term moves it by the time inside: working time, or all of it by the clock.

    What lies before the event or inside an earlier pause is not taken twice.
    """
    reached = start
    for pause_start, pause_end in sorted(pauses):
        first, last = max(reached, calendar.local(pause_start)), calendar.local(pause_end)
        if first >= min(last, due):
            continue
        reached = last
        if term.unit is Unit.CLOCK:
            minutes = (last - first) / timedelta(minutes=1)
            due += last - first
        else:
            minutes = calendar.between(first, last)
            due = calendar.add(due, minutes)
        yield _Move(first, last, minutes, due)
