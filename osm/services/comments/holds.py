"""Who looks at which comments: two moderators never hold the same one. A hold ends by itself, or with its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.store.models import Comment, User
from osm.store.transaction import BesideReading, transaction

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
