"""What became of a comment in the network after it was heard: changed, and gone by whose hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.store.models import Comment, CommentEdit


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. `at`: when it was heard."""

    before: str
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """Of one comment that is a message, or a part of it. `gone_by`: as of Comment."""

    text: str
    edits: tuple[Edit, ...]
    gone_at: datetime | None
    gone_by: str


def edits_among(comment_ids: Iterable[int]) -> dict[int, tuple[Edit, ...]]:
    """Comment → its changes, the latest first, of those that were changed. One statement."""
    wanted = select(CommentEdit).where(CommentEdit.comment_id.in_(list(comment_ids))).order_by(CommentEdit.id.desc())
    found: dict[int, list[Edit]] = defaultdict(list)
    for row in db.session.scalars(wanted):
        found[row.comment_id].append(Edit(row.before, row.after, row.heard_at))
    return {comment_id: tuple(edits) for comment_id, edits in found.items()}


def traces_of(message_id: int) -> list[Trace]:
    """Of the comments of this message what is worth telling: those that were changed, or are gone."""
    query = select(Comment.id, Comment.text, Comment.gone_at, Comment.gone_by).where(Comment.message_id == message_id)
    rows = db.session.execute(query.order_by(Comment.id)).all()
    edits = edits_among(row.id for row in rows) if rows else {}
    return [
        Trace(row.text, edits.get(row.id, ()), row.gone_at, row.gone_by)
        for row in rows
        if row.gone_at is not None or row.id in edits
    ]
