"""Common answers for screens: the list, one with its messages, and the common answer of a message."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Integer, Label, Row, ScalarSelect, cast, func, null, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from osm.base.database import db
from osm.base.types import OfRow, of_rows, with_columns
from osm.flow.queries.clocks import summary
from osm.models import (
    AnswerGroup,
    Assignment,
    Author,
    Draft,
    DraftState,
    GroupMember,
    LinkKind,
    LinkState,
    Message,
    MessageLink,
    Reply,
    User,
)
from osm.regulation.words import Status

LIST_ROWS = 100
JOINING = (Status.NEW, Status.SELECTED, Status.IN_WORK, Status.REWORK)
"""A message in these statuses can join; later ones already have their own text."""
SHOWN_LATE = 20  # messages offered to join
ANSWERED_TOGETHER = frozenset({Status.IN_WORK, Status.REWORK, Status.ON_APPROVAL, Status.APPROVED})
"""In these statuses the reply may be given by a common answer; acts are then done for all its messages."""


@dataclass(frozen=True, slots=True)
class MemberRow(OfRow):
    row: Message
    author: str
    reply_id: int
    published_at: datetime | None
    published_url: str
    executor_id: int | None
    executor: str

    @property
    def summary(self) -> str:
        return summary(self.row.text)


GROUPED = (
    select(GroupMember.message_id)
    .join(Reply, Reply.id == GroupMember.reply_id)
    .where(GroupMember.left_at.is_(None), Reply.published_at.is_(None))
)
"""The messages that have a common answer as their current reply."""


def groups_for(person_id: int | None) -> Sequence[Row[AnswerGroup, int, int]]:
    """Group, number of messages, of unpublished ones, newest first. `person_id`: only those he prepares."""
    published = func.count().filter(Reply.published_at.is_(None))
    query = (
        select(AnswerGroup, func.count().label("total"), published.label("waiting"))
        .join(GroupMember, GroupMember.group_id == AnswerGroup.id)
        .join(Reply, Reply.id == GroupMember.reply_id)
        .where(GroupMember.left_at.is_(None))
        .group_by(AnswerGroup.id)
        .order_by(AnswerGroup.id.desc())
        .limit(LIST_ROWS)
    )
    if person_id is not None:
        mine = select(Assignment.message_id).where(Assignment.executor_id == person_id, Assignment.ended_at.is_(None))
        query = query.where(AnswerGroup.id.in_(select(GroupMember.group_id).where(GroupMember.message_id.in_(mine))))
    return db.session.execute(query).all()


def members_of(group_id: int) -> list[MemberRow]:
    """Its messages in the order in which they joined; one statement."""
    executor = (
        select(func.min(Assignment.executor_id))
        .where(Assignment.message_id == Message.id, Assignment.ended_at.is_(None))
        .correlate(Message)
        .scalar_subquery()
    )
    columns = with_columns(
        Message, author=func.coalesce(Author.name, ""), reply_id=Reply.id, published_at=Reply.published_at,
        published_url=Reply.published_url, executor_id=User.id, executor=func.coalesce(User.name, ""),
    )  # fmt: skip
    rows = db.session.execute(
        select(*columns)
        .join(GroupMember, GroupMember.message_id == Message.id)
        .join(Reply, Reply.id == GroupMember.reply_id)
        .outerjoin(Author, Author.id == Message.author_id)
        .outerjoin(User, User.id == executor)
        .where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None))
        .order_by(GroupMember.id)
    )
    return of_rows(MemberRow, rows)


def group_of(message_id: int) -> int | None:
    """The common answer to which the message's current reply belongs."""
    return groups_of([message_id]).get(message_id)


def groups_of(message_ids: Collection[int]) -> dict[int, int]:
    """Message → the common answer to which its current reply belongs; without those that have none."""
    if not message_ids:
        return {}
    own = select(GroupMember.message_id, GroupMember.group_id).join(Reply, Reply.id == GroupMember.reply_id)
    own = own.where(GroupMember.message_id.in_(message_ids), GroupMember.left_at.is_(None))
    return dict(db.session.execute(own.where(Reply.published_at.is_(None))).all())


def last_group_of(message_id: int) -> int | None:
    """The common answer to which the message belongs, or belonged last."""
    its = select(GroupMember.group_id).where(GroupMember.message_id == message_id)
    return db.session.scalar(its.order_by(GroupMember.id.desc()).limit(1))


def leading_reply(message_id: int) -> int | None:
    """The reply with which the text typed for all is stored, also for a message that has left the common answer."""
    members = select(GroupMember.reply_id).join(Reply, Reply.id == GroupMember.reply_id)
    members = members.where(GroupMember.group_id == last_group_of(message_id), GroupMember.left_at.is_(None))
    return db.session.scalar(members.where(Reply.published_at.is_(None)).order_by(GroupMember.id).limit(1))


