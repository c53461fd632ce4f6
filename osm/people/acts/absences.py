"""Acts on departments and on absences (П.3).

A curator who is one only as a substitute enters no absence that gives rights to somebody or work to himself, or his
borrowed rights could prolong themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction, unless_taken
from osm.base.types import is_code
from osm.flow.acts.moving import hold_out_others, lines, locked, one_line, put_away, settle, write_into
from osm.flow.acts.terms import local_day
from osm.log.acts.record import Change, record
from osm.models import Absence, Department, Deputy, FactsState, PortalMessage, ToldFacts, Topic, User
from osm.people.acts.users import check_supervisor
from osm.people.queries.absences import HeadOfDay, colleagues, head_on, roster_on
from osm.regulation import executors
from osm.regulation.errors import EveryField, MissingInput, need, one_of, refuse
from osm.regulation.executors import ABSENT, AbsenceReason, check_absence, could_work_for, named, passed_on
from osm.regulation.words import Role

# --- The departments
MOST_PHONES = 20
LONGEST_PHONE_LINE = 120
MOST_DEPUTIES = 4


class StillNeeded(ServiceError):
    """The department cannot be archived: it has people, topics, open messages of ПОС or an open request for facts
    (П.17)."""

    def __init__(self, people: int, topics: int, portal: int, facts: int) -> None:
        if facts and not (people or topics or portal):
            super().__init__(
                f"Отделу переданы сведения, и он ещё не отметил, что сделано: {facts}. Отзовите их на карточках "
                "сообщений, потом уберите отдел. Ничего не изменено."
            )
            return
        counts = (("сотрудников", people), ("тем", topics), ("сообщений ПОС", portal))
        left = [f"{what}: {count}" for what, count in counts if count]
        super().__init__(
            f"За отделом ещё числится {', '.join(left)}. Передайте их другому отделу, потом уберите этот. "
            "Ничего не изменено."
        )


def create_department(
    *, name: str, short_name: str, phone: str, other_phones: str, duty_officer_id: int | None,
    deputy_ids: Sequence[int], supervisor_id: int | None, actor: User | None, now: datetime,
) -> Department:  # fmt: skip
    """Raises MissingInput, which names the field."""
    about = _described(name, short_name, phone, other_phones)
    with unless_taken(_taken("name", about["name"])), transaction():
        _check_new_name(about)
        department = add_row(Department(**about))
        changes = _appoint(department, duty_officer_id, deputy_ids, supervisor_id)
        record("create_department", at=now, actor=actor, about=department, changes=changes)
        return department


def edit_department(
    department_id: int, version: int, *, name: str, short_name: str, phone: str, other_phones: str,
    duty_officer_id: int | None, deputy_ids: Sequence[int], supervisor_id: int | None, actor: User | None,
    now: datetime,
) -> Department:  # fmt: skip
    """Change names, telephones or people; `deputy_ids` in the order in which they are asked. Raises MissingInput,
    StaleVersion."""
    about = _described(name, short_name, phone, other_phones)
    with unless_taken(_taken("name", about["name"])), transaction():
        department = locked(Department, department_id, version, "Отдел")
        _check_new_name(about, department_id)
        edited = write_into(department, about)
        changes = {"fields": ([], edited), **_appoint(department, duty_officer_id, deputy_ids, supervisor_id)}
        settle("edit_department", department, changes, actor=actor, now=now)
        return department


def archive_department(department_id: int, version: int, *, actor: User | None, now: datetime) -> Department:
    """Stop offering the department; the history still names it. Raises StillNeeded, StaleVersion."""
    with transaction():
        department = locked(Department, department_id, version, "Отдел")
        people = _count(User.department_id == department_id, User.is_active)
        topics = _count(Topic.department_id == department_id, Topic.archived_at.is_(None))
        portal = _count(PortalMessage.department_id == department_id, PortalMessage.closed_at.is_(None))
        facts = _count(ToldFacts.department_id == department_id, is_code(ToldFacts.state, FactsState.OPEN))
        if people or topics or portal or facts:
            raise StillNeeded(people, topics, portal, facts)
        before, department.archived_at = department.archived_at, now
        settle("archive_department", department, {"archived_at": (before, now)}, actor=actor, now=now)
        return department


def restore_department(department_id: int, version: int, *, actor: User | None, now: datetime) -> Department:
    return put_away(Department, "Отдел", "restore_department", None, department_id, version, actor=actor, now=now)


def _described(name: str, short_name: str, phone: str, other_phones: str) -> dict[str, str]:
    """Return the checked names and telephones. Raises MissingInput."""
    asked = "Назовите отдел полностью, как в положении о нём."
    longest = {"longest": LONGEST_PHONE_LINE, "most": MOST_PHONES}
    with EveryField() as check:
        name = check(one_line, "name", "Название", name, 200, missing=asked)
        short_name = check(one_line, "short_name", "Коротко", short_name, 60)
        phone = check(one_line, "phone", "Телефон", phone, 60)
        further = check(lines, "other_phones", "Другие телефоны", other_phones, **longest)
    short_name = short_name or name
    if len(short_name) > 60:
        raise MissingInput("short_name", "Дайте короткое название, до 60 знаков: оно стоит в списках и на карточках.")
    return {"name": name, "short_name": short_name, "phone": phone, "other_phones": "\n".join(further)}


def _appoint(
    department: Department, duty_officer_id: int | None, deputy_ids: Sequence[int], supervisor_id: int | None
) -> dict[str, Change]:
    """Set duty officer, deputies and supervisor; returns the changes as ids. A person who had the post already may keep
    it, even if blocked."""
    duty_before, before = department.duty_officer_id, [deputy.user_id for deputy in department.deputies]
    wanted = list(dict.fromkeys(deputy_ids))
    refuse("deputies", len(wanted) > MOST_DEPUTIES, f"Заместителей больше {MOST_DEPUTIES}. Уберите лишних.")
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
        db.session.flush()  # free the places before others take them
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
    rows = db.session.execute(select(Department.id, Department.name, Department.short_name))
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


# --- Absences of П.3
LONGEST_ACT = 200
ENTER_ANYBODYS = frozenset({Role.CURATOR, Role.ADMIN})

_ANOTHERS = "Отсутствие другого сотрудника вносит куратор или администратор."
_GIVES_RIGHTS = (
    "Отсутствие руководителя или сотрудника пресс-центра даёт права другому, а вы сами сейчас замещаете куратора. "
    "Внести, изменить или завершить его может администратор, другой куратор или сам сотрудник."
)


class AbsenceOver(ServiceError):
    """An absence that has passed or was ended cannot be changed."""

    words = "Это отсутствие уже закончилось, изменить его нельзя. Внесите новое. Ничего не изменено."


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says; None if not chosen or not understood. `acting_id`, `act`: only for a leader (и. о.)."""

    reason: str
    first_day: date | None
    last_day: date | None
    substitute_id: int | None
    acting_id: int | None = None
    act: str = ""


