"""Reminders as lines: words, message, link, and whether it was seen or is already settled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, true

from osm.base.database import db
from osm.flow.queries.clocks import summary
from osm.guarding.queries import with_strangers
from osm.models import (
    AccountEdition,
    Burst,
    Connection,
    ConnectionState,
    Danger,
    Deadline,
    DepartmentNews,
    ImportRun,
    ImportState,
    Instruction,
    InstructionState,
    KraiTask,
    Memo,
    MemoReader,
    MemoState,
    Message,
    NeighbourQuestion,
    NewsState,
    OutboxAction,
    PageCheck,
    PageTask,
    PortalMessage,
    Promise,
    PromiseState,
    Publication,
    Reminder,
    Shift,
    Topic,
    UrgentReading,
    UrgentReport,
    User,
)
from osm.people.queries.absences import visible_to
from osm.plan.rules import PublicationState
from osm.regulation.blacklist import OutboxState
from osm.regulation.own_pages import PageState
from osm.regulation.reminding import RULES, Kind, is_urgent, sentence
from osm.regulation.words import DeadlineState, Status
from osm.regulation.working_time.worktime import WorkCalendar
from osm.urgent.queries.shifts import WAITS

LIST_ROWS = 100

_TO_PREPARE = (Kind.ASSIGNED, Kind.AGAIN, Kind.RETURNED, Kind.HURRIED)
_TO_REPORT = (Kind.INSTRUCTION, Kind.INSTRUCTION_URGENT, Kind.INSTRUCTION_RETURNED, Kind.INSTRUCTION_URGENT_RETURNED)
_PREPARED = (Status.IN_WORK, Status.REWORK)  # what these remind of is still to be done
_PLAN = (
    (Kind.PLAN_SUBMITTED, [PublicationState.SUBMITTED]),
    (Kind.PLAN_RETURNED, [PublicationState.DRAFT]),
    (Kind.PLAN_BY_HAND, [PublicationState.SCHEDULED, PublicationState.FAILED]),
    (Kind.PLAN_FAILED, [PublicationState.FAILED]),
)
"""In these states of the publication there is still something to do."""
_FOR_PERSON = (ImportState.UPLOADED, ImportState.CHECKED)


@dataclass(frozen=True, slots=True)
class Line:
    """One reminder. `text`: the beginning of the message, for the page; `topic`: for letters, which quote nothing."""

    id: int
    kind: str
    words: str
    page: str
    number: str
    text: str
    topic: str
    at: datetime
    is_new: bool
    figures: tuple[str, ...]  # of the week, for its letter
    is_settled: bool  # the work was done, or the breach was taken back: there is no more to do

    @property
    def is_urgent(self) -> bool:
        return is_urgent(self.kind)


def unseen(person_id: Any, now: Any) -> Any:
    """The number of unread reminders of this person (a value or a column), for the statement that loads him."""
    found = select(func.count()).where(
        Reminder.recipient_id == person_id, Reminder.seen_at.is_(None), Reminder.shown_from <= now
    )
    return found.scalar_subquery()


def listed(person: User, now: datetime, calendar: WorkCalendar) -> list[Line]:
    """The newest of this person, without messages that he may not see."""
    known = or_(Reminder.message_id.is_(None), and_(Message.recalled_at.is_(None), visible_to(person)))
    wanted = _query().where(Reminder.recipient_id == person.id, Reminder.shown_from <= now, known)
    return _lines(wanted.order_by(Reminder.shown_from.desc(), Reminder.id.desc()).limit(LIST_ROWS), calendar)


def lines_of(ids: Collection[int], calendar: WorkCalendar) -> list[Line]:
    """These reminders by time, without those of messages that were taken back."""
    wanted = _query().where(Reminder.id.in_(ids), or_(Reminder.message_id.is_(None), Message.recalled_at.is_(None)))
    return _lines(wanted.order_by(Reminder.at, Reminder.id), calendar)


def _query() -> Select[Any]:
    settled = case(*((Reminder.kind.in_(kinds), done) for kinds, done in settled_by()), else_=false())
    of_clock = and_(Deadline.id == Reminder.object_id, Reminder.kind.in_([Kind.TERM, Kind.BREACH]))
    of_portal = and_(PortalMessage.id == Reminder.object_id, Reminder.kind == Kind.PORTAL_TERM)
    of_promise = and_(Promise.id == Reminder.object_id, Reminder.kind == Kind.PROMISE)
    return (
        select(
            Reminder.id, Reminder.kind, Reminder.facts, Reminder.object_id, Reminder.message_id, Reminder.at,
            Reminder.seen_at, Message.number, Message.text, Topic.name.label("topic"), settled.label("settled"),
            PortalMessage.due_at,
        )
        .outerjoin(Message, Message.id == Reminder.message_id)
        .outerjoin(Topic, Topic.id == Message.topic_id)
        .outerjoin(Deadline, of_clock)
        .outerjoin(Promise, of_promise)
        .outerjoin(PortalMessage, of_portal)
    )  # fmt: skip


def settled_by() -> list[tuple[tuple[Kind, ...], ColumnElement[bool]]]:
    """Kinds that ask for work → the condition that it is done: the head was reached, the burst was reported, and so
    on. Of some kinds `_lines` alone knows it."""

    def found(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(*conditions).correlate(Reminder)

    subject = Reminder.object_id
    instruction = Instruction.id == subject
    known = found(UrgentReport.id == subject, UrgentReport.reached.is_not(None))
    read = found(UrgentReading.urgent_report_id == subject, UrgentReading.user_id == Reminder.recipient_id)
    sent = (OutboxAction.id == subject, OutboxAction.state.not_in((OutboxState.PENDING, OutboxState.FAILED)))
    entry = (AccountEdition.account_id == subject, AccountEdition.until.is_(None))
    return [
        ((Kind.TERM,), Deadline.state != DeadlineState.OPEN),
        ((Kind.BREACH,), Deadline.breached_at.is_(None)),
        ((Kind.PROMISE,), Promise.state != PromiseState.OPEN),
        ((Kind.SUBMITTED,), Message.status != Status.ON_APPROVAL),
        (_TO_PREPARE, Message.status.not_in(_PREPARED)),
        ((Kind.PUBLICATION,), or_(found(*sent), Message.status != Status.APPROVED)),
        ((Kind.OUTBOX,), found(*sent)),
        ((Kind.NEWS_OFFERED,), ~found(DepartmentNews.id == subject, DepartmentNews.state == NewsState.OFFERED)),
        *(
            ((kind,), ~found(Publication.id == subject, Publication.state.in_(states))) for kind, states in _PLAN
        ),
        ((Kind.URGENT_REPORT,), or_(known, read)),
        ((Kind.CALL,), known),
        ((Kind.DANGER,), ~found(Danger.message_id == subject, Danger.reply.is_(None), Danger.seen_at.is_(None))),
        # A burst that has doubled since the report is news again.
        ((Kind.BURST,), found(Burst.id == subject, Burst.settled_at >= Reminder.at)),
        ((Kind.SHIFT_GIVEN,), ~found(Shift.id == subject, WAITS)),
        (_TO_REPORT, found(instruction, Instruction.state != InstructionState.OPEN)),
        ((Kind.INSTRUCTION_REPORTED,), found(instruction, Instruction.state != InstructionState.REPORTED)),
        ((Kind.EXPORT_WAITS,), ~found(ImportRun.id == subject, ImportRun.state.in_(_FOR_PERSON))),
        ((Kind.MEMO_READY,), ~found(Memo.id == subject, Memo.state == MemoState.DRAFT)),
        (
            (Kind.MEMO_SENT,),
            found(
                MemoReader.memo_id == subject, MemoReader.user_id == Reminder.recipient_id,
                MemoReader.seen_at.is_not(None),
            ),
        ),
        (
            (Kind.PORTAL_GIVEN, Kind.PORTAL_TERM),  # or another department has it since
            ~found(
                PortalMessage.id == subject, PortalMessage.closed_at.is_(None),
                func.coalesce(PortalMessage.assigned_at <= Reminder.at, true()),
            ),
        ),
        ((Kind.NEIGHBOUR_ANSWERED,), found(NeighbourQuestion.id == subject, NeighbourQuestion.taken_at.is_not(None))),
        ((Kind.KRAI_TERM,), found(KraiTask.id == subject, KraiTask.reported_at.is_not(None))),
        (
            (Kind.PAGE_CHECK,),
            or_(
                found(PageCheck.account_id == subject, PageCheck.at >= Reminder.at),
                found(*entry, AccountEdition.state == PageState.CLOSED),
            ),
        ),
        ((Kind.PAGE_TASK,), found(PageTask.id == subject, PageTask.closed_at.is_not(None))),
        ((Kind.PAGE_STOPPED,), ~found(Connection.account_id == subject, Connection.state == ConnectionState.STOPPED)),
    ]  # fmt: skip


def _lines(query: Select[Any], calendar: WorkCalendar) -> list[Line]:
    rows = db.session.execute(query).all()
    strange = with_strangers({row.object_id for row in rows if row.kind == Kind.PAGE_STRANGER})
    return [
        Line(
            id=row.id,
            kind=row.kind,
            words=sentence(row.kind, row.facts, calendar),
            page=_page(row),
            number=row.number or "",
            text=summary(row.text or ""),
            topic=row.topic or "",
            at=row.at,
            is_new=row.seen_at is None,
            figures=tuple(row.facts.get("figures", ())),
            is_settled=bool(row.settled)
            or (row.kind == Kind.PAGE_STRANGER and row.object_id not in strange)
            or (row.due_at is not None and row.due_at.isoformat() != row.facts["due"]),  # a file moved the term of ПОС
        )
        for row in rows
    ]


def _page(row: Any) -> str:
    rule = RULES.get(Kind(row.kind)) if row.kind in set(Kind) else None
    return rule.page.format(**{**row.facts, "message_id": row.message_id, "object_id": row.object_id}) if rule else ""
