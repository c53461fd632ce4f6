"""Holds on comments, so that two moderators never work on the same one, and reasons against an undo."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from osm.base.database import db
from osm.base.transaction import BesideReading, transaction
from osm.comments.queries import copies
from osm.messages.acts import closing
from osm.models import BlacklistEvidence, BlacklistProposal, Comment, Message, OfferOutcome, ThreadOffer, User
from osm.regulation.blacklist import CommentState, ListState

# --- Holds
LENGTH = timedelta(minutes=5)  # a hold ends this long after the last request of its page
TOGETHER = 20  # comments on a page


def take(
    conditions: Sequence[ColumnElement[bool]], key: str, *, more: bool = False, most: int = TOGETHER, actor: User,
    now: datetime,
) -> list[int]:  # fmt: skip
    """Hold the next comments of the queue for page `key`, the worst first, and return their ids. `more`: further
    comments for a page that has some; otherwise the person's other pages release theirs."""
    actor_id = actor.id  # read now: inside the transaction it would be another query
    of_another_page = and_(Comment.held_by_id == actor_id, Comment.hold_key != key)
    free = or_(Comment.held_by_id.is_(None), Comment.held_until <= now, of_another_page)
    query = (
        select(Comment.id)
        .where(Comment.state == CommentState.WAITING, free, *conditions)
        .order_by(Comment.rank, Comment.id)
        .limit(most)
    )
    with BesideReading("hold", person=actor_id), transaction() as session:
        ids = list(session.scalars(query.with_for_update(skip_locked=True)))
        _hold(session, ids, {"held_until": now + LENGTH, **_by(actor_id, key)})
        if not more:  # afterwards, so that reopening a page writes each comment only once
            _give_back(session, of_another_page, skip_locked=True)
        return ids
    return list(db.session.scalars(query))  # shown without a hold; then no decision can be written either


def renew(key: str, shown: Collection[tuple[int, int]], *, actor: User, now: datetime) -> list[int]:
    """Renew the holds of an open page. `shown`: (id, version) of its comments; returns the ids that the page keeps.
    Comments without a hold are held again: the hold may have expired in a background window or ended with a decision
    that was undone. A comment held by another page of the same person stays there. The page has to remove the others; a
    comment that has changed is free for others."""
    actor_id, versions = actor.id, dict(shown)
    ours = and_(Comment.held_by_id == actor_id, Comment.held_until > now, Comment.hold_key != key)
    mine_or_free = or_(Comment.held_by_id.is_(None), Comment.held_by_id == actor_id, Comment.held_until <= now)
    query = select(Comment.id, Comment.version, ours).where(
        Comment.id.in_(versions), Comment.state == CommentState.WAITING, mine_or_free
    )
    with transaction() as session:
        # Ordered by id, as decisions lock them, so there is no deadlock.
        found = session.execute(query.order_by(Comment.id).with_for_update()).all()
        own = [(one, elsewhere) for one, version, elsewhere in found if versions[one] == version]
        until = {"held_until": now + LENGTH}
        _hold(session, [one for one, elsewhere in own if elsewhere], until)
        _hold(session, [one for one, elsewhere in own if not elsewhere], {**until, **_by(actor_id, key)})
        changed = [one for one, version, _ in found if versions[one] != version]
        _give_back(session, Comment.id.in_(changed), Comment.held_by_id == actor_id, Comment.hold_key == key)
        return [one for one, _ in own]


def release(key: str, *, actor: User) -> None:
    """The page was left: release its comments."""
    with transaction() as session:
        _give_back(session, Comment.held_by_id == actor.id, Comment.hold_key == key)


def release_all(*, actor: User) -> None:
    """The person logs out: release all his comments."""
    with transaction() as session:
        _give_back(session, Comment.held_by_id == actor.id)


