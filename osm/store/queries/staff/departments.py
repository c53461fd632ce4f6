"""The departments as an administrator sees them: the list, and one with its people and topics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from osm.extensions import db
from osm.regulation.words import Role
from osm.store.models import Department, Topic, User, UserRole


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """One department on the list; `people` work in it, `topics` are its competence."""

    id: int
    name: str
    short_name: str
    phone: str
    duty_officer: str
    supervisor: str
    """Whose matter it is; empty where nobody's, or his who has no post any longer."""
    archived_at: datetime | None
    people: int
    topics: int


@dataclass(frozen=True, slots=True)
class DepartmentDetails:
    """One department with all that its form holds and what belongs to it, as ids with names."""

    id: int
    name: str
    short_name: str
    phone: str
    other_phones: str
    duty_officer_id: int | None
    deputy_ids: tuple[int, ...]
    supervisor_id: int | None
    archived_at: datetime | None
    version: int
    members: tuple[tuple[int, str], ...]
    topics: tuple[tuple[int, str], ...]


def departments() -> list[DepartmentRow]:
    """All of them by name, those that are no longer offered at the end."""
    people = select(func.count()).where(User.department_id == Department.id, User.is_active).scalar_subquery()
    topics = select(func.count()).where(Topic.department_id == Department.id, Topic.archived_at.is_(None))
    duty = select(User.name).where(User.id == Department.duty_officer_id).scalar_subquery()
    supervisor = select(User.name).where(User.id == Department.supervisor_id, User.post.is_not(None)).scalar_subquery()
    rows = db.session.execute(
        select(
            Department.id,
            Department.name,
            Department.short_name,
            Department.phone,
            func.coalesce(duty, ""),
            func.coalesce(supervisor, ""),
            Department.archived_at,
            people.correlate(Department),
            topics.correlate(Department).scalar_subquery(),
        ).order_by(Department.archived_at.isnot(None), Department.name)
    )
    return [DepartmentRow(*row) for row in rows]


def department(department_id: int) -> DepartmentDetails | None:
    """One of them, None where there is none."""
    row = db.session.get(Department, department_id)
    if row is None:
        return None
    members = select(User.id, User.name).where(User.department_id == row.id, User.is_active).order_by(User.name)
    topics = select(Topic.id, Topic.name).where(Topic.department_id == row.id, Topic.archived_at.is_(None))
    return DepartmentDetails(
        id=row.id,
        name=row.name,
        short_name=row.short_name,
        phone=row.phone,
        other_phones=row.other_phones,
        duty_officer_id=row.duty_officer_id,
        deputy_ids=tuple(deputy.user_id for deputy in row.deputies),
        supervisor_id=row.supervisor_id,
        archived_at=row.archived_at,
        version=row.version,
        members=tuple(db.session.execute(members).tuples()),
        topics=tuple(db.session.execute(topics.order_by(Topic.name)).tuples()),
    )


def people_to_appoint(also: Iterable[int | None] = (), role: Role | None = None) -> list[tuple[int, str]]:
    """Id and «name (department)» of active people, of those with `role` where one is asked for.

    `also`: those who are appointed already, whatever became of them.
    """
    fits: ColumnElement[bool] = User.is_active.is_(True)
    if role is not None:
        fits &= User.id.in_(select(UserRole.user_id).where(UserRole.role == role))
    rows = db.session.execute(
        select(User.id, User.name, Department.short_name, User.is_active)
        .outerjoin(Department, Department.id == User.department_id)
        .where(fits | User.id.in_({user_id for user_id in also if user_id is not None}))
        .order_by(User.name, User.id)
    )
    return [
        (user_id, name + (f" ({short})" if short else "") + ("" if active else ", вход закрыт"))
        for user_id, name, short, active in rows
    ]
