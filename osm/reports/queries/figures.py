"""The figures of a period, what is open now by age and department, and the messages that a figure counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union, union_all

from osm.base.database import db
from osm.base.numbers import whole
from osm.base.types import Span, among_codes, is_code
from osm.models import Assignment, Closure, Comment, Deadline, Department, Draft, Message, Promise, PromiseState, Reply
from osm.regulation.blacklist import CommentState
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.transitions import IN_DEPARTMENTS, OPEN
from osm.regulation.words import ClockKind, ReplyKind
from osm.regulation.working_time.worktime import WorkCalendar
from osm.reports.queries import definitions
from osm.reports.queries.counting import (
    EVERYTHING,
    KEPT,
    LATE,
    NAMES,
    OWN,
    SOURCES,
    TO_THE_AUTHOR,
    UNNAMED,
    Scope,
    as_read,
    at_work,
    decided,
    done,
    late_now,
    published,
    read_clocks,
    verdict,
)

# --- The figures of a period
NUMBERS = {clause: number for number, (clause, _) in definitions.CLAUSES.items()}
"""Clause of a clock → its number in the codes."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The number done; of those with a known time the median in working minutes, and the time within which nine of ten
    were done."""

    count: int = 0
    median: float | None = None
    ninth: float | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """By the codes of the definitions."""

    counts: Mapping[str, int]
    stages: Mapping[str, Stage]

    def in_time(self, number: str) -> tuple[int, int]:
        """For one clause, the number in time and the number of all."""
        kept = self.counts.get(f"kept-{number}", 0)
        return kept, kept + self.counts.get(f"late-{number}", 0)


def figures_of(
    span: Span, now: datetime, calendar: WorkCalendar, scope: Scope = EVERYTHING, clocks: Sequence[Any] | None = None
) -> Figures:
    """All figures with a code. `now`: a clock running past its term is missed, even if not noted yet. `clocks`: those
    of the period, if already read."""
    verdicts, spent = _clocks(read_clocks(span, now, scope) if clocks is None else clocks, calendar)
    spent[definitions.PUBLISH] = _publishing(span, calendar, scope)
    counts = Counter(_messages(span, scope)) | verdicts | Counter(definitions.count_others(span, now, scope))
    return Figures(counts, {code: stage_of(spent.get(code, ())) for code in definitions.STAGES})


def stage_of(minutes: Iterable[float | None]) -> Stage:
    """The median is the middle value, or the mean of two; `ninth` is the least value that covers 90 %."""
    done = list(minutes)
    found = sorted(one for one in done if one is not None)
    if not found:
        return Stage(len(done))
    count = len(found)
    middle = (found[(count - 1) // 2] + found[count // 2]) / 2
    return Stage(len(done), middle, found[-(-count * 9 // 10) - 1])


def _messages(span: Span, scope: Scope) -> dict[str, int]:
    counted = (
        select(literal(code).label("code"), func.count().label("number")).select_from(source(span, scope).subquery())
        for code, source in SOURCES.items()
    )
    return dict(db.session.execute(union_all(*counted)).all())


def _clocks(rows: Sequence[Any], calendar: WorkCalendar) -> tuple[Counter[str], dict[str, list[float | None]]]:
    """The verdicts by clause, and the working minutes of what was done in the period."""
    verdicts: Counter[str] = Counter()
    spent: dict[str, list[float | None]] = defaultdict(list)
    for clause, kind, kept, began_at, done_at, *_ in rows:
        if kept is not None and clause in NUMBERS:
            verdicts[f"{'kept' if kept == KEPT else 'late'}-{NUMBERS[clause]}"] += 1
        if done_at is not None:
            spent[kind.value].append(worked(calendar, began_at, done_at))
    return verdicts, spent


def _publishing(span: Span, calendar: WorkCalendar, scope: Scope) -> list[float | None]:
    """Working minutes from the approval to the publication of each reply."""
    replies = published(span, scope, Draft.decided_at, Reply.published_at)
    return [worked(calendar, *between) for between in db.session.execute(replies)]


def worked(calendar: WorkCalendar, begin: datetime, end: datetime) -> float | None:
    """The working minutes between; None beyond the known calendar, 0 if the end is before the beginning."""
    try:
        return max(0.0, calendar.between(begin, end))
    except CalendarOutOfRange:
        return None


# --- What is open now
DAYS = (("сегодня", 0), ("1–2 дня", 2), ("3–7 дней", 7), ("8–30 дней", 30))
LOOKED_AT_WITHIN = 120  # working minutes: the office's own target for a comment (reading 12 of the clauses)
WAITED = (("до 2 рабочих часов", 0), ("до суток", 1), ("до 3 суток", 3), ("до недели", 7))


@dataclass(frozen=True, slots=True)
class Age:
    """The number of this age, and its borders for the list; None is an open end."""

    label: str
    number: int
    first: date | datetime | None
    last: date | datetime | None


def is_open() -> ColumnElement[bool]:
    """Whether work on the message is not finished."""
    return and_(among_codes(Message.status, sorted(OPEN)), Message.recalled_at.is_(None))


def open_at(at: datetime, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of the messages whose work was not finished at this instant, found by indexes. A message that was
    opened again counts as open all the time."""
    going_on = among_codes(Message.status, sorted(OPEN))
    found = union(
        select(Message.id).where(going_on),
        select(Reply.message_id).where(Reply.kind == ReplyKind.FINAL, Reply.published_at >= at),
        select(Closure.message_id).where(Closure.closed_at >= at),
    ).subquery()
    return select(*columns).where(
        Message.id.in_(select(found.c.id)), Message.received_at < at, or_(going_on, Message.closed_at >= at),
        Message.recalled_at.is_(None), scope.of_message(),
    )  # fmt: skip


