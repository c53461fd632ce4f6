"""Why a decision on a comment cannot be taken back: the screens offer to undo only what would be undone.

`comments.undo` asks again under locks, since all this may change while a page stands open.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import selectinload

from osm.extensions import db
from osm.regulation.blacklist import ListState
from osm.regulation.comment_words import CommentState
from osm.services.messages import closing
from osm.store.models import (
    BlacklistEvidence,
    BlacklistProposal,
    Comment,
    Message,
    OfferOutcome,
    ThreadOffer,
)
from osm.store.queries.comments import deletions

ENDED = (ListState.REJECTED, ListState.LIFTED, ListState.EXPIRED)
"""Proposals of the black list that say nothing more against a comment that waits."""
_IS_STEP = (ThreadOffer.outcome == OfferOutcome.TAKEN, ThreadOffer.message_id == Comment.message_id)
LISTED = "автор уже в чёрном списке: сначала снимите его там"


def why_not(ids: Collection[int]) -> dict[int, str]:
    """Comment → why its decision stands, in words; those that can be undone are left out."""
    found = db.session.scalars(select(Comment).where(Comment.id.in_(ids), Comment.state != CommentState.WAITING)).all()
    deleted = [one.id for one in found if one.state is CommentState.DELETED]
    taken = [one for one in found if one.state is CommentState.TAKEN]
    orders = deletions.of_comments(deleted).items() if deleted else ()
    gone = {number: order.why_final for number, order in orders if order.why_final}
    return _worked_on(taken) | answers_of_authors(taken) | _listed(deleted) | gone


def answers_of_authors(rows: Sequence[Comment]) -> dict[int, str]:
    """Those that were entered as a step of their author: the clocks of that message run by it."""
    query = select(Comment.id, Message.number).join(ThreadOffer, ThreadOffer.comment_id == Comment.id).where(*_IS_STEP)
    ids = [one.id for one in rows if one.state is CommentState.TAKEN]
    numbers = db.session.execute(query.join(Message, Message.id == Comment.message_id).where(Comment.id.in_(ids)))
    words = "это ответ автора на № {}, он уже внесён в карточку. Вернуть его в очередь нельзя"
    return {comment_id: words.format(number) for comment_id, number in numbers} if ids else {}


def on_messages(ids: Collection[int]) -> dict[int, int]:
    """By message: how many comments that are taken into work it stands on; a step of its author is none of them."""
    query = select(Comment.message_id, func.count()).where(
        Comment.message_id.in_(ids),
        Comment.state == CommentState.TAKEN,
        ~exists().where(ThreadOffer.comment_id == Comment.id, *_IS_STEP),
    )
    return {number: count for number, count in db.session.execute(query.group_by(Comment.message_id)) if number}


def worked_on(message: Message) -> str:
    """In words, that it is not laid aside with its comment any more."""
    return f"с сообщением № {message.number} уже работают"


def _worked_on(taken: Sequence[Comment]) -> dict[int, str]:
    ids = {one.message_id for one in taken if one.message_id is not None}
    if not ids:
        return {}
    alone = [number for number, count in on_messages(ids).items() if count == 1]
    query = select(Message).where(Message.id.in_(alone)).options(selectinload(Message.closures))
    query = query.where(Message.by_comment)
    words = {one.id: worked_on(one) for one in db.session.scalars(query) if one.version != closing.untouched(one)}
    return {one.id: words[one.message_id] for one in taken if one.message_id in words}


def _listed(deleted: Sequence[int]) -> dict[int, str]:
    if not deleted:
        return {}
    stands = BlacklistProposal.state.not_in((*ENDED, ListState.PENDING))
    query = select(BlacklistEvidence.comment_id).join(BlacklistProposal).where(stands)
    listed = db.session.scalars(query.where(BlacklistEvidence.comment_id.in_(deleted)))
    return {number: LISTED for number in listed if number is not None}
