"""What of shortcomings waits for a person in «Ждёт меня»: causes to name, decisions, memos to send and to read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from osm.extensions import db
from osm.regulation.responsibility import SHORTCOMING_LABELS, ShortcomingState, breach_words
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

    Of a chain the first is asked about; the others are its consequence.
    """
    asked = is_code(Shortcoming.state, ShortcomingState.ASKED)
    mine = and_(asked, Shortcoming.person_id == person_id, Shortcoming.root_id.is_(None))
    return or_(mine, and_(among_codes(Shortcoming.state, _ANSWERED), decided_by(person_id, roles)))


def memo_waits(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on Memo: the curator has to check and send it, or this person to read it."""
    unread = exists().where(
        MemoReader.memo_id == Memo.id, MemoReader.user_id == person_id, MemoReader.seen_at.is_(None)
    )
    return or_(is_code(Memo.state, MemoState.DRAFT) if Role.CURATOR in roles else false(), unread)


def waiting(person: User) -> list[Waits]:
    """What these are, the oldest of each kind first; two statements."""
    columns = (Shortcoming, Message.number, User.name)
    found = [
        Waits(
            Duty.EXPLAIN if row.state is ShortcomingState.ASKED else Duty.DECIDE, row.id, number,
            breach_words(row.clock) if row.clock else SHORTCOMING_LABELS[row.kind], name or "", row.occurred_at,
        )
        for row, number, name in db.session.execute(
            select(*columns)
            .join(Message, Message.id == Shortcoming.message_id)
            .outerjoin(User, User.id == Shortcoming.person_id)
            .where(shortcoming_waits(person.id, person.roles))
        )
    ]  # fmt: skip
    found += [
        Waits(Duty.READ_MEMO if memo.sent_at else Duty.SEND_MEMO, memo.id, memo.number or "", "", "",
              memo.sent_at or memo.prepared_at)
        for memo in db.session.scalars(select(Memo).where(memo_waits(person.id, person.roles)))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (list(Duty).index(one.duty), one.at, one.object_id))
