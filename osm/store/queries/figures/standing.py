"""What is open now, by age: messages, comments that wait, work of the departments that is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, case, func, select

from osm.extensions import db
from osm.regulation.blacklist import ListState
from osm.regulation.comment_words import CommentState
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.workflow import OPEN
from osm.regulation.worktime import WorkCalendar
from osm.store.models import (
    Assignment,
    BlacklistProposal,
    Comment,
    Deadline,
    Department,
    Message,
    Promise,
    PromiseState,
)
from osm.store.queries.figures.clocks import OWN, TO_THE_AUTHOR, at_work, late_now
from osm.store.queries.figures.span import Scope
from osm.store.queries.figures.whose import NAMES, UNNAMED, as_read
from osm.store.types import among_codes, is_code

DAYS = (("сегодня", 0), ("1–2 дня", 2), ("3–7 дней", 7), ("8–30 дней", 30))
LOOKED_AT_WITHIN = 120
"""Working minutes: the office's own target for a comment (reading 12 of the clauses)."""
WAITED = (("до 2 рабочих часов", 0), ("до суток", 1), ("до 3 суток", 3), ("до недели", 7))


@dataclass(frozen=True, slots=True)
class Age:
    """How many are of this age, and the borders of it as the list is asked for them; an open end is None."""

    label: str
    number: int
    first: date | datetime | None
    last: date | datetime | None


def is_open() -> ColumnElement[bool]:
    """Of a message: whether work on it is not finished."""
    return and_(among_codes(Message.status, sorted(OPEN)), Message.recalled_at.is_(None))


def open_by_age(now: datetime, calendar: WorkCalendar, scope: Scope) -> list[Age]:
    """Open messages by the local day of their receipt."""
    today = calendar.local(now).date()
    borders = [today - timedelta(days=days) for _, days in DAYS]
    midnights = [datetime.combine(day, time(), calendar.tz) for day in borders]
    place = case(*((Message.received_at >= at, number) for number, at in enumerate(midnights)), else_=len(midnights))
    query = select(place, func.count()).where(is_open(), scope.of_message()).group_by(place)
    counts: dict[int, int] = dict(db.session.execute(query).tuples().all())
    lasts = [None, *(day - timedelta(days=1) for day in borders)]
    labels = [*(label for label, _ in DAYS), "больше 30 дней"]
    return [
        Age(label, counts.get(number, 0), first, last)
        for number, (label, first, last) in enumerate(zip(labels, [*borders, None], lasts, strict=True))
    ]


def waiting_by_age(now: datetime, calendar: WorkCalendar) -> list[Age]:
    """Comments that nobody has decided, by when they came to us; the first two hours are working time."""
    try:
        target = calendar.subtract(now, LOOKED_AT_WITHIN)
    except CalendarOutOfRange:
        target = now - timedelta(minutes=LOOKED_AT_WITHIN)
    # Over a week-end two working hours reach further back than a day.
    borders = [target, *(min(target, now - timedelta(days=days)) for _, days in WAITED[1:])]
    place = case(*((Comment.stored_at > at, number) for number, at in enumerate(borders)), else_=len(borders))
    query = select(place, func.count()).where(is_code(Comment.state, CommentState.WAITING)).group_by(place)
    counts: dict[int, int] = dict(db.session.execute(query).tuples().all())
    labels = [*(label for label, _ in WAITED), "больше недели"]
    ends = [None, *(at.astimezone(UTC) for at in borders)]
    begins = [*(at.astimezone(UTC) for at in borders), None]
    return [
        Age(label, counts.get(number, 0), first, last)
        for number, (label, first, last) in enumerate(zip(labels, begins, ends, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class LateDepartment:
    """A department (a key of `whose`) of which work is late now: in how many messages, and since when the longest."""

    id: int
    name: str
    phone: str
    number: int
    since: datetime


def late_departments(now: datetime) -> Sequence[LateDepartment]:
    """Running clocks of the executors that are past their terms (П.10, П.12, П.14), the most first."""
    named = (Department.id, Department.short_name, Department.phone)
    late = (
        late_now(now, OWN, *named, func.count(Message.id.distinct()), func.min(Deadline.due_at))
        .join(Assignment, at_work())
        .outerjoin(Department, Department.id == Assignment.department_id)
        .group_by(*named)
    )
    found = [
        LateDepartment(key or UNNAMED, name or NAMES[UNNAMED], phone or "", *rest)
        for key, name, phone, *rest in db.session.execute(late)
    ]
    return sorted(found, key=lambda one: (-one.number, one.since, as_read(one.name)))


def count_late_answers(now: datetime) -> int:
    """Messages to whose authors an answer is overdue (П.8, П.9, П.13)."""
    return db.session.scalar(late_now(now, TO_THE_AUTHOR, func.count(Message.id.distinct()))) or 0


def count_due_promises(today: date) -> int:
    """Promises whose day has come and of which no result is told."""
    due = (
        select(func.count())
        .select_from(Promise)
        .join(Message, Message.id == Promise.message_id)
        .where(Promise.state == PromiseState.OPEN, Promise.due_on <= today, Message.recalled_at.is_(None))
    )
    return db.session.scalar(due) or 0


def count_proposals() -> int:
    """Authors proposed for the black list of whom nothing is decided yet."""
    return db.session.scalar(select(func.count()).where(BlacklistProposal.state == ListState.PENDING)) or 0
