"""Contacts, settings, sessions, and work that is in the wrong place (П.3): with an absent or blocked person, or with a
substitute although the other is back. It follows from absences and assignments alone, so a day without a worker needs
no catching up, and work that was handed over is not offered again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Select, bindparam, exists, or_, select, union
from sqlalchemy.orm import joinedload, lazyload

from osm.base.database import db
from osm.base.types import OfRow
from osm.models import Assignment, Department, Deputy, Message, OfficeSettings, User, UserRole
from osm.people.queries.absences import Away, Roster, colleagues, roster_on
from osm.regulation import executors, transitions, words


# --- Contacts
@dataclass(frozen=True, slots=True)
class DepartmentContacts(OfRow):
    """A department and whom to call; blocked people are left out."""

    row: Department
    duty_officer: User | None
    deputies: tuple[User, ...]  # in the order in which they are asked

    @property
    def other_phones(self) -> tuple[str, ...]:
        return tuple(self.row.other_phones.splitlines())

    @property
    def says_anything(self) -> bool:
        return bool(self.row.phone or self.row.other_phones or self.duty_officer or self.deputies)


_ALONE = (lazyload(User.role_rows), lazyload(User.department))
_APPOINTED = select(Department).options(
    joinedload(Department.duty_officer).options(*_ALONE),
    joinedload(Department.deputies).joinedload(Deputy.user).options(*_ALONE),
)


def contacts(department_ids: Iterable[int | None]) -> tuple[DepartmentContacts, ...]:
    """The departments in the given order, each once, in one statement."""
    wanted = [department_id for department_id in dict.fromkeys(department_ids) if department_id is not None]
    rows = db.session.scalars(_APPOINTED.where(Department.id.in_(wanted))).unique() if wanted else ()
    found = {row.id: row for row in rows}
    return tuple(
        DepartmentContacts(
            row,
            row.duty_officer if row.duty_officer and row.duty_officer.is_active else None,
            tuple(deputy.user for deputy in row.deputies if deputy.user.is_active),
        )
        for row in map(found.get, wanted)
        if row is not None
    )


# --- Settings that the Postanovlenie leaves to the office (П.3, П.17, Пр.1.3)
SETTINGS_ID = 1  # the id of the only row


def office_settings() -> OfficeSettings:
    """The settings; the letter of the Postanovlenie if there is no row."""
    found = db.session.get(OfficeSettings, SETTINGS_ID)
    return found or OfficeSettings(
        id=SETTINGS_ID, publishing_networks=[], answer_marked=False, marked_act_number="", load_minutes=45, version=1
    )


def publishing_networks() -> frozenset[str]:
    """Codes of the networks in which executors publish the answer themselves (П.3)."""
    return frozenset(office_settings().publishing_networks)


def may_answer_marked() -> bool:
    """Whether this office answers correctly marked messages, which departs from П.17."""
    return office_settings().answer_marked


# --- Work in the wrong place (П.3)
class OfferKind(StrEnum):
    """Why the work should go to somebody else."""

    AWAY = "away"
    BLOCKED = "blocked"
    BACK = "back"


Held = Row[Any]
"""An open message and its current assignment: the columns of `_statement`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """«Передать 7 сообщений: Иванова И. И. → Борис Ежов», confirmed with one press. `owner_id`: the rightful executor;
    `target_id` None: there is no substitute, the curator chooses."""

    kind: OfferKind
    holder_id: int
    holder: str
    owner_id: int
    owner: str
    target_id: int | None
    target: str
    until: date | None  # last day of the owner's absence
    reason: executors.AbsenceReason | None
    is_locked: bool  # the holder cannot log in
    absence_id: int | None
    items: tuple[Held, ...]
    absences: tuple[tuple[int, int], ...]
    """Id and version of all absences on that day: another one may change the target."""

    @property
    def count(self) -> int:
        return len(self.items)

    @property
    def seen(self) -> str:
        """A hash of everything that the press depends on: people, messages and their versions."""
        rows = [(item.message_id, item.version, item.assignment_id) for item in self.items]
        whole = (self.kind.value, self.holder_id, self.owner_id, self.target_id, rows, self.absences)
        return hashlib.sha256(repr(whole).encode()).hexdigest()[:24]

    @property
    def key(self) -> str:
        """Identifies the offer on a page."""
        return f"{self.holder_id}-{self.owner_id}"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """An absent person without a substitute."""

    person_id: int
    name: str
    absence_id: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Handovers:
    """What the curator sees: absent people without a substitute, and work to hand over or back."""

    uncovered: tuple[Uncovered, ...] = ()
    offers: tuple[Offer, ...] = ()


def handovers_on(roster: Roster) -> Handovers:
    """On the roster's day; one statement if all work is in its place."""
    return Handovers(uncovered_on(roster), tuple(_offers(roster)))


def uncovered_on(roster: Roster) -> tuple[Uncovered, ...]:
    """Who is away without a substitute."""
    return tuple(
        Uncovered(person, roster.name(person), away.id, away.last_day)
        for person, away in roster.away.items()
        if roster.people[person].is_active and roster.stand_in(person) is None
    )


