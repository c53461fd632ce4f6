"""Who is made to wait after failed attempts at a password, and how the administrator lets them in at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, delete, select

from osm.extensions import db
from osm.services.errors import NotFound
from osm.services.log.log import record
from osm.services.staff.attempts import LIMIT_ADDRESS, LIMIT_LOGIN, LIMIT_LOGIN_AND_ADDRESS, WINDOW
from osm.store.models import LoginAttempt, User
from osm.store.transaction import transaction

SHOWN = 50
"""Addresses on the page: a flood comes from more."""

_Attempt = Row[tuple[str, str, str, datetime]]


@dataclass(frozen=True, slots=True)
class ThrottledPerson:
    """Somebody whose login is throttled. `addresses`: from where it was tried; `until`: when the last wait ends."""

    user_id: int
    name: str
    login: str
    attempts: int
    addresses: tuple[str, ...]
    is_everywhere: bool
    """Nobody gets in with this login but from a known browser or address; else only these places wait."""
    until: datetime


@dataclass(frozen=True, slots=True)
class ThrottledAddress:
    """An address from which nobody logs in now who is not known there."""

    address: str
    attempts: int
    logins: int
    until: datetime


def throttled_people(now: datetime) -> list[ThrottledPerson]:
    """By name; a login that nobody has is not among them: nobody waits for it, and it may be a mistyped password."""
    of_login = defaultdict(list)
    for row in _attempts(now):
        of_login[row.login].append(row)
    found = db.session.execute(
        select(User.id, User.name, User.login).where(User.login.in_(of_login)).order_by(User.name)
    )
    people = (_person(*user, of_login[user.login]) for user in found)
    return [person for person in people if person]


def throttled_addresses(now: datetime) -> list[ThrottledAddress]:
    """Those with the most attempts first."""
    of_address = defaultdict(list)
    for row in _attempts(now):
        if not row.browser:
            of_address[row.address].append(row)
    found = [
        ThrottledAddress(address, len(rows), len({row.login for row in rows}), _until(rows))
        for address, rows in of_address.items()
        if len(rows) >= LIMIT_ADDRESS
    ]
    return sorted(found, key=lambda one: (-one.attempts, one.address))[:SHOWN]


def let_person_in(user_id: int, *, actor: User, now: datetime) -> User:
    """Forget every failed attempt at this login. Raises NotFound."""
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound("Учётная запись")
        gone = _forget(LoginAttempt.login == user.login)
        if gone:
            record(
                "lift_throttle", at=now, actor=actor, object_kind="user", object_id=user.id,
                changes={"attempts": (gone, 0)},
            )  # fmt: skip
        return user


def let_address_in(address: str, *, actor: User, now: datetime) -> None:
    """Forget every failed attempt from this address."""
    with transaction():
        gone = _forget(LoginAttempt.address == address)
        if gone:
            record("lift_throttle", at=now, actor=actor, changes={"attempts": (gone, 0), "address": (address, None)})


def _attempts(now: datetime) -> Iterable[_Attempt]:
    columns = select(LoginAttempt.login, LoginAttempt.address, LoginAttempt.browser, LoginAttempt.at)
    return db.session.execute(columns.where(LoginAttempt.at > now - WINDOW).order_by(LoginAttempt.at))


def _person(user_id: int, name: str, login: str, rows: list[_Attempt]) -> ThrottledPerson | None:
    strangers = [row for row in rows if not row.browser]
    is_everywhere = len(strangers) >= LIMIT_LOGIN
    places = defaultdict(list)
    for row in rows:
        places[row.browser or row.address].append(row)
    full = [place for place in places.values() if len(place) >= LIMIT_LOGIN_AND_ADDRESS]
    if not full and not is_everywhere:
        return None
    waits = [*full, *([strangers] if is_everywhere else [])]
    addresses = tuple(dict.fromkeys(row.address for row in rows))
    return ThrottledPerson(user_id, name, login, len(rows), addresses, is_everywhere, max(map(_until, waits)))


def _until(rows: list[_Attempt]) -> datetime:
    first: datetime = rows[0].at
    return first + WINDOW


def _forget(condition: ColumnElement[bool]) -> int:
    return len(db.session.scalars(delete(LoginAttempt).where(condition).returning(LoginAttempt.id)).all())
