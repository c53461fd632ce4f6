"""Assignments, what edits of rows have in common, and the clocks that a row of the table of transitions moves.

No other module moves a clock by that table. Each function works in the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import select, text

from osm.base.database import db
from osm.base.errors import must_exist
from osm.base.transaction import transaction
from osm.flow.acts import clocks, terms
from osm.log.acts.record import Change, record
from osm.models import Assignment, Deadline, Message, User
from osm.regulation import parameters, words
from osm.regulation.errors import StaleVersion, refuse
from osm.regulation.executors import OWED, Line, PartState, turns
from osm.regulation.transitions import Effect, Transition, When
from osm.regulation.words import ClockKind, DeadlineState


# --- Edits by an administrator
class Versioned(Protocol):
    """A row with a `version` that rises with each edit."""

    __tablename__: str
    id: Any
    version: Any


class Archived(Versioned, Protocol):
    archived_at: Any


Row = TypeVar("Row", bound=Versioned)
Kept = TypeVar("Kept", bound=Archived)


def lock(model: type[Row], row_id: int, what: str) -> Row:
    """The row, locked until the end of the transaction if the database locks rows. Raises NotFound with `what`. The key
    stays unlocked: a log row that refers to this row need not wait, so two who edit each other do not deadlock."""
    wanted = select(model).where(model.id == row_id).with_for_update(of=model, key_share=True)
    rows = db.session.execute(wanted.execution_options(populate_existing=True))
    return must_exist(rows.unique().scalar_one_or_none(), what)


def locked(model: type[Row], row_id: int, seen_version: int, what: str) -> Row:
    """The row, as `lock` gives it. Raises StaleVersion if somebody has edited it since the person saw it."""
    found = lock(model, row_id, what)
    StaleVersion.unless_seen(seen_version, found.version)
    return found


def hold_out_others(table: str) -> None:
    """Let only one transaction at a time enter rows that exclude each other. SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def settle(
    action: str, row: Row, changes: Mapping[str, Change], *, actor: User | None, now: datetime, note: str = ""
) -> None:
    """End an edit: raise the version and log the act."""
    row.version += 1
    changes = {**changes, "version": (row.version - 1, row.version)}
    record(action, at=now, actor=actor, about=row, changes=changes, note=note)


def write_into(row: Versioned, given: Mapping[str, Any]) -> list[str]:
    """Set these columns; returns the names of those that had another value."""
    edited = [name for name, value in given.items() if value != getattr(row, name)]
    for name in edited:
        setattr(row, name, given[name])
    return edited


def put_away(
    model: type[Kept], what: str, action: str, since: datetime | None, row_id: int, version: int, **who: Any
) -> Kept:
    """Take a row out of a kept list, or with `since` None into it again. `who`: `actor` and `now`. Raises NotFound,
    StaleVersion."""
    with transaction():
        row = locked(model, row_id, version, what)
        before, row.archived_at = row.archived_at, since
        settle(action, row, {"archived_at": (before, since)}, **who)
        return row


def plain(text: str) -> str:
    """Unify line ends (forms send CR LF, scripts LF) and remove NUL, which PostgreSQL refuses."""
    return text.replace("\r\n", "\n").replace("\0", "")


def one_line(field: str, label: str, value: str, longest: int, *, missing: str = "") -> str:
    """The text as one line. MissingInput if it is longer than `longest`, or, with the words `missing`, empty."""
    line = " ".join(value.replace("\0", "").split())
    refuse(field, missing and not line, missing)
    refuse(field, len(line) > longest, f"{label}: больше {longest} знаков. Сократите.")
    return line


def lines(field: str, label: str, value: str, *, longest: int, most: int) -> list[str]:
    """The non-empty lines of a text area, each once. MissingInput beyond `most` of them or `longest` characters."""
    found = list(dict.fromkeys(filter(None, (one_line(field, label, raw, longest) for raw in value.splitlines()))))
    refuse(field, len(found) > most, f"{label}: больше {most} строк. Уберите лишние.")
    return found


