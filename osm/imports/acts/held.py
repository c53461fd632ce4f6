"""Compare a row of a later file with its message; hold a row for a person if its number belongs to another message."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from osm.base.database import add_row, db
from osm.base.errors import ServiceError, must_exist
from osm.base.transaction import transaction
from osm.connectors.base import IncomingMessage
from osm.flow.acts.terms import compute_term, in_force
from osm.imports.acts.files import changes_of, to_payload
from osm.likeness import words
from osm.log.acts.record import record
from osm.log.models import READ
from osm.messages.acts.executors import EDITION, SEEN
from osm.messages.queries.card import PUT_BACK
from osm.messages.queries.card import SEEN as SOURCE_SEEN
from osm.models import (
    Attachment,
    Author,
    Comment,
    EditionKind,
    Event,
    HeldOutcome,
    HeldRow,
    ImportRow,
    ImportRun,
    Message,
    MessageEdition,
    Origin,
    RowOutcome,
    User,
)
from osm.networks.addresses import is_other, name_key
from osm.regulation import deadlines
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import ClockKind, Importance
from osm.threads.acts import link_key

# --- Differences between a row and its message
TEXT, URL, AUTHOR, TIME = "text", "url", "author", "published_at"
TOLD = (TEXT, URL, AUTHOR, TIME)  # what people read of a message and work by

Told = tuple[str, str]  # old and new, as people read it; a time as ISO


@dataclass(frozen=True, slots=True)
class Difference:
    """`columns`: column → new value to write. `told`: for names in TOLD, old and new as people read it."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Told] = field(default_factory=dict)
    changes: frozenset[str] = frozenset()  # names in TOLD whose content differs, not only the spelling
    new_author: bool = False  # the author is another profile, or becomes known
    renamed: bool = False

    @property
    def kind(self) -> EditionKind:
        if self.changes:
            return EditionKind.CHANGE
        return EditionKind.FORM if self.told else EditionKind.DATA

    @property
    def is_any(self) -> bool:
        return bool(self.columns or self.told)


def difference(message: Message, incoming: IncomingMessage) -> Difference:
    """What loading this row would change in the message."""
    columns = changes_of(message, incoming)
    told: dict[str, Told] = {}
    changes: set[str] = set()
    for name, (old, new), is_change in _told(message, incoming, columns):
        told[name] = (old, new)
        if is_change:
            changes.add(name)
    if TEXT in told and _is_cut(message, incoming):
        del columns[TEXT]  # the whole text stays visible, the cut one is kept in the edition
        if _last_told_text(message.id) == incoming.text:
            del told[TEXT]
    author_change = _author_change(message, incoming)
    is_renamed = author_change == _RENAMED
    return Difference(columns, told, frozenset(changes), AUTHOR in told and not is_renamed, is_renamed)


def is_another(message: Message, incoming: IncomingMessage) -> bool:
    """Whether the row is another message with the same number: both link and author differ."""
    if message.key != incoming.key or not incoming.number:
        return False
    theirs, ours = link_key(incoming.url), link_key(message.url)
    return bool(theirs and ours) and theirs != ours and _is_by_another(message.author, incoming)


def other_key(incoming: IncomingMessage) -> str:
    """A key by which a later file finds another message with a number already in use."""
    whose = incoming.author_url or name_key(incoming.author)
    told = "\n".join((incoming.number.lower(), link_key(incoming.url), whose))
    return f"other:{hashlib.sha256(told.encode()).hexdigest()}"


def _told(message: Message, incoming: IncomingMessage, columns: Mapping[str, Any]) -> Iterator[tuple[str, Told, bool]]:
    """Name, old and new, and whether the content differs and not only the spelling."""
    if TEXT in columns:
        is_same = words.same_words(message.text, incoming.text) or _is_cut(message, incoming)
        yield TEXT, (message.text, incoming.text), not is_same
    if URL in columns:
        yield URL, (message.url, incoming.url), bool(message.url) and link_key(message.url) != link_key(incoming.url)
    if TIME in columns:
        before, after = message.published_at, incoming.published_at
        is_known = before is not None and message.in_source
        yield TIME, (_iso(before), _iso(after)), is_known and _minute(before) != _minute(after)
    if author := _author_change(message, incoming):
        yield AUTHOR, (_author_words(message.author), incoming.author or incoming.author_url), author == _ANOTHER


_RENAMED, _LEARNED, _ANOTHER = "renamed", "learned", "another"


def _author_change(message: Message, incoming: IncomingMessage) -> str:
    """How the author in the file differs; empty if he does not, or if the file does not say."""
    stored = message.author
    if message.source_fingerprint == incoming.fingerprint or not (incoming.author or incoming.author_url):
        return ""
    if stored is None or not (message.in_source or stored.profile_url):
        return _LEARNED  # a message entered by hand was matched by its words
    if _is_by_another(stored, incoming) and incoming.author_url:
        return _ANOTHER
    if incoming.author_url and not stored.profile_url:
        return _LEARNED
    return _RENAMED if incoming.author and incoming.author != stored.name else ""


