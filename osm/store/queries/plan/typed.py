"""What somebody is typing for a publication."""

from __future__ import annotations

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import PlanText


def typed_by(user_id: int, publication_id: int) -> PlanText | None:
    """What this person has typed and not saved."""
    mine = (PlanText.publication_id == publication_id, PlanText.user_id == user_id)
    return db.session.scalars(select(PlanText).where(*mine)).one_or_none()
