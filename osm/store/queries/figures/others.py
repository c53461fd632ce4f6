"""Figures of what is no message: promises, comments, the black list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.store.models import BlacklistProposal, Comment
from osm.store.queries.figures.promises import CODES, PROMISED, standings
from osm.store.queries.figures.span import Scope, Span


def count_others(span: Span, now: datetime, scope: Scope) -> dict[str, int]:
    """Comments and bans belong to no executor: they are counted where everything is."""
    found = dict(_promises(span, now, scope))
    if scope.is_everything:
        found |= dict(_deleted(span))
        banned = select(func.count()).where(span.holds(BlacklistProposal.applied_at))
        found["banned"] = db.session.scalar(banned) or 0
    return found


def _promises(span: Span, now: datetime, scope: Scope) -> Iterator[tuple[str, int]]:
    counts = Counter(standings(span, now, scope).values())
    yield PROMISED, counts.total()
    yield from ((code, counts[standing]) for code, standing in CODES.items())


def _deleted(span: Span) -> Iterator[tuple[str, int]]:
    by_ground = (
        select(Comment.ground, func.count())
        .where(span.holds(Comment.decided_at), Comment.state == CommentState.DELETED)
        .group_by(Comment.ground)
    )
    counts = dict(db.session.execute(by_ground).tuples().all())
    yield "deleted", sum(counts.values())
    yield from ((f"deleted-{ground}", number) for ground, number in counts.items())
