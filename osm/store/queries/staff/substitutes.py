"""Who is away on a day and who stands in (П.3), read together; the rule itself is `osm.regulation.substitution`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation import substitution
from osm.regulation.substitution import AbsenceReason, Colleague, passed_on
from osm.regulation.words import Role
from osm.store.models import Absence, User, UserRole
from osm.store.models.staff import StandsFor


@dataclass(frozen=True, slots=True)
class Away:
    """An absence that holds."""

    id: int
    version: int
    reason: AbsenceReason
    rule: substitution.Absence

    @property
    def last_day(self) -> date:
        return self.rule.last_day


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody who is away on `day`, with those who stand in for them. `people`: at least all of these."""

    day: date
    away: Mapping[int, Away] = field(default_factory=dict)
    """Person → his absence."""
    people: Mapping[int, Colleague] = field(default_factory=dict)

    def is_away(self, person_id: int) -> bool:
        return person_id in self.away

    def stand_in(self, person_id: int) -> int | None:
        """Who does this person's work today; None: nobody."""
        return substitution.stand_in(person_id, self.day, [one.rule for one in self.away.values()], self.people)

    def acting_for(self, person_id: int) -> int | None:
        """Who acts for this leader today; None: he acts himself."""
        acting = self.away[person_id].rule.acting_id if person_id in self.away else None
        person = self.people.get(acting or 0)
        return acting if person is not None and person.can_act else None

    def acts_for(self, person_id: int) -> list[int]:
        """For which leaders this person acts today."""
        return [absent for absent in self.away if self.acting_for(absent) == person_id]

    def is_uncovered(self, person_id: int) -> bool:
        """He is away without a substitute; a person who only leads: without an acting leader."""
        if not self.is_away(person_id):
            return False
        works = not self.people[person_id].roles.isdisjoint(substitution.FITTING)
        return (self.stand_in(person_id) if works else self.acting_for(person_id)) is None

    def name(self, person_id: int | None) -> str:
        person = self.people.get(person_id or 0)
        return person.name if person else ""

    def stood_in_by(self, person_id: int) -> list[int]:
        """Whose work this person does today beside his own."""
        return [absent for absent in self.away if self.stand_in(absent) == person_id]


def roster_on(day: date, also: Collection[int] = (), *, at: datetime | None = None) -> Roster:
    """One statement where nobody is away, three otherwise; `also`: further people to know of.

    `at`: as it was at that instant, with the absences that ended before their last day since then.
    """
    holds = Absence.ended_at.is_(None) if at is None else Absence.ended_at.is_(None) | (Absence.ended_at > at)
    absences = db.session.execute(
        select(Absence.id, Absence.version, Absence.reason, Absence.person_id, Absence.first_day, Absence.last_day,
               Absence.substitute_id, Absence.acting_id, Absence.act)
        .where(Absence.last_day >= day, Absence.first_day <= day, holds)
        .order_by(Absence.person_id)
    )  # fmt: skip
    away = {
        row.person_id: Away(
            row.id,
            row.version,
            row.reason,
            substitution.Absence(row.person_id, row.first_day, row.last_day, row.substitute_id, row.acting_id, row.act),
        )
        for row in absences
    }
    named = substitution.named([one.rule for one in away.values()])
    return Roster(day, away, colleagues(named | set(also)))


def away_words(person_id: int, roster: Roster) -> str:
    """«отсутствует по 30.11, замещает: Борис Ежов»; empty of whoever is there."""
    away = roster.away.get(person_id)
    if away is None:
        return ""
    substitute, acting = roster.stand_in(person_id), roster.acting_for(person_id)
    covered = [f"замещает: {roster.name(substitute)}" if substitute else "",
               f"и. о.: {roster.name(acting)}" if acting else ""]  # fmt: skip
    return f"отсутствует по {away.last_day:%d.%m}, {', '.join(filter(None, covered)) or 'замены нет'}"


def rights_of(user_id: int, roster: Roster) -> tuple[StandsFor, ...]:
    """The absent colleagues whose rights this person has on the roster's day, by name."""
    stood_in = (
        StandsFor(absent, roster.name(absent), passed_on(roster.people[absent].roles), roster.away[absent].last_day)
        for absent in roster.stood_in_by(user_id)
        if roster.people[absent].is_active
    )
    return tuple(sorted((one for one in stood_in if one.roles), key=lambda one: (one.name, one.person_id)))


def colleagues(ids: Collection[int]) -> dict[int, Colleague]:
    """What the rules need to know of these people; two statements, none for nobody."""
    if not ids:
        return {}
    roles: dict[int, set[Role]] = {}
    for user_id, role in db.session.execute(
        select(UserRole.user_id, UserRole.role).where(UserRole.user_id.in_(ids))
    ).tuples():
        roles.setdefault(user_id, set()).add(role)
    found = db.session.execute(select(User.id, User.name, User.is_active, User.post).where(User.id.in_(ids)))
    return {i: Colleague(name, active, frozenset(roles.get(i, ())), post) for i, name, active, post in found}
