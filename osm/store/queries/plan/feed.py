"""What a calendar outside shows of the plan: numbers, titles and times, nothing else."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.plan.words import PublicationState
from osm.store.models import PlanFeed, Publication

BEFORE, AFTER = timedelta(days=60), timedelta(days=366)


def entries(today: date) -> list[tuple[int, str, date, datetime | None]]:
    """Number, title, day and hour of each publication around this day that is not cancelled."""
    rows = db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.at)
        .where(Publication.day.between(today - BEFORE, today + AFTER), Publication.state != PublicationState.CANCELLED)
        .order_by(Publication.day, Publication.at, Publication.id)
    )
    return [(row.id, row.title, row.day, row.at) for row in rows]


def feed_of(user_id: int) -> PlanFeed | None:
    """The address that somebody has made."""
    return db.session.get(PlanFeed, user_id)
