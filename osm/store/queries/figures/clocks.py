"""The clocks of a period: kept, missed, and whose. A clock counts once, where its verdict fell (reading 13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select, union
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.control.responsibility import ShortcomingState
from osm.store.models import Assignment, Deadline, DeadlineState, Message, Shortcoming
from osm.store.queries.figures.span import Scope, Span
from osm.store.queries.figures.whose import COMMON, NOBODY, UNNAMED, has, leads
from osm.store.types import among_codes, is_code

KEPT, LATE = 1, 0
OWN = (ClockKind.DRAFT, ClockKind.REWORK, ClockKind.PART)
"""Clocks of the executor; the others are the curator's, or that of the whole office (reading 10 of the clauses)."""
TO_THE_AUTHOR = (ClockKind.ANSWER, ClockKind.FINAL)


def verdict(now: datetime) -> ColumnElement[int | None]:
    """KEPT: done by its term. LATE: the term was missed. None: neither (closed unasked, blameless, or waived)."""
    return case(
        (or_(_is_waived(Deadline), _repeats_a_missed_term()), null()),
        (or_(Deadline.breached_at.is_not(None), _runs_late(now)), LATE),
        (and_(is_code(Deadline.state, DeadlineState.MET), Deadline.ended_at <= Deadline.due_at), KEPT),
    )


_AT: ColumnElement[datetime] = func.coalesce(Deadline.breached_at, Deadline.ended_at, Deadline.due_at)
"""The instant of the verdict: when the term ran out, or when the work was done. Who had the work then answers."""


def _runs_late(now: datetime) -> ColumnElement[bool]:
    return and_(is_code(Deadline.state, DeadlineState.OPEN), Deadline.due_at < now, ~Deadline.blameless)


def _is_waived(deadline: Any) -> ColumnElement[bool]:
    waived = is_code(Shortcoming.state, ShortcomingState.WAIVED)
    return exists().where(Shortcoming.deadline_id == deadline.id, waived).correlate(deadline)


def _repeats_a_missed_term() -> ColumnElement[bool]:
    """A change of the calendar has replaced a clock that was missed by then: the term was missed once."""
    first = aliased(Deadline)
    return (
        exists()
        .where(
            first.message_id == Deadline.message_id,
            first.id < Deadline.id,
            is_code(first.state, DeadlineState.REPLACED),
            first.breached_at.is_not(None),
            first.kind == Deadline.kind,
            first.clause == Deadline.clause,
            first.started_at == Deadline.started_at,
            func.coalesce(first.assignment_id, 0) == func.coalesce(Deadline.assignment_id, 0),
            ~_is_waived(first),
        )
        .correlate(Deadline)
    )


def _touched(span: Span) -> Select[Any]:
    """Ids of the clocks that may have been decided or done in these days, each found along an index."""
    breached = select(Deadline.id).where(span.holds(Deadline.breached_at))
    running = select(Deadline.id).where(is_code(Deadline.state, DeadlineState.OPEN), span.holds(Deadline.due_at))
    ended = select(Deadline.id).where(span.holds(Deadline.ended_at))
    return select(union(breached, running, ended).subquery().c.id)


def _clocks(span: Span, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of such clocks; Message is there too."""
    return (
        select(*columns)
        .select_from(Deadline)
        .join(Message, Message.id == Deadline.message_id)
        .where(Deadline.id.in_(_touched(span)), Message.recalled_at.is_(None), _of_clock(scope))
    )


def decided(span: Span, now: datetime, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of the clocks whose verdict fell in these days; Message is there too."""
    return _clocks(span, scope, *columns).where(span.holds(_AT), verdict(now).is_not(None))


def done(span: Span, scope: Scope, kind: ClockKind, *columns: Any) -> Select[Any]:
    """These columns of the clocks of one kind that were met in these days, late or not."""
    return _clocks(span, scope, *columns).where(is_code(Deadline.kind, kind), _is_done(span))


def _is_done(span: Span) -> ColumnElement[bool]:
    return and_(is_code(Deadline.state, DeadlineState.MET), span.holds(Deadline.ended_at))


def _of_clock(scope: Scope) -> ColumnElement[bool]:
    """An executor is shown his own clocks, and those of the office upon the messages that are his work."""
    if scope.is_everything:
        return scope.of_message()
    own = among_codes(Deadline.kind, OWN)
    his: ColumnElement[bool] = _department().in_(scope.departments)
    if scope.executor_id is not None:
        his = exists().where(Assignment.id == _doer(), scope.whose()).correlate(Deadline)
    return or_(and_(own, his), and_(~own, scope.of_message()))


def _doer() -> ColumnElement[int | None]:
    """The assignment whose own clock it is: that of the part, else of who prepared the answer alone at its instant."""
    one = aliased(Assignment)
    alone = and_(one.message_id == Deadline.message_id, one.part_state.is_(None), has(one, _AT))
    return func.coalesce(Deadline.assignment_id, leads(one, one.id, alone).correlate(Deadline).scalar_subquery())


def _department() -> ColumnElement[int]:
    """Of the one who had the work; of the common draft of several executors the curator's (П.14)."""
    one, several = aliased(Assignment), aliased(Assignment)
    named = select(func.coalesce(one.department_id, UNNAMED)).where(one.id == _doer()).correlate(Deadline)
    shared = exists().where(several.message_id == Deadline.message_id, has(several, _AT)).correlate(Deadline)
    return func.coalesce(named.scalar_subquery(), case((shared, COMMON), else_=NOBODY))


def read_clocks(span: Span, now: datetime, scope: Scope) -> Sequence[Any]:
    """Rows of clause, kind, verdict that fell in these days, when it began, when it was done in these days, and of its
    message topic_id, network, place.
    """
    columns = (
        Deadline.clause,
        Deadline.kind,
        case((span.holds(_AT), verdict(now))).label("verdict"),
        Deadline.started_at,
        case((_is_done(span), Deadline.ended_at)).label("done_at"),
        Message.topic_id,
        Message.network,
        Message.place,
    )
    return db.session.execute(_clocks(span, scope, *columns)).all()


def own_clocks(span: Span, now: datetime, scope: Scope) -> Sequence[Any]:
    """Rows of department (a key of `whose`), executor_id, verdict and how many of the executors' own clocks."""
    columns = (_department().label("department"), _doer().label("doer"), verdict(now).label("verdict"))
    found = decided(span, now, scope, *columns).where(among_codes(Deadline.kind, OWN)).subquery()
    row = (found.c.department, Assignment.executor_id, found.c.verdict)
    counted = select(*row, func.count().label("number")).select_from(found)
    return db.session.execute(counted.outerjoin(Assignment, Assignment.id == found.c.doer).group_by(*row)).all()


def late_now(now: datetime, kinds: Collection[ClockKind], *columns: Any) -> Select[Any]:
    """These columns of the clocks that run past their terms; Message is there too."""
    return (
        select(*columns)
        .select_from(Deadline)
        .join(Message, Message.id == Deadline.message_id)
        .where(_runs_late(now), among_codes(Deadline.kind, kinds), Message.recalled_at.is_(None))
    )


def at_work() -> ColumnElement[bool]:
    """The assignments by which somebody is at a clock of the executors now."""
    whole = and_(Deadline.assignment_id.is_(None), Assignment.part_state.is_(None))
    return and_(
        Assignment.message_id == Deadline.message_id,
        Assignment.ended_at.is_(None),
        or_(Assignment.id == Deadline.assignment_id, whole),
    )
