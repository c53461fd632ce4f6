"""What a person has just directed, while it can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.words import Action, Status
from osm.store.models import Assignment, Event, Message, User


@dataclass(frozen=True, slots=True)
class JustRouted:
    """A message as it was directed: `version` is the one that the routing has made."""

    message_id: int
    number: str
    version: int
    executor: str
    at: datetime


def just_routed(person_id: int, since: datetime) -> list[JustRouted]:
    """What this person directed last, since then: of several together all. Nothing has been done to them since."""
    rows = db.session.execute(
        select(Event.at, Message.id, Message.number, Message.version, Event.changes, User.name)
        .join(Message, Message.id == Event.message_id)
        .join(Assignment, (Assignment.id == Event.object_id) & Assignment.opened_at.is_(None))
        .join(User, User.id == Assignment.executor_id)
        .where(
            Event.actor_id == person_id,
            Event.at >= since,
            Event.action == Action.ROUTE,
            Message.status == Status.IN_WORK,
        )
        .order_by(Event.at.desc(), Event.id)
    ).all()
    return [
        JustRouted(message_id, number, version, name, at)
        for at, message_id, number, version, changes, name in rows
        if at == rows[0].at and changes["version"][1] == version
    ]