def open_by_age(now: datetime, calendar: WorkCalendar, scope: Scope) -> list[Age]:
    """Open messages by the local day of their receipt."""
    today = calendar.local(now).date()
    borders = [today - timedelta(days=days) for _, days in DAYS]
    midnights = [datetime.combine(day, time(), calendar.tz) for day in borders]
    place = case(*((Message.received_at >= at, number) for number, at in enumerate(midnights)), else_=len(midnights))
    query = select(place, func.count()).where(is_open(), scope.of_message()).group_by(place)
    lasts = [None, *(day - timedelta(days=1) for day in borders)]
    return _ages(query, [*(label for label, _ in DAYS), "больше 30 дней"], [*borders, None], lasts)


def waiting_by_age(now: datetime, calendar: WorkCalendar) -> list[Age]:
    """Undecided comments by when they were stored; the first two hours are working time."""
    try:
        target = calendar.subtract(now, LOOKED_AT_WITHIN)
    except CalendarOutOfRange:
        target = now - timedelta(minutes=LOOKED_AT_WITHIN)
    # On a weekend two working hours reach back more than a day.
    borders = [target, *(min(target, now - timedelta(days=days)) for _, days in WAITED[1:])]
    place = case(*((Comment.stored_at > at, number) for number, at in enumerate(borders)), else_=len(borders))
    query = select(place, func.count()).where(is_code(Comment.state, CommentState.WAITING)).group_by(place)
    instants = [at.astimezone(UTC) for at in borders]
    labels = [*(label for label, _ in WAITED), "больше недели"]
    return _ages(query, labels, [*instants, None], [None, *instants])


def _ages(query: Select[Any], labels: Sequence[str], firsts: Sequence[Any], lasts: Sequence[Any]) -> list[Age]:
    """`query`: place of the age and number."""
    counts: dict[int, int] = dict(db.session.execute(query).all())
    borders = zip(labels, firsts, lasts, strict=True)
    return [Age(label, counts.get(place, 0), *ends) for place, (label, *ends) in enumerate(borders)]


@dataclass(frozen=True, slots=True)
class LateDepartment:
    """A department with late work: the number of messages, and the earliest missed term. The id may be a key of
    `counting`."""

    id: int
    name: str
    phone: str
    number: int
    since: datetime


def late_departments(now: datetime, scope: Scope = EVERYTHING) -> Sequence[LateDepartment]:
    """Departments with late work, most messages first: for the reports and for the first page of the head."""
    named = (Department.id, Department.short_name, Department.phone)
    late = (
        _late_work(now, scope, *named, func.count(Message.id.distinct()), func.min(Deadline.due_at))
        .outerjoin(Department, Department.id == Assignment.department_id)
        .group_by(*named)
    )
    found = [
        LateDepartment(key or UNNAMED, name or NAMES[UNNAMED], phone or "", *rest)
        for key, name, phone, *rest in db.session.execute(late)
    ]
    return sorted(found, key=lambda one: (-one.number, one.since, as_read(one.name)))


