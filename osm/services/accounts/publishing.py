"""An approved answer goes out under the citizen's comment by itself, or by one press (П.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import func, select

from osm.connectors.contract import Act
from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.regulation.words import OutboxKind, Status
from osm.services.accounts.heard import is_on
from osm.services.acts import current_reply, load_message
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.outgoing import publication_of, withdraw_publication
from osm.store.models import Comment, Connection, Deadline, DeadlineState, Message, OutboxAction, Publishing, User
from osm.store.queries.groups.groups import group_of
from osm.store.transaction import transaction

UNDO = timedelta(seconds=60)
"""For so long citizens do not see the answer, so that it can be stopped; less where the term would be missed."""

Approved = TypeVar("Approved")


class NotByItself(ServiceError):
    """The program cannot place this answer: it is placed by hand."""


@dataclass(frozen=True, slots=True)
class Way:
    """The comment that is answered, and how its page is connected."""

    comment: Comment
    connection: Connection


def way_of(message_id: int) -> Way | None:
    """How the program itself could answer this message; None: by hand."""
    found = db.session.execute(
        select(Comment, Connection)
        .join(Connection, Connection.account_id == Comment.account_id)
        .where(Comment.message_id == message_id, Comment.target.is_not(None))
        .order_by(Comment.id)
        .limit(1)
    ).first()
    if found is None:
        return None
    way = Way(found[0], found[1])
    connection = way.connection
    able = is_on(connection) and Act.REPLY in connection.can and connection.publish is not Publishing.HAND
    return way if able and group_of(message_id) is None else None


def order(message_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """The approved version is to stand under the comment. Pressed twice it goes out once.

    StaleVersion; NotByItself where the page is not connected, or nothing is approved.
    """
    with transaction():
        message = load_message(message_id)
        if message.version != version:
            raise StaleVersion(version, message.version)
        waiting = publication_of(message_id)
        if waiting is not None:
            return waiting
        return _order(message, actor, now)


def approve_and_order(approve: Callable[[], Approved], message_id: int, *, actor: User, now: datetime) -> Approved:
    """Approve, and where the page says «сразу» the answer goes out with the approval, in one transaction."""
    with transaction():
        done = approve()
        way = way_of(message_id)
        if way is not None and way.connection.publish is Publishing.AUTO:
            _order(load_message(message_id), actor, now)
        return done


def stop(message_id: int, version: int, *, actor: User, now: datetime) -> bool:
    """The answer does not go out by itself after all. StaleVersion, SendingBegun."""
    with transaction():
        message = load_message(message_id)
        if message.version != version:
            raise StaleVersion(version, message.version)
        if not withdraw_publication(message_id, actor=actor, now=now):
            return False
        record("stop_publication", at=now, actor=actor, message=message, clause="П.8")
        return True


def _order(message: Message, actor: User, now: datetime) -> OutboxAction:
    way, reply = way_of(message.id), current_reply(message)
    if message.status is not Status.APPROVED or reply is None or reply.approved_draft is None:
        raise NotByItself("Публиковать нечего: согласованного ответа нет. Ничего не изменено.")
    if way is None:
        raise NotByItself("Программа не может ответить на этой странице сама. Разместите ответ и вставьте ссылку.")
    draft = reply.approved_draft
    tried = db.session.scalar(select(func.count()).where(OutboxAction.draft_id == draft.id)) or 0
    action = OutboxAction(
        kind=OutboxKind.PUBLISH,
        network=way.comment.network,
        comment_id=way.comment.id,
        author_id=way.comment.author_id,
        message_id=message.id,
        draft_id=draft.id,
        not_before=_not_before(message.id, now),
        created_at=now,
        created_by_id=actor.id,
        # One version goes out once; stopped and ordered again it is another order.
        idempotency_key=f"publish:{draft.id}:{tried}",
    )
    db.session.add(action)
    record("order_publication", at=now, actor=actor, message=message, clause="П.8")
    return action


def _not_before(message_id: int, now: datetime) -> datetime:
    """The end of «Отменить»: at once where the term of the answer would be missed by it."""
    due = db.session.scalar(
        select(Deadline.due_at)
        .where(Deadline.message_id == message_id, Deadline.state == DeadlineState.OPEN, Deadline.due_at > now)
        .order_by(Deadline.due_at)
        .limit(1)
    )
    return min(now + UNDO, max(now, due - UNDO)) if due else now + UNDO
