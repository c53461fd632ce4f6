"""Open, meet, close and recompute the clocks of a message in the database; the arithmetic is in `osm.regulation`."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from osm.base import database
from osm.base.database import add_row, db
from osm.calendar import queries as calendar
from osm.flow.acts import terms
from osm.flow.acts.terms import INTERNAL, InForce, compute_term, in_force
from osm.log.acts.record import record, record_all
from osm.models import Assignment, Deadline, Message, User
from osm.regulation.words import ClockKind, DeadlineState, Importance, Status

__all__ = ["INTERNAL", "InForce", "in_force"]

REPLY_CLOCKS = (ClockKind.ANSWER, ClockKind.DRAFT)
PUBLICATION_MEETS = (ClockKind.ANSWER, ClockKind.FINAL)
BREACH, NO_BREACH, TERM_KNOWN, TERM_MOVED = "breach", "no_breach", "term_known", "term_moved"
"""Acts of the program on a clock, as the log names them."""


def open_deadline(message: Message, kind: ClockKind, part: Assignment | None = None) -> Deadline | None:
    """The running clock of this kind, of the message or of this executor's part (П.14); None if there is none."""
    return next((d for d in _running(message, part) if d.kind == kind), None)


def open_clock(message: Message, kind: ClockKind, anchor: datetime, part: Assignment | None = None) -> Deadline:
    """Start a clock at `anchor`, or return the one that already runs; the clock of a part belongs to its assignment."""
    running = open_deadline(message, kind, part)
    if running:
        return running
    columns = term(message, kind, anchor, part)
    return add_row(Deadline(message=message, assignment=part, kind=kind, state=DeadlineState.OPEN, **columns))


def of_new(message: Message) -> Iterator[tuple[ClockKind, datetime]]:
    """The clocks of a new message, each with its anchor: П.7, and П.9 at high importance."""
    if message.status is not Status.NEW:
        return
    yield ClockKind.ROUTE, message.received_at
    if message.importance is Importance.HIGH:
        yield from ((kind, reply_anchor(message)) for kind in REPLY_CLOCKS)


def reply_anchor(message: Message) -> datetime:
    """П.8 counts from the selection, П.9 from the detection; both restart when the author writes again. Raises
    ValueError if there is no anchor."""
    anchor = find_reply_anchor(message)
    if anchor is None:
        raise ValueError(f"message {message.id} has no anchor for {message.importance}")
    return anchor


def find_reply_anchor(message: Message) -> datetime | None:
    """The same; None if a message of normal importance is not selected yet."""
    is_high = message.importance is Importance.HIGH
    anchor = message.detected_at if is_high else message.selected_at
    if anchor is None or message.restarted_at is None:
        return anchor
    return max(anchor, message.restarted_at) if is_high else message.restarted_at


def end(
    message: Message, kinds: Collection[ClockKind], at: datetime, state: DeadlineState, part: Assignment | None = None
) -> None:
    """Stop the running clocks of these kinds. A term before `at` is recorded as breached at its own instant."""
    version = in_force().calendar.version
    for deadline in [running for running in _running(message, part) if running.kind in kinds]:
        # The worker may not have recomputed it yet, and the old calendar must not decide.
        running = deadline if deadline.calendar_version == version else recompute(deadline, at)
        _stop(running, at, state)
    db.session.flush()


def _running(message: Message, part: Assignment | None) -> list[Deadline]:
    assignment_id = part.id if part else None
    return [d for d in message.deadlines if d.state == DeadlineState.OPEN and d.assignment_id == assignment_id]


def running_parts(message: Message) -> list[Assignment]:
    running = (d.assignment for d in message.deadlines if d.state == DeadlineState.OPEN)
    return list(dict.fromkeys(part for part in running if part is not None))


def _stop(deadline: Deadline, at: datetime, state: DeadlineState, judged_at: datetime | None = None) -> None:
    deadline.state, deadline.ended_at = state, at
    if deadline.due_at and deadline.due_at < min(at, judged_at or at) and not deadline.blameless:
        breach(deadline, at)


def take_back_breaches(message: Message, at: datetime, now: datetime) -> None:
    """Work done in time at `at` but entered later is no breach, even if the worker has noted one."""
    for deadline in message.deadlines:
        if deadline.ended_at == at and deadline.breached_at is not None and deadline.breached_at >= at:
            logged = _logged_breach(deadline)
            logged["changes"]["breached_at"] = (deadline.breached_at, None)
            deadline.breached_at = None
            terms.withdraw([deadline.id])
            record(NO_BREACH, at=now, actor=None, message=message, **logged)


def breach(deadline: Deadline, now: datetime) -> None:
    """Record a missed term once, at its own instant, logged as an act of the program."""
    if deadline.breached_at is not None:
        return
    deadline.breached_at = deadline.due_at
    record(BREACH, at=now, actor=None, message=deadline.message, **_logged_breach(deadline))
    terms.ask([terms.Missed.of(deadline)], now)


