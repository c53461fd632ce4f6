"""A comment that is taken into work is a message of the register (Пр.2.6), as long as that decision stands.

Each function works in the transaction of its caller.
"""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.regulation.workflow import CLOSED, STATUS_LABELS
from osm.services import closing, entry
from osm.services.comment_refusals import CommentsRefused, Refusal
from osm.store.models import Comment, Message, User

_ANEW = "Комментарий снова взят в работу."
_ASIDE = "Взято в работу по ошибке: возвращено в комментарии."


def message_of(row: Comment, actor: User, now: datetime) -> int:
    """A new message of the comment, or the one in which the same words stand already; the clocks of П.7 start."""
    author = row.author
    try:
        return entry.enter_message(
            text=row.text,
            network=row.network,
            url=row.url or row.post_url,
            author_name=author.name if author else "",
            author_url=(author.profile_url or "") if author else "",
            published_at=row.published_at if row.published_at and row.published_at <= now else None,
            actor=actor,
            now=now,
        ).id
    except entry.AlreadyEntered as twin:
        _take_up(db.session.get_one(Message, twin.message_id), row, actor, now)
        return twin.message_id


def _take_up(twin: Message, row: Comment, actor: User, now: datetime) -> None:
    """The same words stand in the register: what was laid aside there by an undo is taken up again.

    CommentsRefused where people have closed it: nobody would work on what is called taken into work.
    """
    if twin.status not in CLOSED:
        return
    if (closure := next((one for one in twin.closures if one.restored_at is None), None)) and closure.reason == _ASIDE:
        closing.reopen_own_entry(twin.id, reason=_ANEW, actor=actor, now=now)
        return
    stands = f"это же сообщение уже закрыто: № {twin.number}, «{STATUS_LABELS[twin.status]}»"
    raise CommentsRefused([Refusal(row.id, f"{stands}. Вернуть его в работу может куратор на карточке")], 1)


def take_back(row: Comment, actor: User, now: datetime) -> None:
    """The comment waits again: its message is laid aside, if nobody has worked on it (else CommentsRefused)."""
    message = row.message
    if message is not None and _stands_by(message, row):
        try:
            closing.close_own_entry(message.id, reason=_ASIDE, actor=actor, now=now)
        except StaleVersion:
            words = f"с сообщением № {message.number} уже работают"
            raise CommentsRefused([Refusal(row.id, words)], 1) from None
    row.message_id = None


def _stands_by(message: Message, row: Comment) -> bool:
    """Whether the message is in work because of this decision alone: made by it, or taken up again by it."""
    if (message.entered_by_id, message.received_at) == (row.decided_by_id, row.decided_at):
        return True
    anew = (row.decided_by_id, row.decided_at, _ANEW)
    return any((one.restored_by_id, one.restored_at, one.restore_reason) == anew for one in message.closures)
