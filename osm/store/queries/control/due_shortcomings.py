"""What of shortcomings waits for a person in «Ждёт меня»: causes to name, decisions, memos to send and to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.control.responsibility import SHORTCOMING_LABELS, ShortcomingState, breach_words
from osm.regulation.words import Role
from osm.store.models import Memo, MemoReader, MemoState, Message, Shortcoming, User
from osm.store.queries.control.deciding import decided_by
from osm.store.types import among_codes, is_code

_ANSWERED = (ShortcomingState.EXPLAINED, ShortcomingState.OBJECTED)


class Duty(StrEnum):
    """What is to be done with it."""

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
    """The condition on Shortcoming: its cause is asked of this person, or he decides. `person_id`: also a parameter.

    Of a chain the first is asked about; what is another's consequence of it is decided once the first is. Of what one
    late load has brought the first waits for all of the same person in the same state.
    """
    asked = is_code(Shortcoming.state, ShortcomingState.ASKED)
    mine = and_(asked, Shortcoming.person_id == person_id, Shortcoming.root_id.is_(None))
    root = aliased(Shortcoming)
    left = and_(asked, exists().where(root.id == Shortcoming.root_id, root.decided_at.is_not(None)))
    answered = among_codes(Shortcoming.state, _ANSWERED)
    other = aliased(Shortcoming)
    before = exists().where(
        other.import_run_id == Shortcoming.import_run_id, other.person_id == Shortcoming.person_id,
        other.state == Shortcoming.state, other.id < Shortcoming.id,
    )  # fmt: skip
    return and_(or_(mine, and_(or_(answered, left), decided_by(person_id, roles))), ~before)


def memo_waits(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on Memo: the curator has to check and send it, or this person to read it."""
    unread = exists().where(
        MemoReader.memo_id == Memo.id, MemoReader.user_id == person_id, MemoReader.seen_at.is_(None)
    )
    return or_(is_code(Memo.state, MemoState.DRAFT) if Role.CURATOR in roles else false(), unread)


def waiting(person: User) -> list[Waits]:
    """What these are, the oldest of each kind first; two statements."""
    named = (
        select(Shortcoming, Message.number, User.name)
        .join(Message, Message.id == Shortcoming.message_id)
        .outerjoin(User, User.id == Shortcoming.person_id)
        .where(shortcoming_waits(person.id, person.roles))
    )
    found = []
    for row, number, name in db.session.execute(named):
        is_asked = row.state is ShortcomingState.ASKED and row.root_id is None
        what = breach_words(row.clock) if row.clock else SHORTCOMING_LABELS[row.kind]
        duty = Duty.EXPLAIN if is_asked else Duty.DECIDE
        found.append(Waits(duty, row.id, number, what, name or "", row.occurred_at))
    found += [
        Waits(Duty.READ_MEMO if memo.sent_at else Duty.SEND_MEMO, memo.id, memo.number or "", "", "",
              memo.sent_at or memo.prepared_at)
        for memo in db.session.scalars(select(Memo).where(memo_waits(person.id, person.roles)))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (list(Duty).index(one.duty), one.at, one.object_id))
