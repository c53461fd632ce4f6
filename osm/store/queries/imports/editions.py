"""What later exports changed of messages: all of it for the card, and what somebody still has to look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.words import Role, Status
from osm.regulation.workflow import OPEN
from osm.store.models import Assignment, EditionKind, EditionLook, ImportRun, Message, MessageEdition, Reply, User
from osm.store.types import is_code

SHOWN = 20
"""Rows in «Ждёт меня»."""
LOOKERS = frozenset({Role.CURATOR, Role.EXECUTOR})
"""Who works on messages."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One update. `told`: what changed of text, url, author, published_at: [old, new]."""

    id: int
    made_at: datetime
    is_change: bool
    told: Mapping[str, tuple[str, str]]
    loaded_by: str
    is_held: bool
    """The approved answer waits because of it."""
    is_seen: bool
    """By the person who asks."""


@dataclass(frozen=True, slots=True)
class WaitingEdition:
    """A change that waits for a person, with what its row shows of the message."""

    edition: Edition
    message_id: int
    number: str
    version: int
    status: Status


def editions_of(message_id: int, user_id: int | None = None) -> list[Edition]:
    """What people can read to have changed, oldest first; what was taken back is left out."""
    query = _editions(user_id).where(
        MessageEdition.message_id == message_id, MessageEdition.kind != EditionKind.DATA, ~_is_recalled()
    )
    return [_edition(*row) for row in db.session.execute(query.order_by(MessageEdition.id)).tuples()]


def texts_of(current: str, since: datetime, editions: Collection[Edition]) -> list[dict[str, Any]]:
    """All texts of a message in the source, oldest first: the last is the one of the last export.

    `since`: when the message was stored.
    """
    told = [one for one in editions if "text" in one.told]
    first = {"text": told[0].told["text"][0] if told else current, "at": since, "is_change": False, "loaded_by": ""}
    return [
        first,
        *(
            {"text": one.told["text"][1], "at": one.made_at, "is_change": one.is_change, "loaded_by": one.loaded_by}
            for one in told
        ),
    ]


def edition_waits(user_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on MessageEdition: this person works on its message and has not looked, or an answer is held."""
    if LOOKERS.isdisjoint(roles):
        return false()
    works: list[ColumnElement[bool]] = []
    if Role.CURATOR in roles:
        works.append(_is_open())
    if Role.EXECUTOR in roles:
        works.append(_is_assigned(user_id))
    seen = exists().where(EditionLook.edition_id == MessageEdition.id, EditionLook.user_id == user_id)
    waits = and_(or_(*works), _is_open(), ~seen)
    if Role.CURATOR in roles:
        waits = or_(waits, holds())
    return and_(_is_last_change(), waits)


def holds() -> ColumnElement[bool]:
    """Whether the approved answer of its message waits until somebody has said that it still fits."""
    message = aliased(Message)
    waits = exists().where(
        message.id == MessageEdition.message_id,
        is_code(message.status, Status.APPROVED),
        Reply.message_id == message.id,
        Reply.published_at.is_(None),
        Reply.approved_draft_id == MessageEdition.holds_draft_id,
    )
    return and_(_is_holding(), waits)


def is_held(draft_id: int) -> bool:
    """Whether this version must not go out yet."""
    wanted = select(MessageEdition.id).where(MessageEdition.holds_draft_id == draft_id, _is_holding())
    return db.session.scalar(wanted.limit(1)) is not None


def editions_waiting(user_id: int, roles: Collection[Role]) -> list[WaitingEdition]:
    """For «Ждёт меня»: held answers first, the first SHOWN."""
    query = (
        _editions(user_id)
        .add_columns(Message.id, Message.number, Message.version, Message.status)
        .join(Message, Message.id == MessageEdition.message_id)
        .where(edition_waits(user_id, roles))
        .order_by(holds().desc(), MessageEdition.id)
        .limit(SHOWN)
    )
    rows = db.session.execute(query).tuples()
    return [WaitingEdition(_edition(*row[:4]), *row[4:]) for row in rows]


def count_editions(user_id: int, roles: Collection[Role]) -> int:
    """How many wait in all."""
    wanted = select(func.count()).select_from(MessageEdition).where(edition_waits(user_id, roles))
    return db.session.scalar(wanted) or 0


def _editions(user_id: int | None) -> Select[MessageEdition, str, bool, bool]:
    seen = exists().where(EditionLook.edition_id == MessageEdition.id, EditionLook.user_id == user_id)
    return (
        select(MessageEdition, func.coalesce(User.name, ""), holds(), seen)
        .outerjoin(ImportRun, ImportRun.id == MessageEdition.run_id)
        .outerjoin(User, User.id == ImportRun.created_by_id)
    )


def _edition(row: MessageEdition, loaded_by: str, held: bool, seen: bool) -> Edition:
    told = {name: (old, new) for name, (old, new) in row.told.items()}
    return Edition(row.id, row.made_at, row.kind is EditionKind.CHANGE, told, loaded_by, held, seen)


def _is_last_change() -> ColumnElement[bool]:
    later = aliased(MessageEdition)
    return and_(
        is_code(MessageEdition.kind, EditionKind.CHANGE),
        ~_is_recalled(),
        ~exists().where(
            later.message_id == MessageEdition.message_id,
            is_code(later.kind, EditionKind.CHANGE),
            later.recalled_at.is_(None),
            later.id > MessageEdition.id,
        ),
    )


def _is_recalled() -> ColumnElement[bool]:
    return MessageEdition.recalled_at.is_not(None)


def _is_holding() -> ColumnElement[bool]:
    return and_(MessageEdition.holds_draft_id.is_not(None), MessageEdition.released_at.is_(None), ~_is_recalled())


def _is_open() -> ColumnElement[bool]:
    """A message that is answered or closed is not worked on."""
    message = aliased(Message)
    return exists().where(message.id == MessageEdition.message_id, message.status.in_(OPEN))


def _is_assigned(user_id: Any) -> ColumnElement[bool]:
    """Since before the change: who came later has read nothing else."""
    return exists().where(
        Assignment.message_id == MessageEdition.message_id,
        Assignment.executor_id == user_id,
        Assignment.ended_at.is_(None),
        Assignment.assigned_at <= MessageEdition.made_at,
    )
