"""The seals that a worker would have set all along: the log of a demonstration was not sealed late either."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.log.acts.audit import seal_events
from osm.log.acts.sealing import SOON
from osm.store.models import Event


def seal_the_past(now: datetime) -> None:
    """Seal what was logged as if it had been done then, stretch by stretch."""
    begun: datetime | None = None
    last_id, last_at = 0, now
    for number, at in db.session.execute(select(Event.id, Event.at).order_by(Event.id)).all():
        if begun is not None and at - begun > SOON:
            seal_events(last_at, until=last_id)
            begun = None
        begun, last_id, last_at = begun or at, number, at
    seal_events(last_at)
