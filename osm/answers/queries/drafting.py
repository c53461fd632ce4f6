"""What stands in the editor of one person for one reply, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.people.queries.absences import Roster, roster_on
from osm.regulation.words import ReplyKind, Role
from osm.regulation.worktime import WorkCalendar
from osm.store.models import (
    Assignment,
    Department,
    Draft,
    DraftText,
    LinkKind,
    LinkState,
    Message,
    MessageLink,
    Part,
    PartText,
    Reply,
    User,
    UserRole,
)


# --- What stands in the editor of one person for one reply, and since when
@dataclass(frozen=True, slots=True)
class EditorText:
    """`text` is what the editor opens with; `saved_at`: when this person's typing was last kept, None if it never was.

    `typed`: what he typed and never sent, empty where the last version of the reply is newer or says the same.
    """

    text: str
    saved_at: datetime | None
    typed: str


def editor_text(reply_id: int, user_id: int) -> EditorText:
    """The typed text if it is newer than the last version, else that version; two statements."""
    kept = db.session.execute(
        select(DraftText.text, DraftText.saved_at).where(DraftText.reply_id == reply_id, DraftText.user_id == user_id)
    ).first()
    last = db.session.execute(
        select(Draft.text, Draft.submitted_at).where(Draft.reply_id == reply_id).order_by(Draft.number.desc()).limit(1)
    ).first()
    return _newer(kept.tuple() if kept else None, last.tuple() if last else None)


def _newer(kept: tuple[str, datetime] | None, last: tuple[str, datetime] | None) -> EditorText:
    """Of what was typed and what was sent, each with its instant."""
    version = last[0] if last else ""
    if kept is None:
        return EditorText(version, None, "")
    text, saved_at = kept
    if last is not None and saved_at <= last[1]:
        return EditorText(version, saved_at, "")
    return EditorText(text, saved_at, text if text.strip() != version.strip() else "")


@dataclass(frozen=True, slots=True)
class LeftText:
    """What a colleague typed for a reply and never sent before the work went over to another (П.3)."""

    user_id: int
    name: str
    text: str
    saved_at: datetime


def left_texts(reply_id: int, user_id: int) -> list[LeftText]:
    """Of the absent colleague and of those who stood in for him (П.3), the newest first.

    What is older than the last version is left out; whoever lost the task to another keeps what he typed to himself.
    """
    mine, his = aliased(Assignment), aliased(Assignment)
    sent = select(func.max(Draft.submitted_at)).where(Draft.reply_id == reply_id).scalar_subquery()
    earlier = (
        select(his.executor_id)
        .join(mine, mine.message_id == his.message_id)
        .join(Reply, Reply.message_id == mine.message_id)
        .where(
            Reply.id == reply_id,
            mine.executor_id == user_id,
            mine.ended_at.is_(None),
            his.ended_at.is_not(None),
            _same_work(his, mine),
        )
    )
    rows = db.session.execute(
        select(User.id, User.name, DraftText.text, DraftText.saved_at)
        .join(User, User.id == DraftText.user_id)
        .where(
            DraftText.reply_id == reply_id,
            DraftText.user_id != user_id,
            DraftText.user_id.in_(earlier),
            sent.is_(None) | (DraftText.saved_at > sent),
        )
        .order_by(DraftText.saved_at.desc(), User.id)
    )
    return [left for left in (LeftText(*row) for row in rows.tuples()) if left.text.strip()]


def left_common_texts(reply_id: int, user_id: int, calendar: WorkCalendar, now: datetime) -> list[LeftText]:
    """What other curators left of the common draft (П.14, П.3), the newest first: those who are away today, work no
    longer, or stood in for this person when they typed it. A colleague who is there keeps what he is typing to himself.

    Whoever was asked for a part keeps his own too; what is older than the last version is left out.
    """
    sent = select(func.max(Draft.submitted_at)).where(Draft.reply_id == reply_id).scalar_subquery()
    asked = (
        select(Assignment.executor_id)
        .join(Reply, Reply.message_id == Assignment.message_id)
        .where(Reply.id == reply_id)
    )
    rows = db.session.execute(
        select(User.id, User.name, DraftText.text, DraftText.saved_at, User.is_active)
        .join(User, User.id == DraftText.user_id)
        .where(
            DraftText.reply_id == reply_id,
            DraftText.user_id != user_id,
            DraftText.user_id.not_in(asked),
            sent.is_(None) | (DraftText.saved_at > sent),
        )
        .order_by(DraftText.saved_at.desc(), User.id)
    ).all()
    found = [(LeftText(*row[:4]), row.is_active) for row in rows if row.text.strip()]
    today = roster_on(calendar.local(now).date()) if found else Roster(calendar.local(now).date())
    return [
        left
        for left, works in found
        if not works or today.is_away(left.user_id) or _stood_in(left, user_id, calendar.local(left.saved_at).date())
    ]


def _stood_in(left: LeftText, user_id: int, day: date) -> bool:
    """Whether this was typed on a day on which its author did the work of that person."""
    return roster_on(day, [user_id], at=left.saved_at).stand_in(user_id) == left.user_id


def left_part_texts(assignment_id: int, user_id: int) -> list[LeftText]:
    """The same for a part (П.14): of the absent colleague himself, and of those who stood in for him."""
    mine, his = aliased(Assignment), aliased(Assignment)
    sent = select(func.max(Part.submitted_at)).where(Part.assignment_id == assignment_id).scalar_subquery()
    rows = db.session.execute(
        select(User.id, User.name, PartText.text, PartText.saved_at)
        .join(his, his.id == PartText.assignment_id)
        .join(mine, mine.message_id == his.message_id)
        .join(User, User.id == PartText.user_id)
        .where(
            mine.id == assignment_id,
            his.ended_at.is_not(None),
            PartText.user_id == his.executor_id,
            PartText.user_id != user_id,
            _same_work(his, mine),
            sent.is_(None) | (PartText.saved_at > sent),
        )
        .order_by(PartText.saved_at.desc(), User.id)
    )
    return [left for left in (LeftText(*row) for row in rows.tuples()) if left.text.strip()]


def _same_work(his: Any, mine: Any) -> ColumnElement[bool]:
    """Whether one of two assignments went over to the other because somebody was away (П.3), or came back."""
    return or_(his.executor_id == mine.for_id, his.for_id == func.coalesce(mine.for_id, mine.executor_id))


def part_editor_text(assignment_id: int, user_id: int) -> EditorText:
    """The same for a part (П.14): the typed text if it is newer than the last version of the part; two statements."""
    kept = db.session.execute(
        select(PartText.text, PartText.saved_at).where(
            PartText.assignment_id == assignment_id, PartText.user_id == user_id
        )
    ).first()
    last = db.session.execute(
        select(Part.text, Part.submitted_at)
        .where(Part.assignment_id == assignment_id)
        .order_by(Part.number.desc())
        .limit(1)
    ).first()
    return _newer(kept.tuple() if kept else None, last.tuple() if last else None)


def current_reply_id(message_id: int) -> int | None:
    """The reply that is being worked on; None before routing and after publication."""
    return db.session.scalar(select(Reply.id).where(Reply.message_id == message_id, Reply.published_at.is_(None)))


# --- What was answered before on the same matter (П.15)
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
