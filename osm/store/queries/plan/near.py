"""What stands in the plan already and says nearly the same (Пр.2.2: ten publications, not one ten times)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import select

from osm.extensions import db
from osm.likeness.copies import Folded, fold, likeness
from osm.regulation.plan.words import PublicationState
from osm.store.models import Publication

SPAN = timedelta(days=90)
MOST = 3
_LOOKED_AT = 1500
"""Publications of a span, the latest first; a busy office makes three hundred."""


@dataclass(frozen=True, slots=True)
class Near:
    """One publication that says nearly the same."""

    id: int
    title: str
    day: date


def near_copies(text: str, publication_id: int, today: date) -> Sequence[Near]:
    """The most alike of the last SPAN and of what is still to come, MOST at most; cancelled ones are no matter."""
    mine = _folded(text)
    if mine is None:
        return ()
    rows = db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.text)
        .where(
            Publication.id != publication_id, Publication.day >= today - SPAN, Publication.text != "",
            Publication.state != PublicationState.CANCELLED,
        )
        .order_by(Publication.day.desc(), Publication.id.desc())
        .limit(_LOOKED_AT)
    )  # fmt: skip
    found = []
    for row in rows:
        other = _folded(row.text)
        share = likeness(mine.letters, other.letters) if other else 0.0
        if share:
            found.append((share, Near(row.id, row.title, row.day)))
    found.sort(key=lambda pair: -pair[0])
    return [near for _, near in found[:MOST]]


@lru_cache(maxsize=2048)
def _folded(text: str) -> Folded | None:
    return fold(text)
