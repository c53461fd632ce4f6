"""Whom to call: the telephones of departments with their duty officers and deputies (П.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import literal, select, union_all

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
    """The departments in the order given, each once; one statement for any number of them."""
    wanted = [department_id for department_id in dict.fromkeys(department_ids) if department_id is not None]
    if not wanted:
        return ()
    offices: dict[int, DepartmentContacts] = {}
    for row in db.session.execute(_APPOINTED.where(Department.id.in_(wanted))):
        office = offices.get(row.id) or DepartmentContacts(
            row.id, row.short_name, row.phone, tuple(row.other_phones.splitlines()), None, ()
        )
        if row.user_id is not None:
            person = Contact(row.user_id, row.name, row.position, row.user_phone)
            if row.place == _ON_DUTY:
                office = replace(office, duty_officer=person)
            else:
                office = replace(office, deputies=(*office.deputies, person))
        offices[row.id] = office
    return tuple(offices[department_id] for department_id in wanted if department_id in offices)


_ON_DUTY = 0
"""Place of the duty officer among those who can be called; deputies count from 1."""

_places = union_all(
    select(
        Department.id.label("department_id"),
        literal(_ON_DUTY).label("place"),
        Department.duty_officer_id.label("user_id"),
    ),
    select(Deputy.department_id, Deputy.place, Deputy.user_id),
).subquery()

_APPOINTED = (
    select(
        Department.id,
        Department.short_name,
        Department.phone,
        Department.other_phones,
        _places.c.place,
        User.id.label("user_id"),
        User.name,
        User.position,
        User.phone.label("user_phone"),
    )
    .join(_places, _places.c.department_id == Department.id)
    .outerjoin(User, (User.id == _places.c.user_id) & User.is_active)
    .order_by(Department.id, _places.c.place)
)
