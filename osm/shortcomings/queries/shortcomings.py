"""Shortcomings for screens and memos: lists with filters, one of them, those of a message, those that wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, contains_eager, joinedload

from osm.base.database import db
from osm.base.types import among_codes, is_code
from osm.models import Department, Memo, MemoReader, MemoState, Message, Shortcoming, User
from osm.regulation.control import UNDECIDED, ShortcomingState, Side
from osm.regulation.words import LEADERS, Labelled, Post, Role


# --- Who decides (П.19, п
def may_enter(person: User) -> bool:
    """Whether he may enter a shortcoming by hand: the curator and the leaders."""
    return person.has(Role.CURATOR) or person.post in LEADERS


def rules_on_curators(person: User, about: int | None) -> bool:
    """The chief of staff; the head if there is none, or if it is about the chief of staff."""
    if person.post is not Post.HEAD:
        return person.post is Post.CHIEF_OF_STAFF
    return db.session.scalar(select(User.id).where(User.post == Post.CHIEF_OF_STAFF)) in (None, about)


def decided_by(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The same as a condition on Shortcoming; a person never decides about himself. `person_id`: also a parameter."""
    who, chief = aliased(User), aliased(User)
    other_chief = exists().where(
        is_code(chief.post, Post.CHIEF_OF_STAFF),
        or_(Shortcoming.person_id.is_(None), chief.id != Shortcoming.person_id),
    )
    leads = or_(is_code(who.post, Post.CHIEF_OF_STAFF), and_(is_code(who.post, Post.HEAD), ~other_chief))
    mine: list[ColumnElement[bool]] = []
    if Role.CURATOR in roles:
        mine.append(is_code(Shortcoming.side, Side.EXECUTOR))
    if Role.HEAD in roles:
        mine.append(and_(is_code(Shortcoming.side, Side.CURATOR), exists().where(who.id == person_id, leads)))
    others = or_(Shortcoming.person_id.is_(None), Shortcoming.person_id != person_id)
    return and_(others, or_(*mine)) if mine else false()


# --- Lists
PAGE = 100


