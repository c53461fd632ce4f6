"""The departments: their telephones, who stands in for an executor, whom to call where he cannot be reached (П.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.edits import lines, locked, one_line, settle
from osm.services.errors import ServiceError
from osm.services.log.log import Change, record
from osm.services.staff.posts import check_supervisor
from osm.store.models import Department, Deputy, FactsState, ToldFacts, Topic, User
from osm.store.transaction import transaction

MOST_PHONES = 20
LONGEST_PHONE_LINE = 120
MOST_DEPUTIES = 4


class StillNeeded(ServiceError):
    """The department cannot be put away: people or topics belong to it, or it is asked to help (П.17)."""

    def __init__(self, people: int, topics: int, facts: int) -> None:
        if facts and not (people or topics):
            super().__init__(
                f"Отделу переданы сведения, и он ещё не отметил, что сделано: {facts}. Отзовите их на карточках "
                "сообщений, потом уберите отдел. Ничего не изменено."
            )
            return
        left = [f"сотрудников: {people}"] * bool(people) + [f"тем: {topics}"] * bool(topics)
        super().__init__(
            f"За отделом ещё числится {', '.join(left)}. Переведите их в другой отдел, потом уберите этот. "
            "Ничего не изменено."
        )


def create_department(
    *,
    name: str,
    short_name: str,
    phone: str,
    other_phones: str,
    duty_officer_id: int | None,
    deputy_ids: Sequence[int],
    supervisor_id: int | None,
    actor: User | None,
    now: datetime,
) -> Department:
    """A new department. MissingInput names the field that cannot be used."""
    about = _described(name, short_name, phone, other_phones)
    try:
        with transaction() as session:
            _check_new_name(about)
            department = Department(**about)
            session.add(department)
            session.flush()
            changes = _appoint(department, duty_officer_id, deputy_ids, supervisor_id)
            record(
                "create_department",
                at=now,
                actor=actor,
                object_kind="department",
                object_id=department.id,
                changes=changes,
            )
            return department
    except IntegrityError:
        raise _taken("name", about["name"]) from None  # somebody was quicker by an instant


def edit_department(
    department_id: int,
    version: int,
    *,
    name: str,
    short_name: str,
    phone: str,
    other_phones: str,
    duty_officer_id: int | None,
    deputy_ids: Sequence[int],
    supervisor_id: int | None,
    actor: User | None,
    now: datetime,
) -> Department:
    """Other names, telephones or people; `deputy_ids` in the order in which they are asked.

    MissingInput, StaleVersion.
    """
    about = _described(name, short_name, phone, other_phones)
    try:
        with transaction():
            department = locked(Department, department_id, version, "Отдел")
            _check_new_name(about, department_id)
            edited = [field for field, value in about.items() if value != getattr(department, field)]
            for field, value in about.items():
                setattr(department, field, value)
            changes = {"fields": ([], edited), **_appoint(department, duty_officer_id, deputy_ids, supervisor_id)}
            settle("edit_department", "department", department, changes, actor=actor, now=now)
            return department
    except IntegrityError:
        raise _taken("name", about["name"]) from None


def archive_department(department_id: int, version: int, *, actor: User | None, now: datetime) -> Department:
    """The department is offered no longer; the history goes on naming it. StillNeeded, StaleVersion."""
    with transaction():
        department = locked(Department, department_id, version, "Отдел")
        people = _count(User.department_id == department_id, User.is_active)
        topics = _count(Topic.department_id == department_id, Topic.archived_at.is_(None))
        facts = _count(ToldFacts.department_id == department_id, ToldFacts.state == FactsState.OPEN)
        if people or topics or facts:
            raise StillNeeded(people, topics, facts)
        before, department.archived_at = department.archived_at, now
        settle("archive_department", "department", department, {"archived_at": (before, now)}, actor=actor, now=now)
        return department


def restore_department(department_id: int, version: int, *, actor: User | None, now: datetime) -> Department:
    """The department is offered again."""
    with transaction():
        department = locked(Department, department_id, version, "Отдел")
        before, department.archived_at = department.archived_at, None
        settle("restore_department", "department", department, {"archived_at": (before, None)}, actor=actor, now=now)
        return department


def _described(name: str, short_name: str, phone: str, other_phones: str) -> dict[str, str]:
    """What the department is called and where it is reached, fit to be stored. Raises MissingInput."""
    name = one_line("name", "Название", name, 200, missing="Назовите отдел полностью, как в положении о нём.")
    short_name = one_line("short_name", "Коротко", short_name, 60) or name
    if len(short_name) > 60:
        raise MissingInput("short_name", "Дайте короткое название, до 60 знаков: оно стоит в списках и на карточках.")
    further = lines("other_phones", "Другие телефоны", other_phones, longest=LONGEST_PHONE_LINE, most=MOST_PHONES)
    return {
        "name": name,
        "short_name": short_name,
        "phone": one_line("phone", "Телефон", phone, 60),
        "other_phones": "\n".join(further),
    }


def _appoint(
    department: Department, duty_officer_id: int | None, deputy_ids: Sequence[int], supervisor_id: int | None
) -> dict[str, Change]:
    """Put the people into their places; the changes as ids. Whoever was there may stay, blocked or not."""
    duty_before, before = department.duty_officer_id, [deputy.user_id for deputy in department.deputies]
    wanted = list(dict.fromkeys(deputy_ids))
    if len(wanted) > MOST_DEPUTIES:
        raise MissingInput("deputies", f"Заместителей больше {MOST_DEPUTIES}. Уберите лишних.")
    for user_id in wanted:
        if user_id not in before:
            _check_person("deputies", user_id, Role.EXECUTOR, "Замещать исполнителя может только исполнитель.")
    if duty_officer_id and duty_officer_id != duty_before:
        _check_person("duty_officer_id", duty_officer_id, None, "Этого сотрудника нет. Выберите другого.")
    supervisor_before = department.supervisor_id
    if supervisor_id and supervisor_id != supervisor_before:
        check_supervisor(supervisor_id)
    department.duty_officer_id, department.supervisor_id = duty_officer_id, supervisor_id
    if wanted != before:
        department.deputies = []
        db.session.flush()  # the places are free before others take them
        department.deputies = [
            Deputy(department_id=department.id, user_id=user_id, place=place)
            for place, user_id in enumerate(wanted, start=1)
        ]
    return {
        "duty_officer_id": (duty_before, duty_officer_id),
        "deputy_ids": (before, wanted),
        "supervisor_id": (supervisor_before, supervisor_id),
    }


def _check_person(field: str, user_id: int, role: Role | None, sentence: str) -> None:
    person = db.session.get(User, user_id)
    if person is None or not person.is_active or (role and not person.owns(role)):
        raise MissingInput(field, sentence)


def _check_new_name(about: Mapping[str, str], department_id: int | None = None) -> None:
    rows = db.session.execute(select(Department.id, Department.name, Department.short_name)).tuples()
    for other_id, name, short_name in rows:
        if other_id == department_id:
            continue
        if name.casefold() == about["name"].casefold():
            raise _taken("name", name)
        if short_name.casefold() == about["short_name"].casefold():
            raise _taken("short_name", short_name)


def _taken(field: str, name: str) -> MissingInput:
    return MissingInput(field, f"Отдел «{name}» уже есть (может быть, убран из списка). Назовите иначе.")


def _count(*conditions: Any) -> int:
    return db.session.scalar(select(func.count()).where(*conditions)) or 0