def _is_by_another(stored: Author | None, incoming: IncomingMessage) -> bool:
    if stored is None:
        return False
    return is_other(stored.profile_url or "", incoming.author_url, stored.name_key, name_key(incoming.author))


def _author_words(author: Author | None) -> str:
    return (author.name or author.profile_url or "") if author else ""


def _is_cut(message: Message, incoming: IncomingMessage) -> bool:
    return words.is_cut(incoming.text, message.text)


def _last_told_text(message_id: int) -> str:
    """The text of the last file that differed, because a cut text comes again with every export."""
    query = select(MessageEdition.told).where(
        MessageEdition.message_id == message_id, MessageEdition.recalled_at.is_(None)
    )
    told = db.session.scalars(query.order_by(MessageEdition.id.desc()))
    return next((one[TEXT][1] for one in told if TEXT in one), "")


def _minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


# --- Held rows
DECLINED, ENTERED = "held_declined", "held_new"  # actions of the log that do not change the message with this number
HELD = "held_row"  # kind of object in the log, and the action by which one comes
_DECLINED = "Под этим номером другое сообщение: его решено не загружать."


class RowSettled(ServiceError):
    """The row was decided by somebody else, or its load was recalled."""

    def __init__(self, by: str) -> None:
        super().__init__(f"По этой строке уже решено{f': {by}' if by else ''}. Ничего не изменено.")


def reason_of(number: str) -> str:
    return f"Под номером {number} уже есть другое сообщение: автор и ссылка другие. Решите, что это."


def of_message(message_id: int, key: str) -> HeldRow | None:
    """The row held before for this message, settled or not."""
    return db.session.scalar(select(HeldRow).where(HeldRow.message_id == message_id, HeldRow.other_key == key))


def hold(
    run: ImportRun, row_no: int, incoming: IncomingMessage, message: Message, now: datetime
) -> tuple[RowOutcome, str, str]:
    """Hold the row until a person decides; returns its outcome, reason and warning. A waiting row is updated from the
    last file, a declined one stays declined. Runs in the caller's transaction."""
    key = other_key(incoming)
    known = of_message(message.id, key)
    if known is not None and known.outcome is HeldOutcome.DECLINED:
        return RowOutcome.UNCHANGED, "", _DECLINED
    row = known or HeldRow(message_id=message.id, other_key=key)
    is_waiting = known is not None and known.settled_at is None
    row.run, row.row_no, row.payload = run, row_no, to_payload(incoming)
    row.settled_at = row.settled_by_id = row.outcome = None
    if not is_waiting:
        row.held_at, row.received_at = now, incoming.received_at or incoming.published_at or now
        row.due_at = None if run.history else route_due(row.received_at)
        add_row(row)
        record(HELD, at=now, actor=None, message=message, clause="П.7", about=row)
    return RowOutcome.HELD, reason_of(message.number), ""


@contextmanager
def settling(row_id: int, outcome: HeldOutcome, *, actor: User, now: datetime) -> Iterator[HeldRow]:
    """Lock a row to settle it with this outcome; its personal data is deleted. Raises NotFound, RowSettled."""
    with transaction() as session:
        wanted = select(HeldRow).where(HeldRow.id == row_id).with_for_update(of=HeldRow)
        row = must_exist(session.scalar(wanted.execution_options(populate_existing=True)), "Строка")
        if row.settled_at is not None:
            raise RowSettled(row.settled_by.name if row.settled_by else "")
        yield row
        _settle(row, outcome, actor, now)


def decline(row_id: int, *, actor: User, now: datetime) -> HeldRow:
    """«Не загружать», also if a later file contains the row. Raises NotFound, RowSettled."""
    with settling(row_id, HeldOutcome.DECLINED, actor=actor, now=now) as row:
        note_outcome(row, RowOutcome.UNCHANGED, row.message_id)
        return row


def note_outcome(row: HeldRow, outcome: RowOutcome, message_id: int) -> None:
    """Write the outcome into the report of this load and of earlier loads with the same row."""
    _say(row.run, row.row_no, outcome, message_id)
    waits_too = exists().where(HeldRow.message_id == row.message_id, HeldRow.id != row.id, HeldRow.settled_at.is_(None))
    if db.session.scalar(select(waits_too)):
        return  # with two rows under one number, an earlier row may be either
    for run_id, row_no in _brought_by_others(row):
        _say(db.session.get_one(ImportRun, run_id), row_no, RowOutcome.UNCHANGED, message_id)


