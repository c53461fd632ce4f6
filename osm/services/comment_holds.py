"""Who looks at which comments: two moderators never hold the same one. A hold ends by itself, or with its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from osm.regulation.words import CommentState
from osm.store.models import Comment, User
from osm.store.transaction import transaction

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
    with transaction() as session:
        ids = list(
            session.scalars(
                select(Comment.id)
                .where(Comment.state == CommentState.WAITING, free, *conditions)
                .order_by(Comment.rank, Comment.id)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
        )
        if ids:
            session.execute(
                update(Comment)
                .where(Comment.id.in_(ids))
                .values(held_by_id=actor_id, held_until=now + LENGTH, hold_key=key)
                .execution_options(synchronize_session=False)
            )
        if not more:  # after: a page that is opened again writes its comments once
            _give_back(session, of_another_page, skip_locked=True)
        return ids


def renew(key: str, shown: Collection[tuple[int, int]], *, actor: User, now: datetime) -> list[int]:
    """The page is still open and shows these comments, each with its version: which of them are its own.

    Those that nobody else holds are held for it again: the hold may have run out behind another window, or ended with
    a decision that was taken back. The page has to part with the rest.
    """
    actor_id, versions = actor.id, dict(shown)
    free = or_(Comment.held_by_id.is_(None), Comment.held_by_id == actor_id, Comment.held_until <= now)
    query = select(Comment.id, Comment.version).where(
        Comment.id.in_(versions), Comment.state == CommentState.WAITING, free
    )
    with transaction() as session:
        # In one order: a decision on the same comments waits for this, never in a circle.
        found = session.execute(query.order_by(Comment.id).with_for_update())
        own = [one for one, version in found if versions[one] == version]
        held = {"held_by_id": actor_id, "held_until": now + LENGTH, "hold_key": key}
        session.execute(
            update(Comment).where(Comment.id.in_(own)).values(held).execution_options(synchronize_session=False)
        )
        return own


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
    ids = session.scalars(rows).all()
    if not ids:
        return
    empty = {"held_by_id": None, "held_until": None, "hold_key": ""}
    session.execute(
        update(Comment).where(Comment.id.in_(ids)).values(empty).execution_options(synchronize_session=False)
    )