class Filter(Labelled):
    MINE = "mine", "Мои"
    DECIDE = "decide", "Ждут моего решения"
    OPEN = "open", "Не решено"
    CONFIRMED = "confirmed", "Подтверждено"
    WAIVED = "waived", "Снято"
    ALL = "all", "Все"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list; begin and end are instants."""

    show: Filter
    department_id: int | None = None
    begin: datetime | None = None
    end: datetime | None = None


def visible(person: User) -> ColumnElement[bool]:
    """The curator and people who may read everything see all; others their own."""
    return true() if person.has(Role.CURATOR, Role.HEAD, Role.AUDITOR) else Shortcoming.person_id == person.id


def listed(person: User, wanted: Wanted) -> tuple[list[Shortcoming], int]:
    """One page of them, latest first, and the total number."""
    conditions = [visible(person), Message.recalled_at.is_(None), _shown(wanted.show, person)]
    if wanted.department_id is not None:
        conditions.append(Shortcoming.department_id == wanted.department_id)
    if wanted.begin is not None:
        conditions.append(Shortcoming.occurred_at >= wanted.begin)
    if wanted.end is not None:
        conditions.append(Shortcoming.occurred_at < wanted.end)
    count = select(func.count()).select_from(Shortcoming).join(Message, Message.id == Shortcoming.message_id)
    return rows_of(*conditions, limit=PAGE, latest_first=True), db.session.scalar(count.where(*conditions)) or 0


def between(person: User, begin: datetime, end: datetime, most: int) -> list[Shortcoming]:
    """Those of a period that this person may see, earliest first, at most `most`."""
    within = (Shortcoming.occurred_at >= begin, Shortcoming.occurred_at < end)
    return rows_of(visible(person), Message.recalled_at.is_(None), *within, limit=most)


def one(shortcoming_id: int, person: User) -> Shortcoming | None:
    return next(iter(rows_of(Shortcoming.id == shortcoming_id, visible(person))), None)


def chain(row: Shortcoming) -> list[Shortcoming]:
    """The others of its chain, earliest first."""
    root = row.root_id or row.id
    same = (Shortcoming.root_id == root) | (Shortcoming.id == root)
    return rows_of(same, Shortcoming.id != row.id)


def of_message(message_id: int, person: User) -> list[Shortcoming]:
    """Those of one message that this person may see."""
    return rows_of(Shortcoming.message_id == message_id, visible(person))


def is_decided_by(shortcoming_id: int, person: User) -> bool:
    found = select(Shortcoming.id).where(Shortcoming.id == shortcoming_id, decided_by(person.id, person.roles))
    return db.session.scalar(found) is not None


def responsible_people() -> list[tuple[int, str]]:
    """Id and name of the people who work on messages: a shortcoming entered by hand is about one of them."""
    works = or_(*(User.role_rows.any(role=role) for role in (Role.EXECUTOR, Role.CURATOR, Role.MODERATOR)))
    of_department = Department.id == User.department_id
    people = select(User.id, User.name, Department.short_name).outerjoin(Department, of_department)
    rows = db.session.execute(people.where(User.is_active, works).order_by(User.name))
    return [(user_id, f"{name} ({short})" if short else name) for user_id, name, short in rows]


def departments_of() -> list[tuple[int, str]]:
    named = select(Department.id, Department.name).where(
        Department.id.in_(select(Shortcoming.department_id).distinct())
    )
    return list(db.session.execute(named.order_by(Department.name)))


def _shown(show: Filter, person: User) -> ColumnElement[bool]:
    match show:
        case Filter.MINE:
            return Shortcoming.person_id == person.id
        case Filter.DECIDE:
            return Shortcoming.state.in_(UNDECIDED) & decided_by(person.id, person.roles)
        case Filter.OPEN:
            return Shortcoming.state.in_(UNDECIDED)
        case Filter.CONFIRMED | Filter.WAIVED:
            return Shortcoming.state == ShortcomingState(show.value)
        case Filter.ALL:
            return true()


def rows_of(
    *conditions: ColumnElement[bool], limit: int | None = None, latest_first: bool = False
) -> list[Shortcoming]:
    """The shortcomings with everything that is shown of them, by time; one query, conditions also on Message."""
    at = Shortcoming.occurred_at
    shown = (
        Shortcoming.person, Shortcoming.absent, Shortcoming.decided_by, Shortcoming.entered_by, Shortcoming.department,
        Shortcoming.memo,
    )  # fmt: skip
    query = select(Shortcoming).join(Shortcoming.message).where(*conditions)
    query = query.order_by(at.desc() if latest_first else at, Shortcoming.id).limit(limit)
    message = contains_eager(Shortcoming.message).lazyload(Message.author)
    return list(db.session.scalars(query.options(message, *map(joinedload, shown))))


# --- «Ждёт меня»
_ANSWERED = (ShortcomingState.EXPLAINED, ShortcomingState.OBJECTED)


class Duty(StrEnum):
    EXPLAIN = "explain"
    DECIDE = "decide"
    SEND_MEMO = "send_memo"
    READ_MEMO = "read_memo"


@dataclass(frozen=True, slots=True)
class Waits:
    """One row: `object_id` of the shortcoming or the memo, `number` of the message or the memo."""

    duty: Duty
    object_id: int
    number: str
    what: str
    person: str
    at: datetime


def shortcoming_waits(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """Condition on Shortcoming: this person has to name its cause, or to decide. `person_id`: also a bind parameter. Of
    a chain only the first waits; a consequence for another person waits once the first is decided. Of several after one
    late load, the first waits for all of the same person and state. Of a person who has left nobody asks the cause."""
    asked = is_code(Shortcoming.state, ShortcomingState.ASKED)
    mine = and_(asked, Shortcoming.person_id == person_id, Shortcoming.root_id.is_(None))
    root, person = aliased(Shortcoming), aliased(User)
    left = and_(asked, exists().where(root.id == Shortcoming.root_id, root.decided_at.is_not(None)))
    is_here = exists().where(person.id == Shortcoming.person_id, person.is_active)
    unasked = and_(asked, Shortcoming.root_id.is_(None), ~is_here)
    answered = among_codes(Shortcoming.state, _ANSWERED)
    other = aliased(Shortcoming)
    before = exists().where(
        other.import_run_id == Shortcoming.import_run_id, other.person_id == Shortcoming.person_id,
        other.state == Shortcoming.state, other.id < Shortcoming.id,
    )  # fmt: skip
    return and_(or_(mine, and_(or_(answered, left, unasked), decided_by(person_id, roles))), ~before)


def memo_waits(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """Condition on Memo: the curator has to check and send it, or this person has to read it."""
    unread = exists().where(
        MemoReader.memo_id == Memo.id, MemoReader.user_id == person_id, MemoReader.seen_at.is_(None)
    )
    return or_(is_code(Memo.state, MemoState.DRAFT) if Role.CURATOR in roles else false(), unread)


def waiting(person: User) -> list[Waits]:
    """The rows, oldest of each kind first; two queries."""
    named = (
        select(Shortcoming, Message.number, User.name)
        .join(Message, Message.id == Shortcoming.message_id)
        .outerjoin(User, User.id == Shortcoming.person_id)
        .where(shortcoming_waits(person.id, person.roles))
    )
    found = []
    for row, number, name in db.session.execute(named):
        is_asked = row.state is ShortcomingState.ASKED and row.root_id is None and row.person_id == person.id
        duty = Duty.EXPLAIN if is_asked else Duty.DECIDE
        found.append(Waits(duty, row.id, number, row.what, name or "", row.occurred_at))
    found += [
        Waits(Duty.READ_MEMO if memo.sent_at else Duty.SEND_MEMO, memo.id, memo.number or "", "", "",
              memo.sent_at or memo.prepared_at)
        for memo in db.session.scalars(select(Memo).where(memo_waits(person.id, person.roles)))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (list(Duty).index(one.duty), one.at, one.object_id))
