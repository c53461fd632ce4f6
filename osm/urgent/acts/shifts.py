"""Handover of a shift, and the duty roster: calls to the head (П.20) and loading of exports on days off."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import hold_out_others, lock, one_line, settle
from osm.log.acts.record import record
from osm.models import DutyTurn, Shift, User
from osm.people.queries.absences import roster_on
from osm.regulation.control import MOST_DAYS, Turn, days_off_after, first_clash, is_holiday, turns_of
from osm.regulation.errors import MissingInput, need, refuse
from osm.regulation.words import PRESS_CENTRE, Role
from osm.urgent.queries.shifts import WAITS, DutyRow, coming, loading, open_now

# --- Handover of a shift
LONGEST_NOTE = 4_000


class ShiftWaits(ServiceError):
    def __init__(self, row: Shift, actor: User) -> None:
        self.shift_id = row.id
        at = f"{in_force().calendar.local(row.given_at):%d.%m в %H:%M}"
        if row.given_by_id == actor.id:
            words = f"Вы уже сдали смену {at}, её ещё не приняли. Чтобы сдать заново, отмените прежнюю сдачу."
        else:
            words = f"Смену сдаёт {row.given_by.name}, {at}: её ещё не приняли. Сначала примите её."
        super().__init__(words)


class ShiftSettled(ServiceError):
    """The shift was taken or withdrawn by somebody faster."""

    def __init__(self, row: Shift) -> None:
        at = in_force().calendar.local(row.taken_at or row.withdrawn_at or row.given_at)
        if row.taken_by is not None:
            words = f"Смена уже принята: {row.taken_by.name}, {at:%d.%m в %H:%M}. Ничего не изменено."
        else:
            words = f"Сдача смены отменена: {row.given_by.name}, {at:%d.%m в %H:%M}. Ничего не изменено."
        super().__init__(words)


def give(*, note: str, actor: User, now: datetime) -> Shift:
    """Hand over the shift, with a list of what is open now and a note. Raises ShiftWaits, MissingInput."""
    _only_press_centre(actor)
    words = note.strip()
    refuse("note", len(words) > LONGEST_NOTE, f"Больше {LONGEST_NOTE} знаков. Сократите.")
    with transaction() as session:
        hold_out_others("shift")
        waiting = session.scalars(select(Shift).where(WAITS).order_by(Shift.id).limit(1)).first()
        if waiting is not None:
            raise ShiftWaits(waiting, actor)
        row = Shift(given_at=now, given_by_id=actor.id, note=words, content=open_now(now, in_force().calendar.tz))
        add_row(row)
        record("shift_given", at=now, actor=actor, about=row)
        return row


def take(shift_id: int, version: int, *, actor: User, now: datetime) -> Shift:
    """Take the shift. Raises ShiftSettled, NotYours."""
    _only_press_centre(actor)
    with transaction():
        row = _waiting(shift_id, version)
        if row.given_by_id == actor.id:
            raise NotYours("Смену принимает тот, кто заступает, а не тот, кто её сдал. Ничего не изменено.")
        row.taken_at, row.taken_by = now, actor
        settle("shift_taken", row, {"person_id": (None, actor.id)}, actor=actor, now=now)
        return row


def withdraw(shift_id: int, version: int, *, actor: User, now: datetime) -> Shift:
    """Withdraw the handover; only the person who made it may."""
    with transaction():
        row = _waiting(shift_id, version)
        NotYours.when(row.given_by_id != actor.id, "Отменить сдачу может тот, кто сдал смену. Ничего не изменено.")
        row.withdrawn_at = now
        settle("shift_withdrawn", row, {}, actor=actor, now=now)
        return row


def _waiting(shift_id: int, version: int) -> Shift:
    """Raise ShiftSettled before the check of the version: a shift changes only when it is taken or withdrawn."""
    row = lock(Shift, shift_id, "Сдача смены")
    if row.taken_at is not None or row.withdrawn_at is not None or row.version != version:
        raise ShiftSettled(row)
    return row


def _only_press_centre(actor: User) -> None:
    NotYours.when(not actor.has(*PRESS_CENTRE), "Смену сдаёт и принимает пресс-центр. Ничего не изменено.")


# --- Duty roster
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
LONGEST_PHONE = 120


@dataclass(frozen=True, slots=True)
class Given:
    """The form: person, days, begin and end («18:00»), telephone. None: not given."""

    person_id: int | None
    first_day: date | None
    last_day: date | None
    begins: str
    ends: str
    phone: str = ""
    loads_exports: bool = False


def enter_turns(given: Given, *, actor: User, now: datetime) -> list[DutyTurn]:
    """Enter a turn for each of the days. Raises MissingInput with the field, also for an overlap with another turn."""
    _only_curator(actor)
    turns = _checked(given, now)
    phone = one_line("phone", "Телефон", given.phone, LONGEST_PHONE)
    with transaction() as session:
        hold_out_others("duty_turn")
        person = _person(given.person_id)
        if given.loads_exports and not person.owns(Role.CURATOR, Role.ADMIN):
            raise MissingInput("loads_exports", "Выгрузки загружает куратор: отметьте это у его дежурства.")
        _check_free(turns)
        rows = [
            DutyTurn(
                person_id=person.id, begins_at=turn.begins, ends_at=turn.ends, phone=phone, entered_at=now,
                entered_by_id=actor.id, loads_exports=given.loads_exports,
            )
            for turn in turns
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        record(
            "duty_entered",
            at=now,
            actor=actor,
            clause="П.20",
            about=rows[0],
            changes={
                "person_id": (None, person.id),
                "begins_at": (None, rows[0].begins_at),
                "ends_at": (None, rows[-1].ends_at),
            },
        )
        return rows


def remove_turn(turn_id: int, *, actor: User, now: datetime) -> None:
    """Remove a turn. Past turns stay. Raises NotFound if it is removed already."""
    _only_curator(actor)
    with transaction() as session:
        row = must_exist(session.get(DutyTurn, turn_id, with_for_update=True), "Дежурство")
        ServiceError.when(row.ends_at <= now, "Это дежурство прошло, оно остаётся в графике. Ничего не изменено.")
        record(
            "duty_removed",
            at=now,
            actor=actor,
            clause="П.20",
            about=row,
            changes={
                "person_id": (row.person_id, None),
                "begins_at": (row.begins_at, None),
                "ends_at": (row.ends_at, None),
            },
        )
        session.delete(row)


def on_call(now: datetime) -> list[DutyRow]:
    """People who can be called now, in the order of the roster, without repeats; empty if no turn is running. People
    who are absent (П.3), or may no longer note calls, are skipped."""
    turns = coming(now)
    if not turns or not turns[0].holds(now):
        return []
    roster = roster_on(in_force().calendar.local(now).date())
    able: dict[int, DutyRow] = {}
    for turn in turns:
        if turn.may_note and not roster.is_away(turn.person_id):
            able.setdefault(turn.person_id, turn if turn is turns[0] else replace(turn, instead_of=turns[0].person))
    return list(able.values())


def duty_officer(now: datetime) -> DutyRow | None:
    """The first of them; None if no turn is running or all are absent."""
    return next(iter(on_call(now)), None)


@dataclass(frozen=True, slots=True)
class LoadingAhead:
    """Who loads exports on the days off that begin tomorrow. `missing`: holidays without a person."""

    first_day: date
    last_day: date
    turns: list[DutyRow]
    missing: list[date]


def loading_ahead(person: User, now: datetime) -> LoadingAhead | None:
    """For the curator and the loading people, on the last working day before long days off; else None."""
    calendar = in_force().calendar
    days = days_off_after(calendar.local(now).date(), calendar)
    if not days:
        return None
    begins = [datetime.combine(day, time(), calendar.tz) for day in (days[0], days[-1] + timedelta(days=1))]
    turns = loading(*begins)
    named = {calendar.local(turn.begins_at).date() for turn in turns}
    missing = [day for day in days if day not in named] if is_holiday(days) else []
    if not person.has(Role.CURATOR):
        missing = []
        turns = turns if any(turn.person_id == person.id for turn in turns) else []
    return LoadingAhead(days[0], days[-1], turns, missing) if turns or missing else None


def _checked(given: Given, now: datetime) -> list[Turn]:
    if given.first_day is None:
        raise MissingInput("first_day", "Укажите день дежурства.")
    last_day = given.last_day or given.first_day
    refuse("last_day", last_day < given.first_day, "Последний день раньше первого. Исправьте.")
    refuse("last_day", (last_day - given.first_day).days >= MOST_DAYS, f"За один раз — не больше {MOST_DAYS} дней.")
    begins, ends = _time("begins", given.begins), _time("ends", given.ends)
    turns = turns_of(given.first_day, last_day, begins, ends, in_force().calendar.tz)
    refuse("first_day", turns[0].ends <= now, "Это время уже прошло. Укажите сегодняшний или более поздний день.")
    return turns


def _time(field: str, typed: str) -> time:
    match = _TIME.fullmatch(typed.strip())
    match = need(field, match, "Укажите время, например 18:00.")
    return time(int(match[1]), int(match[2]))


def _check_free(turns: list[Turn]) -> None:
    reach = (DutyTurn.begins_at < turns[-1].ends, DutyTurn.ends_at > turns[0].begins)
    known = db.session.execute(
        select(DutyTurn.begins_at, DutyTurn.ends_at, User.name).join(User, User.id == DutyTurn.person_id).where(*reach)
    ).all()
    names = {Turn(begins, ends): name for begins, ends, name in known}
    clash = first_clash(turns, names)
    if clash is None:
        return
    there, other = in_force().calendar, clash[1]
    refuse("ends", other not in names, "Дежурства этих дней накладываются одно на другое. Исправьте часы.")
    raise MissingInput(
        "first_day",
        f"В это время уже дежурит {names[other]}: с {there.local(other.begins):%d.%m %H:%M} "
        f"по {there.local(other.ends):%d.%m %H:%M}. Уберите то дежурство или выберите другие часы.",
    )


def _person(person_id: int | None) -> User:
    person = db.session.get(User, person_id) if person_id else None
    if person is None or not person.is_active or not person.owns(*PRESS_CENTRE):
        raise MissingInput("person_id", "Выберите сотрудника пресс-центра.")
    return person


def _only_curator(actor: User) -> None:
    NotYours.when(not actor.has(Role.CURATOR), "График дежурств ведёт куратор. Ничего не изменено.")
