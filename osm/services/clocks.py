"""The clocks of a message in the database: opened, met, closed, computed anew. The arithmetic is `osm.regulation`'s."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import current_app

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.deadlines import compute_clock
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.parameters import Parameters
from osm.regulation.words import Importance
from osm.regulation.worktime import WorkCalendar
from osm.services.log import record
from osm.store.models import Deadline, DeadlineState, Message, Origin

REPLY_CLOCKS = (ClockKind.ANSWER, ClockKind.DRAFT)
INTERNAL = "внутренний срок"
"""In the place of a clause: the office's own term."""
BREACH, TERM_KNOWN = "breach", "term_known"
"""What the log calls the machine's own doings upon a clock."""


@dataclass(frozen=True)
class InForce:
    """The terms and the calendar by which this installation works."""

    parameters: Parameters
    calendar: WorkCalendar

    @cached_property
    def internal(self) -> Parameters:
        """The same terms where no clause binds the office but its own habit."""
        terms = {key: replace(term, clause=INTERNAL) for key, term in self.parameters.terms.items()}
        return replace(self.parameters, terms=terms)


def in_force() -> InForce:
    """What create_app loaded."""
    loaded: InForce = current_app.extensions["osm_in_force"]
    return loaded


def open_deadline(message: Message, kind: ClockKind) -> Deadline | None:
    """The running clock of this kind, if there is one."""
    return next((d for d in message.deadlines if d.kind == kind and d.state == DeadlineState.OPEN), None)


def open_clock(message: Message, kind: ClockKind, anchor: datetime) -> Deadline:
    """Start a clock at `anchor`, or return the one that already runs."""
    running = open_deadline(message, kind)
    if running:
        return running
    deadline = Deadline(message=message, kind=kind, state=DeadlineState.OPEN, **_term(message, kind, anchor))
    db.session.add(deadline)
    return deadline


def open_reply_clocks(message: Message) -> None:
    """The clocks of П.8 or П.9 with that of П.10, from their anchor."""
    for kind in REPLY_CLOCKS:
        open_clock(message, kind, reply_anchor(message))


def reply_anchor(message: Message) -> datetime:
    """П.8 counts from the selection, П.9 from the detection; both anew from where the author wrote on."""
    anchor = message.detected_at if message.importance is Importance.HIGH else message.selected_at
    if anchor is None:
        raise ValueError(f"message {message.id} has no anchor for {message.importance}")
    if message.restarted_at is None:
        return anchor
    return max(anchor, message.restarted_at) if message.importance is Importance.HIGH else message.restarted_at


def meet(message: Message, kind: ClockKind, at: datetime) -> None:
    """The work is done at `at`; a clock that was due before is a breach, unless nobody is to blame."""
    end(message, [kind], at, DeadlineState.MET)


def end(message: Message, kinds: Collection[ClockKind], at: datetime, state: DeadlineState) -> None:
    """Stop the running clocks of these kinds. What fell due before `at` was breached at its own instant."""
    for deadline in message.deadlines:
        if deadline.state == DeadlineState.OPEN and deadline.kind in kinds:
            deadline.state, deadline.ended_at = state, at
            if deadline.due_at and deadline.due_at < at and not deadline.blameless:
                breach(deadline, at)
    db.session.flush()


def breach(deadline: Deadline, now: datetime) -> None:
    """The term was missed: noted once, at its own instant, whoever notices it first; logged as the machine's doing."""
    if deadline.breached_at is not None:
        return
    deadline.breached_at = deadline.due_at
    record(
        BREACH,
        at=now,
        actor=None,
        message=deadline.message,
        clause=deadline.clause,
        changes={"kind": (None, deadline.kind), "breached_at": (None, deadline.breached_at)},
        object_kind="deadline",
        object_id=deadline.id,
    )


def compute_unknown(deadline: Deadline, now: datetime) -> None:
    """Compute a running clock whose term the calendar did not reach; if it still does not, only that is kept.

    A term that comes out in the past is nobody's breach: nobody could know it.
    """
    for name, value in _term(deadline.message, deadline.kind, deadline.started_at).items():
        setattr(deadline, name, value)
    if deadline.due_at is None:
        return
    deadline.blameless = deadline.due_at <= now
    record(
        TERM_KNOWN,
        at=now,
        actor=None,
        message=deadline.message,
        clause=deadline.clause,
        changes={"kind": (None, deadline.kind), f"{deadline.kind}_due": (None, deadline.due_at)},
        object_kind="deadline",
        object_id=deadline.id,
    )


def reopen(message: Message, ended: Collection[Deadline]) -> None:
    """Let stopped clocks go on from their old anchors; what was closed meanwhile is not counted (design §3)."""
    for deadline in ended:
        if open_deadline(message, deadline.kind) is None:
            deadline.state, deadline.ended_at = DeadlineState.OPEN, None
            for name, value in _term(message, deadline.kind, deadline.started_at).items():
                setattr(deadline, name, value)
    db.session.flush()


def recompute_reply_clocks(message: Message, now: datetime) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Replace the running clocks of П.8–П.10 after the importance changed; kind → (old, new) term for the log.

    What falls into the past by this alone is nobody's breach; what was breached before stays so.
    """
    moved = {}
    for kind in REPLY_CLOCKS:
        old = open_deadline(message, kind)
        if old is None:
            continue
        end(message, [kind], now, DeadlineState.REPLACED)
        new = open_clock(message, kind, reply_anchor(message))
        moved[f"{kind}_due"] = (old.due_at, new.due_at)
    forgive_past(message, now)
    return moved


def is_reply_owed(message: Message) -> bool:
    """Whether the clock of an answer (П.8, П.9) or of a final one (П.13) runs."""
    return any(open_deadline(message, kind) for kind in (ClockKind.ANSWER, ClockKind.FINAL))


def forgive_past(message: Message, now: datetime) -> None:
    """Running clocks of П.8–П.10 that have just been set into the past are nobody's breach."""
    for kind in REPLY_CLOCKS:
        deadline = open_deadline(message, kind)
        if deadline and deadline.due_at:
            deadline.blameless = deadline.due_at <= now


def _term(message: Message, kind: ClockKind, anchor: datetime) -> dict[str, Any]:
    """The columns of a deadline that the regulation decides; beyond the known years the term is unknown."""
    rules = in_force()
    parameters = rules.internal if _is_internal(message, kind) else rules.parameters
    known: dict[str, Any] = {"started_at": anchor, "calendar_version": rules.calendar.version}
    try:
        clock = compute_clock(
            kind,
            anchor,
            message.importance,
            parameters=parameters,
            calendar=rules.calendar,
            pauses=[(row.closed_at, row.restored_at) for row in message.closures if row.restored_at],
        )
    except CalendarOutOfRange as error:
        term = parameters.term(kind, message.importance)
        return known | {"clause": term.clause, "unit": term.unit.value, "due_at": None, "explanation": str(error)}
    return known | {
        "clause": clock.clause,
        "unit": clock.unit.value,
        "due_at": clock.due_at,
        "explanation": clock.explanation,
    }


def _is_internal(message: Message, kind: ClockKind) -> bool:
    """The hour of П.7 binds incidents only; other messages keep it as the office's own term (reading 4)."""
    return kind is ClockKind.ROUTE and message.origin is not Origin.INCIDENT
