"""By what one knows that the register may have changed: one small statement instead of reading all of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.store.models import AccountEdition, Event, Office
from osm.store.queries.staff.leaders import OFFICE_ID

Stamp = tuple[int | None, int | None, int | None]


def stamp() -> Stamp:
    """Every edit of the register adds an edition; every one of the office's details raises its version."""
    version = select(Office.version).where(Office.id == OFFICE_ID).scalar_subquery()
    last, count, office = db.session.execute(
        select(func.max(AccountEdition.id), func.count(AccountEdition.id), version)
    ).one()
    return last, count, office


def last_change() -> datetime | None:
    """When the register or the office's details were changed last; None where neither ever was."""
    edition = db.session.scalar(select(func.max(AccountEdition.since)))
    office = db.session.scalar(
        select(func.max(Event.at)).where(Event.object_kind == "office", Event.object_id == OFFICE_ID)
    )
    return max(filter(None, [edition, office]), default=None)
