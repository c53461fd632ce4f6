"""Frozen rows that the card of a message consists of, for templates and for the command."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from osm.extensions import db
from osm.log.queries.words import LogEntry
from osm.regulation.clocks import CLOCK_LABELS, PART_REWORK, ClockKind
from osm.regulation.interim import InterimGround, InterimReason
from osm.regulation.parts import PartState
from osm.regulation.words import Ground, Importance, ReplyKind, Status
from osm.store.models import Deadline, DeadlineState, DraftState, Origin, OverrideReason
from osm.store.types import row_for


# --- The strip of clocks
class Mark(StrEnum):
    """The state of a clock, shown by a sign next to the words."""

    DONE = "done"
    NEXT = "next"
    """Of those that run, the one that is due first."""
    WAITING = "waiting"
    OFF = "off"
    """No longer asked for."""


MARK_SIGNS: dict[Mark, str] = {Mark.DONE: "✓", Mark.NEXT: "◐", Mark.WAITING: "○", Mark.OFF: "–"}


@dataclass(frozen=True, slots=True)
class CardClock:
    """One clock of the message, running or not."""

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
    """The assignment whose part it measures (П.14); empty for a clock of the message."""

    def by_term(self) -> tuple[bool, datetime, int]:
        """Sort key: the next deadline first, clocks without a deadline last."""
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
    """The clocks of a message and of its parts by deadline; those without a known deadline last."""
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
    return row_for(CardClock, row, mark=mark, is_latest=is_latest)


# --- The card
@dataclass(frozen=True, slots=True)
class Person:
    """A person named on the card, with his telephone or that of his department."""

    id: int
    name: str
    department: str
    phone: str


@dataclass(frozen=True, slots=True)
class File:
    """A stored picture. `size` in bytes."""

    id: int
    filename: str
    content_type: str
    size: int
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class PartVersion:
    """One version of what an executor sent (П.14)."""

    id: int
    number: int
    text: str
    author: str
    submitted_by: str
    submitted_at: datetime
    received_by: str
    remarks: str
    returned_at: datetime | None
    returned_by: str


@dataclass(frozen=True, slots=True)
class Worker:
    """An executor of the message; `department` is the one at the time of the assignment."""

    person: Person
    department: str
    task: str
    assigned_at: datetime
    opened_at: datetime | None
    ended_at: datetime | None
    department_id: int | None = None
    id: int = 0
    """Of the assignment."""
    order_no: int = 1
    part_state: PartState | None = None
    """State of his part (П.14); empty if he prepares the whole answer."""
    part_minutes: int | None = None
    version: int = 1
    parts: tuple[PartVersion, ...] = ()
    """What he has sent, the newest first."""
    clocks: tuple[CardClock, ...] = ()
    """Those of his part, the oldest first."""
    in_history: str = ""
    """«Борис Ежов (ЖКХ), замещает: Алла Ким»."""

    @property
    def clock(self) -> CardClock | None:
        """The running clock, else the last one."""
        running = tuple(clock for clock in self.clocks if clock.runs)
        shown = running or self.clocks
        return shown[-1] if shown else None

    @property
    def sent(self) -> PartVersion | None:
        """The last version that was not returned: the curator can use it."""
        return next((part for part in self.parts if part.returned_at is None), None)

    @property
    def returned(self) -> PartVersion | None:
        """The version that was returned, with its remarks."""
        last = self.parts[0] if self.parts else None
        return last if last and last.returned_at is not None else None

    @property
    def named(self) -> str:
        """«Борис Ежов (ЖКХ)»."""
        return f"{self.person.name} ({self.department})" if self.department else self.person.name


@dataclass(frozen=True, slots=True)
class ApprovedOverride:
    """Criteria of П.16 that were not met, and why the curator approved."""

    criteria: tuple[str, ...]
    reason: OverrideReason
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a reply."""

    id: int
    number: int
    text: str
    state: DraftState
    author: str
    submitted_by: str
    submitted_at: datetime
    submitted_by_id: int
    received_by: str
    is_correction: bool
    remarks: str
    decided_at: datetime | None
    decided_by: str
    exception: ApprovedOverride | None = None