def enter_absence(person_id: int | None, given: Given, *, actor: User, now: datetime) -> Absence:
    """Raises MissingInput, which names the field, and NotYours."""
    with transaction():
        _hold_out_others()
        person = _person(person_id, actor)
        reason, rule = _checked(person.id, given, actor, now)
        row = Absence(
            person_id=person.id, reason=reason, first_day=rule.first_day, last_day=rule.last_day,
            substitute_id=rule.substitute_id, acting_id=rule.acting_id, act=rule.act, entered_by_id=actor.id,
            entered_at=now,
        )  # fmt: skip
        add_row(row)
        record(
            "enter_absence", at=now, actor=actor, clause="П.3",
            changes={"person_id": (None, person.id), **_changes({}, _facts(row))}, about=row,
        )  # fmt: skip
        return row


def edit_absence(absence_id: int, version: int, given: Given, *, actor: User, now: datetime) -> Absence:
    """Change days, reason or substitute. Raises MissingInput, StaleVersion, AbsenceOver, NotYours."""
    with transaction():
        _hold_out_others()
        row = _held(absence_id, version, actor, now)
        reason, rule = _checked(row.person_id, given, actor, now, except_id=row.id)
        before, other_act = _facts(row), rule.act != row.act
        row.reason, row.first_day, row.last_day = reason, rule.first_day, rule.last_day
        row.substitute_id, row.acting_id, row.act = rule.substitute_id, rule.acting_id, rule.act
        changes = _changes(before, _facts(row)) | ({"fields": ([], ["act"])} if other_act else {})
        settle("edit_absence", row, changes, actor=actor, now=now)
        return row


def end_absence(absence_id: int, version: int, *, actor: User, now: datetime) -> Absence:
    """End the absence at once, before its last day or before its first."""
    with transaction():
        _hold_out_others()
        row = _held(absence_id, version, actor, now)
        row.ended_at = now
        settle("end_absence", row, {"ended_at": (None, now)}, actor=actor, now=now)
        return row