def breach_all(missed: Sequence[Row[Any]], now: datetime) -> None:
    """The same for many new breaches at once; the rows have the columns of `terms.Missed`."""
    database.update_rows(Deadline, [{"id": row.id, "breached_at": row.due_at} for row in missed])
    events = [{"message_id": row.message_id, **_logged_breach(row)} for row in missed]
    record_all(BREACH, events, at=now, actor=None)
    terms.ask([terms.Missed.of(row) for row in missed], now)


def _logged_breach(missed: Deadline | Row[Any]) -> dict[str, Any]:
    """The log's columns for a breach, except who, when and which message."""
    part = {"assignment_id": (None, missed.assignment_id)} if missed.assignment_id else {}
    return {
        "clause": missed.clause,
        "changes": {"kind": (None, missed.kind), "breached_at": (None, missed.due_at), **part},
        "object_kind": "deadline",
        "object_id": missed.id,
    }


def recompute(deadline: Deadline, now: datetime, actor: User | None = None) -> Deadline:
    """Recompute a running clock by the calendar in force and return the row that runs now. A term that moves gets a new
    row (decision 002), and both are logged; a breach stays with the old row. A new term in the past is no breach,
    because it could not be known."""
    old = deadline.due_at
    columns = term(deadline.message, deadline.kind, deadline.started_at, deadline.assignment)
    if old is None or columns["due_at"] == old:
        running = deadline
        for name, value in columns.items():
            setattr(running, name, value)
    else:
        # A term that passed after the calendar was changed no longer counts.
        _stop(deadline, now, DeadlineState.REPLACED, judged_at=calendar.edition_in_force().since)
        db.session.flush()
        running = Deadline(
            message=deadline.message, assignment=deadline.assignment, kind=deadline.kind, state=DeadlineState.OPEN,
            **columns,
        )  # fmt: skip
        add_row(running)
    if running.due_at == old:
        return running
    running.blameless = running.due_at is not None and running.due_at <= now
    record(
        TERM_KNOWN if old is None else TERM_MOVED, at=now, actor=actor, message=deadline.message, clause=running.clause,
        changes={"kind": (None, running.kind), f"{running.kind}_due": (old, running.due_at)}, about=running,
    )  # fmt: skip
    return running


def reopen(message: Message, ended: Collection[Deadline], now: datetime, *, in_time_at: datetime) -> None:
    """Resume stopped clocks from their anchors; time in which the message was closed is not counted (design §3). Reply
    clocks follow the present importance, which may have changed since. A term that was in the future at `in_time_at`
    and is past only because of this is no breach."""
    for deadline in ended:
        anchor = find_reply_anchor(message) if deadline.kind in REPLY_CLOCKS else deadline.started_at
        if anchor is None or open_deadline(message, deadline.kind, deadline.assignment) is not None:
            continue
        deadline.state, deadline.ended_at = DeadlineState.OPEN, None
        _run_from(deadline, anchor, now, in_time_at)
    db.session.flush()


def count_from(deadline: Deadline, anchor: datetime, now: datetime) -> None:
    """Count a running clock from another anchor; if its old term has passed, that is a breach."""
    if deadline.due_at and deadline.due_at < now and not deadline.blameless:
        breach(deadline, now)
    _run_from(deadline, anchor, now, in_time_at=now)
    db.session.flush()


def correct_end(message: Message, was: datetime, at: datetime, now: datetime) -> None:
    """A publication was at `at` and not at `was`: if that is late, record a breach; a recorded breach stays."""
    for deadline in message.deadlines:
        if deadline.state is DeadlineState.MET and deadline.ended_at == was and deadline.kind in PUBLICATION_MEETS:
            deadline.ended_at = at
            if deadline.due_at and deadline.due_at < at and not deadline.blameless:
                breach(deadline, now)


def _run_from(deadline: Deadline, anchor: datetime, now: datetime, in_time_at: datetime) -> None:
    old = deadline.due_at
    for name, value in term(deadline.message, deadline.kind, anchor, deadline.assignment).items():
        setattr(deadline, name, value)
    due = deadline.due_at
    if old is not None and due is not None and due != old >= in_time_at:
        deadline.blameless = due <= now


def is_answer_due(message: Message) -> bool:
    """Whether the clock of an answer (П.8, П.9) or of a final answer (П.13) runs."""
    return any(open_deadline(message, kind) for kind in (ClockKind.ANSWER, ClockKind.FINAL))


def forgive_past(message: Message, now: datetime) -> None:
    """Running clocks of П.8–П.10 that were just moved into the past are no breach."""
    for kind in REPLY_CLOCKS:
        deadline = open_deadline(message, kind)
        if deadline and deadline.due_at:
            deadline.blameless = deadline.due_at <= now


def term(message: Message, kind: ClockKind, anchor: datetime, part: Assignment | None = None) -> dict[str, Any]:
    """The columns of a deadline that the regulation decides; a part may have its own number of minutes (П.14)."""
    pauses = [(row.closed_at, row.restored_at) for row in message.closures if row.restored_at]
    minutes = part.part_minutes if part and kind is ClockKind.PART else None
    return compute_term(in_force(), kind, anchor, message.importance, message.origin, pauses, minutes)
