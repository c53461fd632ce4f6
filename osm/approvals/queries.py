"""Versions that wait for the curator's decision (П.11), and approved unpublished ones, the next term first."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow, is_code
from osm.flow.queries.clocks import RowClock, summary
from osm.groups.queries import common_answer
from osm.models import Attachment, Deadline, Department, Draft, Message, Reply, User
from osm.regulation.executors import acting_words
from osm.regulation.words import ClockKind, DeadlineState, Status

LIST_ROWS = 200


@dataclass(frozen=True, slots=True)
class ApprovalRow(OfRow):
    """One version, waiting or approved, with the columns of `_rows`. `clock` is empty if none runs."""

    row: Any
    author: str
    clock: RowClock | None
    members: int = 1
    """The number of messages decided at once, if it is that of a common answer; it has the next term of them."""

    @property
    def summary(self) -> str:
        return summary(self.row.text)

    @property
    def name(self) -> str:
        return f"общий ответ № {self.row.group_id}" if self.row.group_id else f"№ {self.row.number}"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The place of a message among the waiting ones: 1 has the next term, 0 is not among them."""

    place: int
    total: int
    before: ApprovalRow | None
    behind: ApprovalRow | None


def waiting_for_approval() -> list[ApprovalRow]:
    return _rows(Status.ON_APPROVAL, ClockKind.APPROVE)


def approved_unpublished() -> list[ApprovalRow]:
    """Approved versions, by the term of the answer."""
    return _rows(Status.APPROVED, ClockKind.ANSWER, ClockKind.FINAL)


def _number_waiting() -> ScalarSelect[int]:
    some = select(common_answer(Status.ON_APPROVAL)).where(Message.status == Status.ON_APPROVAL).subquery()
    alone = func.count().filter(some.c.answer.is_(None))
    return select(alone + func.count(some.c.answer.distinct())).scalar_subquery()


NUMBER_WAITING = _number_waiting()  # the number of decisions that wait for the curator; a common answer is one


def next_for_approval(after_id: int, behind_id: int | None = None) -> tuple[int, str] | None:
    """The message to decide next, not the one just decided: that with `behind_id`, if it still waits, or the first."""
    waiting = [row for row in waiting_for_approval() if row.message_id != after_id]
    row = next((row for row in waiting if row.message_id == behind_id), waiting[0] if waiting else None)
    return (row.message_id, row.name) if row else None


def beside(message_id: int) -> Neighbours:
    """The waiting messages before and after this one; if it does not wait itself, the first is after it."""
    rows = waiting_for_approval()
    place = next((place for place, row in enumerate(rows, 1) if row.message_id == message_id), 0)
    before = rows[place - 2] if place > 1 else None
    return Neighbours(place, len(rows), before, rows[place] if place < len(rows) else None)


def _rows(status: Status, *kinds: ClockKind) -> list[ApprovalRow]:
    """One statement for any number of messages; a common answer is one row, by its next term."""
    clock, author, absent = aliased(Deadline, name="clock"), aliased(User), aliased(User)
    last = select(func.max(Draft.number)).where(Draft.reply_id == Reply.id).correlate(Reply).scalar_subquery()
    photos = select(func.count()).where(Attachment.reply_id == Reply.id).correlate(Reply).scalar_subquery()
    found = db.session.execute(
        select(
            Message.id.label("message_id"), Message.number, func.substr(Message.text, 1, 300).label("text"),
            Message.place, Message.network, Message.importance, Reply.kind, Draft.number.label("version"),
            author.name.label("author"), func.coalesce(absent.name, "").label("absent"),
            func.coalesce(Department.short_name, "").label("department"), Draft.submitted_at, Draft.decided_at,
            photos.label("photos"), common_answer(status).label("group_id"), clock,
        )
        .join(Reply, and_(Reply.message_id == Message.id, Reply.published_at.is_(None)))
        .join(Draft, and_(Draft.reply_id == Reply.id, Draft.number == last))
        .join(author, author.id == Draft.author_id)
        .outerjoin(absent, absent.id == Draft.author_for_id)
        .outerjoin(Department, Department.id == author.department_id)
        .outerjoin(clock, clock.id == _first_clock(kinds))
        .where(Message.status == status)
        .order_by(clock.due_at.is_(None), clock.due_at, Message.id)
        .limit(LIST_ROWS)
    )  # fmt: skip
    rows = [
        ApprovalRow(row, acting_words(row.author, row.absent), RowClock(row.clock) if row.clock else None)
        for row in found
    ]
    members = Counter(row.group_id for row in rows)
    shown = {row.group_id: row.message_id for row in reversed(rows)}
    return [
        replace(row, members=members[row.group_id]) if row.group_id else row
        for row in rows
        if row.group_id is None or shown[row.group_id] == row.message_id
    ]


def _first_clock(kinds: tuple[ClockKind, ...]) -> ColumnElement[int | None]:
    """The running clock of these kinds that is due first."""
    return (
        select(Deadline.id)
        .where(
            Deadline.message_id == Message.id,
            Deadline.kind.in_(kinds),
            is_code(Deadline.state, DeadlineState.OPEN),
            Deadline.assignment_id.is_(None),
        )
        .order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.id)
        .limit(1)
        .correlate(Message)
        .scalar_subquery()
    )
