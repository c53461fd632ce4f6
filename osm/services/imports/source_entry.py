"""The way back without double entry: which published replies stand in «Инцидент Менеджмент» too (design §6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.services.errors import NotFound, ServiceError
from osm.services.log.log import record
from osm.store.models import Message, Reply, User
from osm.store.transaction import transaction

ENTERED = "source_entered"
TAKEN_BACK = "source_entry_undone"


class EntryMovedOn(ServiceError):
    """The tick is not as the person saw it: somebody set it, took it back or set it anew."""

    def __init__(self, *, entered: bool) -> None:
        self.entered = entered
        super().__init__(
            "Этот ответ уже отмечен как внесённый в ИМ. Второй раз ничего не записано."
            if entered
            else "Отметку уже сняли. Ответ снова ждёт внесения в ИМ."
        )


def mark_entered(reply_id: int, *, actor: User, now: datetime) -> Reply:
    """The reply was entered in «Инцидент Менеджмент» by hand.

    The version that is guarded is the tick itself: its instant, empty before. That of the message stays, since nothing
    was decided about it and nobody's open form may be refused for a tick. Raises NotFound, EntryMovedOn.
    """
    with transaction():
        reply = _load(reply_id)
        if reply.entered_in_source_at is not None:
            raise EntryMovedOn(entered=True)
        _set(reply, now, actor)
        _log(ENTERED, reply, None, now=now, actor=actor)
        return reply


def take_back(reply_id: int, seen: datetime | None, *, actor: User, now: datetime) -> Reply:
    """It was not entered after all. `seen`: the tick that the person saw. Raises NotFound, EntryMovedOn."""
    with transaction():
        reply = _load(reply_id)
        before = reply.entered_in_source_at
        if before is None or before != seen:
            raise EntryMovedOn(entered=before is not None)
        _set(reply, None, None)
        _log(TAKEN_BACK, reply, before, now=now, actor=actor)
        return reply


def entered_by_export(message: Message, *, now: datetime) -> None:
    """A file says that the source has become answered: what we published before stands there. In the caller's
    transaction."""
    waiting = select(Reply).where(
        Reply.message_id == message.id,
        Reply.for_source,
        Reply.published_at <= now,
        Reply.entered_in_source_at.is_(None),
    )
    for reply in db.session.scalars(waiting.order_by(Reply.id)):
        _set(reply, now, None)
        _log(ENTERED, reply, None, now=now, actor=None)


def take_back_export(message: Message, at: datetime, *, now: datetime) -> None:
    """The file that said so at this instant is taken back. In the caller's transaction."""
    same = (Reply.message_id == message.id, Reply.entered_in_source_at == at, Reply.entered_in_source_by_id.is_(None))
    for reply in db.session.scalars(select(Reply).where(*same).order_by(Reply.id)):
        _set(reply, None, None)
        _log(TAKEN_BACK, reply, at, now=now, actor=None)


def _load(reply_id: int) -> Reply:
    """A published reply to a message of the source, locked until the end of the transaction."""
    query = (
        select(Reply)
        .where(Reply.id == reply_id, Reply.published_at.is_not(None), Reply.for_source)
        .with_for_update(of=Reply)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("Ответ")
    return found


def _set(reply: Reply, at: datetime | None, by: User | None) -> None:
    reply.entered_in_source_at = at
    reply.entered_in_source_by_id = by.id if by else None


def _log(action: str, reply: Reply, before: datetime | None, *, now: datetime, actor: User | None) -> None:
    record(
        action,
        at=now,
        actor=actor,
        message=reply.message,
        changes={"entered_in_source_at": (before, reply.entered_in_source_at)},
        object_kind="reply",
        object_id=reply.id,
    )
