"""Absences of П.3: entered, changed, ended early; anybody's by the curator and an administrator, one's own by all.

Who is the curator only as a substitute enters nothing that would give rights to anybody, or work to himself: what was
borrowed would prolong itself. An administrator, a curator of his own right or the absent person enter that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation import substitution
from osm.regulation.errors import MissingInput
from osm.regulation.substitution import FITTING, AbsenceReason, check_absence, could_work_for, passed_on
from osm.regulation.words import Role
from osm.services.clocks.terms import in_force
from osm.services.edits import hold_out_others, locked, settle
from osm.services.errors import NotYours, ServiceError
from osm.services.log.log import Change, record
from osm.store.models import Absence, User
from osm.store.queries.staff.substitutes import colleagues
from osm.store.transaction import transaction

ENTER_ANYBODYS = frozenset({Role.CURATOR, Role.ADMIN})

_ANOTHERS = "Отсутствие другого сотрудника вносит куратор или администратор."
_GIVES_RIGHTS = (
    "Отсутствие сотрудника пресс-центра даёт права тому, кто его замещает, а вы сами сейчас замещаете куратора. "
    "Внести, изменить или завершить его может администратор, другой куратор или сам сотрудник."
)


class AbsenceOver(ServiceError):
    """It has passed or was ended: what was cannot be changed any more."""

    def __init__(self) -> None:
        super().__init__("Это отсутствие уже закончилось, изменить его нельзя. Внесите новое. Ничего не изменено.")


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says. None: not chosen, or not understood."""

    reason: str
    first_day: date | None
    last_day: date | None
    substitute_id: int | None


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
        before = _facts(row)
        row.reason, row.first_day, row.last_day = reason, rule.first_day, rule.last_day
        row.substitute_id = rule.substitute_id
        settle("edit_absence", "absence", row, _changes(before, _facts(row)), actor=actor, now=now)
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
        select(Absence.person_id, Absence.first_day, Absence.last_day, Absence.substitute_id)
        .where(Absence.last_day >= day, Absence.ended_at.is_(None), Absence.id != (besides or 0))
        .order_by(Absence.first_day, Absence.id)
    )
    return [substitution.Absence(*row) for row in rows.tuples()]


def why_not(actor: User, person_id: int) -> str:
    """Why this person may not enter, change or end an absence of that one; empty where he may."""
    if actor.id == person_id or actor.owns(*ENTER_ANYBODYS):
        return ""
    if not actor.has(*ENTER_ANYBODYS):
        return _ANOTHERS
    return _GIVES_RIGHTS if passed_on(db.session.get_one(User, person_id).own_roles) else ""


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
    if person is None or not person.is_active or person.own_roles.isdisjoint(FITTING):
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
    rule = substitution.Absence(person_id, given.first_day, given.last_day, given.substitute_id)
    others = holding(min(local_day(now), given.first_day), besides)
    check_absence(rule, others, colleagues(_named([rule, *others])))
    if _acts_by_absence(actor, person_id) and actor.id in could_work_for(rule, others):
        raise MissingInput(
            "substitute_id",
            "Работа перешла бы к вам, а вы вносите это, замещая куратора. Выберите другого замещающего или попросите "
            "администратора.",
        )
    if given.last_day < local_day(now):
        raise MissingInput("last_day", "Эти дни уже прошли: вносится отсутствие, которое есть или будет.")
    return AbsenceReason(given.reason), rule


def _named(absences: Collection[substitution.Absence]) -> set[int]:
    return {person for one in absences for person in (one.person_id, one.substitute_id) if person}


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
    }


def _changes(before: dict[str, object], after: dict[str, object]) -> dict[str, Change]:
    return {name: (before.get(name), value) for name, value in after.items()}


def _hold_out_others() -> None:
    """Two absences entered at once could close a circle that neither sees: one waits for the other."""
    hold_out_others("absence")