def _give_back(session: Session, *conditions: ColumnElement[bool], skip_locked: bool = False) -> None:
    """Release these comments, locked in the order of ids. `skip_locked`: do not wait; rows that are skipped are being
    decided or held right now."""
    rows = select(Comment.id).where(*conditions).order_by(Comment.id).with_for_update(skip_locked=skip_locked)
    _hold(session, session.scalars(rows).all(), {"held_until": None, **_by(None, "")})


def _by(actor_id: int | None, key: str) -> dict[str, Any]:
    return {"held_by_id": actor_id, "hold_key": key}


def _hold(session: Session, ids: Sequence[int], values: dict[str, Any]) -> None:
    if ids:
        rows = update(Comment).where(Comment.id.in_(ids))
        session.execute(rows.values(values).execution_options(synchronize_session=False))


# --- Reasons against an undo
ENDED = (ListState.REJECTED, ListState.LIFTED, ListState.EXPIRED)
"""States in which a proposal for the black list no longer counts against a comment."""
_IS_STEP = (ThreadOffer.outcome == OfferOutcome.TAKEN, ThreadOffer.message_id == Comment.message_id)
LISTED = "автор уже в чёрном списке: сначала снимите его там"


def why_not(ids: Collection[int]) -> dict[int, str]:
    """Comment id → why the decision cannot be undone; comments that can be undone are missing."""
    found = db.session.scalars(select(Comment).where(Comment.id.in_(ids), Comment.state != CommentState.WAITING)).all()
    deleted = [one.id for one in found if one.state is CommentState.DELETED]
    taken = [one for one in found if one.state is CommentState.TAKEN]
    orders = copies.of_comments(deleted).items() if deleted else ()
    gone = {number: order.why_final for number, order in orders if order.why_final}
    return _worked_on(taken) | answers_of_authors(taken) | _listed(deleted) | gone


def answers_of_authors(rows: Sequence[Comment]) -> dict[int, str]:
    """Comment id → reason, for comments entered as a step of their author: the clocks of the message depend on it."""
    query = select(Comment.id, Message.number).join(ThreadOffer, ThreadOffer.comment_id == Comment.id).where(*_IS_STEP)
    ids = [one.id for one in rows if one.state is CommentState.TAKEN]
    numbers = db.session.execute(query.join(Message, Message.id == Comment.message_id).where(Comment.id.in_(ids)))
    words = "это ответ автора на № {}, он уже внесён в карточку. Вернуть его в очередь нельзя"
    return {comment_id: words.format(number) for comment_id, number in numbers} if ids else {}


def on_messages(ids: Collection[int]) -> dict[int, int]:
    """Message id → number of comments taken into work for it, without steps of its author."""
    query = select(Comment.message_id, func.count()).where(
        Comment.message_id.in_(ids),
        Comment.state == CommentState.TAKEN,
        ~exists().where(ThreadOffer.comment_id == Comment.id, *_IS_STEP),
    )
    return {number: count for number, count in db.session.execute(query.group_by(Comment.message_id)) if number}


def worked_on(message: Message) -> str:
    """Reason: the message can no longer be put aside."""
    return f"с сообщением № {message.number} уже работают"


def _worked_on(taken: Sequence[Comment]) -> dict[int, str]:
    ids = {one.message_id for one in taken if one.message_id is not None}
    if not ids:
        return {}
    alone = [number for number, count in on_messages(ids).items() if count == 1]
    query = select(Message).where(Message.id.in_(alone)).options(selectinload(Message.closures))
    query = query.where(Message.by_comment)
    words = {
        one.id: worked_on(one) for one in db.session.scalars(query) if one.version != closing.untouched_version(one)
    }
    return {one.id: words[one.message_id] for one in taken if one.message_id in words}


def _listed(deleted: Sequence[int]) -> dict[int, str]:
    if not deleted:
        return {}
    is_listed = BlacklistProposal.state.not_in((*ENDED, ListState.PENDING))
    query = select(BlacklistEvidence.comment_id).join(BlacklistProposal).where(is_listed)
    listed = db.session.scalars(query.where(BlacklistEvidence.comment_id.in_(deleted)))
    return {number: LISTED for number in listed if number is not None}
