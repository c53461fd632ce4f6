"""One comment that comes through «Инцидент Менеджмент» and through its page is one card, whichever comes first.

Both are known by the comment that their address names. Each function works in the transaction of its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.networks.addresses import one_spelling
from osm.networks.threads import comment_at
from osm.regulation.comment_words import CommentState
from osm.services.log.log import record
from osm.services.threads.heard import become_message
from osm.store.models import Comment, Message

_IN_THE_QUEUE = (CommentState.WAITING, CommentState.KEPT)


def link_key(url: str) -> str:
    """By what two links are the same: the comment that they name and what it stands under, else their one spelling;
    empty for no link.
    """
    at = comment_at(url) if url else None
    return f"{at.network}:{at.kind}:{at.owner}_{at.place}_{at.id}" if at else one_spelling(url)


def join_messages(messages: Sequence[Message], now: datetime) -> int:
    """New messages: comments of the queue that they are leave it; how many. One statement where there are none."""
    by_name = {(one.network, one.comment_name): one for one in messages if one.comment_name}
    if not by_name:
        return 0
    names = [name for _, name in by_name]
    wanted = select(Comment).where(
        Comment.network.in_({network for network, _ in by_name}),
        Comment.external_id.in_(names),
        Comment.account_id.is_not(None),
    )
    found = db.session.scalars(wanted.order_by(Comment.id).with_for_update(of=Comment))
    return sum(_join(one, by_name[one.network, one.external_id].id, now) for one in found if _is_free(one, by_name))


def join_comment(comment: Comment, now: datetime) -> bool:
    """A comment that was just heard: where it stands in the register already it does not enter the queue."""
    same = (Message.network == comment.network, Message.comment_name == comment.external_id)
    wanted = select(Message.id).where(*same, Message.comment_name != "", Message.recalled_at.is_(None))
    # Held until the end: its load is not taken back meanwhile.
    message_id = db.session.scalar(wanted.order_by(Message.id).limit(1).with_for_update(of=Message, read=True))
    return message_id is not None and _join(comment, message_id, now)


def is_of_page(message: Message, name: str) -> bool:
    """Whether the message was made of the comment of this name, as a page of ours was heard to have it."""
    if not name or message.comment_name != name:
        return False
    same = (Comment.message_id == message.id, Comment.external_id == name, Comment.account_id.is_not(None))
    return db.session.scalar(select(Comment.id).where(*same).limit(1)) is not None


def _is_free(comment: Comment, by_name: Iterable[tuple[str, str]]) -> bool:
    return (comment.network, comment.external_id) in by_name


def _join(comment: Comment, message_id: int, now: datetime) -> bool:
    """The comment is that message: one card, one set of clocks. What was decided on it otherwise stays decided."""
    if comment.message_id is not None or comment.state not in _IN_THE_QUEUE:
        return False
    was, comment.state = comment.state, CommentState.TAKEN
    comment.message_id, comment.decided_at, comment.decided_by_id = message_id, now, None
    comment.held_by_id = comment.held_until = None
    comment.hold_key = ""
    comment.version += 1
    message = db.session.get_one(Message, message_id)
    record(
        "comment_joined", at=now, actor=None, message=message, object_kind="comment", object_id=comment.id,
        changes={"comment_state": (was, comment.state), "version": (comment.version - 1, comment.version)},
    )  # fmt: skip
    become_message(comment, now)
    return True
