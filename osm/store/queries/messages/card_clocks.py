"""The strip of clocks on the card: what was due when, what is done, what runs, and what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.clocks import CLOCK_LABELS, PART_REWORK, ClockKind
from osm.store.models import Deadline, DeadlineState


class Mark(StrEnum):
    """How a clock stands, told by a sign beside the words."""

    DONE = "done"
    NEXT = "next"
    """Of those that run, the one that is due first."""
    WAITING = "waiting"
    OFF = "off"
    """No longer asked for."""


MARK_SIGNS: dict[Mark, str] = {Mark.DONE: "✓", Mark.NEXT: "◐", Mark.WAITING: "○", Mark.OFF: "–"}


@dataclass(frozen=True, slots=True)
class CardClock:
    """One clock that ever ran for the message."""

    id: int
    kind: ClockKind
    clause: str
    unit: str
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    state: DeadlineState
    breached_at: datetime | None
    blameless: bool
    explanation: str
    mark: Mark
    is_latest: bool
    """Of several of one kind the last one; the earlier ones stay as history."""
    assignment_id: int | None = None
    """Whose part it measures (П.14); empty for a clock of the message."""

    def by_term(self) -> tuple[bool, datetime, int]:
        """The next term first, what has none last."""
        return (self.due_at is None, self.due_at or self.started_at, self.id)

    @property
    def label(self) -> str:
        return PART_REWORK if self.assignment_id and self.kind is ClockKind.REWORK else CLOCK_LABELS[self.kind]

    @property
    def sign(self) -> str:
        return MARK_SIGNS[self.mark]

    @property
    def runs(self) -> bool:
        return self.state is DeadlineState.OPEN


def clocks_of(message_id: int) -> tuple[CardClock, ...]:
    """The clocks of a message and of its parts in the order of their terms; those without a known term last."""
    rows = db.session.scalars(select(Deadline).where(Deadline.message_id == message_id).order_by(Deadline.id)).all()
    running = [row for row in rows if row.state is DeadlineState.OPEN and row.due_at and row.assignment_id is None]
    first = min(running, key=lambda row: row.due_at or row.started_at, default=None)
    latest = {(row.kind, row.assignment_id): row.id for row in rows if row.state is not DeadlineState.REPLACED}
    clocks = [_clock(row, _mark(row, first), latest.get((row.kind, row.assignment_id)) == row.id) for row in rows]
    return tuple(sorted(clocks, key=CardClock.by_term))


def _mark(row: Deadline, first: Deadline | None) -> Mark:
    if row.state is DeadlineState.MET:
        return Mark.DONE
    if row.state is not DeadlineState.OPEN:
        return Mark.OFF
    return Mark.NEXT if row is first else Mark.WAITING


def _clock(row: Deadline, mark: Mark, is_latest: bool) -> CardClock:
    return CardClock(
        id=row.id,
        kind=row.kind,
        clause=row.clause,
        unit=row.unit,
        started_at=row.started_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        state=row.state,
        breached_at=row.breached_at,
        blameless=row.blameless,
        explanation=row.explanation,
        mark=mark,
        is_latest=is_latest,
        assignment_id=row.assignment_id,
    )