def offers_on(day: date) -> list[Offer]:
    """All that is to be handed over or back today, without a substitute first."""
    return _offers(roster_on(day))


def _offers(roster: Roster) -> list[Offer]:
    day = roster.day
    held = db.session.execute(_MISPLACED, {"away": list(roster.away)}).all()
    if not held:
        return []
    people = colleagues({person for item in held for person in (item.holder_id, item.for_id) if person})
    whole = Roster(day, roster.away, {**roster.people, **people})
    grouped: dict[tuple[OfferKind, int, int, int | None], list[Held]] = {}
    for item in held:
        if place := _place(item, whole):
            kind, owner, target = place
            grouped.setdefault((kind, item.holder_id, owner, target), []).append(item)
    names = colleagues({key[3] for key in grouped if key[3] and key[3] not in whole.people})
    absences = tuple(sorted((one.id, one.version) for one in roster.away.values()))
    found = [_offer(key, items, whole, {**whole.people, **names}, absences) for key, items in grouped.items()]
    by = lambda offer: (offer.target_id is not None, offer.kind is OfferKind.BACK, offer.owner, offer.key)  # noqa: E731
    return sorted(found, key=by)


def count_held(person_id: int) -> int:
    """The number of open messages that this person prepares."""
    return len(db.session.execute(_OF_ONE, {"person": person_id}).all())


def deputies_of(person_id: int) -> list[int]:
    """The deputies for the executors of his department, in the order in which they are asked."""
    of_his = select(Deputy.user_id).join(User, User.department_id == Deputy.department_id)
    asked = of_his.where(User.id == person_id, Deputy.user_id != person_id).order_by(Deputy.place)
    return list(db.session.scalars(asked))


def _offer(
    key: tuple[OfferKind, int, int, int | None], items: Sequence[Held], roster: Roster,
    people: Mapping[int, executors.Colleague], absences: tuple[tuple[int, int], ...],
) -> Offer:  # fmt: skip
    kind, holder, owner, target = key
    away: Away | None = roster.away.get(owner)
    return Offer(
        kind=kind, holder_id=holder, holder=people[holder].name, owner_id=owner, owner=people[owner].name,
        target_id=target, target=people[target].name if target else "", until=away.last_day if away else None,
        reason=away.reason if away else None, absence_id=away.id if away else None,
        is_locked=not people[holder].is_active,
        items=tuple(sorted(items, key=lambda item: item.message_id)), absences=absences,
    )  # fmt: skip


def _place(item: Held, roster: Roster) -> tuple[OfferKind, int, int | None] | None:
    """Why the work is misplaced, its owner, and its target; None if it is in its place."""
    owner, holder = item.for_id or item.holder_id, item.holder_id
    if owner != holder and not roster.is_away(owner):
        if _works(roster.people.get(owner)):
            return None if item.kept_at else (OfferKind.BACK, owner, owner)
        owner = holder  # the owner has left for good
    if roster.is_away(owner):
        target = roster.stand_in(owner)
        holder_works = _works(roster.people.get(holder)) and not roster.is_away(holder)
        if target == holder or (target is None and owner != holder and holder_works):
            return None
        return OfferKind.AWAY, owner, target
    if not _works(roster.people.get(holder)):
        return OfferKind.BLOCKED, owner, None
    if roster.is_away(holder):
        return OfferKind.AWAY, owner, roster.stand_in(holder)
    return None


def _works(person: executors.Colleague | None) -> bool:
    return person is not None and person.is_active and words.Role.EXECUTOR in person.roles


def _statement(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(Assignment.id.label("assignment_id"), Assignment.message_id, Message.number, Message.version)
        .add_columns(Assignment.executor_id.label("holder_id"), Assignment.for_id, Assignment.kept_at)
        .join(Message, Message.id == Assignment.message_id)
        .where(Message.status.in_(transitions.WITH_EXECUTORS), Assignment.ended_at.is_(None), condition)
        .order_by(Assignment.message_id, Assignment.id)
    )


# Built once: each open list needs them, and building takes longer than running.
_IS_EXECUTOR = exists().where(UserRole.user_id == User.id, UserRole.role == words.Role.EXECUTOR)
_GONE = select(User.id).where(
    or_(
        User.is_active.is_(False),
        ~_IS_EXECUTOR,
        User.id.in_(bindparam("away", expanding=True, type_=Integer())),
    )
)
_OF_GONE = select(Assignment.id).where(Assignment.executor_id.in_(_GONE), Assignment.ended_at.is_(None))
_FOR_OTHERS = select(Assignment.id).where(Assignment.for_id.is_not(None), Assignment.ended_at.is_(None))
_MISPLACED = _statement(Assignment.id.in_(union(_OF_GONE, _FOR_OTHERS)))
"""Starts from those who are absent, blocked or no executors: they hold little, so the messages of all others are not
read."""
IS_MISPLACED = select(_MISPLACED.exists()).scalar_subquery()
"""Whether there may be something to hand over; `away`: ids of the absent people."""
_OF_ONE = _statement(Assignment.executor_id == bindparam("person"))
