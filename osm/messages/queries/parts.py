"""The rows of a message's card with the names of people, pairs of messages on the same matter (П.15), choices."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, or_, select, tuple_
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow
from osm.log.queries.words import LogEntry
from osm.messages.models import author_key
from osm.models import (
    Assignment,
    Attachment,
    Author,
    Closure,
    Deadline,
    Draft,
    Followup,
    LinkKind,
    LinkState,
    Message,
    MessageLink,
    MessageVerdict,
    Part,
    Reply,
    Topic,
)
from osm.networks.addresses import AuthorKey, Sameness, sameness
from osm.regulation.executors import PartState
from osm.regulation.words import PART_REWORK, ClockKind, DeadlineState, Status


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
        return PART_REWORK if is_part else self.row.kind.label

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
    id: int
    name: str
    department: str
    phone: str


@dataclass(frozen=True, slots=True)
class PartVersion(OfRow):
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
    row: Followup
    entered_by: str


@dataclass(frozen=True, slots=True)
class Card(OfRow):
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


LINKS_SHOWN = 5  # proposals of one kind that a person is shown, best first


@dataclass(frozen=True, slots=True)
class Link:
    """A pair seen from one message; `other` is the other message."""

    pair: MessageLink
    other: Message
    same_author: Sameness | None

    @property
    def other_is_earlier(self) -> bool:
        return self.pair.earlier_id == self.other.id


@dataclass(frozen=True, slots=True)
class Near:
    message: Message
    same_author: Sameness | None
    is_earlier: bool


def near(message_id: int, other_ids: Sequence[int]) -> list[Near]:
    one = aliased(Message)
    is_earlier = tuple_(Message.received_at, Message.id) < tuple_(one.received_at, one.id)
    rows = db.session.execute(
        select(Message, is_earlier).join(one, one.id == message_id).where(Message.id.in_(other_ids))
    )
    own = _own(message_id)
    found = {other.id: Near(other, sameness(own, author_key(other.author)), earlier) for other, earlier in rows}
    return [found[one_id] for one_id in other_ids if one_id in found]


def links_of(message_id: int, states: Collection[LinkState]) -> list[Link]:
    """The pairs of a message in these states: confirmed first, then by score."""
    other = aliased(Message)
    rows = db.session.execute(
        select(MessageLink, other)
        .join(other, or_(other.id == MessageLink.later_id, other.id == MessageLink.earlier_id))
        .where(
            or_(MessageLink.later_id == message_id, MessageLink.earlier_id == message_id),
            other.id != message_id,
            MessageLink.state.in_(states),
        )
        .order_by(MessageLink.state, MessageLink.score.desc(), other.received_at.desc(), other.id.desc())
    ).all()
    own = _own(message_id) if rows else None
    return [Link(pair, message, sameness(own, author_key(message.author))) for pair, message in rows]


def _own(message_id: int) -> AuthorKey | None:
    by_message = select(Author).join(Message, Message.author_id == Author.id).where(Message.id == message_id)
    return author_key(db.session.scalar(by_message))


@dataclass(frozen=True, slots=True)
class Proposals:
    """Numbers, best first: earlier messages of the same author, and of other authors."""

    message_id: int
    number: str
    repeats: list[str]
    same_matter: list[str]


def all_proposals(batch: int = 500) -> Iterator[Proposals]:
    """Proposed and confirmed pairs of every message, in the order of entry; rejected ones are left out."""
    last = 0
    while True:
        numbers = db.session.execute(
            select(Message.id, Message.number)
            .where(Message.id > last, Message.recalled_at.is_(None))
            .order_by(Message.id)
            .limit(batch)
        ).all()
        if not numbers:
            return
        last = numbers[-1].id
        found = _numbers_of([row.id for row in numbers])
        for row in numbers:
            repeats, same = found.get(row.id, ([], []))
            yield Proposals(row.id, row.number, repeats[:LINKS_SHOWN], same[:LINKS_SHOWN])


def numbers_of(message_ids: Sequence[int]) -> list[str]:
    """Of those that exist, in the same order."""
    found = dict(db.session.execute(select(Message.id, Message.number).where(Message.id.in_(message_ids))).all())
    return [found[one] for one in message_ids if one in found]


def _numbers_of(message_ids: Collection[int]) -> dict[int, tuple[list[str], list[str]]]:
    later, earlier = aliased(Message), aliased(Message)
    rows = db.session.execute(
        select(MessageLink.kind, MessageLink.later_id, MessageLink.earlier_id, later.number, earlier.number)
        .join(later, later.id == MessageLink.later_id)
        .join(earlier, earlier.id == MessageLink.earlier_id)
        .where(
            or_(MessageLink.later_id.in_(message_ids), MessageLink.earlier_id.in_(message_ids)),
            MessageLink.state != LinkState.REJECTED,
        )
        .order_by(MessageLink.score.desc(), earlier.received_at.desc(), earlier.id.desc(), later.id.desc())
    )
    found: dict[int, tuple[list[str], list[str]]] = {}
    for kind, later_id, earlier_id, later_number, earlier_number in rows:
        if kind is LinkKind.REPEAT:
            found.setdefault(later_id, ([], []))[0].append(earlier_number)
        else:
            found.setdefault(later_id, ([], []))[1].append(earlier_number)
            found.setdefault(earlier_id, ([], []))[1].append(later_number)
    return found


# --- The form of a new message
ENTRY_SHOWN = 3


def topic_choices() -> list[tuple[int, str]]:
    offered = select(Topic.id, Topic.name).where(Topic.archived_at.is_(None)).order_by(Topic.name)
    return list(db.session.execute(offered))


def messages_at(links: Collection[str]) -> Sequence[Row[int, str, Status, str]]:
    """The newest messages with one of these spellings of a link; one post may have several."""
    if not links:
        return []
    query = (
        select(Message.id, Message.number, Message.status, Message.text)
        .where(Message.url.in_(links))
        .order_by(Message.id.desc())
        .limit(ENTRY_SHOWN)
    )
    return db.session.execute(query).all()
