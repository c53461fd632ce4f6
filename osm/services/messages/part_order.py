"""The order of several executors (П.14) in the database: whose turn has come, and the clocks that follow from it."""

from __future__ import annotations

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.parameters import Unit
from osm.regulation.parts import Line, PartState, turns
from osm.regulation.words import Status
from osm.services.acts import Act, active_assignments, is_shared
from osm.services.clocks import clocks
from osm.services.clocks.terms import in_force
from osm.store.models import Assignment, DeadlineState, Message

CLOCK_OF = {PartState.ASKED: ClockKind.PART, PartState.RETURNED: ClockKind.REWORK}
"""By which clock whoever owes his part is measured."""


def keep_order(step: Act) -> None:
    """Start the clock of everybody whose turn has come; stop those before whom somebody else comes now.

    Nobody is measured while no part can be sent: after the act the message must be in work.
    """
    db.session.flush()
    rows = {row.id: row for row in active_assignments(step.message) if row.part_state is not None}
    due = turns([Line(row.id, row.order_no, row.part_state) for row in rows.values() if row.part_state is not None])
    for row_id in due.closes:
        stop(step, rows[row_id])
        rows[row_id].part_state = PartState.WAITING
    if step.target is not Status.IN_WORK:
        return
    for row_id in due.opens:
        rows[row_id].part_state = PartState.ASKED
    for row in rows.values():
        if row.part_state in CLOCK_OF:
            clocks.open_clock(step.message, CLOCK_OF[row.part_state], step.now, row)
    db.session.flush()


def stop(step: Act, row: Assignment) -> None:
    """The clocks of this part stop; nobody is to blame for what is no longer asked for."""
    clocks.end(step.message, (ClockKind.PART, ClockKind.REWORK), step.now, DeadlineState.CLOSED, row)


def stop_all(step: Act) -> None:
    """The common draft has gone its way: no part is waited for any more."""
    for row in active_assignments(step.message):
        if row.part_state is not None:
            stop(step, row)


def ask_again(step: Act, *, everybody: bool) -> None:
    """A new round of the answer begins. `everybody`: those who have sent are asked for their information anew."""
    if not is_shared(step.message):
        return
    for row in active_assignments(step.message):
        if everybody or row.part_state is not PartState.SENT:
            stop(step, row)
            row.part_state, row.version = PartState.WAITING, row.version + 1
    keep_order(step)


def forget_short_times(step: Act) -> None:
    """The final answer has three working days (П.13): minutes that fitted before the old draft term bind nobody now.

    Where the curator gave less than the time of П.14, that time stands again; more than it stays.
    """
    usual = in_force().parameters.term(ClockKind.PART, step.message.importance)
    for row in active_assignments(step.message):
        if row.part_minutes is not None and usual.unit is Unit.WORKING and row.part_minutes < usual.value:
            row.part_minutes, row.version = None, row.version + 1


def missing_parts(message: Message) -> list[Assignment]:
    """Whose information the curator does not have yet."""
    return [row for row in active_assignments(message) if row.part_state not in (None, PartState.SENT)]
