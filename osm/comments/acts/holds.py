"""Who looks at which comments: two moderators never hold the same one. A hold ends by itself, or with its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from osm.comments.queries import copies
from osm.extensions import db
from osm.messages.acts import closing
from osm.regulation.blacklist import ListState
from osm.regulation.comment_words import CommentState
from osm.store.models import BlacklistEvidence, BlacklistProposal, Comment, Message, OfferOutcome, ThreadOffer, User
from osm.store.transaction import BesideReading, transaction

# --- Who looks at which comments
LENGTH = timedelta(minutes=5)
"""How long a page holds its comments after it was last heard of."""
TOGETHER = 25
"""Comments on a page."""


def take(
    conditions: Sequence[ColumnElement[bool]],
    key: str,
    *,
    more: bool = False,
    most: int = TOGETHER,
    actor: User,
    now: datetime,
) -> list[int]:
    """The next comments of the queue for the page `key`, the worst first, held by this person; their ids in order.

    `more`: further ones for a page that has some already. Otherwise the person's other pages give theirs back.
    """
    actor_id = actor.id  # of the row itself: inside the transaction it would be read anew
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
        if not more:  # after: a page that is opened again writes its comments once
            _give_back(session, of_another_page, skip_locked=True)
        return ids
    return list(db.session.scalars(query))  # to be looked at; where no hold can be written, no decision can either


def renew(key: str, shown: Collection[tuple[int, int]], *, actor: User, now: datetime) -> list[int]:
    """The page is still open and shows these comments, each with its version: which of them it goes on with.

    Those that nobody holds are held for it again: the hold may have run out behind another window, or ended with a
    decision that was taken back. What another page of the same person holds stays with that page, and lasts longer.
    The page has to part with the rest; what has changed since it was shown is free for whoever looks at it anew.
    """
    actor_id, versions = actor.id, dict(shown)
    ours = and_(Comment.held_by_id == actor_id, Comment.held_until > now, Comment.hold_key != key)
    mine_or_free = or_(Comment.held_by_id.is_(None), Comment.held_by_id == actor_id, Comment.held_until <= now)
    query = select(Comment.id, Comment.version, ours).where(
        Comment.id.in_(versions), Comment.state == CommentState.WAITING, mine_or_free
    )
    with transaction() as session:
        # In one order: a decision on the same comments waits for this, never in a circle.
        found = session.execute(query.order_by(Comment.id).with_for_update()).tuples().all()
        own = [(one, elsewhere) for one, version, elsewhere in found if versions[one] == version]
        until = {"held_until": now + LENGTH}
        _hold(session, [one for one, elsewhere in own if elsewhere], until)
        _hold(session, [one for one, elsewhere in own if not elsewhere], {**until, **_by(actor_id, key)})
        changed = [one for one, version, _ in found if versions[one] != version]
        _give_back(session, Comment.id.in_(changed), Comment.held_by_id == actor_id, Comment.hold_key == key)
        return [one for one, _ in own]


def release(key: str, *, actor: User) -> None:
    """The page was left: what it holds is anybody's."""
    with transaction() as session:
        _give_back(session, Comment.held_by_id == actor.id, Comment.hold_key == key)


def release_all(*, actor: User) -> None:
    """The person goes: whatever he holds is anybody's."""
    with transaction() as session:
        _give_back(session, Comment.held_by_id == actor.id)


def _give_back(session: Session, *conditions: ColumnElement[bool], skip_locked: bool = False) -> None:
    """These are nobody's. Locked in one order, or not waited for by whoever has locked others in an order of his own.

    What is skipped so is being decided or held anew at this very moment.
    """
    rows = select(Comment.id).where(*conditions).order_by(Comment.id).with_for_update(skip_locked=skip_locked)
    _hold(session, session.scalars(rows).all(), {"held_until": None, **_by(None, "")})


def _by(actor_id: int | None, key: str) -> dict[str, Any]:
    return {"held_by_id": actor_id, "hold_key": key}


def _hold(session: Session, ids: Sequence[int], values: dict[str, Any]) -> None:
    if ids:
        rows = update(Comment).where(Comment.id.in_(ids))
        session.execute(rows.values(values).execution_options(synchronize_session=False))


# --- Why a decision on a comment cannot be taken back
ENDED = (ListState.REJECTED, ListState.LIFTED, ListState.EXPIRED)
"""Proposals of the black list that say nothing more against a comment that waits."""
_IS_STEP = (ThreadOffer.outcome == OfferOutcome.TAKEN, ThreadOffer.message_id == Comment.message_id)
LISTED = "автор уже в чёрном списке: сначала снимите его там"


def why_not(ids: Collection[int]) -> dict[int, str]:
    """Comment → why its decision stands, in words; those that can be undone are left out."""
    found = db.session.scalars(select(Comment).where(Comment.id.in_(ids), Comment.state != CommentState.WAITING)).all()
    deleted = [one.id for one in found if one.state is CommentState.DELETED]
    taken = [one for one in found if one.state is CommentState.TAKEN]
    orders = copies.of_comments(deleted).items() if deleted else ()
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
    words = {
        one.id: worked_on(one) for one in db.session.scalars(query) if one.version != closing.untouched_version(one)
    }
    return {one.id: words[one.message_id] for one in taken if one.message_id in words}


def _listed(deleted: Sequence[int]) -> dict[int, str]:
    if not deleted:
        return {}
    stands = BlacklistProposal.state.not_in((*ENDED, ListState.PENDING))
    query = select(BlacklistEvidence.comment_id).join(BlacklistProposal).where(stands)
    listed = db.session.scalars(query.where(BlacklistEvidence.comment_id.in_(deleted)))
    return {number: LISTED for number in listed if number is not None}
