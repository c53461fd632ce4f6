"""A comment that is taken into work is a message of the register (Пр.2.6), as long as that decision stands.

Each function works in the transaction of its caller.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.errors import StaleVersion
from osm.regulation.workflow import OPEN, STATUS_LABELS, Status
from osm.services.comments.refusals import CommentsRefused, Refusal
from osm.services.messages import closing, entry
from osm.services.messages.closing import ASIDE
from osm.store.models import Comment, Event, Message, OfferOutcome, ThreadOffer, User

_ANEW = "Комментарий снова взят в работу."


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
            is_comment=True,
            actor=actor,
            now=now,
        ).id
    except entry.AlreadyEntered as entered:
        _take_up(_locked(entered.message_id), row, actor, now)
        return entered.message_id


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
    if message is not None and not _others_stand_on(message, row) and _stands_by_comments(message):
        try:
            closing.close_own_entry(message.id, actor=actor, now=now)
        except StaleVersion:
            words = f"с сообщением № {message.number} уже работают"
            raise CommentsRefused([Refusal(row.id, words)], 1) from None
    row.message_id = None


def refuse_answer_of_author(row: Comment) -> None:
    """CommentsRefused where it was entered as a step of its author: the clocks of that message run by it."""
    same = (ThreadOffer.comment_id == row.id, ThreadOffer.outcome == OfferOutcome.TAKEN)
    number = db.session.scalar(select(Message.number).join(ThreadOffer).where(*same, Message.id == row.message_id))
    if row.state is CommentState.TAKEN and number is not None:
        words = f"это ответ автора на № {number}, он уже внесён на карточку. Вернуть его в очередь нельзя"
        raise CommentsRefused([Refusal(row.id, words)], 1)


def _locked(message_id: int) -> Message:
    """The message as it is now: two who decide on comments of the same words do so one after the other."""
    return db.session.get_one(Message, message_id, with_for_update={"of": Message}, populate_existing=True)


def _others_stand_on(message: Message, row: Comment) -> bool:
    others = select(Comment.id).where(
        Comment.message_id == message.id, Comment.state == CommentState.TAKEN, Comment.id != row.id
    )
    return db.session.scalar(others.limit(1)) is not None


def _stands_by_comments(message: Message) -> bool:
    """Whether the message is in work because a comment was taken: entered so, or taken up so after an undo.

    The log says it: the comment itself may wait again by now, while another one of the same words stands.
    """
    begun = [(message.entered_by_id, message.received_at)]
    aside = [one for one in message.closures if one.reason == ASIDE]
    begun += [(one.restored_by_id, one.restored_at) for one in aside if one.restored_at is not None]
    by_id, at = max(begun, key=lambda one: one[1])
    taken = select(Event.changes).where(Event.actor_id == by_id, Event.at == at, Event.action == "comment_take")
    return any(changes.get("message_id") == [None, message.id] for changes in db.session.scalars(taken))
