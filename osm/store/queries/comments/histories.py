"""What is known of the authors of comments: how much they write, and what was decided on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from osm.extensions import db
from osm.regulation.blacklist import ListState
from osm.regulation.comment_words import CommentGround, CommentState
from osm.store.models import BlacklistProposal, Comment

MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class History:
    """What is known of an author: how many comments in the last 30 days, and what was decided on all of them.

    `listed`: how far a proposal for the black list that stands is.
    """

    month: int = 0
    kept: int = 0
    taken: int = 0
    deleted: Mapping[CommentGround, int] = field(default_factory=dict)
    listed: ListState | None = None

    @property
    def removed(self) -> int:
        return sum(self.deleted.values())


UNKNOWN = History()
"""Of an author of whom nothing is known."""


def histories(author_ids: Collection[int], now: datetime) -> dict[int, History]:
    """What is known of each of these authors."""
    if not author_ids:
        return {}
    recent = func.sum(case((Comment.published_at >= now - MONTH, 1), else_=0))
    query = (
        select(Comment.author_id, Comment.state, Comment.ground, func.count(), recent)
        .where(Comment.author_id.in_(author_ids))
        .group_by(Comment.author_id, Comment.state, Comment.ground)
    )
    sums: dict[int, dict[str, Any]] = {}
    for author_id, state, ground, number, month in db.session.execute(query):
        one = sums.setdefault(author_id, {"month": 0, "deleted": {}})
        one["month"] += int(month)
        if state is CommentState.DELETED:
            one["deleted"][ground] = number
        elif state is not CommentState.WAITING:
            one[state.value] = one.get(state.value, 0) + number
    for author_id, listed in db.session.execute(_listed(author_ids)):
        sums[author_id]["listed"] = listed
    return {author_id: History(**values) for author_id, values in sums.items()}


def _listed(author_ids: Collection[int]) -> Select[Any]:
    """Proposals that stand, the latest of an author last."""
    standing = (ListState.PENDING, ListState.APPROVED, ListState.APPLIED)
    columns: list[Any] = [BlacklistProposal.author_id, BlacklistProposal.state]
    query = select(*columns).where(BlacklistProposal.author_id.in_(author_ids), BlacklistProposal.state.in_(standing))
    return query.order_by(BlacklistProposal.id)
