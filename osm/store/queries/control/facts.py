"""Facts of excluded messages for departments (П.17): those that wait for a person, those of a card, one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased, lazyload

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE, Role, Status
from osm.store.models import Department, FactsState, Message, ToldFacts, User, UserRole
from osm.store.types import is_code


@dataclass(frozen=True, slots=True)
class FactsRow:
    """Facts for one department. `number`: of the message, empty where its load was taken back."""

    id: int
    version: int
    state: FactsState
    message_id: int
    number: str
    department_id: int
    department: str
    facts: str
    asked: str
    told_at: datetime
    told_by: str
    outcome: str
    closed_at: datetime | None
    closed_by: str
    is_unseen: bool
    """Its department has no executor any more."""
    is_excluded: bool
    """The message is still excluded; else the office works with it again."""

    @property
    def is_open(self) -> bool:
        return self.state is FactsState.OPEN


def departments_that_help() -> list[tuple[int, str]]:
    """Departments with an executor, by name: others would not see the facts."""
    rows = select(Department.id, Department.name).where(Department.archived_at.is_(None), _has_executor(Department.id))
    return list(db.session.execute(rows.order_by(Department.name)).tuples())


def executors_of(department_id: int) -> list[int]:
    """The ids of its executors, absent ones too."""
    return list(db.session.scalars(select(User.id).where(*_executes_in(department_id)).order_by(User.id)))


def facts_wait(person_id: Any, absent: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition on ToldFacts: for a department of this person, or of one he replaces (П.3).

    Facts of a department that has lost its executors wait for the curator.
    """
    waits: list[ColumnElement[bool]] = []
    if Role.EXECUTOR in roles:
        waits.append(_concerns(person_id, absent))
    if Role.CURATOR in roles:
        waits.append(~_has_executor(ToldFacts.department_id))
    message = aliased(Message)
    there = exists().where(message.id == ToldFacts.message_id, message.recalled_at.is_(None))
    return and_(is_code(ToldFacts.state, FactsState.OPEN), or_(false(), *waits), there)


def waiting(person: User, absent: Collection[int]) -> list[FactsRow]:
    """Those that wait for this person, the oldest first."""
    wanted = facts_wait(person.id, tuple(absent), person.roles)
    return _rows(_query().where(wanted).order_by(ToldFacts.told_at, ToldFacts.id))


def is_open(message_id: int, department_id: int) -> bool:
    """Whether the department already has facts of this message without a noted result."""
    told = (ToldFacts.message_id == message_id, ToldFacts.department_id == department_id)
    return bool(db.session.scalar(select(exists().where(*told, is_code(ToldFacts.state, FactsState.OPEN)))))


def of_message(message_id: int) -> list[FactsRow]:
    """Those of one card, the oldest first."""
    return _rows(_query().where(ToldFacts.message_id == message_id).order_by(ToldFacts.id))


def one(facts_id: int, person: User, absent: Collection[int]) -> FactsRow | None:
    """One, if this person may see it: press centre and leaders see all, others those of their department."""
    found = _query().where(ToldFacts.id == facts_id, Message.recalled_at.is_(None))
    if not person.has(*PRESS_CENTRE, Role.HEAD):
        found = found.where(_concerns(person.id, tuple(absent)))
    return next(iter(_rows(found)), None)


def _concerns(person_id: Any, absent: Any) -> ColumnElement[bool]:
    departments = select(User.department_id).where(or_(User.id == person_id, User.id.in_(absent)))
    return ToldFacts.department_id.in_(departments)


def _has_executor(department_id: Any) -> ColumnElement[bool]:
    return exists().where(*_executes_in(department_id))


def _executes_in(department_id: Any) -> tuple[Any, ...]:
    """The conditions on User and UserRole."""
    executes = is_code(UserRole.role, Role.EXECUTOR)
    return User.department_id == department_id, User.is_active, UserRole.user_id == User.id, executes


_giver, _closer = aliased(User), aliased(User)


def _query() -> Any:
    return (
        select(
            ToldFacts,
            Message.number,
            Department.name,
            _giver.name,
            _closer.name,
            ~_has_executor(ToldFacts.department_id),
            is_code(Message.status, Status.EXCLUDED),
        )
        .join(Message, Message.id == ToldFacts.message_id)
        .join(Department, Department.id == ToldFacts.department_id)
        .join(_giver, _giver.id == ToldFacts.told_by_id)
        .outerjoin(_closer, _closer.id == ToldFacts.closed_by_id)
        .options(lazyload("*"))
    )


def _rows(query: Any) -> list[FactsRow]:
    found: Sequence[Any] = db.session.execute(query).all()
    return [
        FactsRow(
            id=row.id, version=row.version, state=row.state, message_id=row.message_id, number=number,
            department_id=row.department_id, department=department, facts=row.facts, asked=row.asked,
            told_at=row.told_at, told_by=giver, outcome=row.outcome, closed_at=row.closed_at,
            closed_by=closer or "", is_unseen=unseen, is_excluded=excluded,
        )
        for row, number, department, giver, closer, unseen, excluded in found
    ]  # fmt: skip
