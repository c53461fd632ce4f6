"""The clocks of a period: kept, missed, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select, union

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.control.responsibility import ShortcomingState
from osm.store.models import Assignment, Deadline, DeadlineState, Message, Shortcoming
from osm.store.queries.figures.span import Scope, Span
from osm.store.types import among_codes, is_code

KEPT, LATE = 1, 0
OWN = (ClockKind.DRAFT, ClockKind.REWORK, ClockKind.PART)
"""Clocks of the executor; the others are the curator's, or that of the whole office (reading 10 of the clauses)."""
TO_THE_AUTHOR = (ClockKind.ANSWER, ClockKind.FINAL)


def verdict(now: datetime) -> ColumnElement[int | None]:
    """KEPT: done by its term. LATE: the term was missed. None: neither (closed unasked, blameless, or waived)."""
    waived = exists().where(Shortcoming.deadline_id == Deadline.id, is_code(Shortcoming.state, ShortcomingState.WAIVED))
    missed_now = and_(is_code(Deadline.state, DeadlineState.OPEN), Deadline.due_at < now, ~Deadline.blameless)
    kept = and_(is_code(Deadline.state, DeadlineState.MET), Deadline.ended_at <= Deadline.due_at)
    return case((waived, null()), (or_(Deadline.breached_at.is_not(None), missed_now), LATE), (kept, KEPT))


def decided_at(now: datetime) -> ColumnElement[datetime | None]:
    """The instant at which the verdict fell: who had the work then answers for it."""
    return case((verdict(now) == LATE, Deadline.due_at), else_=Deadline.ended_at)


def ended_or_due(span: Span) -> Select[Any]:
    """Ids of the clocks that ended or were due in these days, each found along an index."""
    due = select(Deadline.id).where(among_codes(Deadline.state, DeadlineState), span.holds(Deadline.due_at))
    ended = select(Deadline.id).where(span.holds(Deadline.ended_at))
    return select(union(due, ended).subquery().c.id)


def clocks(span: Span, now: datetime, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of the clocks of the period; Message is there too."""
    return (
        select(*columns)
        .select_from(Deadline)
        .join(Message, Message.id == Deadline.message_id)
        .where(
            Deadline.id.in_(ended_or_due(span)),
            # A clock that was replaced by another has not ended; its term may have been missed before.
            or_(Deadline.state != DeadlineState.REPLACED, span.holds(Deadline.due_at)),
            Message.recalled_at.is_(None),
            of_clock(scope, now),
        )
    )


def of_clock(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """An executor is shown his own clocks, and those of the office upon the messages that are his work."""
    if scope.is_everything:
        return scope.of_message()
    own = among_codes(Deadline.kind, OWN)
    return or_(and_(own, exists().where(did(now), scope.whose()).correlate(Deadline)), and_(~own, scope.of_message()))


def did(now: datetime) -> ColumnElement[bool]:
    """The assignments whose clock it is: that of the part, else of who prepared the answer when the verdict fell."""
    at = decided_at(now)
    there = and_(Assignment.assigned_at <= at, or_(Assignment.ended_at.is_(None), Assignment.ended_at > at))
    whole = and_(Deadline.assignment_id.is_(None), Assignment.part_state.is_(None), there)
    return and_(
        Assignment.message_id == Deadline.message_id,
        or_(Assignment.id == Deadline.assignment_id, whole),
    )


def read_clocks(span: Span, now: datetime, scope: Scope) -> Sequence[Any]:
    """Rows of clause, kind, verdict, when it began, when it was done in these days, and of its message topic_id,
    network, place.
    """
    done = and_(is_code(Deadline.state, DeadlineState.MET), span.holds(Deadline.ended_at))
    columns = (
        Deadline.clause,
        Deadline.kind,
        verdict(now).label("verdict"),
        Deadline.started_at,
        case((done, Deadline.ended_at)).label("done_at"),
        Message.topic_id,
        Message.network,
        Message.place,
    )
    return db.session.execute(clocks(span, now, scope, *columns)).all()


def own_clocks(span: Span, now: datetime, scope: Scope) -> Sequence[Any]:
    """Rows of department_id, executor_id, verdict and how many of the executors' own clocks."""
    found = verdict(now).label("verdict")
    workers = (Assignment.department_id, Assignment.executor_id)
    query = (
        clocks(span, now, scope, *workers, found, func.count().label("number"))
        .join(Assignment, did(now))
        .where(among_codes(Deadline.kind, OWN), verdict(now).is_not(None))
        .group_by(*workers, found)
    )
    return db.session.execute(query if scope.is_everything else query.where(scope.whose())).all()


def late_now(now: datetime, kinds: Collection[ClockKind], *columns: Any) -> Select[Any]:
    """These columns of the clocks that run past their terms; Message is there too."""
    return (
        select(*columns)
        .select_from(Deadline)
        .join(Message, Message.id == Deadline.message_id)
        .where(
            is_code(Deadline.state, DeadlineState.OPEN),
            Deadline.due_at < now,
            ~Deadline.blameless,
            among_codes(Deadline.kind, kinds),
            Message.recalled_at.is_(None),
        )
    )


def at_work() -> ColumnElement[bool]:
    """The assignments by which somebody is at a clock of the executors now."""
    whole = and_(Deadline.assignment_id.is_(None), Assignment.part_state.is_(None))
    return and_(
        Assignment.message_id == Deadline.message_id,
        Assignment.ended_at.is_(None),
        or_(Assignment.id == Deadline.assignment_id, whole),
    )
