"""Absences as their screen shows them, and whom its form offers (П.3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.substitution import FITTING, AbsenceReason
from osm.regulation.words import Role
from osm.store.models import Absence, Department, User, UserRole


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """One absence. `substitute` is empty where nobody stands in."""

    id: int
    version: int
    person_id: int
    person: str
    department: str
    reason: AbsenceReason
    first_day: date
    last_day: date
    substitute_id: int | None
    substitute: str
    acting_id: int | None
    acting: str
    """Who acts for a leader, «Светлана Рощина, распоряжение № 12»; empty for none."""
    act: str
    entered_by: str
    ended_at: datetime | None

    @property
    def is_covered(self) -> bool:
        return bool(self.substitute_id or self.acting_id)

    def is_over(self, today: date) -> bool:
        """Whether it has passed or was ended."""
        return self.ended_at is not None or self.last_day < today

    def is_now(self, today: date) -> bool:
        return not self.is_over(today) and self.first_day <= today


def absences_between(first: date, last: date, concerning: int | None = None) -> list[AbsenceRow]:
    """Those that touch these days, by their beginning; `concerning`: only this person's, and those in which he
    replaces somebody.
    """
    return _rows(_concern(concerning), Absence.first_day <= last, Absence.last_day >= first)


def absences_from(day: date, concerning: int | None = None) -> list[AbsenceRow]:
    """Those that hold on this day or will, by their beginning."""
    return _rows(_concern(concerning), Absence.last_day >= day, Absence.ended_at.is_(None))


def absence(absence_id: int) -> AbsenceRow | None:
    """One of them, None where there is none."""
    return next(iter(_rows(Absence.id == absence_id)), None)


def people_at_work(
    also: Collection[int | None] = (), but_for: Collection[Role] = (), roles: Collection[Role] = FITTING
) -> list[tuple[int, str]]:
    """Id and «name (department)» of active people whose work somebody has to do; `also`: whatever became of them.

    `but_for`: without people who have one of these roles; `roles`: one of these is needed.
    """
    needed = User.id.in_(select(UserRole.user_id).where(UserRole.role.in_(roles)))
    unwanted = User.id.in_(select(UserRole.user_id).where(UserRole.role.in_(but_for)))
    rows = db.session.execute(
        select(User.id, User.name, Department.short_name, User.is_active)
        .outerjoin(Department, Department.id == User.department_id)
        .where((needed & ~unwanted & User.is_active) | User.id.in_({person for person in also if person}))
        .order_by(User.name, User.id)
    )
    return [
        (user_id, name + (f" ({short})" if short else "") + ("" if active else ", вход закрыт"))
        for user_id, name, short, active in rows
    ]


def _concern(person_id: int | None) -> ColumnElement[bool]:
    if person_id is None:
        return Absence.id.is_not(None)
    return or_(*(column == person_id for column in (Absence.person_id, Absence.substitute_id, Absence.acting_id)))


def _rows(*conditions: ColumnElement[bool]) -> list[AbsenceRow]:
    person, substitute, acting, by = aliased(User), aliased(User), aliased(User), aliased(User)
    found = db.session.execute(
        select(
            Absence.id,
            Absence.version,
            Absence.person_id,
            person.name.label("person"),
            Department.short_name.label("department"),
            Absence.reason,
            Absence.first_day,
            Absence.last_day,
            Absence.substitute_id,
            substitute.name.label("substitute"),
            Absence.acting_id,
            acting.name.label("acting"),
            Absence.act,
            by.name.label("entered_by"),
            Absence.ended_at,
        )
        .join(person, person.id == Absence.person_id)
        .outerjoin(Department, Department.id == person.department_id)
        .outerjoin(substitute, substitute.id == Absence.substitute_id)
        .outerjoin(acting, acting.id == Absence.acting_id)
        .outerjoin(by, by.id == Absence.entered_by_id)
        .where(*conditions)
        .order_by(Absence.first_day, person.name, Absence.id)
    )
    return [
        AbsenceRow(**{**row._mapping, "department": row.department or "", "substitute": row.substitute or "",
                      "acting": f"{row.acting}, {row.act}" if row.acting else "",
                      "entered_by": row.entered_by or ""})
        for row in found
    ]  # fmt: skip
