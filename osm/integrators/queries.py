"""Integrators, their deliveries, and what one of them may read of a message."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from osm.base.database import db
from osm.base.durable import this_installation
from osm.models import Deadline, Integrator, Message, OutboxAction, Reply
from osm.regulation.blacklist import OutboxState

SHOWN = 50  # deliveries on the page of an integrator
UNHEARD = and_(OutboxAction.state == OutboxState.PENDING, OutboxAction.for_person.is_(True))
"""Whether it waits for the administrator."""


def integrators() -> Sequence[Integrator]:
    return db.session.scalars(select(Integrator).order_by(Integrator.archived_at.is_not(None), Integrator.name)).all()


def integrator(integrator_id: int) -> Integrator | None:
    return db.session.get(Integrator, integrator_id)


def is_told(row: Integrator) -> bool:
    """Whether its webhook is on in this installation."""
    return bool(row.installation) and row.installation == this_installation() and row.archived_at is None


def receivers() -> Sequence[Integrator]:
    """Integrators with the webhook on."""
    on = (Integrator.installation != "", Integrator.archived_at.is_(None))
    return [row for row in db.session.scalars(select(Integrator).where(*on)) if is_told(row)]


def deliveries(integrator_id: int) -> Sequence[OutboxAction]:
    """Events sent to it or waiting: first those that wait for the administrator, the latest first."""
    of_it = select(OutboxAction).where(OutboxAction.integrator_id == integrator_id)
    return db.session.scalars(of_it.order_by(~UNHEARD, OutboxAction.id.desc()).limit(SHOWN)).all()


def unheard() -> Sequence[tuple[Integrator, int]]:
    """Integrators with the number of events that wait for the administrator."""
    of_it = select(func.count()).where(OutboxAction.integrator_id == Integrator.id, UNHEARD)
    count = of_it.correlate(Integrator).scalar_subquery()
    query = select(Integrator, count).where(count > 0, Integrator.archived_at.is_(None)).order_by(Integrator.name)
    return db.session.execute(query).unique().all()


def message_for(number: str, integrator_id: int, zone: ZoneInfo) -> dict[str, Any] | None:
    """Status, terms and answers of a message; None if there is none, or he may not know of it. Nothing of what a person
    wrote, and no name."""
    row = db.session.get_one(Integrator, integrator_id)
    query = select(Message).where(Message.number == number, Message.recalled_at.is_(None))
    message = db.session.scalar(query if row.sees_all else query.where(Message.source_id == row.source_id))
    if message is None:
        return None

    def iso(at: datetime | None) -> str | None:
        return at.astimezone(zone).isoformat() if at else None

    terms = select(Deadline).where(Deadline.message_id == message.id, Deadline.assignment_id.is_(None))
    answers = select(Reply).where(Reply.message_id == message.id, Reply.published_at.is_not(None))
    return {
        "number": message.number,
        "status": message.status.value,
        "status_label": message.status.label,
        "importance": message.importance.value,
        "network": message.network,
        "url": message.url,
        "received_at": iso(message.received_at),
        "stored_at": iso(message.stored_at),
        "closed_at": iso(message.closed_at),
        "terms": [
            {
                "kind": one.kind.value, "clause": one.clause, "state": one.state.value, "due_at": iso(one.due_at),
                "ended_at": iso(one.ended_at), "breached_at": iso(one.breached_at),
            }
            for one in db.session.scalars(terms.order_by(Deadline.id)).unique()
        ],
        "answers": [
            {"kind": one.kind.value, "published_at": iso(one.published_at), "url": one.published_url}
            for one in db.session.scalars(answers.order_by(Reply.published_at)).unique()
        ],
    }  # fmt: skip
