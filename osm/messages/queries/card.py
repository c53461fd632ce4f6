"""The card of one message: text, people, versions of replies, clocks, files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, exists, or_, select
from sqlalchemy.orm import joinedload, lazyload

from osm.extensions import Base, db
from osm.log.queries.fields import executor_words
from osm.log.queries.history import HistoryLine, Names, OnBehalf, history_lines, log_of, on_behalf, others_of
from osm.log.queries.objects import When, names_of
from osm.log.queries.words import LogEntry, Seen
from osm.messages.queries.parts import (
    ApprovedOverride,
    Card,
    CardClock,
    CardClosure,
    CardEvidence,
    CardFollowup,
    CardReply,
    File,
    InterimWhy,
    PartVersion,
    Person,
    Version,
    Worker,
    clocks_of,
)
from osm.regulation.substitution import acting_words
from osm.regulation.words import Action
from osm.store.models import (
    Assignment,
    Attachment,
    Closure,
    Comment,
    CopyText,
    Department,
    Draft,
    Evidence,
    Followup,
    GroupMember,
    Message,
    MessageLink,
    Part,
    Promise,
    Purpose,
    Reply,
    Shortcoming,
    ThreadOffer,
    User,
)
from osm.store.types import row_for

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


def unseen_changes(log: Sequence[LogEntry]) -> tuple[SourceChange, ...]:
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
    Action.DISMISS,
    Action.REDIRECT,
    Action.EXCLUDE,
    Action.MARK_WITHDRAWN,
    Action.MARK_UNANSWERABLE,
    Action.CLOSE_WITHOUT_ANSWER,
)


def closure_of(row: Closure, files: Sequence[Attachment], names: Names, acted: OnBehalf) -> CardClosure:
    return row_for(
        CardClosure,
        row,
        closed_by=acted.named(names, row.closed_by_id, row.closed_at, *_CLOSING),
        restored_by=acted.named(names, row.restored_by_id, row.restored_at, Action.RESTORE),
        evidence=_evidence(row.evidence, files) if row.evidence else None,
    )


def _evidence(row: Evidence, files: Sequence[Attachment]) -> CardEvidence:
    return row_for(CardEvidence, row, screenshots=files_of(files, Purpose.EVIDENCE, evidence_id=row.id))


def files_of(
    rows: Sequence[Attachment], purpose: Purpose, *, reply_id: int | None = None, evidence_id: int | None = None
) -> tuple[File, ...]:
    """The pictures with this purpose, of this reply or this evidence."""
    return tuple(
        File(row.id, row.filename, row.content_type, row.size, row.uploaded_at)
        for row in rows
        if (row.purpose, row.reply_id, row.evidence_id) == (purpose, reply_id, evidence_id)
    )


# --- The card
Row = TypeVar("Row", bound=Base)
_ID: Any = bindparam("message")


def _rows(model: type[Row], *options: Any) -> Select[Row]:
    """The rows of this table for the message, oldest first, without their relations."""
    table: Any = model
    return select(model).where(table.message_id == _ID).order_by(table.id).options(lazyload("*"), *options)


_ABOUT: Any = (
    Assignment, Reply, Closure, Followup, Attachment, GroupMember, CopyText, Comment, Promise, Shortcoming, ThreadOffer,
)  # fmt: skip
_THERE = {table.__tablename__: exists().where(table.message_id == Message.id).correlate(Message) for table in _ABOUT}
_LINKED = or_(MessageLink.later_id == Message.id, MessageLink.earlier_id == Message.id)
_THERE[MessageLink.__tablename__] = exists().where(_LINKED).correlate(Message)
_CARD = select(Message, *_THERE.values()).where(Message.id == _ID).options(joinedload(Message.topic))
_ASSIGNMENTS = _rows(Assignment, joinedload(Assignment.department))
_REPLIES = _rows(Reply, joinedload(Reply.explanation).lazyload("*"))
_DRAFTS = (
    select(Draft)
    .join(Reply, Draft.reply_id == Reply.id)
    .where(Reply.message_id == _ID)
    .order_by(Draft.id.desc())
    .options(lazyload("*"), joinedload(Draft.exception))
)
_CLOSURES = _rows(Closure, joinedload(Closure.evidence))
_FOLLOWUPS, _FILES = _rows(Followup), _rows(Attachment)
"""Built once: building takes longer than running."""


def read_card(message_id: int) -> Card | None:
    """The card, None for an unknown message; the number of queries does not depend on the length of the history."""
    values = {"message": message_id}
    row = db.session.execute(_CARD, values).one_or_none()
    if row is None:
        return None
    message, *there = row
    rows_in = frozenset(table for table, is_there in zip(_THERE, there, strict=True) if is_there)

    def read(table: str, statement: Select[Row]) -> Sequence[Row]:
        return db.session.scalars(statement, values).all() if table in rows_in else ()

    assignments = read("assignment", _ASSIGNMENTS)
    replies, drafts = read("reply", _REPLIES), read("reply", _DRAFTS)
    closures, followups = read("closure", _CLOSURES), read("followup", _FOLLOWUPS)
    files = read("attachment", _FILES)
    parts = read_parts(message_id) if any(row.part_state is not None for row in assignments) else []
    every_clock = clocks_of(message_id)
    log = log_of(message_id)
    acted = on_behalf(log, assignments)
    people = read_people(
        [person for a in assignments for person in (a.executor_id, a.for_id)]
        + [person for r in replies for person in (r.published_by_id, r.published_for_id, r.entered_in_source_by_id)]
        + [person for d in drafts for person in (d.author_id, d.submitted_by_id, d.decided_by_id)]
        + [absent for d in drafts for absent in (d.author_for_id, d.decided_for_id)]
        + [person for c in closures for person in (c.closed_by_id, c.restored_by_id)]
        + [f.entered_by_id for f in followups]
        + [person for p in parts for person in (p.author_id, p.submitted_by_id, p.returned_by_id)]
        + [message.entered_by_id, *acted.people]
    )
    names: Names = {person.id: person.name for person in people.values()}
    return row_for(
        Card,
        message,
        author_name=message.author.name if message.author else "",
        author_url=(message.author.profile_url or "") if message.author else "",
        topic=message.topic.name if message.topic else "",
        entered_by=names.get(message.entered_by_id, ""),
        photos=files_of(files, Purpose.MESSAGE),
        workers=_workers(assignments, people, tuple((part, _part(part, names, acted)) for part in parts), every_clock),
        replies=_replies(replies, drafts, files, names, acted),
        clocks=tuple(clock for clock in every_clock if clock.assignment_id is None),
        closures=tuple(closure_of(row, files, names, acted) for row in closures),
        followups=tuple(
            CardFollowup(
                row.text,
                row.url,
                row.entered_at,
                acted.named(names, row.entered_by_id, row.entered_at, Action.AUTHOR_ANSWERED, Action.REOPEN),
                row.written_at,
            )
            for row in followups
        ),
        log=tuple(log),
        rows_in=rows_in,
    )


def history_of(card: Card, when: When) -> list[HistoryLine]:
    """All acts on the message, with the names that the card has read. `when`: format of times."""
    seen = Seen(
        {worker.id: worker.in_history for worker in card.workers},
        {version.id: version.number for reply in card.replies for version in reply.versions},
        {(card.id, closure.closed_at): closure.recipient for closure in card.closures},
        names_of(others_of(card.log)),
        when,
    )
    return history_lines(card.log, seen, card.origin)


def read_people(ids: Iterable[int | None]) -> dict[int, Person]:
    """Id → person with his telephone or that of his department; one query."""
    wanted = {i for i in ids if i is not None}
    if not wanted:
        return {}
    found = db.session.execute(
        select(User.id, User.name, Department.short_name, User.phone, Department.phone)
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.id.in_(wanted))
    )
    return {i: Person(i, name, short or "", phone or office or "") for i, name, short, phone, office in found}


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
    rows: Sequence[Assignment],
    people: Mapping[int, Person],
    parts: Sequence[tuple[Part, PartVersion]],
    clocks: Sequence[CardClock],
) -> tuple[Worker, ...]:
    def worker(row: Assignment) -> Worker:
        person, absent = people[row.executor_id], people.get(row.for_id or 0)
        absent_name, department = absent.name if absent else "", row.department.short_name if row.department else ""
        return row_for(
            Worker,
            row,
            person=replace(person, name=acting_words(person.name, absent_name)),
            department=department,
            parts=tuple(shown for part, shown in parts if part.assignment_id == row.id),
            clocks=tuple(sorted((c for c in clocks if c.assignment_id == row.id), key=lambda clock: clock.id)),
            in_history=executor_words(person.name, department, absent_name),
        )

    return tuple(worker(row) for row in sorted(rows, key=lambda row: (row.order_no, row.id)))


def _part(row: Part, names: Names, acted: OnBehalf) -> PartVersion:
    author = acted.author_of_part(names, row.author_id, row.submitted_at)
    by_himself = row.submitted_by_id == row.author_id
    return row_for(
        PartVersion,
        row,
        author=author,
        submitted_by=author
        if by_himself
        else acted.named(names, row.submitted_by_id, row.submitted_at, Action.SUBMIT_PART),
        returned_by=acted.named(names, row.returned_by_id, row.returned_at, Action.RETURN_PART),
    )


def _replies(
    rows: Sequence[Reply], drafts: Sequence[Draft], files: Sequence[Attachment], names: Names, acted: OnBehalf
) -> tuple[CardReply, ...]:
    return tuple(
        row_for(
            CardReply,
            row,
            published_by=_acting(names, row.published_by_id, row.published_for_id),
            entered_at=row.entered_in_source_at,
            entered_by=names.get(row.entered_in_source_by_id, ""),
            versions=tuple(_version(draft, names, acted) for draft in drafts if draft.reply_id == row.id),
            photos=files_of(files, Purpose.REPLY, reply_id=row.id),
            interim=InterimWhy(row.explanation.ground_codes, row.explanation.reason, row.explanation.text)
            if row.explanation
            else None,
        )
        for row in rows
    )


def _version(row: Draft, names: Names, acted: OnBehalf) -> Version:
    return row_for(
        Version,
        row,
        author=_acting(names, row.author_id, row.author_for_id),
        submitted_by=_submitter(row, names, acted),
        decided_by=_acting(names, row.decided_by_id, row.decided_for_id),
        exception=ApprovedOverride(tuple(row.exception.criteria.split(",")), row.exception.reason, row.exception.text)
        if row.exception
        else None,
    )


def _submitter(row: Draft, names: Names, acted: OnBehalf) -> str:
    if row.submitted_by_id == row.author_id:
        return _acting(names, row.author_id, row.author_for_id)
    made_by = (Action.SUBMIT_DRAFT, Action.CORRECT_AND_APPROVE)
    return acted.named(names, row.submitted_by_id, row.submitted_at, *made_by)