def final_due_ids(group_id: int) -> list[int]:
    """Members that wait for a final answer after this common interim answer (П.13), without those prepared by several
    or in parts: their common draft is the curator's (П.14)."""
    last = select(func.max(Reply.id)).where(Reply.message_id == Message.id).correlate(Message).scalar_subquery()
    return list(
        db.session.scalars(
            select(Message.id)
            .join(GroupMember, GroupMember.message_id == Message.id)
            .where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None))
            .where(Message.status == Status.AWAITING_FINAL, GroupMember.reply_id == last)
            .where(_active(Assignment.id) == 1, _active(Assignment.part_state) == 0)
            .order_by(Message.id)
        )
    )


def _active(column: InstrumentedAttribute[Any]) -> ScalarSelect[int]:
    """The number of the message's executors for which this column has a value."""
    return (
        select(func.count(column))
        .where(Assignment.message_id == Message.id, Assignment.ended_at.is_(None))
        .correlate(Message)
        .scalar_subquery()
    )


def interim_group_of(message_id: int) -> int | None:
    """The common interim answer of a message that waits for its final one, if others wait too."""
    group_id = db.session.scalar(
        select(GroupMember.group_id)
        .where(GroupMember.message_id == message_id, GroupMember.left_at.is_(None))
        .order_by(GroupMember.reply_id.desc())
        .limit(1)
    )
    due = final_due_ids(group_id) if group_id else []
    return group_id if message_id in due and len(due) > 1 else None


def sender_of(group_id: int) -> int | None:
    """Who sent the waiting common text, not who let others join later."""
    return db.session.scalar(
        select(Draft.submitted_by_id)
        .join(GroupMember, GroupMember.reply_id == Draft.reply_id)
        .where(GroupMember.group_id == group_id, GroupMember.left_at.is_(None), Draft.state == DraftState.SUBMITTED)
        .order_by(Draft.submitted_at, Draft.id)
        .limit(1)
    )


def common_answer(status: Status) -> Label[Any]:
    """The same as the column `answer` for the messages of a statement on one status."""
    if status not in ANSWERED_TOGETHER:
        return cast(null(), Integer).label("answer")
    return (
        select(func.max(GroupMember.group_id))
        .join(Reply, Reply.id == GroupMember.reply_id)
        .where(GroupMember.message_id == Message.id, GroupMember.left_at.is_(None), Reply.published_at.is_(None))
        .correlate(Message)
        .scalar_subquery()
        .label("answer")
    )


def late_for(message_ids: Sequence[int]) -> list[Message]:
    """Open messages linked to one of these as the same matter of another author, the newest first."""
    if not message_ids:
        return []
    others = _of_one_matter(message_ids) - set(message_ids)
    wanted = select(Message).where(Message.id.in_(others), Message.id.not_in(GROUPED), Message.status.in_(JOINING))
    newest = wanted.order_by(Message.received_at.desc(), Message.id.desc())
    return list(db.session.scalars(newest.limit(SHOWN_LATE)))


def late_groups(message_id: int) -> Sequence[AnswerGroup]:
    """Common answers, not yet published in full, to a message linked with this one."""
    linked = _of_one_matter([message_id])
    if not linked:
        return []
    ids = select(GroupMember.group_id).where(GroupMember.message_id.in_(linked), GroupMember.left_at.is_(None))
    waiting = GROUPED.with_only_columns(GroupMember.group_id)
    wanted = select(AnswerGroup).where(AnswerGroup.id.in_(ids), AnswerGroup.id.in_(waiting))
    return db.session.scalars(wanted.order_by(AnswerGroup.id.desc())).all()


def _of_one_matter(ids: Sequence[int]) -> set[int]:
    """Linked messages on the same matter, these among them; empty if none is linked."""
    linked = select(MessageLink.later_id, MessageLink.earlier_id).where(
        MessageLink.kind == LinkKind.SAME_MATTER,
        MessageLink.state != LinkState.REJECTED,
        or_(MessageLink.later_id.in_(ids), MessageLink.earlier_id.in_(ids)),
    )
    return set(chain.from_iterable(db.session.execute(linked)))


def unfinished_group(reply_id: int) -> int | None:
    """The common answer of this reply, if others of it still wait for publication."""
    group_id = db.session.scalar(
        select(GroupMember.group_id).where(GroupMember.reply_id == reply_id, GroupMember.left_at.is_(None))
    )
    return group_id if group_id and any(row.published_at is None for row in members_of(group_id)) else None
