"""Who prepares the answer to a message: one executor, or several who each send a part (П.14)."""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.store.models import Assignment, Message


def active_assignments(message: Message) -> list[Assignment]:
    """Who prepares the answer now, in the order of П.14."""
    rows = [row for row in message.assignments if row.ended_at is None]
    return sorted(rows, key=lambda row: (row.order_no, row.id))


def is_shared(message: Message) -> bool:
    """Whether several prepare the answer, each his part, and the curator the common draft (П.14)."""
    return any(row.part_state is not None for row in active_assignments(message))


def end_assignment(row: Assignment, now: datetime) -> None:
    """This person is asked no longer; his texts stay, the clock of his part stops with the act."""
    row.ended_at, row.version = now, row.version + 1


def end_assignments(message: Message, now: datetime) -> None:
    """Nobody is asked to prepare anything any more; the rows stay as history."""
    for row in active_assignments(message):
        end_assignment(row, now)
    # The rows of the next executors must not meet these in the index of active ones.
    db.session.flush()
