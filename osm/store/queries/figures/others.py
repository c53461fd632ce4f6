"""Figures of what is no message: promises, comments, the black list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.worktime import WorkCalendar
from osm.store.models import BlacklistProposal, Comment, Message, Promise, PromiseState
from osm.store.queries.figures.span import Scope, Span


def is_decided(today: date) -> ColumnElement[bool]:
    """Promises of which is known whether they were kept: decided, or their day has passed without a result."""
    passed = and_(Promise.state == PromiseState.OPEN, Promise.due_on < today)
    return or_(Promise.state.in_((PromiseState.DONE, PromiseState.NOT_KEPT)), passed)


def count_others(span: Span, now: datetime, calendar: WorkCalendar, scope: Scope) -> dict[str, int]:
    """Comments and bans belong to no executor: they are counted where everything is."""
    found = dict(_promises(span, calendar.local(now).date(), scope))
    if scope.is_everything:
        found |= dict(_deleted(span))
        banned = select(func.count()).where(span.holds(BlacklistProposal.applied_at))
        found["banned"] = db.session.scalar(banned) or 0
    return found


def _promises(span: Span, today: date, scope: Scope) -> Iterator[tuple[str, int]]:
    by_state = (
        select(Promise.state, func.count())
        .join(Message, Message.id == Promise.message_id)
        .where(
            Promise.due_on >= span.first,
            Promise.due_on <= span.last,
            is_decided(today),
            Message.recalled_at.is_(None),
            scope.of_message(),
        )
        .group_by(Promise.state)
    )
    counts = dict(db.session.execute(by_state).tuples().all())
    yield "promised", sum(counts.values())
    yield "promised-kept", counts.get(PromiseState.DONE, 0)


def _deleted(span: Span) -> Iterator[tuple[str, int]]:
    by_ground = (
        select(Comment.ground, func.count())
        .where(span.holds(Comment.decided_at), Comment.state == CommentState.DELETED)
        .group_by(Comment.ground)
    )
    counts = dict(db.session.execute(by_ground).tuples().all())
    yield "deleted", sum(counts.values())
    yield from ((f"deleted-{ground}", number) for ground, number in counts.items())
