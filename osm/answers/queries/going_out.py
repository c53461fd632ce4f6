"""What is becoming of an answer that the program places itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.base.database import db
from osm.base.types import OfRow
from osm.imports.queries.editions import is_held
from osm.models import Comment, OutboxAction, Stop
from osm.outbox.queries import holds, page_of_act
from osm.regulation.blacklist import OutboxKind, OutboxState


@dataclass(frozen=True, slots=True)
class GoingOut(OfRow):
    """The last order to publish. It can be stopped while the network has not been asked, or a person has it."""

    row: OutboxAction
    can_stop: bool
    is_changed: bool  # a person decides whether it goes out although the comment was changed
    is_held: bool  # the message changed after the approval, and the answer is not confirmed yet
    held_by: str  # why «Остановить публикации» holds it


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
        row,
        can_stop=waits and (row.sent_at is None or row.for_person),
        is_changed=row.for_person and row.stands_text is not None and not row.in_spite,
        is_held=waits and row.draft_id is not None and is_held(row.draft_id),
        held_by=_held_by(row.id) if waits and not row.for_person else "",
    )


def correction_goes_at(message_id: int) -> datetime | None:
    """When the program corrects the answer in the network; None where it does not, or has begun."""
    return db.session.scalar(
        select(OutboxAction.not_before).where(
            OutboxAction.message_id == message_id,
            OutboxAction.kind == OutboxKind.EDIT,
            OutboxAction.state == OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
            OutboxAction.sent_at.is_(None),
        )
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
    """How far a common answer is on its way into the networks, in messages. `next_at`: when the next one goes out.
    `for_person`: those that were left to people and those that the network has refused for good."""

    going: int
    for_person: int
    next_at: datetime | None
    ordered: frozenset[int] = frozenset()  # messages with a last order that was not taken back


def out_of_many(message_ids: Collection[int]) -> OutOfMany:
    """What the program was asked to place of these and has not yet, by the last order of each; in one statement."""
    of_these = (OutboxAction.message_id.in_(message_ids), OutboxAction.kind == OutboxKind.PUBLISH)
    last = select(func.max(OutboxAction.id)).where(*of_these).group_by(OutboxAction.message_id)
    query = select(OutboxAction.message_id, OutboxAction.state, OutboxAction.for_person, OutboxAction.not_before).where(
        OutboxAction.id.in_(last), OutboxAction.state != OutboxState.CANCELLED
    )
    rows = db.session.execute(query).all()
    waits = [row for row in rows if row.state is OutboxState.PENDING]
    going = [row.not_before for row in waits if not row.for_person]
    refused = sum(row.state is OutboxState.FAILED for row in rows)
    ordered = frozenset(row.message_id for row in rows)
    return OutOfMany(len(going), len(waits) - len(going) + refused, min(going, default=None), ordered)
