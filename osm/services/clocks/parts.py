"""The clocks of several executors (П.14): whose turn has come, who is asked anew, who is asked no longer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from osm.regulation.clocks import ClockKind
from osm.regulation.parameters import Unit
from osm.regulation.parts import Line, PartState, turns
from osm.services.assignments import active_assignments
from osm.services.clocks import clocks
from osm.services.clocks.terms import in_force
from osm.store.models import Assignment, DeadlineState, Message

CLOCK_OF = {PartState.ASKED: ClockKind.PART, PartState.RETURNED: ClockKind.REWORK}
"""By which clock whoever owes his part is measured."""


def follow_turns(message: Message, now: datetime, *, can_send: bool, began: Mapping[int, datetime]) -> None:
    """Start the clock of everybody whose turn has come; stop those before whom somebody else comes now.

    `can_send`: whether parts can be sent after the step, otherwise nobody is measured. `began`: since when the clock of
    an assignment runs where that is not now. Who is no executor any more has no clock either.
    """
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
    """The clocks of this part stop; nobody is to blame for what is no longer asked for."""
    clocks.end(row.message, tuple(CLOCK_OF.values()), now, DeadlineState.CLOSED, row)


def ask_anew(message: Message, now: datetime, *, everybody: bool) -> None:
    """A new round of the answer begins. `everybody`: also those who have sent their information."""
    for row in active_assignments(message):
        if row.part_state is not None and (everybody or row.part_state is not PartState.SENT):
            stop(row, now)
            row.part_state, row.version = PartState.WAITING, row.version + 1


def forget_short_times(message: Message) -> None:
    """The final answer has three working days (П.13): minutes that fitted before the old draft term bind nobody now.

    Where the curator gave less than the time of П.14, that time stands again; more than it stays.
    """
    usual = in_force().parameters.term(ClockKind.PART, message.importance)
    for row in active_assignments(message):
        if row.part_minutes is not None and usual.unit is Unit.WORKING and row.part_minutes < usual.value:
            row.part_minutes, row.version = None, row.version + 1


def recompute(message: Message, now: datetime) -> None:
    """Clocks of parts whose minutes were changed count from the same beginning with the new ones.

    What falls into the past by this alone is nobody's breach.
    """
    for row in active_assignments(message):
        running = clocks.open_deadline(message, ClockKind.PART, row)
        if running and clocks.term(message, ClockKind.PART, running.started_at, row)["due_at"] != running.due_at:
            clocks.end(message, [ClockKind.PART], now, DeadlineState.REPLACED, row)
            again = clocks.open_clock(message, ClockKind.PART, running.started_at, row)
            again.blameless = again.due_at is not None and again.due_at <= now
