"""The clocks of a period: met, missed, and the department responsible.

A clock counts once, on the day of its verdict (reading 13).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select, true, union
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import Span, among_codes, is_code
from osm.models import Assignment, Closure, Deadline, Draft, DraftState, Echo, Message, Reply, Shortcoming, ThreadOffer
from osm.regulation.control import ShortcomingState
from osm.regulation.words import REASONS, ClockKind, DeadlineState, Ground, ReplyKind, Status

# --- The one department of a message or clock, so that the rows add up
NOBODY, UNNAMED, COMMON = 0, -1, -2  # keys of rows that are no department; the others are department ids
NAMES: dict[int, str] = {NOBODY: "не направлено", UNNAMED: "отдел не указан", COMMON: "общий проект куратора"}


def as_read(name: str) -> str:
    """For sorting names as people expect: small letters, ё as е."""
    return name.casefold().replace("ё", "е")


def is_or_was_in_the_end(assignment: Any = Assignment) -> ColumnElement[bool]:
    """Whether an assignment is current or was current when the message was closed; replaced executors do not count (as
    in the register)."""
    return or_(assignment.ended_at.is_(None), assignment.ended_at == Message.closed_at)


def has(assignment: Any, at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the assignment was active at this instant."""
    return and_(assignment.assigned_at <= at, or_(assignment.ended_at.is_(None), assignment.ended_at > at))


