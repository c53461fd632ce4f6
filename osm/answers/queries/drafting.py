"""Texts for the editor, earlier answers to the same matter, and answers that the program is placing itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow
from osm.imports.queries.editions import is_held
from osm.models import (
    Assignment,
    Comment,
    Department,
    Draft,
    DraftText,
    LinkKind,
    LinkState,
    Message,
    MessageLink,
    OutboxAction,
    Part,
    PartText,
    Reply,
    Stop,
    User,
    UserRole,
)
from osm.outbox.queries import holds, page_of_act
from osm.people.queries.absences import Roster, roster_on
from osm.regulation import words
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.working_time import worktime


# --- Text of the editor
@dataclass(frozen=True, slots=True)
class EditorText:
    """`text`: what the editor opens with; `saved_at`: when this person's typing was last saved, None if never. `typed`:
    his unsent text; empty if the last version is newer or the same."""

    text: str
    saved_at: datetime | None
    typed: str


def editor_text(reply_id: int, user_id: int) -> EditorText:
    """The typed text if it is newer than the last version, otherwise that version. Two queries."""
    return _newer(
        select(DraftText.text, DraftText.saved_at).where(DraftText.reply_id == reply_id, DraftText.user_id == user_id),
        select(Draft.text, Draft.submitted_at).where(Draft.reply_id == reply_id).order_by(Draft.number.desc()),
    )


def _newer(typed: Select[str, datetime], versions: Select[str, datetime]) -> EditorText:
    kept, last = db.session.execute(typed).first(), db.session.execute(versions.limit(1)).first()
    version = last[0] if last else ""
    if kept is None:
        return EditorText(version, None, "")
    text, saved_at = kept
    if last is not None and saved_at <= last[1]:
        return EditorText(version, saved_at, "")
    return EditorText(text, saved_at, text if text.strip() != version.strip() else "")


LeftText = Any
"""Unsent text of a colleague whose work has passed to somebody else (П.3): `user_id`, `name`, `text`, `saved_at`."""


def left_texts(reply_id: int, user_id: int) -> list[LeftText]:
    """Unsent texts of the absent colleague and of his substitutes (П.3), newest first, without those older than the
    last version. Texts of a person who lost the task for another reason stay private."""
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
        select(User.id.label("user_id"), User.name, DraftText.text, DraftText.saved_at)
        .join(User, User.id == DraftText.user_id)
        .where(
            DraftText.reply_id == reply_id,
            DraftText.user_id != user_id,
            DraftText.user_id.in_(earlier),
            sent.is_(None) | (DraftText.saved_at > sent),
        )
        .order_by(DraftText.saved_at.desc(), User.id)
    )
    return [left for left in rows if left.text.strip()]


def left_common_texts(reply_id: int, user_id: int, calendar: worktime.WorkCalendar, now: datetime) -> list[LeftText]:
    """Unsent common drafts of other curators (П.14, П.3), newest first: those absent today, those who have left, and
    those who typed as this person's substitute. Texts of curators who are at work, of people asked for a part, and
    those older than the last version are left out."""
    sent = select(func.max(Draft.submitted_at)).where(Draft.reply_id == reply_id).scalar_subquery()
    asked = (
        select(Assignment.executor_id)
        .join(Reply, Reply.message_id == Assignment.message_id)
        .where(Reply.id == reply_id)
    )
    rows = db.session.execute(
        select(User.id.label("user_id"), User.name, DraftText.text, DraftText.saved_at, User.is_active)
        .join(User, User.id == DraftText.user_id)
        .where(
            DraftText.reply_id == reply_id,
            DraftText.user_id != user_id,
            DraftText.user_id.not_in(asked),
            sent.is_(None) | (DraftText.saved_at > sent),
        )
        .order_by(DraftText.saved_at.desc(), User.id)
    ).all()
    found = [left for left in rows if left.text.strip()]
    today = roster_on(calendar.local(now).date()) if found else Roster(calendar.local(now).date())
    return [
        left
        for left in found
        if not left.is_active
        or today.is_away(left.user_id)
        or _was_substitute(left, user_id, calendar.local(left.saved_at).date())
    ]


def _was_substitute(left: LeftText, user_id: int, day: date) -> bool:
    """Whether the author was this person's substitute on the day he typed it."""
    return bool(roster_on(day, [user_id], at=left.saved_at).stand_in(user_id) == left.user_id)


