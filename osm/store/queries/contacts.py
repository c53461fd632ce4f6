"""Whom to call: the telephones of departments with their duty officers and deputies (П.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.store.models import Department, Deputy, User


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who can be called; `phone` may be empty."""

    id: int
    name: str
    position: str
    phone: str


@dataclass(frozen=True, slots=True)
class DepartmentContacts:
    """A department with everybody who can be called there; blocked people are left out."""

    id: int
    name: str
    phone: str
    other_phones: tuple[str, ...]
    duty_officer: Contact | None
    deputies: tuple[Contact, ...]
    """In the order in which they are asked."""

    @property
    def says_anything(self) -> bool:
        return bool(self.phone or self.other_phones or self.duty_officer or self.deputies)


def contacts(department_ids: Iterable[int | None]) -> tuple[DepartmentContacts, ...]:
    """The departments in the order given, each once; three statements for any number of them."""
    wanted = [department_id for department_id in dict.fromkeys(department_ids) if department_id is not None]
    if not wanted:
        return ()
    found = db.session.scalars(select(Department).where(Department.id.in_(wanted)).options(lazyload("*")))
    departments = {row.id: row for row in found}
    deputies = db.session.execute(
        select(Deputy.department_id, Deputy.user_id)
        .where(Deputy.department_id.in_(wanted))
        .order_by(Deputy.department_id, Deputy.place)
    ).all()
    people = _people([user_id for _, user_id in deputies] + [row.duty_officer_id for row in departments.values()])
    return tuple(
        DepartmentContacts(
            id=row.id,
            name=row.short_name,
            phone=row.phone,
            other_phones=tuple(row.other_phones.splitlines()),
            duty_officer=people.get(row.duty_officer_id or 0),
            deputies=tuple(people[u] for d, u in deputies if d == row.id and u in people),
        )
        for row in (departments[i] for i in wanted if i in departments)
    )


def _people(ids: Iterable[int | None]) -> Mapping[int, Contact]:
    rows = db.session.execute(
        select(User.id, User.name, User.position, User.phone).where(
            User.id.in_({i for i in ids if i is not None}), User.is_active
        )
    )
    return {row.id: Contact(*row) for row in rows}
