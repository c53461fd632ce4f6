"""Users, what a person may see, and who is absent and who substitutes (П.3, by the rule of
`osm.regulation.executors`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, bindparam, exists, false, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload, lazyload

from osm.base.database import db
from osm.base.types import OfRow
from osm.login.queries import FactorState, factor_of, is_open
from osm.models import Absence, Assignment, Department, Event, Message, User, UserRole, WebSession
from osm.people.models import StandsFor
from osm.regulation import executors
from osm.regulation.executors import AbsenceReason, Colleague, passed_on
from osm.regulation.transitions import OPEN
from osm.regulation.words import PRESS_CENTRE, Post, Role


# --- One user
@dataclass(frozen=True, slots=True)
class UserDetails:
    """`sessions`: the number of devices on which he is logged in."""

    supervised: tuple[tuple[int, str], ...]  # the departments that he supervises, id and name
    roles: tuple[Role, ...]
    last_login: datetime | None
    sessions: int
    in_work: int  # open messages that this person prepares; hand them over before blocking him
    is_last_admin: bool
    factor: FactorState | None  # the second factor


def details_of(user: User, now: datetime) -> UserDetails:
    supervised = select(Department.id, Department.name).where(Department.supervisor_id == user.id)
    others = exists().where(
        UserRole.user_id == User.id, UserRole.role == Role.ADMIN, User.is_active, User.id != user.id
    )
    return UserDetails(
        supervised=tuple(db.session.execute(supervised)),
        roles=tuple(role for role in Role if role in user.own_roles),
        last_login=db.session.scalar(
            select(func.max(Event.at)).where(Event.actor_id == user.id, Event.action == "log_in")
        ),
        sessions=_count(select(func.count()).where(WebSession.user_id == user.id, is_open(now))),
        factor=factor_of(user.id),
        in_work=_count(
            select(func.count(Message.id.distinct()))
            .join(Assignment, Assignment.message_id == Message.id)
            .where(Assignment.executor_id == user.id, Assignment.ended_at.is_(None), Message.status.in_(OPEN))
        ),
        is_last_admin=user.is_active and user.owns(Role.ADMIN) and not db.session.scalar(select(others)),
    )


def offered_departments(also: int | None = None) -> list[tuple[int, str]]:
    """Id and name of departments that can be chosen, and `also` even if it is archived."""
    rows = db.session.execute(
        select(Department.id, Department.name)
        .where(Department.archived_at.is_(None) | (Department.id == also))
        .order_by(Department.name)
    )
    return list(rows)


def _count(statement: object) -> int:
    return int(db.session.scalar(statement) or 0)  # type: ignore[call-overload]


# --- Which messages a person may see
SEE_EVERYTHING = frozenset({*PRESS_CENTRE, Role.HEAD, Role.AUDITOR})


def visible_to(user: User) -> ColumnElement[bool]:
    """The condition on Message. Former assignments count too: their executor must be able to say what he did."""
    if not user.roles.isdisjoint(SEE_EVERYTHING):
        return true()
    if not user.has(Role.EXECUTOR):
        return false()
    whose = [Assignment.executor_id == user.id]
    if user.department_id is not None:
        whose.append(Assignment.department_id == user.department_id)
    return exists().where(Assignment.message_id == Message.id, or_(*whose))


def may_see(user: User, message_id: int) -> bool:
    """No one may see a message of an import that was taken back."""
    asked = exists().where(Message.id == message_id, Message.recalled_at.is_(None), visible_to(user))
    return bool(db.session.scalar(select(asked)))


# --- Absences (П.3)
def absences_between(first: date, last: date, concerning: int | None = None) -> Sequence[Absence]:
    """Absences that touch these days, by first day; `concerning`: only those in which this person is absent or
    substitutes."""
    return _rows(_concern(concerning), Absence.first_day <= last, Absence.last_day >= first)


def absences_from(day: date, concerning: int | None = None) -> Sequence[Absence]:
    """Absences in force on this day or later, by first day."""
    return _rows(_concern(concerning), Absence.last_day >= day, Absence.ended_at.is_(None))


def absence(absence_id: int) -> Absence | None:
    return next(iter(_rows(Absence.id == absence_id)), None)


def offered_people(
    also: Collection[int | None] = (), *, roles: Collection[Role] | None = None, without: Collection[Role] = ()
) -> list[tuple[int, str]]:
    """Id and «name (department)» of active people with one of `roles` (None: all) but no role in `without`. `also`:
    people included in any case."""
    needed = true() if roles is None else User.id.in_(select(UserRole.user_id).where(UserRole.role.in_(roles)))
    unwanted = User.id.in_(select(UserRole.user_id).where(UserRole.role.in_(without)))
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


def _rows(*conditions: ColumnElement[bool]) -> Sequence[Absence]:
    others = (Absence.substitute, Absence.acting, Absence.entered_by)
    wanted = select(Absence).join(Absence.person).where(*conditions)
    wanted = wanted.options(
        contains_eager(Absence.person).lazyload(User.role_rows),
        *(joinedload(one).options(lazyload(User.role_rows), lazyload(User.department)) for one in others),
    )
    return db.session.scalars(wanted.order_by(Absence.first_day, User.name, Absence.id)).all()


# --- The roster of a day (П.3)
@dataclass(frozen=True, slots=True)
class Away:
    id: int
    version: int
    reason: AbsenceReason
    rule: executors.Absence

    @property
    def last_day(self) -> date:
        return self.rule.last_day


@dataclass(frozen=True, slots=True)
class Roster:
    """All absences on `day` with the substitutes. `people` has at least all of these."""

    day: date
    away: Mapping[int, Away] = field(default_factory=dict)  # person → his absence
    people: Mapping[int, Colleague] = field(default_factory=dict)

    def is_away(self, person_id: int) -> bool:
        return person_id in self.away

    def stand_in(self, person_id: int) -> int | None:
        """Who does this person's work today; None if there is no one."""
        return executors.stand_in(person_id, self.day, [one.rule for one in self.away.values()], self.people)

    def acting_for(self, person_id: int) -> int | None:
        """Who acts for this absent leader today, if somebody does."""
        acting = self.away[person_id].rule.acting_id if person_id in self.away else None
        person = self.people.get(acting or 0)
        return acting if person is not None and person.can_act else None

    def is_uncovered(self, person_id: int) -> bool:
        """He is absent without a substitute; for a person who only leads: without an acting leader."""
        if not self.is_away(person_id):
            return False
        works = not self.people[person_id].roles.isdisjoint(executors.FITTING)
        return (self.stand_in(person_id) if works else self.acting_for(person_id)) is None

    def name(self, person_id: int | None) -> str:
        person = self.people.get(person_id or 0)
        return person.name if person else ""

    def replaced_by(self, person_id: int) -> list[int]:
        return [absent for absent in self.away if self.stand_in(absent) == person_id]


