"""Instructions and facts for departments as screens show them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, lazyload

from osm.base.database import db
from osm.base.types import OfRow, is_code, of_rows, with_columns
from osm.log.queries.words import WORDS
from osm.models import (
    Department,
    Event,
    EventNote,
    FactsState,
    Instruction,
    InstructionState,
    Message,
    ToldFacts,
    User,
    UserRole,
)
from osm.people.queries.absences import SEE_EVERYTHING
from osm.people.queries.people import supervised_by
from osm.regulation.words import PRESS_CENTRE, Post, Role, Status

# --- Instructions
LIST_ROWS = 200
LIVE = (InstructionState.OPEN, InstructionState.REPORTED)


def instruction_waits(person_id: int, absent: Any, now: datetime) -> ColumnElement[bool]:
    """Condition on Instruction: this person has to report, to decide on a report, or gave one that is late or whose
    executor has left; of a leader who has left, the head and the chief of staff decide. `absent`: ids of people he
    substitutes for (П.3), also as a parameter."""
    is_open = is_code(Instruction.state, InstructionState.OPEN)
    stuck = or_(Instruction.due_at < now, _has_left(Instruction.to_id))
    to_decide = or_(is_code(Instruction.state, InstructionState.REPORTED), and_(is_open, stuck))
    is_his = or_(Instruction.given_by_id == person_id, and_(_has_left(Instruction.given_by_id), _decides(person_id)))
    to_him = or_(Instruction.to_id == person_id, Instruction.to_id.in_(absent))
    return or_(and_(is_open, to_him), and_(is_his, to_decide))


def _has_left(person_id: Any) -> ColumnElement[bool]:
    return exists().where(User.id == person_id, ~User.is_active)


def _decides(person_id: Any) -> ColumnElement[bool]:
    """As `may_decide` for what another has given."""
    leads = is_code(UserRole.role, Role.HEAD)
    no_deputy = or_(User.post.is_(None), User.post != Post.DEPUTY_HEAD)
    return exists().where(User.id == person_id, UserRole.user_id == User.id, leads, no_deputy)


@dataclass(frozen=True, slots=True)
class InstructionRow(OfRow):
    """An instruction. `to_phone`: his own number, otherwise that of his department."""

    row: Instruction
    given_by: str
    entered_by: str
    to: str
    to_department: str
    to_phone: str
    to_has_left: bool
    message_id: int | None
    number: str
    reported_by: str

    @property
    def is_live(self) -> bool:
        return self.row.state in LIVE

    def is_late(self, now: datetime) -> bool:
        """Not reported and past its term."""
        return self.row.state is InstructionState.OPEN and self.row.due_at < now


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    actor: str
    words: str
    note: str


def instructions_waiting(person: User, absent: Collection[int], now: datetime) -> list[InstructionRow]:
    """Those that this person has to report or decide, and late ones he gave; by term."""
    found = _query().where(instruction_waits(person.id, tuple(absent), now))
    return _rows(found.order_by(Instruction.due_at, Instruction.id).limit(LIST_ROWS))


def late(person: User, now: datetime) -> list[InstructionRow]:
    """Late ones for this leader: a deputy sees his own and those of his departments, others see all."""
    overdue = (Instruction.state == InstructionState.OPEN, Instruction.due_at < now, _matter_of(person))
    return _rows(_query().where(*overdue).order_by(Instruction.due_at, Instruction.id).limit(LIST_ROWS))


def listed(person: User, absent: Collection[int], *, live: bool) -> list[InstructionRow]:
    """Those that this person may see: `live` by term, otherwise all, newest first."""
    found = _query().where(known_to(person, absent))
    if live:
        found = found.where(Instruction.state.in_(LIVE)).order_by(Instruction.due_at, Instruction.id)
    else:
        found = found.order_by(Instruction.id.desc())
    return _rows(found.limit(LIST_ROWS))


def between(person: User, absent: Collection[int], begin: datetime, end: datetime, most: int) -> list[InstructionRow]:
    """Those given in a period that this person may see, oldest first, at most `most`."""
    asked = _query().where(known_to(person, absent), Instruction.given_at >= begin, Instruction.given_at < end)
    return _rows(asked.order_by(Instruction.given_at, Instruction.id).limit(most))


def instructions_of_message(message_id: int) -> list[InstructionRow]:
    """Those of a message, oldest first."""
    return _rows(_query().where(Instruction.message_id == message_id).order_by(Instruction.id))


def of_reports(report_ids: Collection[int]) -> dict[int, list[InstructionRow]]:
    """Urgent report id → its instructions, oldest first."""
    return _by_source(Instruction.urgent_report_id, report_ids)


def of_memos(memo_ids: Collection[int]) -> dict[int, list[InstructionRow]]:
    """Memo id → its instructions, oldest first."""
    return _by_source(Instruction.memo_id, memo_ids)


def _by_source(source: Any, ids: Collection[int]) -> dict[int, list[InstructionRow]]:
    found: dict[int, list[InstructionRow]] = {}
    if ids:
        for row in _rows(_query().where(source.in_(ids)).order_by(Instruction.id)):
            found.setdefault(getattr(row, source.key), []).append(row)
    return found


def instruction(instruction_id: int, person: User, absent: Collection[int]) -> InstructionRow | None:
    found = _query().where(Instruction.id == instruction_id, known_to(person, absent))
    return next(iter(_rows(found)), None)


def history_of(instruction_id: int) -> list[Line]:
    """All acts on it, oldest first, with their notes."""
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
    """People an instruction can be given to: the press centre first, then all who work, by department."""
    works = User.role_rows.any(UserRole.role != Role.AUDITOR)
    people = db.session.scalars(select(User).where(User.is_active, works)).unique().all()

    def order(person: User) -> tuple[bool, bool, str, str]:
        department = person.department.short_name if person.department else ""
        return (not person.owns(Role.CURATOR), not person.owns(Role.MODERATOR), department, person.name)

    return [(person.id, _named(person)) for person in sorted(people, key=order)]


def known_to(person: User, absent: Collection[int]) -> ColumnElement[bool]:
    """Condition on Instruction: to him, given by him, or all for leaders. The press centre sees those of messages, the
    curator those of the memos he sent."""
    own = or_(
        Instruction.to_id == person.id, Instruction.to_id.in_(tuple(absent)), Instruction.given_by_id == person.id,
        Instruction.entered_by_id == person.id,
    )  # fmt: skip
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
    columns = with_columns(
        Instruction, given_by=_giver.name, entered_by=func.coalesce(_writer.name, ""), to=_to.name,
        to_department=func.coalesce(Department.short_name, ""),
        to_phone=func.coalesce(func.nullif(_to.phone, ""), Department.phone, ""), to_has_left=~_to.is_active,
        message_id=Message.id,
        number=func.coalesce(Message.number, ""), reported_by=func.coalesce(_reporter.name, ""),
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(Instruction)
        .join(_giver, _giver.id == Instruction.given_by_id)
        .join(_to, _to.id == Instruction.to_id)
        .outerjoin(_writer, _writer.id == Instruction.entered_by_id)
        .outerjoin(_reporter, _reporter.id == Instruction.reported_by_id)
        .outerjoin(Department, Department.id == _to.department_id)
        .outerjoin(Message, and_(Message.id == Instruction.message_id, Message.recalled_at.is_(None)))
    )


def _rows(query: Any) -> list[InstructionRow]:
    return of_rows(InstructionRow, db.session.execute(query))


# --- Facts of excluded messages for departments (П.17)
@dataclass(frozen=True, slots=True)
class FactsRow(OfRow):
    """Facts for a department. `number`: number of the message, empty if its import was undone."""

    row: ToldFacts
    number: str
    department: str
    told_by: str
    closed_by: str
    is_unseen: bool  # the department has no executor now
    is_excluded: bool  # the message is still excluded; otherwise the office works on it again

    @property
    def is_open(self) -> bool:
        return self.row.state is FactsState.OPEN


def departments_that_help() -> list[tuple[int, str]]:
    """Departments with an executor, by name; in others the facts would not be read."""
    rows = select(Department.id, Department.name).where(Department.archived_at.is_(None), _has_executor(Department.id))
    return list(db.session.execute(rows.order_by(Department.name)))


def executors_of(department_id: int) -> list[int]:
    """Ids of its executors, including absent ones."""
    return list(db.session.scalars(select(User.id).where(*_executes_in(department_id)).order_by(User.id)))


def facts_wait(person_id: Any, absent: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """Condition on ToldFacts: for the department of this person, or of one he substitutes for (П.3). Facts of a
    department without executors wait for the curator."""
    waits: list[ColumnElement[bool]] = []
    if Role.EXECUTOR in roles:
        waits.append(_concerns(person_id, absent))
    if Role.CURATOR in roles:
        waits.append(~_has_executor(ToldFacts.department_id))
    message = aliased(Message)
    there = exists().where(message.id == ToldFacts.message_id, message.recalled_at.is_(None))
    return and_(is_code(ToldFacts.state, FactsState.OPEN), or_(false(), *waits), there)


def facts_waiting(person: User, absent: Collection[int]) -> list[FactsRow]:
    """Those that wait for this person, oldest first."""
    wanted = facts_wait(person.id, tuple(absent), person.roles)
    return _facts_rows(_facts_query().where(wanted).order_by(ToldFacts.told_at, ToldFacts.id))


def is_open(message_id: int, department_id: int) -> bool:
    """Whether the department already has facts of this message without a result."""
    same = (ToldFacts.message_id == message_id, ToldFacts.department_id == department_id)
    return bool(db.session.scalar(select(exists().where(*same, is_code(ToldFacts.state, FactsState.OPEN)))))


def facts_of_message(message_id: int, person: User, absent: Collection[int]) -> list[FactsRow]:
    """Those of a message that this person may see, oldest first."""
    its = _facts_query().where(ToldFacts.message_id == message_id, _may_see(person, absent))
    return _facts_rows(its.order_by(ToldFacts.id))


def department_facts(facts_id: int, person: User, absent: Collection[int]) -> FactsRow | None:
    """Facts, if this person may see them."""
    found = _facts_query().where(ToldFacts.id == facts_id, Message.recalled_at.is_(None), _may_see(person, absent))
    return next(iter(_facts_rows(found)), None)


def _may_see(person: User, absent: Collection[int]) -> ColumnElement[bool]:
    """Condition on ToldFacts: who sees all messages sees all, others those of their department."""
    return true() if person.has(*SEE_EVERYTHING) else _concerns(person.id, tuple(absent))


def _concerns(person_id: Any, absent: Any) -> ColumnElement[bool]:
    departments = select(User.department_id).where(or_(User.id == person_id, User.id.in_(absent)))
    return ToldFacts.department_id.in_(departments)


def _has_executor(department_id: Any) -> ColumnElement[bool]:
    return exists().where(*_executes_in(department_id))


def _executes_in(department_id: Any) -> tuple[Any, ...]:
    """Conditions on User and UserRole."""
    executes = is_code(UserRole.role, Role.EXECUTOR)
    return User.department_id == department_id, User.is_active, UserRole.user_id == User.id, executes


_closer = aliased(User)


def _facts_query() -> Any:
    columns = with_columns(
        ToldFacts, number=Message.number, department=Department.name, told_by=_giver.name,
        closed_by=func.coalesce(_closer.name, ""), is_unseen=~_has_executor(ToldFacts.department_id),
        is_excluded=is_code(Message.status, Status.EXCLUDED),
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(ToldFacts)
        .join(Message, Message.id == ToldFacts.message_id)
        .join(Department, Department.id == ToldFacts.department_id)
        .join(_giver, _giver.id == ToldFacts.told_by_id)
        .outerjoin(_closer, _closer.id == ToldFacts.closed_by_id)
    )


def _facts_rows(query: Any) -> list[FactsRow]:
    return of_rows(FactsRow, db.session.execute(query))
