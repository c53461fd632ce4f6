"""What a person has just directed or closed, while it can still be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from osm.extensions import db
from osm.regulation.words import Action, Status
from osm.store.models import Assignment, Event, Message, User
from osm.store.queries.clocks.duties import TO_ROUTE

CLOSINGS = (Action.DISMISS, Action.EXCLUDE)
"""Closings by one press."""


@dataclass(frozen=True, slots=True)
class JustDone:
    """A message as it was left: `version` is the one that the act has made. `executor`: empty where it was closed."""

    message_id: int
    number: str
    version: int
    status: Status
    executor: str
    at: datetime


def just_done(person_id: int, since: datetime) -> list[JustDone]:
    """What this person did last, since then: of several together all. Nothing has been done to them since."""
    routed = and_(
        Event.action == Action.ROUTE,
        Message.status == Status.IN_WORK,
        Assignment.id.is_not(None),
        Assignment.opened_at.is_(None),
    )
    closed = and_(Event.action.in_(CLOSINGS), Message.status.in_((Status.DISMISSED, Status.EXCLUDED)))
    rows = db.session.execute(
        select(Event.at, Message.id, Message.number, Message.version, Message.status, Event.changes, User.name)
        .join(Message, Message.id == Event.message_id)
        .outerjoin(Assignment, and_(Event.action == Action.ROUTE, Assignment.id == Event.object_id))
        .outerjoin(User, User.id == Assignment.executor_id)
        .where(Event.actor_id == person_id, Event.at >= since, or_(routed, closed))
        .order_by(Event.at.desc(), Event.id)
    ).all()
    return [
        JustDone(message_id, number, version, status, name or "", at)
        for at, message_id, number, version, status, changes, name in rows
        if at == rows[0].at and is_a_slip(changes, status, version)
    ]


def is_a_slip(changes: dict, status: Status, version: int) -> bool:  # type: ignore[type-arg]
    """Whether it was the last act upon the message, and where it closed it, the first look at a new one."""
    is_last = changes["version"][1] == version
    return bool(is_last and (status is Status.IN_WORK or changes["status"][0] in TO_ROUTE))
