"""Deletions in the networks: ordered with a decision, forgotten with it; functions run in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from osm.connectors.contract import BansByDeleting, Connector
from osm.connectors.ways import Act
from osm.extensions import db
from osm.outbox.acts.kinds import Errand, KindOfAct, Result
from osm.outbox.acts.orders import cancel
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.store.models import Comment, OutboxAction, User

UNDO = timedelta(seconds=10)
"""Actions wait this long, so that a wrong click can be undone without a trace in the network."""


def delete_comment(comment: Comment, *, actor: User, now: datetime) -> OutboxAction:
    """Order the deletion of the comment. The key contains the version, so a new decision is a new action."""
    forget_restoring(comment.id, actor=actor, now=now)
    return _order(OutboxKind.DELETE, comment, actor, now)


def restore_comment(comment: Comment, *, actor: User, now: datetime) -> OutboxAction:
    """Order the restoring of a comment deleted in the network (`Deletion.comes_back`)."""
    return _order(OutboxKind.RESTORE, comment, actor, now)


def _order(kind: OutboxKind, comment: Comment, actor: User, now: datetime) -> OutboxAction:
    action = OutboxAction(
        kind=kind,
        network=comment.network,
        comment_id=comment.id,
        author_id=comment.author_id,
        not_before=now + UNDO,
        created_at=now,
        created_by_id=actor.id,
        idempotency_key=f"{kind}:{comment.id}:{comment.version}",
    )
    db.session.add(action)
    return action


def forget_restoring(comment_id: int, *, actor: User, now: datetime) -> None:
    """The comment is to be deleted after all: cancel a restoring that was not sent yet."""
    waiting = select(OutboxAction).where(
        OutboxAction.comment_id == comment_id,
        OutboxAction.kind == OutboxKind.RESTORE,
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.sent_at.is_(None),
    )
    for action in db.session.scalars(waiting.with_for_update()):
        cancel(action, actor=actor, now=now)


def of_comment(comment_id: int) -> OutboxAction | None:
    """The current deletion of this comment, locked; None if there is no deletion or only cancelled ones."""
    return db.session.scalar(
        select(OutboxAction)
        .where(
            OutboxAction.comment_id == comment_id,
            OutboxAction.kind == OutboxKind.DELETE,
            OutboxAction.state != OutboxState.CANCELLED,
        )
        .order_by(OutboxAction.id.desc())
        .limit(1)
        .with_for_update()
    )


def delete(errand: Errand, connector: Connector) -> Result:
    """Gone already is done; where the author was to be banned with it, whether he is."""
    if errand.bans and isinstance(connector, BansByDeleting):
        return connector.delete_with_author(errand.target)
    connector.delete(errand.target)
    return None


def restore(errand: Errand, connector: Connector) -> Result:
    connector.restore(errand.target)
    return None


def _stands_again(action: OutboxAction, _result: Result, _now: datetime) -> None:
    """The comment is there; the network may tell of it later or never."""
    if action.comment is not None:
        action.comment.gone_at, action.comment.gone_by = None, ""


KINDS_OF_ACTS = (
    KindOfAct(OutboxKind.DELETE, Act.DELETE, lambda _action, _now: delete),
    KindOfAct(OutboxKind.RESTORE, Act.RESTORE, lambda _action, _now: restore, done=_stands_again),
)
