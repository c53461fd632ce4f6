"""Under which posts comments wait: the choice of the filter by post."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.store.models import Comment
from osm.store.models.comments import UNMARKED

SHOWN = 100
"""Posts of a page, those with the most comments first."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post; `title`: its first words, where they are known.

    `waiting`: comments that wait under it, `marked`: in how many of them something is marked.
    """

    network: str
    url: str
    title: str
    waiting: int
    marked: int


def waiting_posts() -> list[Post]:
    """The posts under which most comments wait, read from the index of the queue by post alone."""
    number = func.count()
    marked = func.sum(case((Comment.rank < UNMARKED, 1), else_=0))
    counted = (
        select(Comment.post_url, number.label("waiting"), marked.label("marked"), func.min(Comment.id).label("first"))
        .where(Comment.state == CommentState.WAITING, Comment.post_url != "")
        .group_by(Comment.post_url)
        .order_by(number.desc(), Comment.post_url)
        .limit(SHOWN)
        .subquery()
    )
    rows = db.session.execute(
        select(Comment.network, counted.c.post_url, Comment.post_title, counted.c.waiting, counted.c.marked)
        .join(Comment, Comment.id == counted.c.first)
        .order_by(counted.c.waiting.desc(), counted.c.post_url)
    )
    return [Post(*row) for row in rows.tuples()]
