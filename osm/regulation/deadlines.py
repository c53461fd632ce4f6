"""Terms of a message, their arithmetic in words, and what is left of a term once a draft was returned."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from osm.regulation.parameters import Parameters, Term, Unit
from osm.regulation.urgency import Level, Urgency, urgency
from osm.regulation.words import ClockKind, Importance, Status, clause_words
from osm.regulation.working_time.production_calendar import HOLIDAY, WEEKEND
from osm.regulation.working_time.worktime import Piece, WorkCalendar, duration, hours, working_days, working_hours

# --- The arithmetic of a term in Russian words
_MOST_DAYS = 10  # of a longer list of working days only the ends are named
_ENDS = 2
_IN_PLURAL = {WEEKEND: "выходные", HOLIDAY: "праздники"}
_CLOSED = "нерабочее время"
_NON_STOP = "подряд, с ночами и выходными"


def forward(term: Term, anchor: datetime, due: datetime, calendar: WorkCalendar) -> str:
    """From the event to the term: «30.04 10:00 → 13:00 3 ч, …, 04.05 09:00 → 09:48 48 мин (п. 8: 7 рабочих часов)»."""
    if term.unit is Unit.CLOCK:
        steps = [f"{_moment(anchor, anchor)} → {_moment(due, anchor)} {_NON_STOP}"]
    elif term.unit is Unit.WORKING_DAYS:
        steps = _counted_days(anchor, due, calendar)
    else:
        steps = _counted_hours(anchor, due, calendar)
    return f"{', '.join(steps)} ({clause_words(term.clause)}: {length(term)})"


def backward(term: Term, answer_due: datetime, due: datetime, calendar: WorkCalendar) -> str:
    """From the term of the answer back to that of the draft (П.10)."""
    if term.unit is Unit.CLOCK:
        steps = [f"{_moment(answer_due, due)} → {_moment(due, due)} {_NON_STOP}"]
    else:
        told = _worked(due, answer_due, calendar, due.year, back=True)
        steps = _day_by_day(_dates(due, answer_due)[::-1], told, calendar, due.year)
    return f"назад от срока ответа: {', '.join(steps)} ({clause_words(term.clause)}: за {length(term)} до срока ответа)"


def pause(term: Term, start: datetime, end: datetime, minutes: float, due: datetime) -> str:
    """Why the term moved: the message was out of work for a time. The days are not listed."""
    of_what = "" if term.unit is Unit.CLOCK else " рабочего времени"
    return (
        f"; с {_moment(start, start)} по {_moment(end, start)} сообщение было снято с работы, "
        f"не считается {duration(int(minutes))}{of_what}, срок {_moment(due, start)}"
    )


def provisional(start: datetime, end: datetime, calendar: WorkCalendar) -> str:
    """A warning where no decree has been issued yet for a year that the term touches, else nothing."""
    years = [year for year in range(start.year, end.year + 1) if year in calendar.provisional_years]
    if not years:
        return ""
    named = f"{', '.join(map(str, years))} {'год' if len(years) == 1 else 'годы'}"
    return f". Календарь на {named} предварительный: постановления о переносе выходных ещё нет"


def _counted_hours(anchor: datetime, due: datetime, calendar: WorkCalendar) -> list[str]:
    told = _worked(anchor, due, calendar, anchor.year)
    dates = _dates(anchor, due)
    if calendar.is_working(anchor):
        return _day_by_day(dates, told, calendar, anchor.year)
    day = calendar.day(anchor.date())
    arrival = f"{_moment(anchor, anchor)} {_CLOSED if day.hours else day.note}"
    return [arrival, *_day_by_day(dates if day.date in told else dates[1:], told, calendar, anchor.year)]


def _counted_days(anchor: datetime, due: datetime, calendar: WorkCalendar) -> list[str]:
    dates = _dates(anchor, due)[1:]
    counted = [day for day in dates if calendar.day(day).hours]
    told = {day: f"{number}-й день {_date(day, anchor.year)}" for number, day in enumerate(counted, 1)}
    told[counted[-1]] += f" до {due:%H:%M}"
    return [
        f"{_date(anchor, anchor.year)} не считается (день события)",
        *_day_by_day(dates, told, calendar, anchor.year),
    ]


def _worked(
    start: datetime, end: datetime, calendar: WorkCalendar, year: int, *, back: bool = False
) -> dict[date, str]:
    """Each day that was worked between the instants: «30.04 10:00 → 13:00 3 ч, 13:48 → 17:00 3 ч 12 мин»."""
    told = {}
    pieces = list(calendar.pieces(start, end))
    for day, stretches in groupby(pieces[::-1] if back else pieces, lambda piece: piece.start.date()):
        told[day] = f"{_date(day, year)} " + ", ".join(_stretch(piece, back=back) for piece in stretches)
        if note := calendar.day(day).note:
            told[day] += f" ({note})"
    return told


def _stretch(piece: Piece, *, back: bool) -> str:
    first, last = (piece.end, piece.start) if back else (piece.start, piece.end)
    # Seconds are not shown, so they are not counted either: the shown times must add up.
    minutes = int(piece.end.timestamp()) // 60 - int(piece.start.timestamp()) // 60
    return f"{first:%H:%M} → {last:%H:%M} {duration(minutes) if minutes else 'меньше минуты'}"


def _day_by_day(dates: list[date], told: dict[date, str], calendar: WorkCalendar, year: int) -> list[str]:
    """The days of `told` in full, runs of other days by the reason why they are off, a long middle in one step."""
    worked = [day for day in dates if day in told]
    if len(worked) > _MOST_DAYS:
        middle = worked[_ENDS:-_ENDS]
        told = told | {middle[0]: f"ещё {working_days(len(middle))}"}
        dates = dates[: dates.index(middle[0]) + 1] + dates[dates.index(middle[-1]) + 1 :]
    steps = []
    for reason, run in groupby(dates, lambda day: told.get(day) or calendar.day(day).note or _CLOSED):
        days = sorted(run)
        if days[0] in told:
            steps.append(reason)
        elif len(days) == 1:
            steps.append(f"{_date(days[0], year)} {reason}")
        else:
            steps.append(f"{_date(days[0], year)}–{_date(days[-1], year)} {_IN_PLURAL.get(reason, reason)}")
    return steps


def _dates(start: datetime, end: datetime) -> list[date]:
    return [start.date() + timedelta(days) for days in range((end.date() - start.date()).days + 1)]


def _date(day: date, year: int) -> str:
    """The year is said only where it is another one."""
    return f"{day:%d.%m}" if day.year == year else f"{day:%d.%m.%Y}"


def _moment(instant: datetime, reference: datetime) -> str:
    return f"{_date(instant, reference.year)} {instant:%H:%M}"


def length(term: Term) -> str:
    """The term itself in words: «7 рабочих часов», «3 рабочих дня»."""
    if term.unit is Unit.WORKING_DAYS:
        return working_days(term.value)
    if term.value % 60:
        return duration(term.value) + (" рабочего времени" if term.unit is Unit.WORKING else "")
    return (working_hours if term.unit is Unit.WORKING else hours)(term.value // 60)


# --- When a term is due: the clocks of П.7–П.14 for an event, with pauses and with the arithmetic in Russian words
__all__ = [
    "Clock", "ClockKind", "Level", "Pause", "Urgency", "compute_clock", "compute_clocks", "due_times", "urgency",
]  # fmt: skip

Pause = tuple[datetime, datetime]  # a closed interval in which the message was out of work and no term ran (restore)


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
    kind: ClockKind, anchor: datetime, importance: Importance, *, parameters: Parameters, calendar: WorkCalendar,
    pauses: Iterable[Pause] = (),
) -> Clock:  # fmt: skip
    """The term of one kind for an event at `anchor`, with its explanation. For `draft` the anchor is that of the
    answer: П.10 counts back from the answer's term. Raises CalendarOutOfRange."""
    term = parameters.term(kind, importance)
    start = calendar.local(anchor)
    if kind is ClockKind.DRAFT:
        last, _ = _count_with_pauses(parameters.term(ClockKind.ANSWER, importance), start, calendar, pauses)
        due = _count_back(term, last, calendar)
        text = backward(term, last, due, calendar)
    else:
        due, moves = _count_with_pauses(term, start, calendar, pauses)
        last = due
        text = forward(term, start, end_of_term(term, start, calendar), calendar)
        text += "".join(pause(term, move.start, move.end, move.minutes, move.due) for move in moves)
    return Clock(
        kind=kind, clause=term.clause, unit=term.unit, started_at=start,
        counted_from=start if term.unit is Unit.CLOCK else calendar.next_working(start), due_at=due,
        explanation=text + provisional(start, last, calendar),
    )  # fmt: skip


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
    for kind in ClockKind:  # answer comes before draft
        term = parameters.term(kind, importance)
        if kind is ClockKind.DRAFT:
            times[kind] = _count_back(term, times[ClockKind.ANSWER], calendar)
        else:
            times[kind] = end_of_term(term, at, calendar)
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
    due = end_of_term(term, start, calendar)
    moves = list(_moves(term, start, due, calendar, pauses))
    return moves[-1].due if moves else due, moves


