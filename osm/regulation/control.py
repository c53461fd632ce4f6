"""Control (П.19, П.20): who answers for a breach, who is on duty, when people are reminded; the periods of reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.reminding import Haste
from osm.regulation.words import ClockKind, Labelled, Status
from osm.regulation.working_time.worktime import WorkCalendar


class Side(StrEnum):
    """Who was late. The chief of staff decides what concerns the curator."""

    CURATOR = "curator"
    EXECUTOR = "executor"


OF_CLOCK: Mapping[ClockKind, Side] = {
    ClockKind.ROUTE: Side.CURATOR,
    ClockKind.APPROVE: Side.CURATOR,
    ClockKind.DRAFT: Side.EXECUTOR,
    ClockKind.REWORK: Side.EXECUTOR,
    ClockKind.PART: Side.EXECUTOR,
}
"""Clocks that measure the step of one side, whatever the message's status."""

OF_STATUS: Mapping[Status, Side] = {
    Status.NEW: Side.CURATOR,
    Status.SELECTED: Side.CURATOR,
    Status.IN_WORK: Side.EXECUTOR,
    Status.REWORK: Side.EXECUTOR,
    Status.ON_APPROVAL: Side.CURATOR,
    Status.APPROVED: Side.CURATOR,
    Status.AWAITING_FINAL: Side.EXECUTOR,
}
"""`answer` and `final` are theirs whose step was open when they were due; in any other status it is the curator's."""

WHOLE = frozenset({ClockKind.DRAFT, ClockKind.REWORK, ClockKind.ANSWER, ClockKind.FINAL})
"""Clocks of the whole answer: with several executors the common draft is the curator's (П.14) …"""

CAUSES_OF: Mapping[ClockKind, frozenset[ClockKind]] = {
    ClockKind.DRAFT: frozenset({ClockKind.ROUTE, ClockKind.PART}),
    ClockKind.ANSWER: frozenset(
        {ClockKind.ROUTE, ClockKind.PART, ClockKind.DRAFT, ClockKind.APPROVE, ClockKind.REWORK}
    ),
    ClockKind.FINAL: frozenset({ClockKind.PART, ClockKind.DRAFT, ClockKind.APPROVE, ClockKind.REWORK}),
}
"""Which breaches before it make a clock late; whoever made the first is asked about all of them once."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A breach of the same message: `root` is the first of its chain."""

    root: int
    kind: ClockKind
    person: int | None
    at: datetime


def side_of(kind: ClockKind, status: Status, *, several: bool = False, parts_owed: bool = False) -> Side:
    """Who was late. `status`: of the message when the term passed. `several`: with several executors (П.14) the whole
    is theirs only while one of the parts is missing."""
    side = OF_CLOCK.get(kind) or OF_STATUS.get(status, Side.CURATOR)
    return Side.CURATOR if several and kind in WHOLE and not parts_owed else side


def chain_of(
    kind: ClockKind, started_at: datetime, due_at: datetime, person: int | None, earlier: Iterable[Earlier]
) -> int | None:
    """The first breach of the chain to which this one belongs: the same person's before another's, the latest of them.
    What was late before the clock began to run does not make it late."""
    causes = CAUSES_OF.get(kind, frozenset())
    fitting = [one for one in earlier if one.kind in causes and started_at <= one.at <= due_at]
    if not fitting:
        return None
    return max(fitting, key=lambda one: (one.person == person, one.at)).root


class Cause(Labelled):
    NO_ANSWER = "no_answer", "Ждали сведений от подрядчика или ведомства"
    WORKLOAD = "workload", "Много работы одновременно"
    LATE_INPUT = "late_input", "Поздно получено от другого сотрудника"
    NOTICED_LATE = "noticed_late", "Поздно увидели сообщение"
    NOT_OURS = "not_ours", "Не наша компетенция, передавали другим"
    AWAY = "away", "Отсутствие, замены не было"
    FAILURE = "failure", "Сбой связи, сети или программы"
    OTHER = "other", "Другое"


class Waiver(Labelled):
    """Why what was noted is no shortcoming."""

    CALENDAR = "calendar", "Ошибка в календаре или графике работы"
    SOURCE_TIME = "source_time", "Неверное время в выгрузке"
    OBJECTION = "objection", "Возражение принято"
    OTHER = "other", "Другое"


class ShortcomingKind(Labelled):
    """A missed term notes itself; the others are entered by hand."""

    BREACH = "breach", "Нарушен срок"
    FALSE_FACTS = "false_facts", "Недостоверные сведения в ответе"
    IGNORED_REQUEST = "ignored_request", "Запрос оставлен без ответа"
    BAD_ANSWER = "bad_answer", "Ответ не отвечает требованиям"


def breach_words(clock: ClockKind) -> str:
    """«Нарушен срок: проект на согласование»."""
    return f"{ShortcomingKind.BREACH.label}: {clock.label.lower()}"


SHORTCOMING_CLAUSES: dict[ShortcomingKind, str] = {
    ShortcomingKind.FALSE_FACTS: "П.18",
    ShortcomingKind.IGNORED_REQUEST: "П.18",
    ShortcomingKind.BAD_ANSWER: "П.16",
}
"""Of what is entered by hand; a breach has the clause of its clock."""


class ShortcomingState(Labelled):
    """`confirmed` and `waived` are final: what was decided is frozen."""

    ASKED = "asked", "ждём причину"
    EXPLAINED = "explained", "причина названа"
    OBJECTED = "objected", "есть возражение"
    CONFIRMED = "confirmed", "недостаток подтверждён"
    WAIVED = "waived", "снято"


