"""Terms in force, what has outlived them, what is on hold, runs and what they destroyed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from osm.base.database import db, table_of
from osm.base.types import is_code
from osm.imports.queries.editions import ids_not_in_source
from osm.models import (
    AnswerGroup,
    Assignment,
    Attachment,
    Author,
    BlacklistProposal,
    Closure,
    Comment,
    Complaint,
    DraftText,
    Evidence,
    FactsState,
    Followup,
    GroupMember,
    HeldRow,
    ImportRun,
    ImportState,
    Instruction,
    InstructionState,
    KeepingTerm,
    LegalHold,
    Memo,
    Message,
    NeighbourPhoto,
    NeighbourQuestion,
    Note,
    OfficeLesson,
    OutboxAction,
    OwnComment,
    PartText,
    PortalMessage,
    Promise,
    PromiseState,
    Purged,
    PurgeRun,
    Purpose,
    Reply,
    Shift,
    Shortcoming,
    SubjectRequest,
    ToldFacts,
    UrgentReport,
)
from osm.networks.addresses import name_key, spellings
from osm.regulation.blacklist import CommentState, ListState
from osm.regulation.control import UNDECIDED
from osm.regulation.words import Status
from osm.retention.models import is_on_hold
from osm.retention.rules import DESTROYED, ENTERED, TERMS, Kept

ENDED = (
    Status.ANSWERED, Status.DISMISSED, Status.REDIRECTED, Status.EXCLUDED, Status.WITHDRAWN, Status.UNANSWERABLE,
)  # fmt: skip
"""Statuses in which the term of a message runs."""

Condition = ColumnElement[bool]


def terms() -> dict[Kept, int]:
    changed = {row.kept: row.days for row in db.session.scalars(select(KeepingTerm))}
    return {kept: changed.get(kept, term.days) for kept, term in TERMS.items()}


def backup_days() -> int:
    row = db.session.get(KeepingTerm, Kept.BACKUPS)
    return row.days if row else TERMS[Kept.BACKUPS].days


def outlived(kept: Kept, subject: str, before: datetime) -> Select[int]:
    """Ids of what has outlived a term that ends before this instant, is on no hold and not destroyed yet."""
    table = table_of(_MODELS[subject])
    over = (_OVER[kept, subject](before), ~_done(kept, subject), ~_held(subject))
    return select(table.c.id).where(*over).order_by(table.c.id)


def _done(kept: Kept, subject: str) -> Condition:
    return exists().where(
        Purged.subject == subject,
        Purged.object_id == _MODELS[subject].id,
        Purged.kept == kept,
        Purged.at > _LAST[subject],
    )


def due_counts(now: datetime) -> dict[Kept, int]:
    """How much has outlived its term, as `osm purge --dry-run` says it."""
    days = terms()
    found = [outlived(kept, subject, now - timedelta(days=days[kept])).order_by(None) for kept, subject in DESTROYED]
    numbers = [select(func.count()).select_from(one.subquery()).scalar_subquery() for one in found]
    counts: Counter[Kept] = Counter()
    for (kept, _), number in zip(DESTROYED, db.session.execute(select(*numbers)).one(), strict=True):
        counts[kept] += number
    return +counts


# --- Ends of terms
_MESSAGE_OVER = and_(
    Message.status.in_(ENDED),
    ~exists().where(Promise.message_id == Message.id, Promise.state.in_((PromiseState.OPEN, PromiseState.REPORTED))),
    ~exists().where(
        Instruction.message_id == Message.id, Instruction.state.in_((InstructionState.OPEN, InstructionState.REPORTED))
    ),
    ~exists().where(HeldRow.message_id == Message.id, HeldRow.settled_at.is_(None)),
    ~exists().where(ToldFacts.message_id == Message.id, is_code(ToldFacts.state, FactsState.OPEN)),
)
"""Closed, and nothing about it is open: no promise, instruction, row of a file that waits, facts for a department."""
_NEWS = or_(
    Message.id.in_(ids_not_in_source()),
    exists().where(UrgentReport.message_id == Message.id, UrgentReport.reached.is_(None)),
    exists().where(
        Shortcoming.message_id == Message.id,
        Shortcoming.state.in_(UNDECIDED),
        or_(Shortcoming.words != "", Shortcoming.cause_words != "", Shortcoming.objection != ""),
    ),
)
"""Its answer is still to be entered in the source, the head does not know a report about it, or what was said about a
shortcoming is not decided (П.19); after years no more."""
_COMMENT_OVER = and_(
    Comment.state != CommentState.WAITING,
    ~exists().where(Message.id == Comment.message_id, Message.purged_at.is_(None)),
)
"""Decided and not at work: one that became a message goes after it."""


def _message(before: datetime) -> Condition:
    """Over, and all replies and letters are older."""
    return and_(
        _MESSAGE_OVER,
        Message.received_at < before,  # has an index
        func.coalesce(Message.closed_at, Message.received_at) < before,
        ~exists().where(Reply.message_id == Message.id, Reply.published_at >= before),
        ~exists().where(Followup.message_id == Message.id, Followup.entered_at >= before),
    )


def _with(part: Condition) -> Callable[[datetime], Condition]:
    """A message that also has such a row."""
    return lambda before: and_(_message(before), part)


def _comment(before: datetime) -> Condition:
    return and_(_COMMENT_OVER, Comment.state != CommentState.DELETED, Comment.decided_at < before)


def _proposal(before: datetime) -> Condition:
    row = BlacklistProposal
    return or_(
        and_(is_code(row.state, ListState.REJECTED), row.decided_at < before),
        and_(is_code(row.state, ListState.EXPIRED), row.expires_at < before),
        and_(is_code(row.state, ListState.LIFTED), row.lifted_at < before),
    )


def _group(before: datetime) -> Condition:
    """All its messages have been destroyed."""
    living = (
        select(GroupMember.id)
        .join(Message, Message.id == GroupMember.message_id)
        .where(GroupMember.group_id == AnswerGroup.id, Message.purged_at.is_(None))
    )
    return and_(AnswerGroup.created_at < before, ~living.exists())


_PARTS: Mapping[Kept, Condition] = {
    Kept.DRAFTS: or_(
        exists().where(Reply.message_id == Message.id, DraftText.reply_id == Reply.id),
        exists().where(Assignment.message_id == Message.id, PartText.assignment_id == Assignment.id),
    ),
    Kept.NOTES: exists().where(Note.message_id == Message.id),
    Kept.FILES: or_(
        exists().where(Attachment.message_id == Message.id, Attachment.purpose != Purpose.EVIDENCE),
        exists().where(NeighbourQuestion.message_id == Message.id, NeighbourPhoto.question_id == NeighbourQuestion.id),
    ),
    Kept.EVIDENCE: exists().where(Closure.message_id == Message.id, Evidence.closure_id == Closure.id),
}
"""What a message may have that has a term of its own."""
_OVER: Mapping[tuple[Kept, str], Callable[[datetime], Condition]] = {
    **{(kept, "message"): _with(part) for kept, part in _PARTS.items()},
    (Kept.MESSAGES, "message"): _message,
    (Kept.MESSAGES, "portal_message"): lambda before: PortalMessage.closed_at < before,
    (Kept.MESSAGES, "urgent_report"): lambda before: UrgentReport.sent_at < before,
    (Kept.MESSAGES, "instruction"): lambda before: Instruction.closed_at < before,
    (Kept.MESSAGES, "memo"): lambda before: Memo.sent_at < before,
    (Kept.MESSAGES, "answer_group"): _group,
    (Kept.COMMENTS, "comment"): _comment,
    (Kept.COMMENTS, "own_comment"): lambda before: OwnComment.written_at < before,
    (Kept.COMMENTS, "office_lesson"): lambda before: OfficeLesson.at < before,
    (Kept.EVIDENCE, "comment"): lambda before: and_(Comment.state == CommentState.DELETED, Comment.decided_at < before),
    (Kept.EVIDENCE, "subject_request"): lambda before: SubjectRequest.closed_at < before,
    (Kept.BLACKLIST, "blacklist_proposal"): _proposal,
    (Kept.NOTES, "shift"): lambda before: and_(Shift.given_at < before, Shift.note != ""),
    (Kept.LOADS, "import_run"): lambda before: and_(
        func.coalesce(ImportRun.finished_at, ImportRun.created_at) < before,
        ImportRun.state.in_((ImportState.DONE, ImportState.FAILED)),
    ),
}
_MODELS: dict[str, Any] = {
    "message": Message, "comment": Comment, "own_comment": OwnComment, "blacklist_proposal": BlacklistProposal,
    "urgent_report": UrgentReport, "instruction": Instruction, "memo": Memo, "answer_group": AnswerGroup,
    "shift": Shift, "import_run": ImportRun, "portal_message": PortalMessage, "office_lesson": OfficeLesson,
    "subject_request": SubjectRequest,
}  # fmt: skip
_LAST: dict[str, Any] = {subject: getattr(_MODELS[subject], column) for subject, column in ENTERED.items()} | {
    "message": func.coalesce(Message.closed_at, Message.received_at),
    "comment": func.coalesce(Comment.decided_at, Comment.stored_at),
}
"""Subject → since when its words may have come again after a purge."""


# --- Holds
def _held(subject: str) -> Condition:
    """On a legal hold, its own, of its author or of the message it became; part of an open complaint; or an action
    about it still waits to be done in the network."""
    model = _MODELS[subject]
    held = [is_on_hold(subject, model.id, getattr(model, "author_id", None))]
    if subject != "message" and hasattr(model, "message_id"):
        held.append(is_on_hold("message", model.message_id))
    if subject not in _OF_AUTHOR:
        return or_(*held)
    complaint, action = _OF_AUTHOR[subject]
    complained = [complaint == model.id]
    if subject == "comment":
        complained.append(Complaint.message_id == Comment.message_id)
    return or_(
        *held,
        exists().where(or_(*complained), Complaint.outcome.is_(None)),
        exists().where(
            or_(action == model.id, OutboxAction.author_id == model.author_id), OutboxAction.settled_at.is_(None)
        ),
    )


_OF_AUTHOR: dict[str, tuple[Any, Any]] = {
    "message": (Complaint.message_id, OutboxAction.message_id),
    "comment": (Complaint.comment_id, OutboxAction.comment_id),
    "blacklist_proposal": (Complaint.proposal_id, OutboxAction.proposal_id),
}
"""Subject with an author → how complaints and actions in the networks name it."""


def holds_with_names() -> list[tuple[LegalHold, str]]:
    """The holds in force, newest first, each with the number by which people know its subject."""
    query = (
        select(LegalHold, func.coalesce(Message.number, PortalMessage.number))
        .outerjoin(Message, and_(LegalHold.subject == "message", Message.id == LegalHold.object_id))
        .outerjoin(PortalMessage, and_(LegalHold.subject == "portal_message", PortalMessage.id == LegalHold.object_id))
        .where(LegalHold.lifted_at.is_(None))
        .order_by(LegalHold.id.desc())
    )
    return [(hold, number or str(hold.object_id)) for hold, number in db.session.execute(query)]


# --- Runs
def open_run() -> PurgeRun | None:
    return db.session.scalars(
        select(PurgeRun).where(PurgeRun.ended_at.is_(None)).order_by(PurgeRun.id).limit(1)
    ).one_or_none()


def last_run() -> PurgeRun | None:
    of_terms = select(PurgeRun).where(PurgeRun.request_id.is_(None))
    return db.session.scalars(of_terms.order_by(PurgeRun.id.desc()).limit(1)).one_or_none()


def runs() -> list[PurgeRun]:
    return list(db.session.scalars(select(PurgeRun).order_by(PurgeRun.id.desc())))


def is_agreed() -> bool:
    """Whether a person has ordered a run that has ended: from then on the worker destroys each night."""
    ordered = select(PurgeRun.id).where(
        PurgeRun.ordered_by_id.is_not(None), PurgeRun.request_id.is_(None), PurgeRun.ended_at.is_not(None)
    )
    return db.session.scalar(select(ordered.exists())) or False


def destroyed_by(run_id: int) -> list[tuple[Purged, str]]:
    """What a run destroyed, each with the number of its message; empty for other things."""
    query = (
        select(Purged, func.coalesce(Message.number, ""))
        .outerjoin(Message, and_(Purged.subject == "message", Message.id == Purged.object_id))
        .where(Purged.run_id == run_id)
        .order_by(Purged.id)
    )
    return [(row, number) for row, number in db.session.execute(query)]


# --- Requests of people
@dataclass(frozen=True, slots=True)
class Held:
    """What the office has of one person, oldest first."""

    authors: list[Author]
    messages: list[Message]
    comments: list[Comment]
    proposals: list[BlacklistProposal]

    @property
    def is_empty(self) -> bool:
        return not (self.authors or self.messages or self.comments or self.proposals)


def held_of(request: SubjectRequest) -> Held:
    """By the address of the profile, however it is written; without one by the exact name."""
    is_his = Author.name_key == name_key(request.name)
    if request.profile:
        is_his = Author.profile_url.in_((request.profile, *spellings(request.profile)))
    authors = list(db.session.scalars(select(Author).where(is_his).order_by(Author.id)))
    ids = [author.id for author in authors]

    def of(model: Any) -> list[Any]:
        return list(db.session.scalars(select(model).where(model.author_id.in_(ids)).order_by(model.id)).unique())

    return Held(authors, of(Message), of(Comment), of(BlacklistProposal)) if ids else Held([], [], [], [])


def free_of(kept: Kept, subject: str, object_id: int) -> Condition:
    """Whether there is something of this kind that may be destroyed at once: nothing of it is open, no hold."""
    model = _MODELS[subject]
    ended: dict[str, Condition] = {
        "message": and_(_MESSAGE_OVER, ~_NEWS),
        "comment": _COMMENT_OVER,
        "blacklist_proposal": BlacklistProposal.state.in_((ListState.REJECTED, ListState.EXPIRED, ListState.LIFTED)),
    }
    parts = [_PARTS[kept]] if subject == "message" and kept in _PARTS else []
    return and_(model.id == object_id, ended[subject], *parts, ~_done(kept, subject), ~_held(subject))


def requests() -> list[SubjectRequest]:
    """Open ones first, then the newest."""
    rows = select(SubjectRequest).order_by(SubjectRequest.closed_at.is_not(None), SubjectRequest.id.desc())
    return list(db.session.scalars(rows))


def run_of(request_id: int) -> PurgeRun | None:
    return db.session.scalar(select(PurgeRun).where(PurgeRun.request_id == request_id))
