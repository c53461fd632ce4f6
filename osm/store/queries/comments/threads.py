"""What a comment of a thread answers: whether words are rude, quoted or meant for the office shows only beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.store.models import Author, Comment
from osm.store.queries.comments.comments import CommentRow


@dataclass(frozen=True, slots=True)
class Parent:
    """The comment that is answered, as it was last brought by its source."""

    author_name: str
    text: str


def parents_among(rows: Sequence[CommentRow]) -> dict[int, Parent]:
    """Comment → the one that it answers, where that one is stored."""
    answers = [row.id for row in rows if row.is_reply]
    if not answers:
        return {}
    parent = aliased(Comment)
    same = and_(parent.network == Comment.network, parent.external_id == Comment.parent_external_id)
    query = (
        select(Comment.id, Author.name, parent.text)
        .join(parent, same)
        .outerjoin(Author, Author.id == parent.author_id)
        .where(Comment.id.in_(answers))
    )
    return {one: Parent(name or "", text) for one, name, text in db.session.execute(query)}
