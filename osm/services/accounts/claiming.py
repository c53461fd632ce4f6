"""Which acts may go out now, and how one of them is claimed by this process (design §6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import aliased

from osm.connectors.contract import Target
from osm.connectors.ways import Kind
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.services.accounts import banning, holding
from osm.services.accounts.errands import Errand
from osm.services.accounts.holding import Hold
from osm.services.accounts.installation import this_installation
from osm.services.accounts.kinds import KINDS
from osm.services.messages.editions import WHY_HELD
from osm.store.models import Comment, Connection, ConnectionState, Moderating, OutboxAction
from osm.store.queries.imports import editions
from osm.store.queries.outgoing.stops import MODERATING, OF_AUTHOR, is_held, page_of_act

MOST_INTERRUPTED = 5
"""Tries that ended with their process, or whose result could not be noted; then a person looks."""
_NO_KEY = "Для этого у страницы нет ключа: выполните на сайте."
_INTERRUPTED = (
    "Программа начинала это {} раз, и каждый раз её работа обрывалась. Неизвестно, выполнено ли это: проверьте на "
    "сайте и покажите это сообщение администратору."
)


def due(now: datetime) -> Select[OutboxAction, Connection]:
    """Acts that are due on pages where the program acts, the most urgent first. Of one object only the earliest."""
    earlier = aliased(OutboxAction)
    of_author = earlier.kind.in_(OF_AUTHOR) & OutboxAction.kind.in_(OF_AUTHOR)
    of_comment = earlier.kind.not_in(OF_AUTHOR) & OutboxAction.kind.not_in(OF_AUTHOR)
    waits = exists().where(
        (of_author & (earlier.author_id == OutboxAction.author_id))
        | (of_comment & (earlier.comment_id == OutboxAction.comment_id))
        | (of_comment & (earlier.message_id == OutboxAction.message_id)),
        earlier.state == OutboxState.PENDING,
        earlier.id < OutboxAction.id,
    )
    page = page_of_act()
    return (
        select(OutboxAction, Connection)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Connection, Connection.account_id == page)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            OutboxAction.not_before <= now,
            OutboxAction.try_at.is_(None) | (OutboxAction.try_at <= now),
            OutboxAction.leased_until.is_(None) | (OutboxAction.leased_until <= now),
            OutboxAction.created_at >= Connection.switched_on_at,
            Connection.installation == this_installation(),
            ~waits,
            Comment.pictures_until.is_(None) | (Comment.pictures_until <= now),
            ~is_held(page),
            OutboxAction.kind.not_in(MODERATING) | (Connection.moderate == Moderating.AUTO),
            Connection.state.in_((ConnectionState.WORKING, ConnectionState.FAILING)),
            Connection.rest_until.is_(None) | (Connection.rest_until <= now),
            Connection.acts_rest_until.is_(None) | (Connection.acts_rest_until <= now),
        )
        .order_by(OutboxAction.interrupted > 0, OutboxAction.not_before, OutboxAction.id)
    )


def claim(
    action: OutboxAction, connection: Connection, hold: Hold, owner: str, now: datetime, *, bans_too: bool
) -> Errand | None:
    """This process does it now; None where it is wanted no more, or the keys do not allow it: then a person does."""
    kind = KINDS[action.kind]
    if words := kind.unwanted(action, now):
        action.state, action.settled_at, action.error = OutboxState.CANCELLED, now, words
        return None
    if action.lease_token:  # its last try has ended without a result
        action.interrupted += 1
        holding.let_go([action])
    if action.interrupted >= MOST_INTERRUPTED:
        action.for_person, action.error = True, _INTERRUPTED.format(action.interrupted)
        banning.not_banned_with(action)
        return None
    if action.draft_id is not None and editions.is_held(action.draft_id):
        action.for_person, action.error = True, WHY_HELD
        return None
    target = whom(action)
    if target is None or kind.act not in connection.can:
        why = (one["why"] for one in connection.cannot if one["what"] == kind.act)
        action.for_person, action.error = True, next(why, _NO_KEY)
        return None
    again, was_ordered = action.sent_at is not None, _was_tried_before(action)
    known = kind.known(action, now) if again or was_ordered else frozenset()
    action.attempts += 1
    action.sent_at = action.sent_at or now
    ground = str(action.comment.ground or "") if action.comment else ""
    bans = banning.taken_along(action, connection, now) if bans_too else ()
    holding.take([action, *bans], hold, owner, now)
    is_by_link = action.kind is OutboxKind.PUBLISH and action.comment is None
    is_foreign = bool(target.owner) and target.owner.lstrip("-") != connection.account.external_id
    about = (action.id, connection.id, hold, action.kind, target, action.ban_until, ground, again)
    return Errand(
        *about,
        kind.answer(action),
        tuple(ban.id for ban in bans),
        kind.post(action, now),
        known=known,
        was_ordered=was_ordered,
        is_alone=action.interrupted > 0,
        is_by_link=is_by_link,
        is_foreign=is_foreign,
    )


def _was_tried_before(action: OutboxAction) -> bool:
    """Whether an earlier order that was taken back may have placed the answer."""
    if action.kind is not OutboxKind.PUBLISH:
        return False
    of_message = (OutboxAction.message_id == action.message_id, OutboxAction.kind == OutboxKind.PUBLISH)
    taken_back = (OutboxAction.state == OutboxState.CANCELLED, OutboxAction.sent_at.is_not(None))
    return db.session.scalar(select(OutboxAction.id).where(*of_message, *taken_back).limit(1)) is not None


def whom(action: OutboxAction) -> Target | None:
    """What it is about as the network names it: the comment, of a ban the latest of this author."""
    if action.target:
        return named(action.target)
    comment = action.comment
    if comment is None and action.kind in OF_AUTHOR:
        heard_of = select(Comment).where(Comment.author_id == action.author_id, Comment.account_id.is_not(None))
        comment = db.session.scalar(heard_of.order_by(Comment.id.desc()).limit(1))
    return named(comment.target) if comment is not None and comment.target else None


def named(stored: dict[str, str]) -> Target:
    """A target as it is stored."""
    told = dict(stored)
    return Target(Kind(told.pop("kind")), **told)
