"""Where a network bans nobody but together with a deletion: the deletion carries out the waiting ban too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select

from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.services.accounts import holding
from osm.services.accounts.holding import Hold
from osm.store.models import Connection, OutboxAction

_WITH_DELETION = "Будет выполнено вместе с удалением комментария."
_NOT_BANNED = "Вместе с удалением комментария заблокировать не вышло: заблокируйте на сайте."


def taken_along(deletion: OutboxAction, connection: Connection, now: datetime) -> Sequence[OutboxAction]:
    """Orders to ban whoever wrote the comment that goes: nobody else takes them up from now on.

    One that somebody holds at this moment is being settled by itself: waiting for it could be a circle.
    """
    if deletion.kind is not OutboxKind.DELETE or deletion.author_id is None:
        return ()
    bans = db.session.scalars(
        _waiting()
        .with_for_update(of=OutboxAction, skip_locked=True)
        .where(OutboxAction.author_id == deletion.author_id, OutboxAction.created_at >= connection.switched_on_at)
        .order_by(OutboxAction.id)
    ).all()
    for ban in bans:
        ban.for_person, ban.error, ban.sent_at = True, _WITH_DELETION, ban.sent_at or now
    return bans


def of_try(orders: tuple[int, ...], hold: Hold) -> Sequence[OutboxAction]:
    """The orders that this try still holds, locked and let go."""
    theirs = (OutboxAction.id.in_(orders), OutboxAction.lease_token == hold.token)
    bans = db.session.scalars(_waiting().where(*theirs)).all() if orders else ()
    holding.let_go(bans)
    return bans


def settled(bans: Sequence[OutboxAction], *, is_banned: bool) -> Sequence[OutboxAction]:
    """The orders that are done, when the author is banned; else a person bans him."""
    if not is_banned:
        for ban in bans:
            ban.error = _NOT_BANNED
        return ()
    for ban in bans:
        ban.for_person, ban.error = False, ""
    return bans


def not_banned_with(deletion: OutboxAction) -> None:
    """The program gives this deletion up: the orders that an earlier try took along are a person's."""
    if deletion.kind is OutboxKind.DELETE and deletion.author_id is not None:
        of_author = (OutboxAction.author_id == deletion.author_id, OutboxAction.error == _WITH_DELETION)
        settled(db.session.scalars(_waiting().where(*of_author)).all(), is_banned=False)


def _waiting() -> Select[OutboxAction]:
    of_bans = (OutboxAction.kind == OutboxKind.BAN, OutboxAction.state == OutboxState.PENDING)
    return select(OutboxAction).where(*of_bans).with_for_update(of=OutboxAction)