def _late_work(now: datetime, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of missed terms of work that departments have, joined with Message and Assignment. Their own terms
    (П.10, П.12, П.14), and that of the answer (П.8, П.9, П.13) while they prepare it."""
    theirs = or_(among_codes(Deadline.kind, OWN), among_codes(Message.status, sorted(IN_DEPARTMENTS)))
    late = late_now(now, (*OWN, *TO_THE_AUTHOR), *columns).join(Assignment, at_work())
    return late.where(theirs, scope.of_assignment())


def waiting_decisions(now: datetime, today: date, scope: Scope) -> tuple[int, int]:
    """Messages with late work of departments; promises that are due and have no report."""
    late = _late_work(now, scope, func.count(Message.id.distinct()))
    due = (
        select(func.count())
        .select_from(Promise)
        .join(Message, Message.id == Promise.message_id)
        .where(Promise.state == PromiseState.OPEN, Promise.due_on <= today, Message.recalled_at.is_(None))
        .where(scope.of_message())
    )
    answers, promises = db.session.execute(select(late.scalar_subquery(), due.scalar_subquery())).one()
    return answers, promises


def count_late_answers(now: datetime) -> int:
    return db.session.scalar(late_now(now, TO_THE_AUTHOR, func.count(Message.id.distinct()))) or 0


# --- The messages that a figure counts
_NO_DEPARTMENTS = {f"d{key}": key for key in NAMES}
_VERDICTS = {"kept": KEPT, "late": LATE}


@dataclass(frozen=True, slots=True)
class Listed:
    """A figure of a period for all, for departments or for an executor: «late-8.2026-11-23.2026-11-29.d3»."""

    definition: definitions.Definition
    span: Span
    scope: Scope = EVERYTHING

    def __str__(self) -> str:
        words = [self.definition.code, self.span.first.isoformat(), self.span.last.isoformat()]
        if self.scope.executor_id is not None:
            words.append(f"e{self.scope.executor_id}")
        words += [f"d{number}" for number in sorted(self.scope.department_ids or ())]
        return ".".join(words)

    @property
    def label(self) -> str:
        """The words for the filters of the register."""
        if self.definition.code in definitions.OF_NOW:
            return self.definition.name
        return f"{self.definition.name}, {self.span.first:%d.%m}–{self.span.last:%d.%m.%Y}"

    def promise_ids(self, now: datetime) -> list[int]:
        """For a figure that counts promises."""
        return definitions.ids_of(self.definition.code, self.span, now, self.scope)

    def ids(self, now: datetime) -> Select[Any]:
        """The messages, each once."""
        code, span, scope = self.definition.code, self.span, self.scope
        if code in SOURCES:
            return SOURCES[code](span, scope).distinct()
        if code == definitions.OPEN_NOW:
            return select(Message.id).where(is_open(), scope.of_message())
        if code == definitions.OPEN_THEN:
            return open_at(span.end, scope, Message.id)
        if code == definitions.LATE_ANSWERS:
            return late_now(now, TO_THE_AUTHOR, Message.id).where(scope.of_message()).distinct()
        if code == definitions.LATE_NOW:
            return _late_work(now, scope, Message.id).distinct()
        kind, _, which = code.partition("-")
        if kind == "stage":
            return _stage(which, span, scope)
        verdicts = decided(span, now, scope, Deadline.message_id).where(verdict(now) == _VERDICTS[kind])
        if which in definitions.CLAUSES:
            return verdicts.where(Deadline.clause == definitions.CLAUSES[which][0]).distinct()
        kinds = OWN if which == "own" else TO_THE_AUTHOR
        return verdicts.where(among_codes(Deadline.kind, kinds)).distinct()


def listed_of(text: str, zone: tzinfo, opens: str = definitions.LISTED) -> Listed:
    """Read it from an address. Raises ValueError if it names no figure with such a list."""
    code, first, last, *scope = text.split(".")
    found = definitions.DEFINITIONS.get(code)
    if found is None or (found.opens != opens and code not in SOURCES):
        raise ValueError(text)
    span = Span(date.fromisoformat(first), date.fromisoformat(last), zone)
    if span.last < span.first or not 2000 <= span.first.year <= span.last.year < 2200:
        raise ValueError(text)
    return Listed(found, span, _scope_of(scope))


def _scope_of(words: list[str]) -> Scope:
    executor = _number(words.pop(0)) if words and words[0].startswith("e") else None
    if not all(word.startswith("d") for word in words):
        raise ValueError(words)
    return Scope(executor, frozenset(_NO_DEPARTMENTS.get(word) or _number(word) for word in words) or None)


def _number(word: str) -> int:
    number = whole(word[1:])
    if number is None:
        raise ValueError(word)
    return number


def _stage(code: str, span: Span, scope: Scope) -> Select[Any]:
    if code == definitions.PUBLISH:
        return published(span, scope, Message.id).distinct()
    return done(span, scope, ClockKind(code), Deadline.message_id).distinct()