@dataclass(frozen=True, slots=True)
class InterimWhy:
    """Why a second interim answer was given, or one to a repeated message."""

    grounds: tuple[InterimGround, ...]
    reason: InterimReason
    text: str


@dataclass(frozen=True, slots=True)
class CardReply:
    """One reply with its versions, the newest first."""

    id: int
    kind: ReplyKind
    opened_at: datetime
    approved_draft_id: int | None
    published_at: datetime | None
    published_url: str
    published_by: str
    entered_at: datetime | None
    """When it was entered in «Инцидент Менеджмент»."""
    entered_by: str
    versions: tuple[Version, ...]
    photos: tuple[File, ...]
    interim: InterimWhy | None = None

    @property
    def approved(self) -> Version | None:
        return next((version for version in self.versions if version.id == self.approved_draft_id), None)


@dataclass(frozen=True, slots=True)
class CardEvidence:
    """The text of an excluded message (П.17) with its hash and screenshots."""

    text: str
    url: str
    author_name: str
    author_url: str
    published_at: datetime | None
    taken_at: datetime
    sha256: str
    screenshots: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class CardClosure:
    """A closing without an answer; `restored_at`: when it was opened again."""

    status: Status
    ground: Ground | None
    reason: str
    recipient: str
    closed_at: datetime
    closed_by: str
    restored_at: datetime | None
    restored_by: str
    restore_reason: str
    evidence: CardEvidence | None


@dataclass(frozen=True, slots=True)
class CardFollowup:
    """What the author wrote later."""

    text: str
    url: str
    entered_at: datetime
    entered_by: str
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """Everything that the card shows, read at one instant."""

    id: int
    number: str
    version: int
    status: Status
    importance: Importance
    origin: Origin
    in_source: bool
    network: str
    url: str
    text: str
    place: str
    author_name: str
    author_url: str
    topic_id: int | None
    topic: str
    source_topic: str
    source_status: str
    source_deadline: datetime | None
    is_repeat: bool
    published_at: datetime | None
    received_at: datetime
    stored_at: datetime
    detected_at: datetime | None
    selected_at: datetime | None
    closed_at: datetime | None
    recalled_at: datetime | None
    """When the import that brought the message was taken back."""
    entered_by: str
    photos: tuple[File, ...]
    workers: tuple[Worker, ...]
    replies: tuple[CardReply, ...]
    clocks: tuple[CardClock, ...]
    closures: tuple[CardClosure, ...]
    followups: tuple[CardFollowup, ...]
    log: tuple[LogEntry, ...]
    rows_in: frozenset[str]
    """Tables that have rows about the message, of those that are empty for most messages: they need no query."""

    @property
    def active(self) -> tuple[Worker, ...]:
        """The present executors, in the order of П.14."""
        return tuple(worker for worker in self.workers if worker.ended_at is None)

    @property
    def is_shared(self) -> bool:
        """Whether several executors prepare the answer in parts (П.14)."""
        return any(worker.part_state is not None for worker in self.active)

    @property
    def missing_parts(self) -> tuple[Worker, ...]:
        """Executors without a part that can be used."""
        return tuple(worker for worker in self.active if worker.part_state not in (None, PartState.SENT))

    @property
    def with_parts(self) -> tuple[Worker, ...]:
        """All executors who were asked for a part or have sent one, also those removed."""
        return tuple(worker for worker in self.workers if worker.parts or (worker in self.active and worker.part_state))

    @property
    def every_clock(self) -> tuple[tuple[CardClock, Worker | None], ...]:
        """The clocks of the message and of all parts with their executors, the next deadline first."""
        of_parts = [(clock, worker) for worker in self.workers for clock in worker.clocks]
        every = [*((clock, None) for clock in self.clocks), *of_parts]
        return tuple(sorted(every, key=lambda pair: pair[0].by_term()))

    @property
    def current_reply(self) -> CardReply | None:
        return next((reply for reply in self.replies if reply.published_at is None), None)

    @property
    def published(self) -> tuple[CardReply, ...]:
        """Published replies, newest first."""
        done = [reply for reply in self.replies if reply.published_at is not None]
        return tuple(sorted(done, key=lambda reply: reply.published_at or reply.opened_at, reverse=True))