def holding(day: date, except_id: int | None = None) -> list[executors.Absence]:
    """Absences in force on this day or later, except the one with the given id."""
    rows = db.session.execute(
        select(
            Absence.person_id, Absence.first_day, Absence.last_day, Absence.substitute_id, Absence.acting_id,
            Absence.act,
        )
        .where(Absence.last_day >= day, Absence.ended_at.is_(None), Absence.id != (except_id or 0))
        .order_by(Absence.first_day, Absence.id)
    )  # fmt: skip
    return [executors.Absence(*row) for row in rows]


def why_not(actor: User, person_id: int) -> str:
    """Why this person may not enter, change or end an absence of that person; empty if he may."""
    if actor.id == person_id or actor.owns(*ENTER_ANYBODYS):
        return ""
    if not actor.has(*ENTER_ANYBODYS):
        return _ANOTHERS
    roles = db.session.get_one(User, person_id).own_roles
    return _GIVES_RIGHTS if passed_on(roles) or Role.HEAD in roles else ""


def checked_absence(
    person_id: int | None, given: Given, *, actor: User, now: datetime, except_id: int | None = None
) -> executors.Absence:
    """The absence as the rule takes it, to preview its effects; raises MissingInput and NotYours as saving does."""
    return _checked(_person(person_id, actor).id, given, actor, now, except_id)[1]


def _person(person_id: int | None, actor: User) -> User:
    person = db.session.get(User, person_id) if person_id else None
    if person is None or not person.is_active or person.own_roles.isdisjoint(ABSENT):
        raise MissingInput("person_id", "Выберите сотрудника, который будет отсутствовать.")
    _check_right(person.id, actor)
    return person


def _checked(
    person_id: int, given: Given, actor: User, now: datetime, except_id: int | None = None
) -> tuple[AbsenceReason, executors.Absence]:
    with EveryField() as check:
        reason = check(one_of, "reason", given.reason, AbsenceReason, "Выберите причину отсутствия.")
        first_day = check(need, "first_day", given.first_day, "Укажите первый день отсутствия, например 25.11.2026.")
        last_day = check(need, "last_day", given.last_day, "Укажите последний день отсутствия, например 30.11.2026.")
        act = check(one_line, "act", "Распоряжение", given.act, LONGEST_ACT)
    rule = executors.Absence(person_id, first_day, last_day, given.substitute_id, given.acting_id, act)
    others = holding(min(local_day(now), first_day), except_id)
    check_absence(rule, others, colleagues(named([rule, *others])))
    as_substitute = actor.id != person_id and not actor.owns(*ENTER_ANYBODYS)
    if as_substitute and actor.id in could_work_for(rule, others):
        raise MissingInput(
            "substitute_id",
            "Работа перешла бы к вам, а вы вносите это, замещая куратора. Выберите другого замещающего или попросите "
            "администратора.",
        )
    refuse("last_day", last_day < local_day(now), "Эти дни уже прошли: вносится отсутствие, которое есть или будет.")
    return reason, rule


def _held(absence_id: int, version: int, actor: User, now: datetime) -> Absence:
    row = locked(Absence, absence_id, version, "Отсутствие")
    _check_right(row.person_id, actor)
    if row.ended_at is not None or row.last_day < local_day(now):
        raise AbsenceOver
    return row


def _check_right(person_id: int, actor: User) -> None:
    if why := why_not(actor, person_id):
        raise NotYours(f"{why} Ничего не изменено.")
    if actor.id != person_id:
        actor.act_for(actor.absent_for(ENTER_ANYBODYS))


def _facts(row: Absence) -> dict[str, object]:
    return {
        "reason": row.reason.value,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "substitute_id": row.substitute_id,
        "acting_id": row.acting_id,
    }


def _changes(before: dict[str, object], after: dict[str, object]) -> dict[str, Change]:
    return {name: (before.get(name), value) for name, value in after.items()}


def _hold_out_others() -> None:
    """Two absences entered at once could close a circle that neither sees, so one waits for the other."""
    hold_out_others("absence")


# --- «Глава» at an instant, by the absences that hold then (reading 14 of П.3 and П.20)
def head_at(at: datetime) -> HeadOfDay | None:
    """The head, or the acting head; None while no account has the post."""
    return head_on(roster_on(local_day(at), at=at))
