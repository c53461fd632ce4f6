"""Instructions as screens show them: what waits for a person, what is late, those of a card, one with its history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import aliased, lazyload

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE, Post, Role
from osm.store.models import Department, Event, EventNote, Instruction, InstructionKind, InstructionState, Message, User
from osm.store.queries.control.waiting import instruction_waits
from osm.store.queries.log.history_words import WORDS
from osm.store.queries.staff.leaders import supervised_by

LIST_ROWS = 200
LIVE = (InstructionState.OPEN, InstructionState.REPORTED)


@dataclass(frozen=True, slots=True)
class InstructionRow:
    """One instruction. `to_phone`: his own, else that of his department."""

    id: int
    version: int
    kind: InstructionKind
    state: InstructionState
    text: str
    due_at: datetime
    given_at: datetime
    given_by_id: int
    given_by: str
    entered_by: str
    to_id: int
    to: str
    to_department: str
    to_phone: str
    message_id: int | None
    number: str
    urgent_report_id: int | None
    memo_id: int | None
    report: str
    reported_at: datetime | None
    reported_by: str
    remarks: str
    reason: str
    closed_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def is_late(self, now: datetime) -> bool:
        """The term has passed and nothing is reported."""
        return self.state is InstructionState.OPEN and self.due_at < now


@dataclass(frozen=True, slots=True)
class Line:
    """One act upon an instruction."""

    at: datetime
    actor: str
    words: str
    note: str


def waiting(person: User, absent: Collection[int], now: datetime) -> list[InstructionRow]:
    """Those that this person has to report on or decide about, and his own that are late; the next term first."""
    found = _query().where(instruction_waits(person.id, tuple(absent), now))
    return _rows(found.order_by(Instruction.due_at, Instruction.id).limit(LIST_ROWS))


def late(person: User, now: datetime) -> list[InstructionRow]:
    """Late ones that are this leader's matter: a deputy's own and those of his departments, of the others all."""
    overdue = (Instruction.state == InstructionState.OPEN, Instruction.due_at < now, _matter_of(person))
    return _rows(_query().where(*overdue).order_by(Instruction.due_at, Instruction.id).limit(LIST_ROWS))


def listed(person: User, absent: Collection[int], *, live: bool) -> list[InstructionRow]:
    """Those that this person may know of: under control with the next term first, or all with the newest first."""
    found = _query().where(known_to(person, absent))
    if live:
        found = found.where(Instruction.state.in_(LIVE)).order_by(Instruction.due_at, Instruction.id)
    else:
        found = found.order_by(Instruction.id.desc())
    return _rows(found.limit(LIST_ROWS))


def between(person: User, absent: Collection[int], begin: datetime, end: datetime, most: int) -> list[InstructionRow]:
    """Those given in a period that this person may know of, the first first, at most so many."""
    asked = _query().where(known_to(person, absent), Instruction.given_at >= begin, Instruction.given_at < end)
    return _rows(asked.order_by(Instruction.given_at, Instruction.id).limit(most))


def of_message(message_id: int) -> list[InstructionRow]:
    """Those that stand on the card, oldest first."""
    return _rows(_query().where(Instruction.message_id == message_id).order_by(Instruction.id))


def of_reports(report_ids: Collection[int]) -> dict[int, list[InstructionRow]]:
    """Urgent report → its instructions, oldest first."""
    return _by_source(Instruction.urgent_report_id, report_ids)


def of_memos(memo_ids: Collection[int]) -> dict[int, list[InstructionRow]]:
    """Memo of shortcomings → what was decided upon it, oldest first."""
    return _by_source(Instruction.memo_id, memo_ids)


def _by_source(source: Any, ids: Collection[int]) -> dict[int, list[InstructionRow]]:
    found: dict[int, list[InstructionRow]] = {}
    if ids:
        for row in _rows(_query().where(source.in_(ids)).order_by(Instruction.id)):
            found.setdefault(getattr(row, source.key), []).append(row)
    return found


def one(instruction_id: int, person: User, absent: Collection[int]) -> InstructionRow | None:
    """One, if this person may know of it."""
    found = _query().where(Instruction.id == instruction_id, known_to(person, absent))
    return next(iter(_rows(found)), None)


def history_of(instruction_id: int) -> list[Line]:
    """Every act upon it, oldest first, with what was said."""
    rows = db.session.execute(
        select(Event.at, User.name, Event.action, EventNote.text)
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(EventNote, EventNote.event_id == Event.id)
        .where(Event.object_kind == "instruction", Event.object_id == instruction_id)
        .order_by(Event.id)
        .options(lazyload("*"))
    )
    return [Line(at, name or "", WORDS[action][0], note or "") for at, name, action, note in rows if action in WORDS]


def addressees() -> list[tuple[int, str]]:
    """Whom an instruction can be given to: the press centre first, then everybody with a role, by department."""
    people = db.session.scalars(select(User).where(User.is_active, User.role_rows.any())).unique().all()

    def order(person: User) -> tuple[bool, bool, str, str]:
        department = person.department.short_name if person.department else ""
        return (not person.owns(Role.CURATOR), not person.owns(Role.MODERATOR), department, person.name)

    return [(person.id, _named(person)) for person in sorted(people, key=order)]


def known_to(person: User, absent: Collection[int]) -> ColumnElement[bool]:
    """The condition on Instruction: his own, given by him, and for leaders all.

    The press centre sees those of messages, the curator those of the memos that he has sent.
    """
    own = or_(
        Instruction.to_id == person.id,
        Instruction.to_id.in_(tuple(absent)),
        Instruction.given_by_id == person.id,
        Instruction.entered_by_id == person.id,
    )
    if person.has(Role.HEAD):
        return true()
    press = person.has(*PRESS_CENTRE)
    of_work = or_(Instruction.message_id.is_not(None), Instruction.urgent_report_id.is_not(None))
    of_memo = Instruction.memo_id.is_not(None) if person.has(Role.CURATOR) else false()
    return or_(own, of_work if press else false(), of_memo)


def _matter_of(person: User) -> ColumnElement[bool]:
    if person.post is not Post.DEPUTY_HEAD:
        return true()
    to = aliased(User)
    his = select(to.id).where(to.id == Instruction.to_id, to.department_id.in_(supervised_by(person.id)))
    return or_(Instruction.given_by_id == person.id, his.correlate(Instruction).exists())


def _named(person: User) -> str:
    more = person.position or (person.department.short_name if person.department else "")
    return f"{person.name} ({more})" if more else person.name


_to, _giver, _writer, _reporter = aliased(User), aliased(User), aliased(User), aliased(User)


def _query() -> Any:
    return (
        select(
            Instruction,
            _giver.name.label("given_by"),
            _writer.name.label("entered_by"),
            _to.name.label("to_name"),
            _to.phone.label("to_phone"),
            Department.short_name.label("department"),
            Department.phone.label("department_phone"),
            Message.number,
            _reporter.name.label("reported_by"),
        )
        .join(_giver, _giver.id == Instruction.given_by_id)
        .join(_to, _to.id == Instruction.to_id)
        .outerjoin(_writer, _writer.id == Instruction.entered_by_id)
        .outerjoin(_reporter, _reporter.id == Instruction.reported_by_id)
        .outerjoin(Department, Department.id == _to.department_id)
        .outerjoin(Message, and_(Message.id == Instruction.message_id, Message.recalled_at.is_(None)))
        .options(lazyload("*"))
    )


def _rows(query: Any) -> list[InstructionRow]:
    found: Sequence[Any] = db.session.execute(query).all()
    return [
        InstructionRow(
            id=row.id,
            version=row.version,
            kind=row.kind,
            state=row.state,
            text=row.text,
            due_at=row.due_at,
            given_at=row.given_at,
            given_by_id=row.given_by_id,
            given_by=given_by,
            entered_by=entered_by or "",
            to_id=row.to_id,
            to=to,
            to_department=department or "",
            to_phone=to_phone or department_phone or "",
            message_id=row.message_id if number else None,
            number=number or "",
            urgent_report_id=row.urgent_report_id,
            memo_id=row.memo_id,
            report=row.report,
            reported_at=row.reported_at,
            reported_by=reported_by or "",
            remarks=row.remarks,
            reason=row.reason,
            closed_at=row.closed_at,
        )
        for row, given_by, entered_by, to, to_phone, department, department_phone, number, reported_by in found
    ]
