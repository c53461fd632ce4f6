"""Whose terms are missed now: departments with how much is late in their hands, and whom to call there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from osm.extensions import db
from osm.regulation.words import Role, Status
from osm.regulation.workflow import OPEN
from osm.store.models import Assignment, Message, User, UserRole
from osm.store.queries.inbox.overview import late_now
from osm.store.queries.staff.contacts import DepartmentContacts, contacts
from osm.store.types import among_codes

IN_DEPARTMENTS = frozenset({Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL})
"""Where an executor prepares; at every other step the press centre is awaited."""
AT_PRESS_CENTRE = OPEN - IN_DEPARTMENTS


@dataclass(frozen=True, slots=True)
class LateDepartment:
    """How many messages are late in one place. `is_press`: the press centre is awaited; else executors prepare.

    `department_id` and `contacts` are None there, and where executors belong to no department.
    """

    department_id: int | None
    late: int
    contacts: DepartmentContacts | None
    is_press: bool


def late_departments(now: datetime, departments: frozenset[int] | None = None) -> list[LateDepartment]:
    """The most first, the press centre last. `departments`: of these alone."""
    late = late_now(now, departments).subquery()
    prepares = among_codes(Message.status, sorted(IN_DEPARTMENTS))
    mine = and_(Assignment.message_id == Message.id, Assignment.ended_at.is_(None), prepares)
    place = Assignment.department_id
    count = func.count(Message.id.distinct())
    found = db.session.execute(
        select(place, count, prepares)
        .select_from(late)
        .join(Message, Message.id == late.c.message_id)
        .outerjoin(Assignment, mine)
        .group_by(place, prepares)
        .order_by(place.is_(None), prepares.desc(), count.desc(), place)
    ).all()
    if departments is not None:
        found = [row for row in found if row[0] in departments]
    known = {one.id: one for one in contacts(department_id for department_id, *_ in found)}
    return [LateDepartment(where, number, known.get(where or 0), not theirs) for where, number, theirs in found]


def curators() -> list[tuple[str, str]]:
    """Name and telephone of those who route, approve and publish."""
    rows = db.session.execute(
        select(User.name, User.phone)
        .where(User.is_active, User.role_rows.any(UserRole.role == Role.CURATOR))
        .order_by(User.name)
    )
    return [(name, phone) for name, phone in rows]
