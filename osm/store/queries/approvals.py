"""What waits for the curator's decision (П.11) and what is approved and not yet published, the next term first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.clocks import CLOCK_LABELS, ClockKind
from osm.regulation.words import Importance, ReplyKind, Status
from osm.store.models import Attachment, Deadline, DeadlineState, Department, Draft, Message, Reply, User
from osm.store.queries.inbox_rows import summary

LIST_ROWS = 200


@dataclass(frozen=True, slots=True)
class TermRow:
    """The clock of a row."""

    kind: ClockKind
    clause: str
    due_at: datetime | None
    unit: str
    blameless: bool
    explanation: str

    @property
    def label(self) -> str:
        return CLOCK_LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """One version that waits, or was approved. `clock` is empty where none runs."""

    message_id: int
    number: str
    summary: str
    place: str
    network: str
    importance: Importance
    kind: ReplyKind
    version: int
    author: str
    department: str
    submitted_at: datetime
    decided_at: datetime | None
    photos: int
    clock: TermRow | None


def waiting_for_approval() -> list[ApprovalRow]:
    """Submitted versions, by the term of П.11."""
    return _rows(Status.ON_APPROVAL, ClockKind.APPROVE)


def approved_unpublished() -> list[ApprovalRow]:
    """Approved versions, by the term of the answer."""
    return _rows(Status.APPROVED, ClockKind.ANSWER, ClockKind.FINAL)


def count_waiting() -> int:
    """How many versions wait for the curator."""
    return db.session.scalar(select(func.count()).where(Message.status == Status.ON_APPROVAL)) or 0


def next_for_approval(after_id: int) -> tuple[int, str] | None:
    """Id and number of the message whose version is to be decided next; the one just decided is left out."""
    row = next((row for row in waiting_for_approval() if row.message_id != after_id), None)
    return (row.message_id, row.number) if row else None


def _rows(status: Status, *kinds: ClockKind) -> list[ApprovalRow]:
    """One statement, whatever the number of messages."""
    clock, author = aliased(Deadline), aliased(User)
    last = select(func.max(Draft.number)).where(Draft.reply_id == Reply.id).correlate(Reply).scalar_subquery()
    photos = select(func.count()).where(Attachment.reply_id == Reply.id).correlate(Reply).scalar_subquery()
    found = db.session.execute(
        select(
            Message.id,
            Message.number,
            func.substr(Message.text, 1, 300).label("text"),
            Message.place,
            Message.network,
            Message.importance,
            Reply.kind,
            Draft.number.label("version"),
            author.name.label("author"),
            Department.short_name.label("department"),
            Draft.submitted_at,
            Draft.decided_at,
            photos.label("photos"),
            clock.kind.label("clock"),
            clock.clause,
            clock.due_at,
            clock.unit,
            clock.blameless,
            clock.explanation,
        )
        .join(Reply, and_(Reply.message_id == Message.id, Reply.published_at.is_(None)))
        .join(Draft, and_(Draft.reply_id == Reply.id, Draft.number == last))
        .join(author, author.id == Draft.author_id)
        .outerjoin(Department, Department.id == author.department_id)
        .outerjoin(clock, clock.id == _first_clock(kinds))
        .where(Message.status == status)
        .order_by(clock.due_at.is_(None), clock.due_at, Message.id)
        .limit(LIST_ROWS)
    )
    return [
        ApprovalRow(
            message_id=row.id,
            number=row.number,
            summary=summary(row.text),
            place=row.place,
            network=row.network,
            importance=row.importance,
            kind=row.kind,
            version=row.version,
            author=row.author,
            department=row.department or "",
            submitted_at=row.submitted_at,
            decided_at=row.decided_at,
            photos=row.photos,
            clock=TermRow(row.clock, row.clause, row.due_at, row.unit, row.blameless, row.explanation)
            if row.clock
            else None,
        )
        for row in found
    ]


def _first_clock(kinds: tuple[ClockKind, ...]) -> ColumnElement[int | None]:
    """The running clock of these kinds that is due first."""
    return (
        select(Deadline.id)
        .where(
            Deadline.message_id == Message.id,
            Deadline.kind.in_(kinds),
            Deadline.state == DeadlineState.OPEN,
            Deadline.assignment_id.is_(None),
        )
        .order_by(Deadline.due_at.is_(None), Deadline.due_at)
        .limit(1)
        .correlate(Message)
        .scalar_subquery()
    )
