"""The card of one message: what was said, who works on it, every version of every reply, every clock, every file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload, lazyload

from osm.extensions import Base, db
from osm.store.models import (
    Assignment,
    Attachment,
    Closure,
    CriteriaException,
    Department,
    Draft,
    Evidence,
    Followup,
    Message,
    Purpose,
    Reply,
    User,
)
from osm.store.queries.card_clocks import clocks_of
from osm.store.queries.card_parts import (
    ApprovedInSpite,
    Card,
    CardClosure,
    CardEvidence,
    CardFollowup,
    CardReply,
    File,
    Person,
    Version,
    Worker,
)

Row = TypeVar("Row", bound=Base)
Names = Mapping[int | None, str]


def read_card(message_id: int) -> Card | None:
    """The card, or None for an unknown message; as many statements for a short history as for the longest history."""
    message = db.session.scalar(select(Message).where(Message.id == message_id).options(joinedload(Message.topic)))
    if message is None:
        return None
    assignments = _of(Assignment, message_id, joinedload(Assignment.department))
    replies = _of(Reply, message_id)
    drafts = db.session.scalars(
        select(Draft)
        .join(Reply, Draft.reply_id == Reply.id)
        .where(Reply.message_id == message_id)
        .order_by(Draft.id.desc())
        .options(lazyload("*"), joinedload(Draft.exception))
    ).all()
    closures, followups = _of(Closure, message_id, joinedload(Closure.evidence)), _of(Followup, message_id)
    files = _of(Attachment, message_id)
    people = read_people(
        [a.executor_id for a in assignments]
        + [person for r in replies for person in (r.published_by_id, r.entered_in_source_by_id)]
        + [person for d in drafts for person in (d.author_id, d.submitted_by_id, d.decided_by_id)]
        + [person for c in closures for person in (c.closed_by_id, c.restored_by_id)]
        + [f.entered_by_id for f in followups]
        + [message.entered_by_id]
    )
    names: Names = {person.id: person.name for person in people.values()}
    return Card(
        id=message.id,
        number=message.number,
        version=message.version,
        status=message.status,
        importance=message.importance,
        origin=message.origin,
        network=message.network,
        url=message.url,
        text=message.text,
        place=message.place,
        author_name=message.author.name if message.author else "",
        author_url=(message.author.profile_url or "") if message.author else "",
        topic_id=message.topic_id,
        topic=message.topic.name if message.topic else "",
        source_topic=message.source_topic,
        source_status=message.source_status,
        source_deadline=message.source_deadline,
        is_repeat=message.is_repeat,
        published_at=message.published_at,
        received_at=message.received_at,
        detected_at=message.detected_at,
        selected_at=message.selected_at,
        closed_at=message.closed_at,
        entered_by=names.get(message.entered_by_id, ""),
        photos=_files(files, Purpose.MESSAGE),
        workers=_workers(assignments, people),
        replies=_replies(replies, drafts, files, names),
        clocks=clocks_of(message_id),
        closures=tuple(_closure(row, files, names) for row in closures),
        followups=tuple(
            CardFollowup(row.text, row.url, row.entered_at, names.get(row.entered_by_id, "")) for row in followups
        ),
    )


def read_people(ids: Iterable[int | None]) -> dict[int, Person]:
    """Id → the person with his telephone, else that of his department; in one statement."""
    found = db.session.execute(
        select(User.id, User.name, Department.short_name, User.phone, Department.phone)
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.id.in_({i for i in ids if i is not None}))
    )
    return {i: Person(i, name, short or "", phone or office or "") for i, name, short, phone, office in found}


def _of(model: type[Row], message_id: int, *options: Any) -> Sequence[Row]:
    """The rows of this table that belong to the message, oldest first, without their relations."""
    table: Any = model
    return db.session.scalars(
        select(model).where(table.message_id == message_id).order_by(table.id).options(lazyload("*"), *options)
    ).all()


def _workers(rows: Sequence[Assignment], people: Mapping[int, Person]) -> tuple[Worker, ...]:
    return tuple(
        Worker(
            person=people[row.executor_id],
            department=row.department.short_name if row.department else "",
            task=row.task,
            assigned_at=row.assigned_at,
            opened_at=row.opened_at,
            ended_at=row.ended_at,
            department_id=row.department_id,
        )
        for row in sorted(rows, key=lambda row: (row.order_no, row.id))
    )


def _replies(
    rows: Sequence[Reply], drafts: Sequence[Draft], files: Sequence[Attachment], names: Names
) -> tuple[CardReply, ...]:
    return tuple(
        CardReply(
            id=row.id,
            kind=row.kind,
            opened_at=row.opened_at,
            approved_draft_id=row.approved_draft_id,
            published_at=row.published_at,
            published_url=row.published_url,
            published_by=names.get(row.published_by_id, ""),
            entered_at=row.entered_in_source_at,
            entered_by=names.get(row.entered_in_source_by_id, ""),
            versions=tuple(_version(draft, names) for draft in drafts if draft.reply_id == row.id),
            photos=_files(files, Purpose.REPLY, reply_id=row.id),
        )
        for row in rows
    )


def _version(row: Draft, names: Names) -> Version:
    return Version(
        id=row.id,
        number=row.number,
        text=row.text,
        state=row.state,
        author=names[row.author_id],
        submitted_by=names[row.submitted_by_id],
        submitted_by_id=row.submitted_by_id,
        submitted_at=row.submitted_at,
        received_by=row.received_by,
        is_correction=row.is_correction,
        remarks=row.remarks,
        decided_at=row.decided_at,
        decided_by=names.get(row.decided_by_id, ""),
        exception=_in_spite(row.exception) if row.exception else None,
    )


def _in_spite(row: CriteriaException) -> ApprovedInSpite:
    return ApprovedInSpite(tuple(row.criteria.split(",")), row.reason, row.text)


def _closure(row: Closure, files: Sequence[Attachment], names: Names) -> CardClosure:
    return CardClosure(
        status=row.status,
        ground=row.ground,
        reason=row.reason,
        recipient=row.recipient,
        closed_at=row.closed_at,
        closed_by=names.get(row.closed_by_id, ""),
        restored_at=row.restored_at,
        restored_by=names.get(row.restored_by_id, ""),
        restore_reason=row.restore_reason,
        evidence=_evidence(row.evidence, files) if row.evidence else None,
    )


def _evidence(row: Evidence, files: Sequence[Attachment]) -> CardEvidence:
    return CardEvidence(
        text=row.text,
        url=row.url,
        author_name=row.author_name,
        author_url=row.author_url,
        published_at=row.published_at,
        taken_at=row.taken_at,
        sha256=row.sha256,
        screenshots=_files(files, Purpose.EVIDENCE, evidence_id=row.id),
    )


def _files(
    rows: Sequence[Attachment], purpose: Purpose, *, reply_id: int | None = None, evidence_id: int | None = None
) -> tuple[File, ...]:
    return tuple(
        File(row.id, row.filename, row.content_type, row.size, row.uploaded_at)
        for row in rows
        if (row.purpose, row.reply_id, row.evidence_id) == (purpose, reply_id, evidence_id)
    )
