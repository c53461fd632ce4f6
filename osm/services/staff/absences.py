"""Absences of П.3: entered, changed, ended early; anybody's by the curator and an administrator, one's own by all.

Who is the curator only as a substitute enters nothing that would give rights to anybody, or work to himself: what was
borrowed would prolong itself. An administrator, a curator of his own right or the absent person enter that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation import substitution
from osm.regulation.errors import MissingInput
from osm.regulation.substitution import ABSENT, AbsenceReason, check_absence, could_work_for, named, passed_on
from osm.regulation.words import Role
from osm.services.clocks.terms import in_force
from osm.services.edits import hold_out_others, locked, one_line, settle
from osm.services.errors import NotYours, ServiceError
from osm.services.log.log import Change, record
from osm.store.models import Absence, User
from osm.store.queries.staff.substitutes import colleagues
from osm.store.transaction import transaction

LONGEST_ACT = 200
ENTER_ANYBODYS = frozenset({Role.CURATOR, Role.ADMIN})

_ANOTHERS = "Отсутствие другого сотрудника вносит куратор или администратор."
_GIVES_RIGHTS = (
    "Отсутствие руководителя или сотрудника пресс-центра даёт права другому, а вы сами сейчас замещаете куратора. "
    "Внести, изменить или завершить его может администратор, другой куратор или сам сотрудник."
)


class AbsenceOver(ServiceError):
    """It has passed or was ended: what was cannot be changed any more."""

    def __init__(self) -> None:
        super().__init__("Это отсутствие уже закончилось, изменить его нельзя. Внесите новое. Ничего не изменено.")


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says. None: not chosen, or not understood. `acting_id`, `act`: of a leader (и. о.)."""

    reason: str
    first_day: date | None
    last_day: date | None
    substitute_id: int | None
    acting_id: int | None = None
    act: str = ""


def local_day(now: datetime) -> date:
    """The day by the clock of the office."""
    return in_force().calendar.local(now).date()


def enter_absence(person_id: int | None, given: Given, *, actor: User, now: datetime) -> Absence:
    """Somebody will be away, or already is. MissingInput names the field; NotYours."""
    with transaction() as session:
        _hold_out_others()
        person = _person(person_id, actor)
        reason, rule = _checked(person.id, given, actor, now)
        row = Absence(
            person_id=person.id,
            reason=reason,
            first_day=rule.first_day,
            last_day=rule.last_day,
            substitute_id=rule.substitute_id,
            acting_id=rule.acting_id,
            act=rule.act,
            entered_by_id=actor.id,
            entered_at=now,
        )
        session.add(row)
        session.flush()
        record(
            "enter_absence",
            at=now,
            actor=actor,
            clause="П.3",
            changes={"person_id": (None, person.id), **_changes({}, _facts(row))},
            object_kind="absence",
            object_id=row.id,
        )
        return row


def edit_absence(absence_id: int, version: int, given: Given, *, actor: User, now: datetime) -> Absence:
    """Other days, another reason, another substitute. MissingInput, StaleVersion, AbsenceOver, NotYours."""
    with transaction():
        _hold_out_others()
        row = _held(absence_id, version, actor, now)
        reason, rule = _checked(row.person_id, given, actor, now, besides=row.id)
        before, other_act = _facts(row), rule.act != row.act
        row.reason, row.first_day, row.last_day = reason, rule.first_day, rule.last_day
        row.substitute_id, row.acting_id, row.act = rule.substitute_id, rule.acting_id, rule.act
        changes = _changes(before, _facts(row)) | ({"fields": ([], ["act"])} if other_act else {})
        settle("edit_absence", "absence", row, changes, actor=actor, now=now)
        return row


def end_absence(absence_id: int, version: int, *, actor: User, now: datetime) -> Absence:
    """The person is there again before the last day, or does not go at all: it holds no longer from this instant."""
    with transaction():
        _hold_out_others()
        row = _held(absence_id, version, actor, now)
        row.ended_at = now
        settle("end_absence", "absence", row, {"ended_at": (None, now)}, actor=actor, now=now)
        return row


def holding(day: date, besides: int | None = None) -> list[substitution.Absence]:
    """Absences that hold on this day or later, for the rule; `besides`: without this one."""
    rows = db.session.execute(
        select(
            Absence.person_id, Absence.first_day, Absence.last_day, Absence.substitute_id, Absence.acting_id,
            Absence.act,
        )
        .where(Absence.last_day >= day, Absence.ended_at.is_(None), Absence.id != (besides or 0))
        .order_by(Absence.first_day, Absence.id)
    )  # fmt: skip
    return [substitution.Absence(*row) for row in rows.tuples()]


def why_not(actor: User, person_id: int) -> str:
    """Why this person may not enter, change or end an absence of that one; empty where he may."""
    if actor.id == person_id or actor.owns(*ENTER_ANYBODYS):
        return ""
    if not actor.has(*ENTER_ANYBODYS):
        return _ANOTHERS
    roles = db.session.get_one(User, person_id).own_roles
    return _GIVES_RIGHTS if passed_on(roles) or Role.HEAD in roles else ""


def _acts_by_absence(actor: User, person_id: int) -> bool:
    """Whether he may enter this one only because the curator is absent."""
    return actor.id != person_id and not actor.owns(*ENTER_ANYBODYS)


def checked_absence(
    person_id: int | None, given: Given, *, actor: User, now: datetime, besides: int | None = None
) -> substitution.Absence:
    """The absence as the rule takes it, for a look at what it would bring; MissingInput and NotYours as on saving."""
    return _checked(_person(person_id, actor).id, given, actor, now, besides)[1]


def _person(person_id: int | None, actor: User) -> User:
    person = db.session.get(User, person_id) if person_id else None
    if person is None or not person.is_active or person.own_roles.isdisjoint(ABSENT):
        raise MissingInput("person_id", "Выберите сотрудника, который будет отсутствовать.")
    _check_right(person.id, actor)
    return person


def _checked(
    person_id: int, given: Given, actor: User, now: datetime, besides: int | None = None
) -> tuple[AbsenceReason, substitution.Absence]:
    if given.reason not in set(AbsenceReason):
        raise MissingInput("reason", "Выберите причину отсутствия.")
    if given.first_day is None:
        raise MissingInput("first_day", "Укажите первый день отсутствия, например 25.11.2026.")
    if given.last_day is None:
        raise MissingInput("last_day", "Укажите последний день отсутствия, например 30.11.2026.")
    act = one_line("act", "Распоряжение", given.act, LONGEST_ACT)
    rule = substitution.Absence(person_id, given.first_day, given.last_day, given.substitute_id, given.acting_id, act)
    others = holding(min(local_day(now), given.first_day), besides)
    check_absence(rule, others, colleagues(named([rule, *others])))
    if _acts_by_absence(actor, person_id) and actor.id in could_work_for(rule, others):
        raise MissingInput(
            "substitute_id",
            "Работа перешла бы к вам, а вы вносите это, замещая куратора. Выберите другого замещающего или попросите "
            "администратора.",
        )
    if given.last_day < local_day(now):
        raise MissingInput("last_day", "Эти дни уже прошли: вносится отсутствие, которое есть или будет.")
    return AbsenceReason(given.reason), rule


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
    """Two absences entered at once could close a circle that neither sees: one waits for the other."""
    hold_out_others("absence")