def leads(assignment: Any, column: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The column of the first of these assignments, in the order of П.14."""
    return select(column).where(*conditions).order_by(assignment.order_no, assignment.id).limit(1)


def department_of_message() -> ColumnElement[int]:
    """The department of the first executor who works on it or did so in the end."""
    one = aliased(Assignment)
    named = func.coalesce(one.department_id, UNNAMED)
    first = leads(one, named, one.message_id == Message.id, is_or_was_in_the_end(one)).correlate(Message)
    return func.coalesce(first.scalar_subquery(), NOBODY)


@dataclass(frozen=True, slots=True)
class Scope:
    """The messages of one executor, of some departments (ids and keys as above), of one executor in those, or all
    messages."""

    executor_id: int | None = None
    department_ids: frozenset[int] | None = None

    @property
    def is_everything(self) -> bool:
        return self.executor_id is None and self.department_ids is None

    @property
    def departments(self) -> list[int]:
        return sorted(self.department_ids or ())

    def of_assignment(self) -> ColumnElement[bool]:
        """The condition on Assignment."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.executor_id is not None:
            conditions.append(Assignment.executor_id == self.executor_id)
        if self.department_ids is not None:
            conditions.append(func.coalesce(Assignment.department_id, UNNAMED).in_(self.departments))
        return and_(*conditions)

    def of_message(self) -> ColumnElement[bool]:
        """The condition on Message by its executors, present or final; with several departments the first one
        counts."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.department_ids is not None:
            conditions.append(department_of_message().in_(self.departments))
        if self.executor_id is not None:
            mine = exists().where(Assignment.message_id == Message.id, self.of_assignment(), is_or_was_in_the_end())
            conditions.append(mine.correlate(Message))
        return and_(*conditions)


EVERYTHING = Scope()


# --- The clocks of a period
KEPT, LATE = 1, 0
OWN = (ClockKind.DRAFT, ClockKind.REWORK, ClockKind.PART)
"""Clocks of the executor; the others are those of the curator or the whole office (reading 10 of the clauses)."""
TO_THE_AUTHOR = (ClockKind.ANSWER, ClockKind.FINAL)


def verdict(now: datetime) -> ColumnElement[int | None]:
    """KEPT: done by its term. LATE: the term was missed. None: neither (not needed any more, blameless, or waived)."""
    return case(
        (or_(_is_waived(Deadline), _repeats_a_missed_term()), null()),
        (or_(Deadline.breached_at.is_not(None), _runs_late(now)), LATE),
        (and_(is_code(Deadline.state, DeadlineState.MET), Deadline.ended_at <= Deadline.due_at), KEPT),
    )


VERDICT_AT: ColumnElement[datetime] = func.coalesce(Deadline.breached_at, Deadline.ended_at, Deadline.due_at)
"""The instant of the verdict: the end of the term, or when the work was done. The executor at that
time is responsible.
"""


def _runs_late(now: datetime) -> ColumnElement[bool]:
    return and_(is_code(Deadline.state, DeadlineState.OPEN), Deadline.due_at < now, ~Deadline.blameless)


def _is_waived(deadline: Any) -> ColumnElement[bool]:
    waived = is_code(Shortcoming.state, ShortcomingState.WAIVED)
    return exists().where(Shortcoming.deadline_id == deadline.id, waived).correlate(deadline)


def _repeats_a_missed_term() -> ColumnElement[bool]:
    """The clock replaced one that was already missed when the calendar changed; the term counts as missed once."""
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
    """Ids of clocks possibly decided or done in these days, each found by an index."""
    breached = select(Deadline.id).where(span.holds(Deadline.breached_at))
    running = select(Deadline.id).where(is_code(Deadline.state, DeadlineState.OPEN), span.holds(Deadline.due_at))
    ended = select(Deadline.id).where(span.holds(Deadline.ended_at))
    return select(union(breached, running, ended).subquery().c.id)


def _clocks(span: Span, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of such clocks, joined with Message."""
    return (
        select(*columns)
        .select_from(Deadline)
        .join(Message, Message.id == Deadline.message_id)
        .where(Deadline.id.in_(_touched(span)), Message.recalled_at.is_(None), _of_clock(scope))
    )


def decided(span: Span, now: datetime, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of the clocks with a verdict in these days, joined with Message."""
    return _clocks(span, scope, *columns).where(span.holds(VERDICT_AT), verdict(now).is_not(None))


def done(span: Span, scope: Scope, kind: ClockKind, *columns: Any) -> Select[Any]:
    """These columns of clocks of one kind that were met in these days, late or not."""
    return _clocks(span, scope, *columns).where(is_code(Deadline.kind, kind), _is_done(span))


def _is_done(span: Span) -> ColumnElement[bool]:
    return and_(is_code(Deadline.state, DeadlineState.MET), span.holds(Deadline.ended_at))


def _of_clock(scope: Scope) -> ColumnElement[bool]:
    """An executor sees his own clocks, and those of the office on his messages."""
    if scope.is_everything:
        return scope.of_message()
    own = among_codes(Deadline.kind, OWN)
    his: ColumnElement[bool] = _department().in_(scope.departments)
    if scope.executor_id is not None:
        his = exists().where(Assignment.id == _doer(), scope.of_assignment()).correlate(Deadline)
    return or_(and_(own, his), and_(~own, scope.of_message()))


def _doer() -> ColumnElement[int | None]:
    """The assignment responsible for the clock: that of the part, else of the single executor at that instant."""
    one = aliased(Assignment)
    alone = and_(one.message_id == Deadline.message_id, one.part_state.is_(None), has(one, VERDICT_AT))
    return func.coalesce(Deadline.assignment_id, leads(one, one.id, alone).correlate(Deadline).scalar_subquery())


def _department() -> ColumnElement[int]:
    """The department of that executor; for the common draft of several executors the curator's (П.14)."""
    one, several = aliased(Assignment), aliased(Assignment)
    named = select(func.coalesce(one.department_id, UNNAMED)).where(one.id == _doer()).correlate(Deadline)
    shared = exists().where(several.message_id == Deadline.message_id, has(several, VERDICT_AT)).correlate(Deadline)
    return func.coalesce(named.scalar_subquery(), case((shared, COMMON), else_=NOBODY))


def read_clocks(span: Span, now: datetime, scope: Scope) -> Sequence[Any]:
    """Rows of clause, kind, verdict in these days, start, end in these days, and topic_id, network and place of the
    message."""
    columns = (
        Deadline.clause,
        Deadline.kind,
        case((span.holds(VERDICT_AT), verdict(now))).label("verdict"),
        Deadline.started_at,
        case((_is_done(span), Deadline.ended_at)).label("done_at"),
        Message.topic_id,
        Message.network,
        Message.place,
    )
    return db.session.execute(_clocks(span, scope, *columns)).all()


def own_clocks(span: Span, now: datetime, scope: Scope) -> Sequence[Any]:
    """Rows of department (id or key), executor_id, verdict and count, for the executors' own clocks."""
    columns = (_department().label("department"), _doer().label("doer"), verdict(now).label("verdict"))
    found = decided(span, now, scope, *columns).where(among_codes(Deadline.kind, OWN)).subquery()
    row = (found.c.department, Assignment.executor_id, found.c.verdict)
    counted = select(*row, func.count().label("number")).select_from(found)
    return db.session.execute(counted.outerjoin(Assignment, Assignment.id == found.c.doer).group_by(*row)).all()


def late_now(now: datetime, kinds: Collection[ClockKind], *columns: Any) -> Select[Any]:
    """These columns of running clocks past their terms, joined with Message."""
    return (
        select(*columns)
        .select_from(Deadline)
        .join(Message, Message.id == Deadline.message_id)
        .where(_runs_late(now), among_codes(Deadline.kind, kinds), Message.recalled_at.is_(None))
    )


def at_work() -> ColumnElement[bool]:
    """The active assignments responsible for an executor's running clock."""
    whole = and_(Deadline.assignment_id.is_(None), Assignment.part_state.is_(None))
    return and_(
        Assignment.message_id == Deadline.message_id,
        Assignment.ended_at.is_(None),
        or_(Assignment.id == Deadline.assignment_id, whole),
    )


# --- What a figure counts
Source = Callable[[Span, Scope], Select[Any]]
"""Message ids, one for each thing counted: a message answered twice counts on both days."""


def _messages(scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(Message.id).where(*conditions, Message.recalled_at.is_(None), scope.of_message())


def _received(span: Span, scope: Scope) -> Select[Any]:
    return _messages(scope, span.holds(Message.received_at))


def _repeats(span: Span, scope: Scope) -> Select[Any]:
    return _received(span, scope).where(Message.is_repeat)


def _published(kind: ReplyKind, span: Span, scope: Scope) -> Select[Any]:
    replied = _messages(scope, Reply.kind == kind, span.holds(Reply.published_at))
    return replied.join(Reply, Reply.message_id == Message.id)


def _drafts(span: Span, scope: Scope, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The versions of answers that were decided in these days."""
    decided = _messages(scope, span.holds(Draft.decided_at), *conditions)
    return decided.join(Reply, Reply.message_id == Message.id).join(Draft, Draft.reply_id == Reply.id)


def _approved(span: Span, scope: Scope) -> Select[Any]:
    # A correction of a published answer is not counted: the answer was approved before.
    before = Reply.published_at.is_(None) | (Draft.submitted_at <= Reply.published_at)
    return _drafts(span, scope, Draft.state == DraftState.APPROVED, before)


def _at_first_sight(span: Span, scope: Scope) -> Select[Any]:
    """Approved, and no version of the same reply was returned, corrected or revoked."""
    other = aliased(Draft)
    sent_back = (DraftState.RETURNED, DraftState.CORRECTED, DraftState.REVOKED)
    again = exists().where(other.reply_id == Draft.reply_id, other.state.in_(sent_back))
    return _approved(span, scope).where(~again)


def _returned(span: Span, scope: Scope) -> Select[Any]:
    return _drafts(span, scope, Draft.state == DraftState.RETURNED)


def _returned_for(number: int, span: Span, scope: Scope) -> Select[Any]:
    """By the number of the reason; 0: no reason of the list."""
    with_reason = [Draft.remarks.contains(reason, autoescape=True) for reason in REASONS]
    return _returned(span, scope).where(with_reason[number - 1] if number else ~or_(*with_reason))


def published(span: Span, scope: Scope, *columns: Any) -> Select[Any]:
    """These columns of the replies published in these days and of their approved versions."""
    replied = select(*columns).select_from(Message).join(Reply, Reply.message_id == Message.id)
    return replied.join(Draft, Draft.id == Reply.approved_draft_id).where(
        span.holds(Reply.published_at), Draft.decided_at.is_not(None), Message.recalled_at.is_(None), scope.of_message()
    )


def _excluded(ground: Ground | None, span: Span, scope: Scope) -> Select[Any]:
    conditions = [Closure.status == Status.EXCLUDED, span.holds(Closure.closed_at), Closure.restored_at.is_(None)]
    if ground is not None:
        conditions.append(Closure.ground == ground)
    return _messages(scope, and_(*conditions)).join(Closure, Closure.message_id == Message.id)


def _echoed(echo: Echo | None, span: Span, scope: Scope) -> Select[Any]:
    """What authors said after the answer, confirmed; None: anything."""
    said = ThreadOffer.echo.is_not(None) if echo is None else ThreadOffer.echo == echo
    heard = _messages(scope, said, span.holds(ThreadOffer.heard_at))
    return heard.join(ThreadOffer, ThreadOffer.message_id == Message.id)


SOURCES: Mapping[str, Source] = {
    "received": _received,
    "repeats": _repeats,
    "answered": partial(_published, ReplyKind.FINAL),
    "interim": partial(_published, ReplyKind.INTERIM),
    "clarification": partial(_published, ReplyKind.CLARIFICATION),
    "echoed": partial(_echoed, None),
    **{f"echoed-{echo}": partial(_echoed, echo) for echo in Echo},
    "approved": _approved,
    "first-sight": _at_first_sight,
    "returned": _returned,
    **{f"returned-{number}": partial(_returned_for, number) for number in range(len(REASONS) + 1)},
    "excluded": partial(_excluded, None),
    **{f"excluded-{ground}": partial(_excluded, ground) for ground in Ground},
}
"""By the code of the figure. The functions above count clocks and stages, `count_others` what is no message."""
