"""What the head sees first: which terms are missed now and whose work it is, and what was answered today."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.words import ReplyKind, Role, Status
from osm.regulation.workflow import OPEN
from osm.store.models import Assignment, Deadline, DeadlineState, Draft, Message, Reply
from osm.store.queries.duties import Asker, Duty
from osm.store.queries.inbox_rows import InboxRow, read_rows, summary

OVERVIEW_ROWS = 50

#: Every clock that can be late, the nearest work first.
_LATE = Duty(
    Role.HEAD,
    Status.NEW,
    "",
    (ClockKind.ROUTE, ClockKind.APPROVE, ClockKind.REWORK, ClockKind.DRAFT, ClockKind.FINAL, ClockKind.ANSWER),
)

#: Whose hand is awaited, by status.
WAITS_FOR: dict[Status, str] = {
    Status.NEW: "Ждёт куратора: направить",
    Status.SELECTED: "Ждёт куратора: направить",
    Status.IN_WORK: "Готовит исполнитель",
    Status.ON_APPROVAL: "Ждёт куратора: согласовать",
    Status.REWORK: "Дорабатывает исполнитель",
    Status.APPROVED: "Ждёт публикации",
    Status.AWAITING_AUTHOR: "Ждём ответа автора",
    Status.AWAITING_FINAL: "Готовит исполнитель",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply that stands in the network. `in_time` is empty where no clock was owed to it."""

    message_id: int
    number: str
    network: str
    summary: str
    kind: ReplyKind
    published_at: datetime
    published_url: str
    text: str
    in_time: bool | None


@dataclass(frozen=True, slots=True)
class LateMessages:
    """Messages with a missed term; `total` counts those that are not shown too."""

    total: int
    rows: tuple[InboxRow, ...]


def late_messages(now: datetime) -> LateMessages:
    """Open messages of which a clock is overdue now, the longest wait first; a blameless clock is nobody's delay."""
    first_due = func.min(Deadline.due_at)
    found = db.session.execute(
        select(Message.id, func.count().over().label("total"))
        .join(Deadline, Deadline.message_id == Message.id)
        .where(_overdue(now))
        .group_by(Message.id)
        .order_by(first_due, Message.id)
        .limit(OVERVIEW_ROWS)
    ).all()
    rows = read_rows([(row.id, _LATE) for row in found])
    late = [_measured_by_late_clock(rows[row.id], now) for row in found if row.id in rows]
    return LateMessages(found[0].total if found else 0, tuple(late))


def count_late(now: datetime) -> int:
    """How many messages `late_messages` would tell of."""
    late = select(Message.id).join(Deadline, Deadline.message_id == Message.id).where(_overdue(now)).distinct()
    return db.session.scalar(select(func.count()).select_from(late.subquery())) or 0


def answered_since(instant: datetime) -> list[Answered]:
    """Replies published at or after `instant`, the newest first."""
    late = exists().where(
        Deadline.message_id == Reply.message_id,
        Deadline.kind.in_((ClockKind.ANSWER, ClockKind.FINAL)),
        Deadline.ended_at == Reply.published_at,
        Deadline.breached_at.is_not(None),
    )
    owed = exists().where(
        Deadline.message_id == Reply.message_id,
        Deadline.kind.in_((ClockKind.ANSWER, ClockKind.FINAL)),
        Deadline.ended_at == Reply.published_at,
    )
    found = db.session.execute(
        select(
            Message.id,
            Message.number,
            Message.network,
            func.substr(Message.text, 1, 300).label("text"),
            Reply.kind,
            Reply.published_at,
            Reply.published_url,
            func.substr(Draft.text, 1, 300).label("answer"),
            owed.label("owed"),
            late.label("late"),
        )
        .join(Reply, Reply.message_id == Message.id)
        .join(Draft, Draft.id == Reply.approved_draft_id)
        .where(Reply.published_at >= instant)
        .order_by(Reply.published_at.desc(), Reply.id.desc())
        .limit(OVERVIEW_ROWS)
    )
    return [
        Answered(
            message_id=row.id,
            number=row.number,
            network=row.network,
            summary=summary(row.text),
            kind=row.kind,
            published_at=row.published_at,
            published_url=row.published_url,
            text=summary(row.answer),
            in_time=not row.late if row.owed else None,
        )
        for row in found
    ]


def department_rows(asker: Asker) -> list[InboxRow]:
    """What colleagues of the same department work on, the next term first; for an executor to know and to stand in."""
    if asker.department_id is None or Role.EXECUTOR not in asker.roles:
        return []
    open_due = and_(Deadline.state == DeadlineState.OPEN, Deadline.assignment_id.is_(None))
    mine = exists().where(
        Assignment.message_id == Message.id, Assignment.executor_id == asker.user_id, Assignment.ended_at.is_(None)
    )
    theirs = exists().where(
        Assignment.message_id == Message.id,
        Assignment.department_id == asker.department_id,
        Assignment.ended_at.is_(None),
    )
    next_due = func.min(Deadline.due_at)
    found = db.session.scalars(
        select(Message.id)
        .outerjoin(Deadline, and_(Deadline.message_id == Message.id, open_due))
        .where(Message.status.in_(OPEN), theirs, ~mine)
        .group_by(Message.id)
        .order_by(next_due.is_(None), next_due, Message.id)
        .limit(OVERVIEW_ROWS)
    ).all()
    rows = read_rows([(message_id, _LATE) for message_id in found])
    return [_of_colleagues(rows[message_id]) for message_id in found if message_id in rows]


def _overdue(now: datetime) -> ColumnElement[bool]:
    return and_(
        Message.status.in_(OPEN),
        Deadline.state == DeadlineState.OPEN,
        Deadline.due_at < now,
        Deadline.blameless.is_(False),
    )


def _measured_by_late_clock(row: InboxRow, now: datetime) -> InboxRow:
    """The clock that was missed first, with whose work it is."""
    late = [c for c in (row.clocks or {}).values() if c.due_at and c.due_at < now and not c.blameless]
    first = min(late, key=lambda clock: clock.due_at or now, default=row.clock)
    return replace(row, clock=first, waits_for=WAITS_FOR[row.status])


def _of_colleagues(row: InboxRow) -> InboxRow:
    return replace(row, waits_for=WAITS_FOR[row.status])
