"""A comment that is taken into work is a message of the register (Пр.2.6), as long as that decision stands.

Each function works in the transaction of its caller.
"""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.regulation.workflow import OPEN, STATUS_LABELS, Status
from osm.services.comments import undoing
from osm.services.comments.refusals import CommentsRefused, Refusal
from osm.services.messages import closing, entry
from osm.services.messages.closing import ASIDE
from osm.services.reading import due
from osm.store.models import Comment, Message, ReadingKind, User

_ANEW = "Комментарий снова взят в работу."


def message_of(row: Comment, actor: User, now: datetime) -> int:
    """A new message of the comment, or the one in which the same words stand already; the clocks of П.7 start."""
    author = row.author
    try:
        entered = entry.enter_message(
            text=row.text,
            network=row.network,
            url=row.url or row.post_url,
            author_name=author.name if author else "",
            author_url=(author.profile_url or "") if author else "",
            published_at=row.published_at if row.published_at and row.published_at <= now else None,
            is_comment=True,
            actor=actor,
            now=now,
        )
    except entry.AlreadyEntered as known:
        _take_up(_locked(known.message_id), row, actor, now)
        due.owe([known.message_id], [ReadingKind.COPIES])  # the two count as one text now
        return known.message_id
    entered.by_comment = True
    return entered.id


def _take_up(entered: Message, row: Comment, actor: User, now: datetime) -> None:
    """The same words stand in the register: what was laid aside there by an undo is taken up again.

    CommentsRefused where people have closed or answered it: nobody would work on what is called taken into work.
    """
    if entered.status in OPEN:
        return
    closure = next((one for one in entered.closures if one.restored_at is None), None)
    if closure and closure.reason == ASIDE:
        closing.reopen_own_entry(entered.id, reason=_ANEW, actor=actor, now=now)
        return
    stands = f"это же сообщение уже закрыто: № {entered.number}, «{STATUS_LABELS[entered.status]}»"
    if entered.status is Status.ANSWERED:
        stands = f"на это же сообщение ответ уже дан: № {entered.number}"
    raise CommentsRefused([Refusal(row.id, f"{stands}. Вернуть его в работу может куратор на карточке")], 1)


def take_back(row: Comment, actor: User, now: datetime) -> None:
    """The comment waits again. Its message is laid aside with the last comment that was taken into work as it.

    CommentsRefused where somebody has worked on that message.
    """
    message = _locked(row.message_id) if row.message_id is not None else None
    is_alone = message is not None and undoing.on_messages([message.id])[message.id] == 1
    if message is not None and is_alone and message.by_comment:
        try:
            closing.close_own_entry(message.id, actor=actor, now=now)
        except StaleVersion:
            raise CommentsRefused([Refusal(row.id, undoing.worked_on(message))], 1) from None
    if row.message_id is not None:
        due.owe([row.message_id], [ReadingKind.COPIES])  # the two count as two texts again
    row.message_id = None


def refuse_answer_of_author(row: Comment) -> None:
    """CommentsRefused where it was entered as a step of its author."""
    if words := undoing.answers_of_authors([row]).get(row.id):
        raise CommentsRefused([Refusal(row.id, words)], 1)


def _locked(message_id: int) -> Message:
    """The message as it is now: two who decide on comments of the same words do so one after the other."""
    return db.session.get_one(Message, message_id, with_for_update={"of": Message}, populate_existing=True)
