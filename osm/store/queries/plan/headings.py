"""Headings that repeat every week, and whether next week has their ideas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import HeadingIdea, WeeklyHeading


def weekly() -> Sequence[WeeklyHeading]:
    """By day and hour of the week."""
    order = (WeeklyHeading.weekday, WeeklyHeading.minute, WeeklyHeading.id)
    return db.session.scalars(select(WeeklyHeading).order_by(*order)).all()


def made_of(monday: date) -> Mapping[int, int | None]:
    """The publications that were made of headings for this week; None where it has gone since."""
    rows = db.session.execute(
        select(HeadingIdea.heading_id, HeadingIdea.publication_id).where(HeadingIdea.monday == monday)
    )
    return dict(rows.tuples().all())
