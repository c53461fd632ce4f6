"""The rows that the card of a message consists of, with the names of people, for templates and for the command."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from osm.base.database import db
from osm.base.types import OfRow
from osm.log.queries.words import LogEntry
from osm.models import Assignment, Attachment, Closure, Deadline, Draft, Followup, Message, MessageVerdict, Part, Reply
from osm.regulation.executors import PartState
from osm.regulation.words import CLOCK_LABELS, PART_REWORK, ClockKind, DeadlineState


# --- The strip of clocks
class Mark(StrEnum):
    """The state of a clock, shown by a sign next to the words."""

    DONE = "done"
    NEXT = "next"  # of those that run, the one that is due first
    WAITING = "waiting"
    OFF = "off"  # no longer asked for


MARK_SIGNS: dict[Mark, str] = {Mark.DONE: "✓", Mark.NEXT: "◐", Mark.WAITING: "○", Mark.OFF: "–"}


@dataclass(frozen=True, slots=True)
class CardClock(OfRow):
    """One clock of the message or of a part (П.14), running or not. `is_latest`: the last one of its kind."""

    row: Deadline
    mark: Mark
    is_latest: bool

    def by_term(self) -> tuple[bool, datetime, int]:
        """Sort key: the next deadline first, clocks without a deadline last."""
        return (self.row.due_at is None, self.row.due_at or self.row.started_at, self.row.id)

    @property
    def label(self) -> str:
        is_part = self.row.assignment_id and self.row.kind is ClockKind.REWORK
        return PART_REWORK if is_part else CLOCK_LABELS[self.row.kind]

    @property
    def sign(self) -> str:
        return MARK_SIGNS[self.mark]

    @property
    def runs(self) -> bool:
        return self.row.state is DeadlineState.OPEN


def clocks_of(message_id: int) -> tuple[CardClock, ...]:
    """The clocks of a message and of its parts by deadline; those without a known deadline last."""
    rows = db.session.scalars(select(Deadline).where(Deadline.message_id == message_id).order_by(Deadline.id)).all()
    running = [row for row in rows if row.state is DeadlineState.OPEN and row.due_at and row.assignment_id is None]
    first = min(running, key=lambda row: row.due_at or row.started_at, default=None)
    latest = {(row.kind, row.assignment_id): row.id for row in rows if row.state is not DeadlineState.REPLACED}
    clocks = [CardClock(row, _mark(row, first), latest.get((row.kind, row.assignment_id)) == row.id) for row in rows]
    return tuple(sorted(clocks, key=CardClock.by_term))


def _mark(row: Deadline, first: Deadline | None) -> Mark:
    if row.state is DeadlineState.MET:
        return Mark.DONE
    if row.state is not DeadlineState.OPEN:
        return Mark.OFF
    return Mark.NEXT if row is first else Mark.WAITING


# --- The card
@dataclass(frozen=True, slots=True)
class Person:
    """A person named on the card, with his telephone or that of his department."""

    id: int
    name: str
    department: str
    phone: str


@dataclass(frozen=True, slots=True)
class PartVersion(OfRow):
    """One version of what an executor sent (П.14)."""

    row: Part
    author: str
    submitted_by: str
    returned_by: str


@dataclass(frozen=True, slots=True)
class Worker(OfRow):
    """An executor of the message; `department` is the one at the time of the assignment."""

    row: Assignment
    person: Person
    department: str
    parts: tuple[PartVersion, ...]  # what he has sent, the newest first
    clocks: tuple[CardClock, ...]  # those of his part, the oldest first
    in_history: str  # «Борис Ежов (ЖКХ), замещает: Алла Ким»

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
        last = self.parts[0] if self.parts else None
        return last if last and last.returned_at is not None else None

    @property
    def named(self) -> str:
        """«Борис Ежов (ЖКХ)»."""
        return f"{self.person.name} ({self.department})" if self.department else self.person.name


@dataclass(frozen=True, slots=True)
class Version(OfRow):
    row: Draft
    author: str
    submitted_by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class CardReply(OfRow):
    """One reply with its versions, the newest first."""

    row: Reply
    published_by: str
    entered_by: str  # who entered it in «Инцидент Менеджмент»
    versions: tuple[Version, ...]
    photos: tuple[Attachment, ...]

    @property
    def approved(self) -> Version | None:
        return next((version for version in self.versions if version.id == self.row.approved_draft_id), None)


@dataclass(frozen=True, slots=True)
class CardClosure(OfRow):
    """A closing without an answer, with the screenshots of its evidence (П.17)."""

    row: Closure
    closed_by: str
    restored_by: str
    screenshots: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True)
class CardFollowup(OfRow):
    """What the author wrote later."""

    row: Followup
    entered_by: str


@dataclass(frozen=True, slots=True)
class Card(OfRow):
    """Everything that the card shows, read at one instant."""

    row: Message
    verdict: MessageVerdict | None
    topic: str
    entered_by: str
    photos: tuple[Attachment, ...]
    workers: tuple[Worker, ...]
    replies: tuple[CardReply, ...]
    clocks: tuple[CardClock, ...]
    closures: tuple[CardClosure, ...]
    followups: tuple[CardFollowup, ...]
    log: tuple[LogEntry, ...]
    rows_in: frozenset[str]
    """Tables that have rows about the message, of those that are empty for most messages: they need no query."""

    @property
    def is_linked(self) -> bool:
        """Whether other messages are, or seem to be, about the same (П.15)."""
        return "message_link" in self.rows_in

    @property
    def author_name(self) -> str:
        return self.row.author.name if self.row.author else ""

    @property
    def author_url(self) -> str:
        return (self.row.author.profile_url or "") if self.row.author else ""

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
