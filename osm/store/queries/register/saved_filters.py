"""What a person keeps in the menu of the register."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import SavedFilter


@dataclass(frozen=True, slots=True)
class Kept:
    """One filter under its name."""

    id: int
    name: str
    query: str


def filters_of(user_id: int) -> tuple[Kept, ...]:
    """In the order of their names."""
    found = db.session.execute(
        select(SavedFilter.id, SavedFilter.name, SavedFilter.query)
        .where(SavedFilter.user_id == user_id)
        .order_by(SavedFilter.name, SavedFilter.id)
    )
    return tuple(Kept(*row) for row in found)
