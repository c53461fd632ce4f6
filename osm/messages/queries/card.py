"""The card of one message: text, people, versions of replies, clocks, files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import contains_eager, joinedload, lazyload, load_only

from osm.base.database import Base, db
from osm.log.models import ON_BEHALF_OF
from osm.log.queries import fields, objects, words
from osm.log.queries.history import HistoryLine, Names, OnBehalf, history_lines, log_of, on_behalf, others_of
from osm.messages.queries.parts import (
    Card,
    CardClock,
    CardClosure,
    CardFollowup,
    CardReply,
    PartVersion,
    Person,
    Version,
    Worker,
    clocks_of,
)
from osm.models import (
    Assignment,
    Attachment,
    Closure,
    Comment,
    CopyText,
    Draft,
    Followup,
    GroupMember,
    Message,
    MessageLink,
    MessageVerdict,
    Part,
    Promise,
    Purpose,
    Reply,
    Shortcoming,
    ThreadOffer,
    User,
)
from osm.regulation.executors import acting_words
from osm.regulation.words import Action

# --- Changes of status and topic in the source
CHANGED, PUT_BACK = "source_changed", "source_put_back"
TELL = frozenset({CHANGED, PUT_BACK})
"""Actions after which the source says something else here: a file came, or its load was taken back."""
SEEN = "source_change_seen"
"""Its `object_id` is the last event of CHANGED that the person saw: what comes later is news again."""

FIELDS = {"source_status": "статус", "source_topic": "тема"}
"""Fields of the source that may call for a decision here; the card shows only the present value of the others."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """A change of one field in one export: «статус «Новый» → «В работе»»."""

    event_id: int
    at: datetime
    label: str
    old: str
    new: str


def unseen_changes(log: Sequence[words.LogEntry]) -> tuple[SourceChange, ...]:
    """Changes in this log (oldest first) without an acknowledgement; a field with its old value again is left out."""
    seen = max((entry.object_id or 0 for entry in log if entry.action == SEEN), default=0)
    changes = [
        SourceChange(entry.id, entry.at, FIELDS[name], old or "", new or "")
        for entry in log
        if entry.action in TELL and entry.id > seen
        for name, (old, new) in entry.changes.items()
        if name in FIELDS
    ]
    first = {change.label: change.old for change in reversed(changes)}
    last = {change.label: change.new for change in changes}
    return tuple(change for change in changes if first[change.label] != last[change.label])


# --- Closings (П.6, П.17)
_CLOSING = (
    Action.DISMISS, Action.REDIRECT, Action.EXCLUDE, Action.MARK_WITHDRAWN, Action.MARK_UNANSWERABLE,
    Action.CLOSE_WITHOUT_ANSWER,
)  # fmt: skip


# --- The card
Row = TypeVar("Row", bound=Base)
_ID: Any = bindparam("message")


def _rows(model: type[Row], *options: Any) -> Select[Row]:
    table: Any = model
    return select(model).where(table.message_id == _ID).order_by(table.id).options(lazyload("*"), *options)


_ABOUT: Any = (
    Assignment, Reply, Closure, Followup, Attachment, GroupMember, CopyText, Comment, Promise, Shortcoming, ThreadOffer,
)  # fmt: skip
_THERE = {table.__tablename__: exists().where(table.message_id == Message.id).correlate(Message) for table in _ABOUT}
_LINKED = or_(MessageLink.later_id == Message.id, MessageLink.earlier_id == Message.id)
_THERE[MessageLink.__tablename__] = exists().where(_LINKED).correlate(Message)
_CARD = (
    select(Message, MessageVerdict, *_THERE.values())
    .outerjoin(MessageVerdict, MessageVerdict.message_id == Message.id)
    .where(Message.id == _ID)
    .options(joinedload(Message.topic))
)
_ASSIGNMENTS = _rows(
    Assignment,
    joinedload(Assignment.department),
    joinedload(Assignment.executor).options(
        load_only(User.name, User.phone), joinedload(User.department), lazyload(User.role_rows)
    ),
)
_REPLIES = (
    _rows(Reply, joinedload(Reply.explanation), contains_eager(Reply.drafts).joinedload(Draft.exception))
    .outerjoin(Reply.drafts)
    .order_by(Draft.id)
)
_CLOSURES = _rows(Closure, joinedload(Closure.evidence))
_FOLLOWUPS, _FILES = _rows(Followup), _rows(Attachment)  # built once: building takes longer than running


def read_card(message_id: int) -> Card | None:
    """The card, None for an unknown message; the number of queries does not depend on the length of the history."""
    values = {"message": message_id}
    row = db.session.execute(_CARD, values).one_or_none()
    if row is None:
        return None
    message, verdict, *there = row
    rows_in = frozenset(table for table, is_there in zip(_THERE, there, strict=True) if is_there)

    def read(table: str, statement: Select[Row]) -> Sequence[Row]:
        return db.session.scalars(statement, values).unique().all() if table in rows_in else ()

    assignments, replies = read("assignment", _ASSIGNMENTS), read("reply", _REPLIES)
    drafts = [draft for reply in replies for draft in reply.drafts]
    closures, followups = read("closure", _CLOSURES), read("followup", _FOLLOWUPS)
    files = read("attachment", _FILES)
    parts = read_parts(message_id) if any(row.part_state is not None for row in assignments) else []
    every_clock = clocks_of(message_id)
    log = log_of(message_id)
    acted = on_behalf(log, assignments)
    # Most of those named have acted, or work on it.
    people = {a.executor_id: _person(a.executor) for a in assignments}
    names: dict[int | None, str] = {entry.actor_id: entry.actor for entry in log if ON_BEHALF_OF not in entry.changes}
    names |= {person.id: person.name for person in people.values()}
    named = {
        *(a.for_id for a in assignments),
        *(person for r in replies for person in (r.published_by_id, r.published_for_id, r.entered_in_source_by_id)),
        *(person for d in drafts for person in (d.author_id, d.submitted_by_id, d.decided_by_id)),
        *(absent for d in drafts for absent in (d.author_for_id, d.decided_for_id)),
        *(person for c in closures for person in (c.closed_by_id, c.restored_by_id)),
        *(f.entered_by_id for f in followups),
        *(person for p in parts for person in (p.author_id, p.submitted_by_id, p.returned_by_id)),
        *(message.entered_by_id, *acted.people),
    }
    if unknown := named - names.keys() - {None}:
        names |= dict(db.session.execute(select(User.id, User.name).where(User.id.in_(unknown))).all())
    return Card(
        message,
        verdict=verdict,
        topic=message.topic.name if message.topic else "",
        entered_by=names.get(message.entered_by_id, ""),
        photos=tuple(file for file in files if file.purpose is Purpose.MESSAGE),
        workers=_workers(assignments, names, tuple(_part(part, names, acted) for part in parts), every_clock),
        replies=tuple(_reply(row, files, names, acted) for row in replies),
        clocks=tuple(clock for clock in every_clock if clock.row.assignment_id is None),
        closures=tuple(
            CardClosure(
                row,
                closed_by=acted.named(names, row.closed_by_id, row.closed_at, *_CLOSING),
                restored_by=acted.named(names, row.restored_by_id, row.restored_at, Action.RESTORE),
                screenshots=tuple(file for file in files if row.evidence and file.evidence_id == row.evidence.id),
            )
            for row in closures
        ),
        followups=tuple(
            CardFollowup(
                row, acted.named(names, row.entered_by_id, row.entered_at, Action.AUTHOR_ANSWERED, Action.REOPEN)
            )
            for row in followups
        ),
        log=tuple(log),
        rows_in=rows_in,
    )


def history_of(card: Card, when: objects.When) -> list[HistoryLine]:
    """All acts on the message, with the names that the card has read. `when`: format of times."""
    seen = words.Seen(
        {worker.id: worker.in_history for worker in card.workers},
        {version.id: version.number for reply in card.replies for version in reply.versions},
        {(card.id, closure.closed_at): closure.recipient for closure in card.closures},
        objects.names_of(others_of(card.log)),
        when,
    )
    return history_lines(card.log, seen, card.origin)


def _person(user: User) -> Person:
    office = user.department
    return Person(
        user.id, user.name, office.short_name if office else "", user.phone or (office.phone if office else "") or ""
    )


def _acting(names: Names, person_id: int | None, absent_id: int | None) -> str:
    """The name of the person, and of the absent colleague he acted for (П.3)."""
    return acting_words(names.get(person_id, ""), names.get(absent_id, ""))


def read_parts(message_id: int) -> Sequence[Part]:
    """Every version of every part of the message, newest first."""
    return db.session.scalars(
        select(Part)
        .join(Assignment, Assignment.id == Part.assignment_id)
        .where(Assignment.message_id == message_id)
        .order_by(Part.number.desc())
        .options(lazyload("*"))
    ).all()


def _workers(
    rows: Sequence[Assignment], names: Names, parts: Sequence[PartVersion], clocks: Sequence[CardClock]
) -> tuple[Worker, ...]:
    def worker(row: Assignment) -> Worker:
        person, absent = _person(row.executor), names.get(row.for_id, "")
        department = row.department.short_name if row.department else ""
        return Worker(
            row, person=replace(person, name=acting_words(person.name, absent)), department=department,
            parts=tuple(part for part in parts if part.row.assignment_id == row.id),
            clocks=tuple(sorted((c for c in clocks if c.row.assignment_id == row.id), key=lambda clock: clock.row.id)),
            in_history=fields.executor_words(person.name, department, absent),
        )  # fmt: skip

    return tuple(worker(row) for row in sorted(rows, key=lambda row: (row.order_no, row.id)))


def _part(row: Part, names: Names, acted: OnBehalf) -> PartVersion:
    author = acted.author_of_part(names, row.author_id, row.submitted_at)
    submitted_by = acted.named(names, row.submitted_by_id, row.submitted_at, Action.SUBMIT_PART)
    return PartVersion(
        row, author=author, submitted_by=author if row.submitted_by_id == row.author_id else submitted_by,
        returned_by=acted.named(names, row.returned_by_id, row.returned_at, Action.RETURN_PART),
    )  # fmt: skip


def _reply(row: Reply, files: Sequence[Attachment], names: Names, acted: OnBehalf) -> CardReply:
    return CardReply(
        row,
        published_by=_acting(names, row.published_by_id, row.published_for_id),
        entered_by=names.get(row.entered_in_source_by_id, ""),
        versions=tuple(_version(draft, names, acted) for draft in reversed(row.drafts)),
        photos=tuple(file for file in files if file.purpose is Purpose.REPLY and file.reply_id == row.id),
    )


def _version(row: Draft, names: Names, acted: OnBehalf) -> Version:
    made_by = (Action.SUBMIT_DRAFT, Action.CORRECT_AND_APPROVE)
    author = _acting(names, row.author_id, row.author_for_id)
    submitted_by = acted.named(names, row.submitted_by_id, row.submitted_at, *made_by)
    return Version(
        row, author=author, submitted_by=author if row.submitted_by_id == row.author_id else submitted_by,
        decided_by=_acting(names, row.decided_by_id, row.decided_for_id),
    )  # fmt: skip