_ABSENCES = (
    select(Absence.id, Absence.version, Absence.reason, Absence.person_id, Absence.first_day, Absence.last_day,
           Absence.substitute_id, Absence.acting_id, Absence.act)
    .where(Absence.last_day >= bindparam("day"), Absence.first_day <= bindparam("day"))
    .order_by(Absence.person_id)
)  # fmt: skip
_IN_FORCE = _ABSENCES.where(Absence.ended_at.is_(None))
"""Built once: every request asks, and building takes longer than running."""


def roster_on(day: date, also: Collection[int] = (), *, at: datetime | None = None) -> Roster:
    """One statement if no one is absent, else three; `also`: more people to load. `at`: as of that instant, so absences
    that were ended early since then count."""
    held = _IN_FORCE if at is None else _ABSENCES.where(Absence.ended_at.is_(None) | (Absence.ended_at > at))
    absences = db.session.execute(held, {"day": day})
    away = {row.person_id: Away(*row[:3], executors.Absence(*row[3:])) for row in absences}
    named = executors.named([one.rule for one in away.values()])
    return Roster(day, away, colleagues(named | set(also)))


def away_words(person_id: int, roster: Roster) -> str:
    """«отсутствует по 30.11, замещает: Борис Ежов»; empty if he is not absent."""
    away = roster.away.get(person_id)
    if away is None:
        return ""
    substitute, acting = roster.stand_in(person_id), roster.acting_for(person_id)
    covered = [f"замещает: {roster.name(substitute)}" if substitute else "",
               f"и. о.: {roster.name(acting)}" if acting else ""]  # fmt: skip
    return f"отсутствует по {away.last_day:%d.%m}, {', '.join(filter(None, covered)) or 'замены нет'}"


def rights_of(user_id: int, roster: Roster) -> tuple[StandsFor, ...]:
    """The absent colleagues that this person replaces on the roster's day, by name, with their rights."""
    return stood_in_for(user_id, roster, passed_on)


def stood_in_for(
    user_id: int, roster: Roster, passed: Callable[[Collection[Role]], frozenset[Role]]
) -> tuple[StandsFor, ...]:
    """The absent colleagues that he replaces, with the roles that `passed` leaves of theirs; none left: not named."""
    stood_in = (
        StandsFor(absent, roster.name(absent), passed(roster.people[absent].roles), roster.away[absent].last_day)
        for absent in roster.replaced_by(user_id)
        if roster.people[absent].is_active
    )
    return tuple(sorted((one for one in stood_in if one.roles), key=lambda one: (one.name, one.person_id)))


def colleagues(ids: Collection[int]) -> dict[int, Colleague]:
    """What the rules need to know about these people, in two statements."""
    if not ids:
        return {}
    roles: dict[int, set[Role]] = {}
    for user_id, role in db.session.execute(select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(ids))):
        roles.setdefault(user_id, set()).add(role)
    found = db.session.execute(select(User.id, User.name, User.is_active, User.post).where(User.id.in_(ids)))
    return {i: Colleague(name, active, frozenset(roles.get(i, ())), post) for i, name, active, post in found}


# --- The head at an instant (П.3, П.20, reading 14)
@dataclass(frozen=True, slots=True)
class HeadOfDay(OfRow):
    """`act`, `in_place_of`, `last_day` are for an acting head; empty for the head himself."""

    row: User
    act: str = ""
    in_place_of: str = ""
    last_day: date | None = None

    @property
    def title(self) -> str:
        """«Глава» or «И. о. главы»."""
        return "И. о. главы" if self.act else Post.HEAD.label


def is_head(person: User, roster: Roster) -> bool:
    """Whether he is the head or acting head on the roster's day. No database access."""
    if person.post is Post.HEAD:
        return roster.acting_for(person.id) is None
    return any(roster.people[i].post is Post.HEAD for i in roster.away if roster.acting_for(i) == person.id)


def head_on(roster: Roster) -> HeadOfDay | None:
    """The head or acting head on the roster's day; None if no account has the post. One statement, two with an acting
    head."""
    head = db.session.scalar(select(User).where(User.post == Post.HEAD))
    if head is None:
        return None
    acting = roster.acting_for(head.id)
    if acting is None:
        return HeadOfDay(head)
    person, rule = db.session.get_one(User, acting), roster.away[head.id].rule
    return HeadOfDay(person, rule.act, head.name, rule.last_day)


def is_head_named() -> bool:
    return bool(db.session.scalar(select(exists().where(User.post == Post.HEAD))))
