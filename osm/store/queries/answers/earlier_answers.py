"""What was answered before on the same matter (П.15): it stands beside the editor and tells who answered for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from osm.extensions import db
from osm.regulation.words import ReplyKind, Role
from osm.store.models import (
    Assignment,
    Department,
    Draft,
    LinkKind,
    LinkState,
    Message,
    MessageLink,
    Reply,
    User,
    UserRole,
)


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """One published reply to a message that is linked with this one; `department`: who had prepared it."""

    message_id: int
    number: str
    kind: ReplyKind
    published_at: datetime
    department: str
    text: str
    of_same_author: bool


def earlier_answers(message_id: int) -> list[EarlierAnswer]:
    """The replies published under messages with which this one is confirmed to belong, the latest first."""
    rows = db.session.execute(
        select(Message.id, Message.number, Reply.kind, Reply.published_at, Draft.text, MessageLink.kind)
        .join(
            MessageLink,
            or_(
                (MessageLink.earlier_id == Message.id) & (MessageLink.later_id == message_id),
                (MessageLink.later_id == Message.id) & (MessageLink.earlier_id == message_id),
            ),
        )
        .join(Reply, Reply.message_id == Message.id)
        .join(Draft, Draft.id == Reply.approved_draft_id)
        .where(MessageLink.state == LinkState.CONFIRMED, Reply.published_at.isnot(None))
        .order_by(Reply.published_at.desc(), Reply.id.desc())
    ).all()
    departments = _departments({row[0] for row in rows})
    return [
        EarlierAnswer(id_, number, kind, published_at, departments.get(id_, ""), text, link is LinkKind.REPEAT)
        for id_, number, kind, published_at, text, link in rows
        if published_at is not None
    ]


def _departments(message_ids: set[int]) -> dict[int, str]:
    """The department that had the message last."""
    if not message_ids:
        return {}
    rows = db.session.execute(
        select(Assignment.message_id, Department.short_name)
        .join(Department, Department.id == Assignment.department_id)
        .where(Assignment.message_id.in_(message_ids))
        .order_by(Assignment.id)
    )
    return {row.message_id: row.short_name for row in rows}


def executor_of_earlier(message_id: int) -> int | None:
    """Who should have a repeat: the executor of the earlier message, if he still works; else one of its department.

    A confirmed pair goes before a proposed one, the likelier before the others; None: nothing to go by.
    """
    row = db.session.execute(
        select(Assignment.executor_id, Assignment.department_id)
        .join(MessageLink, MessageLink.earlier_id == Assignment.message_id)
        .where(
            MessageLink.later_id == message_id,
            MessageLink.kind == LinkKind.REPEAT,
            MessageLink.state != LinkState.REJECTED,
        )
        .order_by(MessageLink.state, MessageLink.score.desc(), Assignment.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return db.session.scalar(
        select(User.id)
        .join(UserRole, UserRole.user_id == User.id)
        .where(
            UserRole.role == Role.EXECUTOR,
            User.is_active,
            or_(User.id == row.executor_id, User.department_id == row.department_id),
        )
        .order_by(User.id != row.executor_id, User.name, User.id)
        .limit(1)
    )