def recall(run_id: int, *, actor: User, now: datetime) -> None:
    """The load is recalled: settle the rows that no other load contains. Runs in the caller's transaction."""
    waiting = select(HeldRow).where(HeldRow.run_id == run_id, HeldRow.settled_at.is_(None)).with_for_update(of=HeldRow)
    placed: Counter[int] = Counter()
    for row in db.session.scalars(waiting.order_by(HeldRow.row_no)).all():
        if not (places := _brought_by_others(row)):
            _settle(row, HeldOutcome.RECALLED, actor, now)
            continue
        # With two rows under one number an earlier row may be either: one waits longer, no row is lost.
        row.run_id, row.row_no = places[min(placed[row.message_id], len(places) - 1)]
        placed[row.message_id] += 1


def _brought_by_others(row: HeldRow) -> list[tuple[int, int]]:
    """Load and row number of held rows of other loads with the same number, latest load first."""
    query = select(ImportRow.run_id, ImportRow.row_no).join(ImportRun, ImportRun.id == ImportRow.run_id)
    waits = (ImportRow.message_id == row.message_id, ImportRow.outcome == RowOutcome.HELD)
    since = or_(ImportRun.finished_at.is_(None), ImportRun.finished_at >= row.held_at)  # few loads of many
    others = (ImportRow.run_id != row.run_id, ImportRun.recalled_at.is_(None), since)
    return list(db.session.execute(query.where(*waits, *others).order_by(ImportRow.run_id.desc(), ImportRow.row_no)))


def _say(run: ImportRun, row_no: int, outcome: RowOutcome, message_id: int) -> None:
    wanted = update(ImportRow).where(
        ImportRow.run_id == run.id, ImportRow.row_no == row_no, ImportRow.outcome == RowOutcome.HELD
    )
    db.session.execute(wanted.values(outcome=outcome, reason="", message_id=message_id))
    counts = dict(run.counts)
    if counts.get(RowOutcome.HELD):
        counts[RowOutcome.HELD] -= 1
        counts[outcome] = counts.get(outcome, 0) + 1
        run.counts = {str(name): number for name, number in counts.items()}


def _settle(row: HeldRow, outcome: HeldOutcome, actor: User, now: datetime) -> None:
    row.payload, row.settled_at, row.settled_by_id, row.outcome = {}, now, actor.id, outcome
    message = db.session.get_one(Message, row.message_id)
    record(f"held_{outcome}", at=now, actor=actor, message=message, clause="П.7", about=row)


def route_term(received: datetime) -> dict[str, Any]:
    """The columns of П.7, from the receipt."""
    return compute_term(in_force(), ClockKind.ROUTE, received, Importance.NORMAL, Origin.INCIDENT, ())


def route_due(received: datetime) -> datetime | None:
    """The deadline of П.7; None if the calendar does not know the day."""
    rules = in_force()
    try:
        term = rules.parameters.term(ClockKind.ROUTE, Importance.NORMAL)
        return deadlines.end_of_term(term, rules.calendar.local(received), rules.calendar)
    except CalendarOutOfRange:
        return None


# --- Work on loaded messages
NO_WORK = ("enter", READ, SEEN, SOURCE_SEEN, DECLINED, ENTERED, PUT_BACK)
"""Acts of people that are not work on a message: loading it, opening its card, decisions on another row."""


def is_worked_on() -> ColumnElement[bool]:
    """Whether a person has acted on the message: his act is in the log or has raised the version."""
    by_files = select(func.coalesce(func.sum(MessageEdition.raised), 0)).where(MessageEdition.message_id == Message.id)
    return or_(
        Message.version > 1 + by_files.correlate(Message).scalar_subquery(),
        _acted(0),
        exists().where(Attachment.message_id == Message.id),
        exists().where(Comment.message_id == Message.id, Comment.decided_by_id.is_not(None)),
    )


def is_worked_on_since() -> ColumnElement[bool]:
    """The same since this edition. A later update counts too, because it was made on this one."""
    later = aliased(MessageEdition)
    own = select(func.max(Event.id)).where(
        Event.message_id == MessageEdition.message_id,
        Event.object_kind == EDITION,
        Event.object_id == MessageEdition.id,
        Event.action.not_in(NO_WORK),
    )
    return or_(
        Message.version > MessageEdition.version,
        _acted(own.correlate(MessageEdition).scalar_subquery()),
        exists().where(
            later.message_id == MessageEdition.message_id, later.id > MessageEdition.id, later.recalled_at.is_(None)
        ),
    )


def _acted(after: Any) -> ColumnElement[bool]:
    event = aliased(Event)
    return exists().where(
        event.message_id == Message.id, event.actor_id.is_not(None), event.action.not_in(NO_WORK), event.id > after
    )