def left_part_texts(assignment_id: int, user_id: int) -> list[LeftText]:
    """The same for a part (П.14): unsent texts of the absent colleague and of his substitutes."""
    mine, his = aliased(Assignment), aliased(Assignment)
    sent = select(func.max(Part.submitted_at)).where(Part.assignment_id == assignment_id).scalar_subquery()
    rows = db.session.execute(
        select(User.id.label("user_id"), User.name, PartText.text, PartText.saved_at)
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
    return [left for left in rows if left.text.strip()]


def _same_work(his: Any, mine: Any) -> ColumnElement[bool]:
    """Condition: one assignment passed to the other because of an absence (П.3), or came back."""
    return or_(his.executor_id == mine.for_id, his.for_id == func.coalesce(mine.for_id, mine.executor_id))


def part_editor_text(assignment_id: int, user_id: int) -> EditorText:
    """The same for a part (П.14): the typed text if it is newer than the last version of the part. Two queries."""
    mine = (PartText.assignment_id == assignment_id, PartText.user_id == user_id)
    return _newer(
        select(PartText.text, PartText.saved_at).where(*mine),
        select(Part.text, Part.submitted_at).where(Part.assignment_id == assignment_id).order_by(Part.number.desc()),
    )


def current_reply_id(message_id: int) -> int | None:
    return db.session.scalar(select(Reply.id).where(Reply.message_id == message_id, Reply.published_at.is_(None)))


def own_part_id(message_id: int, user_id: int) -> int | None:
    """The assignment by which this person is asked for a part."""
    asked = select(Assignment.id).where(Assignment.message_id == message_id, Assignment.executor_id == user_id)
    return db.session.scalar(asked.where(Assignment.ended_at.is_(None), Assignment.part_state.is_not(None)))


# --- Earlier answers to the same matter (П.15)
@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    message_id: int
    number: str
    kind: words.ReplyKind
    published_at: datetime
    department: str
    text: str
    of_same_author: bool


def earlier_answers(message_id: int) -> list[EarlierAnswer]:
    """Published replies of messages with a confirmed link to this one, latest first."""
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
    """Message id → short name of the last department."""
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
    """Executor for a repeat: that of the earlier message, or one of its department. Confirmed links go first."""
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
            UserRole.role == words.Role.EXECUTOR,
            User.is_active,
            or_(User.id == row.executor_id, User.department_id == row.department_id),
        )
        .order_by(User.id != row.executor_id, User.name, User.id)
        .limit(1)
    )


@dataclass(frozen=True, slots=True)
class GoingOut(OfRow):
    """The last order to publish. It can be stopped while the network has not been asked, or a person has it."""

    row: OutboxAction
    can_stop: bool
    is_changed: bool  # a person decides whether it goes out although the comment was changed
    is_held: bool  # the message changed after the approval, and the answer is not confirmed yet
    held_by: str  # why «Остановить публикации» holds it


def going_out(message_id: int) -> GoingOut | None:
    """None where the program was never asked to, or was stopped."""
    row = db.session.scalar(
        select(OutboxAction)
        .where(OutboxAction.message_id == message_id, OutboxAction.kind == OutboxKind.PUBLISH)
        .order_by(OutboxAction.id.desc())
        .limit(1)
    )
    if row is None or row.state is OutboxState.CANCELLED:
        return None
    waits = row.state is OutboxState.PENDING
    return GoingOut(
        row,
        can_stop=waits and (row.sent_at is None or row.for_person),
        is_changed=row.for_person and row.stands_text is not None and not row.in_spite,
        is_held=waits and row.draft_id is not None and is_held(row.draft_id),
        held_by=_held_by(row.id) if waits and not row.for_person else "",
    )


def correction_goes_at(message_id: int) -> datetime | None:
    """When the program corrects the answer in the network; None where it does not, or has begun."""
    return db.session.scalar(
        select(OutboxAction.not_before).where(
            OutboxAction.message_id == message_id,
            OutboxAction.kind == OutboxKind.EDIT,
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            OutboxAction.sent_at.is_(None),
        )
    )


def _held_by(action_id: int) -> str:
    page = page_of_act()
    query = (
        select(Stop.reason)
        .select_from(OutboxAction)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Stop, holds(page))
        .where(OutboxAction.id == action_id)
        .limit(1)
    )
    return db.session.scalar(query) or ""


@dataclass(frozen=True, slots=True)
class OutOfMany:
    """How far a common answer is on its way, in messages. `for_person`: left to people, or refused for good."""

    going: int
    for_person: int
    next_at: datetime | None
    ordered: frozenset[int] = frozenset()  # messages with a last order that was not taken back


def out_of_many(message_ids: Collection[int]) -> OutOfMany:
    """What the program was asked to place of these and has not yet, by the last order of each; in one statement."""
    of_these = (OutboxAction.message_id.in_(message_ids), OutboxAction.kind == OutboxKind.PUBLISH)
    last = select(func.max(OutboxAction.id)).where(*of_these).group_by(OutboxAction.message_id)
    query = select(OutboxAction.message_id, OutboxAction.state, OutboxAction.for_person, OutboxAction.not_before).where(
        OutboxAction.id.in_(last), OutboxAction.state != OutboxState.CANCELLED
    )
    rows = db.session.execute(query).all()
    waits = [row for row in rows if row.state is OutboxState.PENDING]
    going = [row.not_before for row in waits if not row.for_person]
    refused = sum(row.state is OutboxState.FAILED for row in rows)
    ordered = frozenset(row.message_id for row in rows)
    return OutOfMany(len(going), len(waits) - len(going) + refused, min(going, default=None), ordered)
