"""What is becoming of an answer that the program places itself: for the card and the page of publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.words import OutboxKind, OutboxState
from osm.store.models import Comment, OutboxAction, Stop
from osm.store.queries.outgoing.stops import holds, page_of_act

CHANGED = "Комментарий изменён"
"""How the words begin with which a changed comment is left to a person."""


@dataclass(frozen=True, slots=True)
class GoingOut:
    """The last order to publish. It can be stopped while the network has not been asked, or a person has it."""

    id: int
    version: int
    state: OutboxState
    not_before: datetime
    is_being_sent: bool
    for_person: bool
    error: str
    try_at: datetime | None
    can_stop: bool
    sent_at: datetime | None = None
    """When the network was first asked."""
    attempts: int = 0
    is_changed: bool = False
    """A person decides whether it goes out although the comment was changed."""
    asked: str = ""
    """The comment as it stands here now."""
    held_by: str = ""
    """Why «Остановить публикации» holds it."""


def going_out(message_id: int) -> GoingOut | None:
    """None where the program was never asked to, or was stopped."""
    row = db.session.scalar(
        select(OutboxAction)
        .where(OutboxAction.message_id == message_id, OutboxAction.kind == OutboxKind.PUBLISH)
        .order_by(OutboxAction.id.desc())
        .limit(1)
    )
    if row is None or row.state is OutboxState.CANCELLED:
        return None
    waits = row.state is OutboxState.PENDING
    return GoingOut(
        id=row.id,
        version=row.version,
        state=row.state,
        not_before=row.not_before,
        is_being_sent=row.leased_until is not None,
        for_person=row.for_person,
        error=row.error,
        try_at=row.try_at,
        can_stop=waits and (row.sent_at is None or row.for_person),
        sent_at=row.sent_at,
        attempts=row.attempts,
        is_changed=row.for_person and row.error.startswith(CHANGED),
        asked=row.comment.text if row.comment else "",
        held_by=_held_by(row.id) if waits and not row.for_person else "",
    )


def _held_by(action_id: int) -> str:
    page = page_of_act()
    query = (
        select(Stop.reason)
        .select_from(OutboxAction)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .join(Stop, holds(page))
        .where(OutboxAction.id == action_id)
        .limit(1)
    )
    return db.session.scalar(query) or ""


@dataclass(frozen=True, slots=True)
class OutOfMany:
    """How far a common answer is on its way into the networks, in messages. `next_at`: when the next one goes out."""

    going: int
    for_person: int
    next_at: datetime | None


def out_of_many(message_ids: Sequence[int]) -> OutOfMany:
    """What the program was asked to place of these and has not yet; what it left to people stands apart."""
    query = select(OutboxAction.message_id, OutboxAction.for_person, OutboxAction.not_before).where(
        OutboxAction.message_id.in_(message_ids),
        OutboxAction.kind == OutboxKind.PUBLISH,
        OutboxAction.state == OutboxState.PENDING,
    )
    rows = db.session.execute(query).all()
    left = {row.message_id for row in rows if row.for_person}
    going = [row.not_before for row in rows if not row.for_person]
    return OutOfMany(len(going), len(left), min(going, default=None))
