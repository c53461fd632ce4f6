"""Users, as the administrator sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from osm.extensions import db
from osm.regulation.words import Role
from osm.store.models import Department, User, UserRole, WebSession
from osm.store.queries.staff.substitutes import Roster, away_words

SHOWN = 200
"""People on one page; beyond that one searches."""


class Standing(StrEnum):
    """Which users are asked for."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ListedUser:
    """One user on the list. `sessions`: on how many devices the person is logged in now."""

    id: int
    login: str
    name: str
    position: str
    department: str
    phone: str
    roles: tuple[Role, ...]
    is_active: bool
    sessions: int
    away: str = ""
    """«отсутствует по 30.11, замещает: Борис Ежов» (П.3)."""
    is_uncovered: bool = False
    """He is away and nobody stands in."""

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each word stands somewhere in what is shown; `words` in lower case."""
        text = " ".join((self.login, self.name, self.position, self.department, self.phone)).casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Users:
    """The users found, the first SHOWN of them, and how many there are of each standing in all."""

    shown: tuple[ListedUser, ...]
    found: int
    totals: dict[Standing, int]


def users(search: str, standing: Standing, roster: Roster) -> Users:
    """Those in which every word of `search` occurs, by name; three statements. `roster`: who is away today.

    They are sifted here and not by the database: SQLite knows no small Russian letters, and a municipality has
    hundreds of employees, not millions.
    """
    everybody = _everybody(roster)
    words = search.casefold().split()
    wanted = [row for row in everybody if _stands(row, standing) and row.holds(words)]
    totals = {standing: sum(_stands(row, standing) for row in everybody) for standing in Standing}
    return Users(tuple(wanted[:SHOWN]), len(wanted), totals)


def _stands(user: ListedUser, standing: Standing) -> bool:
    return standing is Standing.ALL or user.is_active == (standing is Standing.ACTIVE)


def _everybody(roster: Roster) -> list[ListedUser]:
    roles: dict[int, list[Role]] = {}
    for user_id, role in db.session.execute(select(UserRole.user_id, UserRole.role)).tuples():
        roles.setdefault(user_id, []).append(role)
    sessions = dict(
        db.session.execute(select(WebSession.user_id, func.count()).group_by(WebSession.user_id)).tuples().all()
    )
    found = db.session.execute(
        select(User, Department.short_name)
        .outerjoin(Department, Department.id == User.department_id)
        .options(lazyload("*"))
        .order_by(User.name, User.id)
    )
    return [
        ListedUser(
            id=user.id,
            login=user.login,
            name=user.name,
            position=user.position,
            department=department or "",
            phone=user.phone,
            roles=tuple(role for role in Role if role in roles.get(user.id, ())),
            is_active=user.is_active,
            sessions=sessions.get(user.id, 0),
            away=away_words(user.id, roster),
            is_uncovered=roster.is_uncovered(user.id),
        )
        for user, department in found
    ]
