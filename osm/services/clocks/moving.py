"""The clocks that a row of the table of transitions names are moved here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.parts import OWED
from osm.regulation.workflow import Effect, Status, Transition, When
from osm.services.clocks import clocks, parts
from osm.store.models import Assignment, Deadline, DeadlineState, Message

Moved = dict[str, tuple[datetime | None, datetime | None]]


@dataclass(slots=True)
class Facts:
    """What the row cannot know of a step, and the use case tells it.

    `at`: when the thing happened, if that is not now (a publication, an answer of the author). `part`: the assignment
    that the step is about. `stopped`: when the opposite of this step stopped the clocks that return, and as what those
    of the message (those of parts always as closed). `began`: since when the clock of an assignment runs, by its id,
    where that is not now. `corrected`: a publication, when it was said to stand in the network and when it really did.
    """

    at: datetime
    part: Assignment | None = None
    stopped: tuple[datetime, DeadlineState] | None = None
    began: dict[int, datetime] = field(default_factory=dict)
    corrected: tuple[datetime, datetime] | None = None


def move_clocks(message: Message, row: Transition, now: datetime, facts: Facts) -> Moved:
    """Do what the row says of clocks; terms that moved, for the log. The message has its new status already."""
    db.session.flush()
    _close(message, row, facts)
    if facts.at < now:
        clocks.take_back_breaches(message, facts.at, now)
    if facts.stopped is not None:
        stopped_at, stopped_as = facts.stopped
        returning = [d for d in message.deadlines if _returns(d, row, stopped_at, stopped_as)]
        # Time in which the message was closed is not counted; time in which a draft waited to be withdrawn is.
        in_time_at = stopped_at if stopped_as is DeadlineState.CLOSED else now
        clocks.reopen(message, returning, now, in_time_at=in_time_at)
    moved = _recompute(message, row, now)
    if _opens(message, row.opens_when):
        for kind in row.opens:
            clocks.open_clock(message, kind, _anchor(message, kind, facts.at), facts.part)
    for effect in row.effects:
        match effect:
            case Effect.USUAL_TIMES:
                parts.forget_short_times(message)
            case Effect.ASK_MISSING | Effect.ASK_ALL:
                parts.ask_anew(message, now, everybody=effect is Effect.ASK_ALL)
            case Effect.TURNS:
                parts.follow_turns(message, now, can_send=message.status is Status.IN_WORK, began=facts.began)
            case Effect.CORRECTED:
                moved |= _correct(message, facts, now)
            case Effect.NO_BLAME:
                clocks.forgive_past(message, now)
    return moved


def _close(message: Message, row: Transition, facts: Facts) -> None:
    state = DeadlineState.CLOSED if row.without_breach else DeadlineState.MET
    clocks.end(message, row.closes, facts.at, state, facts.part)
    if facts.part is None:
        for part in clocks.running_parts(message):
            clocks.end(message, row.closes, facts.at, DeadlineState.CLOSED, part)


def _returns(deadline: Deadline, row: Transition, stopped_at: datetime, stopped_as: DeadlineState) -> bool:
    """Whether the opposite of this step stopped this clock; a part's goes on only where the part is still owed."""
    part = deadline.assignment
    if part is not None:
        stopped_as = DeadlineState.CLOSED
    is_owed = part is None or (part.ended_at is None and part.part_state in OWED)
    return deadline.kind in row.returns and deadline.ended_at == stopped_at and deadline.state is stopped_as and is_owed


def _recompute(message: Message, row: Transition, now: datetime) -> Moved:
    """Running clocks by what the message says now; one that has no anchor any more stops."""
    moved: Moved = {}
    for kind in row.recomputes:
        if kind is ClockKind.PART:
            parts.recompute(message, now)
        elif old := clocks.open_deadline(message, kind):
            anchor = clocks.find_reply_anchor(message)
            clocks.end(message, [kind], now, DeadlineState.REPLACED if anchor else DeadlineState.CLOSED)
            if anchor:
                moved[f"{kind}_due"] = (old.due_at, clocks.open_clock(message, kind, anchor).due_at)
    return moved


def _correct(message: Message, facts: Facts, now: datetime) -> Moved:
    """What the publication met is met at its right instant, and a final term that it opened counts from there."""
    if facts.corrected is None or facts.corrected[0] == facts.corrected[1]:
        return {}
    was, at = facts.corrected
    clocks.correct_end(message, was, at, now)
    final = clocks.open_deadline(message, ClockKind.FINAL)
    if final is None or final.started_at != was:  # none, or an earlier interim answer opened it
        return {}
    old = final.due_at
    clocks.count_from(final, at, now)
    return {"final_due": (old, final.due_at)}


def _opens(message: Message, when: When) -> bool:
    match when:
        case When.ALWAYS:
            return True
        case When.NEVER_SELECTED:
            return message.selected_at is None
        case When.NEW_OWING_NOTHING:
            return message.status is Status.NEW and not clocks.is_reply_owed(message)
        case When.NOTHING_OWED:
            return not clocks.is_reply_owed(message)


def _anchor(message: Message, kind: ClockKind, at: datetime) -> datetime:
    """П.7 counts from the receipt, П.8 to П.10 from selection or detection, all others from the step."""
    if kind is ClockKind.ROUTE:
        return message.received_at
    return clocks.reply_anchor(message) if kind in clocks.REPLY_CLOCKS else at