# --- Assignments
def active_assignments(message: Message) -> list[Assignment]:
    """Who prepares the answer now, in the order of П.14."""
    rows = [row for row in message.assignments if row.ended_at is None]
    return sorted(rows, key=lambda row: (row.order_no, row.id))


def is_shared(message: Message) -> bool:
    """Whether several executors prepare parts of the answer and the curator the common draft (П.14)."""
    return any(row.part_state is not None for row in active_assignments(message))


def end_assignment(row: Assignment, now: datetime) -> None:
    """End the assignment; the texts stay, and the act stops the clock of the part."""
    row.ended_at, row.version = now, row.version + 1


def end_assignments(message: Message, now: datetime) -> None:
    for row in active_assignments(message):
        end_assignment(row, now)
    # Free the index of active rows for the next executors.
    db.session.flush()


# --- The clocks of several executors (П.14)
CLOCK_OF = {PartState.ASKED: ClockKind.PART, PartState.RETURNED: ClockKind.REWORK}
"""The clock for a part in this state."""


def follow_turns(message: Message, now: datetime, *, can_send: bool, began: Mapping[int, datetime]) -> None:
    """Start the clocks of the executors that come next by the order, and stop those that now have to wait for somebody.
    `can_send`: whether parts can be sent after the step; if not, no clock runs. `began`: the start of an assignment's
    clock if that is not now. Former executors have no clock."""
    for row in clocks.running_parts(message):
        if row.ended_at is not None:
            stop(row, now)
    rows = {row.id: row for row in active_assignments(message) if row.part_state is not None}
    due = turns([Line(row.id, row.order_no, row.part_state) for row in rows.values() if row.part_state is not None])
    for row_id in due.closes:
        stop(rows[row_id], now)
        rows[row_id].part_state = PartState.WAITING
    if not can_send:
        return
    for row_id in due.opens:
        rows[row_id].part_state = PartState.ASKED
    for row in rows.values():
        if row.part_state in CLOCK_OF:
            clocks.open_clock(message, CLOCK_OF[row.part_state], began.get(row.id, now), row)


def stop(row: Assignment, now: datetime) -> None:
    """Stop the clocks of this part without blame, because it is no longer asked for."""
    clocks.end(row.message, tuple(CLOCK_OF.values()), now, DeadlineState.CLOSED, row)


def begin_round(message: Message, now: datetime, *, everybody: bool) -> None:
    """Begin a new round of the answer. `everybody`: also for those who have sent their information."""
    for row in active_assignments(message):
        if row.part_state is not None and (everybody or row.part_state is not PartState.SENT):
            stop(row, now)
            row.part_state, row.version = PartState.WAITING, row.version + 1


def forget_short_times(message: Message) -> None:
    """The final answer has three working days (П.13), so shorter times set for the old draft end. A time below that of
    П.14 is reset to it, a longer one stays."""
    usual = terms.in_force().parameters.term(ClockKind.PART, message.importance)
    for row in active_assignments(message):
        if row.part_minutes is not None and usual.unit is parameters.Unit.WORKING and row.part_minutes < usual.value:
            row.part_minutes, row.version = None, row.version + 1


def recompute(message: Message, now: datetime) -> None:
    """Recompute the clocks of parts with changed minutes. A term that is past only because of this is no breach."""
    for row in active_assignments(message):
        running = clocks.open_deadline(message, ClockKind.PART, row)
        if running and clocks.term(message, ClockKind.PART, running.started_at, row)["due_at"] != running.due_at:
            clocks.end(message, [ClockKind.PART], now, DeadlineState.REPLACED, row)
            again = clocks.open_clock(message, ClockKind.PART, running.started_at, row)
            again.blameless = again.due_at is not None and again.due_at <= now


# --- The clocks of a step
Moved = dict[str, tuple[datetime | None, datetime | None]]