UNDECIDED = (ShortcomingState.ASKED, ShortcomingState.EXPLAINED, ShortcomingState.OBJECTED)


def may_decide(side: Side, person: int | None, by: int, *, is_curator: bool, is_chief: bool) -> bool:
    """A person cannot waive his breach; the chief of staff decides about the curator's, the curator about all
    others."""
    if by == person:
        return False
    return is_chief if side is Side.CURATOR else is_curator


# --- The duty roster of П.20: which turns a line of it means, and who is on duty at an instant
MOST_DAYS = 62  # days that are entered at once
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Turn:
    """From `begins` on, until `ends`: who comes next has the instant between them."""

    begins: datetime
    ends: datetime

    def meets(self, other: Turn) -> bool:
        return self.begins < other.ends and other.begins < self.ends


def turns_of(first_day: date, last_day: date, begins: time, ends: time, zone: tzinfo) -> list[Turn]:
    """A turn for each of these days, both included, by the local clock; one that ends no later ends the next day."""
    over = timedelta(days=1) if ends <= begins else timedelta(0)
    days = (first_day + timedelta(days=number) for number in range((last_day - first_day).days + 1))
    return [Turn(datetime.combine(day, begins, zone), datetime.combine(day + over, ends, zone)) for day in days]


def days_off_after(today: date, calendar: WorkCalendar) -> list[date]:
    """The days without working hours that begin tomorrow; none where today is no working day itself."""
    found: list[date] = []
    try:
        if not calendar.day(today).hours:
            return []
        while not calendar.day(day := today + timedelta(days=len(found) + 1)).hours:
            found.append(day)
    except CalendarOutOfRange:
        pass  # as far as it is known
    return found


def is_holiday(days_off: Sequence[date]) -> bool:
    return any(day.weekday() < SATURDAY for day in days_off)


def first_clash(turns: Iterable[Turn], others: Iterable[Turn]) -> tuple[Turn, Turn] | None:
    """The first of these turns that meets one of the others, or another of these."""
    known = list(others)
    for turn in sorted(turns, key=lambda one: one.begins):
        clash = next((other for other in known if turn.meets(other)), None)
        if clash is not None:
            return turn, clash
        known.append(turn)
    return None


# --- Periods of which a memo of shortcomings is made (П.19 names none: it is a setting)
class Period(StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def last_ended(day: date, period: Period) -> tuple[date, date]:
    """The first and the last day of the period that ended last before this day."""
    if period is Period.WEEK:
        last = day - timedelta(days=day.isoweekday())
        return last - timedelta(days=6), last
    months = 3 if period is Period.QUARTER else 1
    begun = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    last = begun - timedelta(days=1)
    return last.replace(month=last.month - months + 1, day=1), last


# --- How a person wants the letters of his reminders, and which go at once
class MailMode(Labelled):
    AT_ONCE = "at_once", "Новые направления и срочное — сразу, остальное — сводкой"
    DIGEST = "digest", "Всё сводкой, сразу — только срочное"
    NONE = "none", "Не присылать писем"


def goes_at_once(haste: Haste, mode: MailMode, *, high: bool = False) -> bool:
    """Whether it gets its own letter; `high`: the message is of high importance (П.9)."""
    if mode is MailMode.DIGEST:
        return haste is Haste.URGENT
    return high or haste is not Haste.DIGEST


# --- When people are reminded: in working time, before a term, in the evening of the next morning; when digests go
BEFORE: dict[ClockKind, int] = {
    ClockKind.ROUTE: 15,
    ClockKind.ANSWER: 60,
    ClockKind.DRAFT: 30,
    ClockKind.APPROVE: 10,
    ClockKind.REWORK: 20,
    ClockKind.PART: 30,
    ClockKind.FINAL: 480,
}
"""Minutes of working time before a term at which people are reminded, where the office sets no other; 0: never."""

EVENING = time(16)  # from now on people get what is due the next morning

GATHERING = timedelta(minutes=2)
"""A digest waits so long after its hour: what is noted at the hour itself stands in it."""

_BEFORE_CLOSE = timedelta(hours=1)  # on a short day the hour is moved so far before the close


def shown_from(at: datetime, haste: Haste, calendar: WorkCalendar) -> datetime:
    """From when something of this instant is shown and mailed: the next working time, unless it is urgent."""
    if haste is Haste.URGENT:
        return at
    try:
        return max(at, calendar.next_working(at))
    except CalendarOutOfRange:
        return at


def is_at_work(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether people are at work; outside the known years reminders are not held back."""
    try:
        return calendar.is_working(now)
    except CalendarOutOfRange:
        return True


def is_evening(now: datetime, calendar: WorkCalendar) -> bool:
    """Whether people are at work and it is 16:00 or later: on a short day, an hour before its close."""
    try:
        there = calendar.local(now)
        return calendar.is_working(now) and there >= _on_day(EVENING, there.date(), calendar)
    except CalendarOutOfRange:
        return False


def last_digest(now: datetime, times: Iterable[time], calendar: WorkCalendar) -> datetime | None:
    """Up to which instant the digest reaches that is due now; None outside working time and before today's first."""
    try:
        there = calendar.local(now)
        if not calendar.is_working(now):
            return None
        ends = [_on_day(hour, there.date(), calendar) + GATHERING for hour in times]
    except CalendarOutOfRange:
        return None
    return max((end for end in ends if end <= there), default=None)


def _on_day(hour: time, day: date, calendar: WorkCalendar) -> datetime:
    hours = calendar.day(day).hours
    wanted = datetime.combine(day, hour, calendar.tz)
    return min(wanted, datetime.combine(day, hours[-1][1], calendar.tz) - _BEFORE_CLOSE) if hours else wanted
