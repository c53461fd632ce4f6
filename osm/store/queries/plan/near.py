"""Texts of the plan with which another is compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.plan.words import PublicationState
from osm.store.models import Publication

_MOST = 1500
"""The latest days first; a busy office makes three hundred in ninety days."""


def texts_since(first: date, without: int) -> Sequence[tuple[int, str, date, str]]:
    """Number, title, day and text of what is not cancelled since this day and still to come, but for one."""
    rows = db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.text)
        .where(
            Publication.id != without,
            Publication.day >= first,
            Publication.text != "",
            Publication.state != PublicationState.CANCELLED,
        )
        .order_by(Publication.day.desc(), Publication.id.desc())
        .limit(_MOST)
    )
    return rows.tuples().all()
