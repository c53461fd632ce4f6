"""What is becoming of an answer that the program places itself: for the card and the page of publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.words import OutboxKind, OutboxState
from osm.store.models import OutboxAction


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
    )
