"""How many comments wait, and since when the oldest of them: what the menu and the head of the queue say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.words import Ground
from osm.store.models import Comment


@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest` and `threat`: since when the oldest of all waits, and the oldest in which a threat is marked."""

    number: int
    oldest: datetime | None
    threat: datetime | None


def waiting_comments() -> Waiting:
    """One statement; the number and the oldest are read from their indexes alone, and threats are few."""
    waits = Comment.state == CommentState.WAITING
    number = select(func.count()).where(waits).scalar_subquery()
    oldest = select(func.min(Comment.waiting_since)).where(waits)
    row = db.session.execute(
        select(number, oldest.scalar_subquery(), oldest.where(Comment.category == Ground.THREAT).scalar_subquery())
    ).one()
    return Waiting(*row)