@dataclass(slots=True)
class Facts:
    """What a use case knows of a step and the row does not.

    `at`: when it happened, if not now (a publication, an answer of the author). `part`: the assignment of the step.
    `stopped`: when the opposite step stopped the returning clocks, and in which state (the clocks of parts always as
    closed). `began`: assignment id → start of its clock, if not now. `corrected`: the entered and the true instant of a
    publication.
    """

    at: datetime
    part: Assignment | None = None
    stopped: tuple[datetime, DeadlineState] | None = None
    began: dict[int, datetime] = field(default_factory=dict)
    corrected: tuple[datetime, datetime] | None = None


def move_clocks(message: Message, row: Transition, now: datetime, facts: Facts) -> Moved:
    """Move the clocks as the row says; returns moved terms for the log. The message already has its new status."""
    db.session.flush()
    _close(message, row, facts)
    if facts.at < now:
        clocks.take_back_breaches(message, facts.at, now)
    if facts.stopped is not None:
        stopped_at, stopped_as = facts.stopped
        returning = [d for d in message.deadlines if _returns(d, row, stopped_at, stopped_as)]
        # Time in which the message was closed is not counted, time in which a draft waited to be withdrawn is.
        in_time_at = stopped_at if stopped_as is DeadlineState.CLOSED else now
        clocks.reopen(message, returning, now, in_time_at=in_time_at)
    moved = _recompute(message, row, now)
    if _opens(message, row.opens_when):
        for kind in row.opens:
            clocks.open_clock(message, kind, _anchor(message, kind, facts.at), facts.part)
    for effect in row.effects:
        match effect:
            case Effect.USUAL_TIMES:
                forget_short_times(message)
            case Effect.ASK_MISSING | Effect.ASK_ALL:
                begin_round(message, now, everybody=effect is Effect.ASK_ALL)
            case Effect.TURNS:
                follow_turns(message, now, can_send=message.status is words.Status.IN_WORK, began=facts.began)
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
    """Whether the opposite step stopped this clock; that of a part returns only if the part is still to be sent."""
    part = deadline.assignment
    if part is not None:
        stopped_as = DeadlineState.CLOSED
    is_owed = part is None or (part.ended_at is None and part.part_state in OWED)
    return deadline.kind in row.returns and deadline.ended_at == stopped_at and deadline.state is stopped_as and is_owed


def _recompute(message: Message, row: Transition, now: datetime) -> Moved:
    """Recompute running clocks by the present message; one without an anchor stops."""
    moved: Moved = {}
    for kind in row.recomputes:
        if kind is ClockKind.PART:
            recompute(message, now)
        elif old := clocks.open_deadline(message, kind):
            anchor = clocks.find_reply_anchor(message)
            clocks.end(message, [kind], now, DeadlineState.REPLACED if anchor else DeadlineState.CLOSED)
            if anchor:
                moved[f"{kind}_due"] = (old.due_at, clocks.open_clock(message, kind, anchor).due_at)
    return moved


def _correct(message: Message, facts: Facts, now: datetime) -> Moved:
    """Correct the end of clocks that the publication met, and the start of a final term that it opened."""
    if facts.corrected is None or facts.corrected[0] == facts.corrected[1]:
        return {}
    was, at = facts.corrected
    clocks.correct_end(message, was, at, now)
    final = clocks.open_deadline(message, ClockKind.FINAL)
    if final is None or final.started_at != was:  # no final clock, or an earlier interim answer opened it
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
            return message.status is words.Status.NEW and not clocks.is_answer_due(message)
        case When.NOTHING_OWED:
            return not clocks.is_answer_due(message)


def _anchor(message: Message, kind: ClockKind, at: datetime) -> datetime:
    """П.7 counts from the receipt, П.8 to П.10 from selection or detection, all others from the step."""
    if kind is ClockKind.ROUTE:
        return message.received_at
    return clocks.reply_anchor(message) if kind in clocks.REPLY_CLOCKS else at