def end_of_term(term: Term, start: datetime, calendar: WorkCalendar) -> datetime:
    """The end of a term from its event, without pauses and words. Raises CalendarOutOfRange."""
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
    """Each pause that begins before the term moves it by the time inside: working time, or all of it by the clock. What
    lies before the event or inside an earlier pause is not taken twice."""
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


_ROUND = (ClockKind.REWORK, ClockKind.APPROVE)
"""What follows a return: the executor's hour and the curator's half-hour."""

_STILL_TO_COME: dict[Status, tuple[ClockKind, tuple[ClockKind, ...]]] = {
    Status.ON_APPROVAL: (ClockKind.APPROVE, ()),
    Status.REWORK: (ClockKind.REWORK, (ClockKind.APPROVE,)),
}
"""Status → the clock that runs in it, and those that follow before the answer can be published."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Working minutes before the term of the answer if everybody uses up his own term; negative: it cannot be kept.
    `after_return`: the same once the draft is returned (once more)."""

    minutes: int
    after_return: int


def reserve(
    status: Status, due: Mapping[ClockKind, datetime], importance: Importance, *, now: datetime, parameters: Parameters,
    calendar: WorkCalendar,
) -> Reserve | None:  # fmt: skip
    """The reserve where a draft waits or is reworked, else None. `due`: the terms of the running clocks. A clock that
    is overdue counts as due now. Raises CalendarOutOfRange."""
    answer_due = due.get(ClockKind.ANSWER) or due.get(ClockKind.FINAL)
    if status not in _STILL_TO_COME or answer_due is None:
        return None
    running, to_come = _STILL_TO_COME[status]
    at = max(now, due.get(running, now))
    ready = _after(to_come, at, importance, parameters, calendar)
    again = _after(_ROUND, ready, importance, parameters, calendar)
    return Reserve(int(calendar.between(ready, answer_due)), int(calendar.between(again, answer_due)))


def _after(
    kinds: tuple[ClockKind, ...], at: datetime, importance: Importance, parameters: Parameters,
    calendar: WorkCalendar,
) -> datetime:  # fmt: skip
    """The end of these terms, one after the other."""
    for kind in kinds:
        at = compute_clock(kind, at, importance, parameters=parameters, calendar=calendar).due_at
    return at
