"""Notes on a card, notes waiting for a person, possible addressees, and who was hurried when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow, among_codes, is_code, of_rows, with_columns
from osm.flow.queries.clocks import summary
from osm.models import (
    TO_CURATOR,
    Assignment,
    Department,
    Draft,
    GroupMember,
    Message,
    Note,
    NoteKind,
    Part,
    Reply,
    User,
    UserRole,
)
from osm.people.queries.absences import SEE_EVERYTHING
from osm.regulation.words import Role, Status

HURRIED = frozenset({Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL})
"""Somebody is preparing an answer and can be hurried."""
DECLINED = frozenset({Status.IN_WORK, Status.REWORK})  # «Не моё» waits for the curator in these statuses


@dataclass(frozen=True, slots=True)
class NoteRow(OfRow):
    """One note for screens; `text` is empty if it was withdrawn."""

    row: Note
    number: str
    version: int  # of the message
    summary: str
    text: str
    author: str
    to: str
    department: str
    read_by: str
    is_shared: bool  # whether the message has several executors (П.14)
    group_id: int | None  # the common answer to the message


def of_message(message_id: int) -> list[NoteRow]:
    """The notes on one card, oldest first."""
    return _rows(_query().where(Note.message_id == message_id).order_by(Note.id))


def waiting(person: User, ids: Collection[int]) -> list[NoteRow]:
    """Those of these notes to this person that are unread."""
    return _rows(_query().where(Note.id.in_(ids), waits_for(person.id, person.roles)).order_by(Note.id))


def waits_for(person_id: int, roles: Collection[Role], *, done: bool = False) -> ColumnElement[bool]:
    """The condition on Note: it is for this person and unread; with `done` read ones too."""
    whose: list[ColumnElement[bool]] = [
        and_(Note.to_id == person_id, or_(~is_code(Note.kind, NoteKind.HURRY), _is_owed(Note.to_id, HURRIED)))
    ]
    if Role.CURATOR in roles:
        declined = and_(is_code(Note.kind, NoteKind.DECLINE), _is_owed(Note.author_id, DECLINED))
        asked = or_(is_code(Note.kind, NoteKind.QUESTION), declined)
        whose.append(and_(Note.to_id.is_(None), among_codes(Note.kind, TO_CURATOR), asked))
    for_him = or_(*whose)
    return for_him if done else and_(Note.read_at.is_(None), Note.withdrawn_at.is_(None), for_him)


def has_declined(message_id: int, person_id: int) -> bool:
    """Whether «Не моё» of this executor waits for the curator."""
    waits = (Note.read_at.is_(None), Note.withdrawn_at.is_(None), _is_owed(Note.author_id, DECLINED))
    his = (Note.message_id == message_id, Note.author_id == person_id, is_code(Note.kind, NoteKind.DECLINE))
    return db.session.scalar(select(Note.id).where(*his, *waits).limit(1)) is not None


def hurry_of(message_ids: Collection[int], person_id: int) -> NoteRow | None:
    """The latest note that hurries this executor about work on one of these that is still to do."""
    found = _query().where(
        Note.message_id.in_(message_ids), Note.to_id == person_id, is_code(Note.kind, NoteKind.HURRY),
        Note.withdrawn_at.is_(None), _is_owed(Note.to_id, HURRIED),
    )  # fmt: skip
    return next(iter(_rows(found.order_by(Note.id.desc()).limit(1))), None)


def _hurried() -> Select[Any]:
    about: Any = bindparam("ids", expanding=True, type_=Integer())
    mine, other = aliased(GroupMember), aliased(GroupMember)
    alone = select(Note.message_id.label("about"), Note.written_at).where(
        Note.message_id.in_(about), Note.kind == NoteKind.HURRY
    )
    together = (
        select(mine.message_id.label("about"), Note.written_at)
        .join(other, and_(other.group_id == mine.group_id, other.left_at.is_(None)))
        .join(Note, and_(Note.message_id == other.message_id, Note.kind == NoteKind.HURRY))
        .where(mine.message_id.in_(about), mine.left_at.is_(None))
    )
    both = alone.union_all(together).subquery()
    return select(both.c.about, func.max(both.c.written_at)).group_by(both.c.about)


_HURRIED = _hurried()  # built once: building takes longer than running


def last_hurried(message_ids: Collection[int]) -> dict[int, datetime]:
    """Message id → when somebody was last hurried about it or about another message with the same common answer."""
    if not message_ids:
        return {}
    return dict(db.session.execute(_HURRIED, {"ids": list(message_ids)}).all())


def answered_with(message_id: int) -> list[int]:
    """The message, and those with the same common answer."""
    mine, other = aliased(GroupMember), aliased(GroupMember)
    found = db.session.scalars(
        select(other.message_id)
        .join(mine, mine.group_id == other.group_id)
        .where(mine.message_id == message_id, mine.left_at.is_(None), other.left_at.is_(None))
    )
    return [message_id, *found]


def addressees(message_id: int, *, except_id: int) -> Sequence[Any]:
    """The people who see the card of this message by name, except one person."""
    given = exists().where(
        Assignment.message_id == message_id,
        or_(Assignment.executor_id == User.id, Assignment.department_id == User.department_id),
    )
    role = exists().where(
        UserRole.user_id == User.id,
        or_(
            UserRole.role.in_(SEE_EVERYTHING - {Role.AUDITOR}),
            and_(UserRole.role == Role.EXECUTOR, given.correlate(User)),
        ),
    )
    found = db.session.execute(
        select(User.id, User.name, func.coalesce(Department.short_name, "").label("department"))
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.is_active, User.id != except_id, role)
        .order_by(User.name, User.id)
    )
    return found.all()


def departments(except_ids: Collection[int] = ()) -> list[tuple[int, str]]:
    """Id and short name of the departments that «Не моё» can propose."""
    found = db.session.execute(
        select(Department.id, Department.short_name)
        .where(Department.archived_at.is_(None), Department.id.not_in(except_ids))
        .order_by(Department.short_name, Department.id)
    )
    return list(found)


def _is_owed(executor_id: Any, statuses: Collection[Status]) -> ColumnElement[bool]:
    """The executor had the message when the note was written, still has it, and has sent nothing since."""
    his = (Assignment.message_id == Note.message_id, Assignment.executor_id == executor_id)
    in_work = exists().where(Message.id == Note.message_id, among_codes(Message.status, sorted(statuses)))
    return and_(
        in_work.correlate(Note),
        exists().where(*his, Assignment.ended_at.is_(None), Assignment.assigned_at <= Note.written_at),
        ~exists().where(
            Reply.message_id == Note.message_id, Draft.reply_id == Reply.id, Draft.submitted_at > Note.written_at
        ),
        ~exists().where(*his, Part.assignment_id == Assignment.id, Part.submitted_at > Note.written_at),
    )


def _query() -> Select[Any]:
    author, to, reader = aliased(User), aliased(User), aliased(User)
    shared = exists().where(
        Assignment.message_id == Note.message_id, Assignment.ended_at.is_(None), Assignment.part_state.is_not(None)
    )
    group = (
        select(GroupMember.group_id)
        .join(Reply, Reply.id == GroupMember.reply_id)
        .where(GroupMember.message_id == Note.message_id, GroupMember.left_at.is_(None), Reply.published_at.is_(None))
        .limit(1)
        .scalar_subquery()
    )
    columns = with_columns(
        Note, number=Message.number, version=Message.version, summary=func.substr(Message.text, 1, 200),
        text=case((Note.withdrawn_at.is_(None), Note.text), else_=""), author=author.name,
        to=func.coalesce(to.name, ""), department=func.coalesce(Department.short_name, ""),
        read_by=func.coalesce(reader.name, ""), is_shared=shared, group_id=group,
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(Note)
        .join(Message, Message.id == Note.message_id)
        .join(author, author.id == Note.author_id)
        .outerjoin(to, to.id == Note.to_id)
        .outerjoin(reader, reader.id == Note.read_by_id)
        .outerjoin(Department, Department.id == Note.department_id)
    )


def _rows(query: Select[Any]) -> list[NoteRow]:
    return [replace(row, summary=summary(row.summary)) for row in of_rows(NoteRow, db.session.execute(query))]
