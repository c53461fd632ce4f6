"""The throttle of log-ins (decision 031).

Failed attempts are counted per place, so they slow the person who makes them and not the owner of the login. A place is
a browser in which this person has logged in before, else the address. Strangers also share one limit per login and one
per address. A person is no stranger in a known browser, nor for a day at an address from which he logged in.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, text
from sqlalchemy.orm import Session

from osm.base.database import add_row, db
from osm.base.errors import ServiceError, must_exist
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.models import LoginAddress, LoginAttempt, User

log = logging.getLogger(__name__)

#: Failed attempts allowed in WINDOW; a whole office may share one address.
WINDOW = timedelta(minutes=15)
LIMIT_LOGIN_AND_ADDRESS = 5
LIMIT_LOGIN = 20
LIMIT_ADDRESS = 60
ADDRESS_KNOWN_FOR = timedelta(days=1)
LONGEST_ADDRESS = 60

Marks = Mapping[int, str]  # the users who are known in a browser: user id → its mark, from a signed cookie
NO_MARKS: Marks = MappingProxyType({})


class TooManyAttempts(ServiceError):
    """Throttled for `wait`; the password was not checked."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(
            f"Слишком много неудачных попыток входа. Подождите {minutes} мин. и попробуйте снова. "
            "Если пароль забыт, обратитесь к администратору."
        )


def count_attempt(login: str, address: str, marks: Marks, now: datetime) -> int:
    """Store the attempt and return its id; raises TooManyAttempts, and then it is not counted. It is stored before the
    password is checked, so that simultaneous attempts count too."""
    with transaction() as session:
        if db.engine.dialect.name == "postgresql":
            # Simultaneous attempts must see each other.
            session.execute(text("LOCK TABLE login_attempt IN SHARE ROW EXCLUSIVE MODE"))
        session.execute(delete(LoginAttempt).where(LoginAttempt.at <= now - WINDOW))
        user_id = session.scalar(select(User.id).where(User.login == login))
        browser = marks.get(user_id or 0, "")
        limits = [(LIMIT_LOGIN_AND_ADDRESS, _at(login, address, browser))]
        if not browser and not _is_known(session, user_id, address, now):
            limits += [(LIMIT_LOGIN, _of_strangers(LoginAttempt.login == login))]
            limits += [(LIMIT_ADDRESS, _of_strangers(LoginAttempt.address == address))]
        for limit, condition in limits:
            count, first = session.execute(select(func.count(), func.min(LoginAttempt.at)).where(condition)).one()
            if count >= limit:
                log.warning("log-in throttled", extra={"user": user_id, "address": address})
                raise TooManyAttempts(first + WINDOW - now)
        attempt = add_row(LoginAttempt(login=login, address=address, browser=browser, at=now))
        return attempt.id


def forget_attempts(session: Session, attempt_id: int, user: User, address: str, marks: Marks) -> None:
    """The password was right: forget this attempt and the failures before it at this place."""
    here = _at(user.login, address, marks.get(user.id, ""))
    session.execute(delete(LoginAttempt).where(or_(LoginAttempt.id == attempt_id, here)))


def remember_address(session: Session, user_id: int, address: str, now: datetime) -> None:
    """Remember the address. The row of the user is locked, so that two log-ins at once take turns."""
    old = LoginAddress.at <= now - ADDRESS_KNOWN_FOR
    session.execute(delete(LoginAddress).where(LoginAddress.user_id == user_id, old))
    session.merge(LoginAddress(user_id=user_id, address=address, at=now))


def _at(login: str, address: str, browser: str) -> ColumnElement[bool]:
    if browser:
        return and_(LoginAttempt.login == login, LoginAttempt.browser == browser)
    return _of_strangers(LoginAttempt.login == login, LoginAttempt.address == address)


def _of_strangers(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(LoginAttempt.browser == "", *conditions)


def _is_known(session: Session, user_id: int | None, address: str, now: datetime) -> bool:
    last = session.get(LoginAddress, (user_id or 0, address), populate_existing=True)
    return last is not None and last.at > now - ADDRESS_KNOWN_FOR


# --- The throttled, and how the administrator lets them in at once
SHOWN = 50  # addresses on the page; a flood comes from more
_Attempt = Row[tuple[str, str, str, datetime]]


@dataclass(frozen=True, slots=True)
class ThrottledPerson:
    """A person with a throttled login. `addresses`: from where it was tried; `until`: when the last wait ends."""

    user_id: int
    name: str
    login: str
    attempts: int
    addresses: tuple[str, ...]
    is_everywhere: bool
    """With this login only known browsers and addresses get in; False: only the `addresses` are throttled."""
    until: datetime


@dataclass(frozen=True, slots=True)
class ThrottledAddress:
    """An address from which only people known there can log in now."""

    address: str
    attempts: int
    logins: int
    until: datetime


def throttled_people(now: datetime) -> list[ThrottledPerson]:
    """Sorted by name. Logins of no user are left out: they may be mistyped passwords."""
    of_login = defaultdict(list)
    for row in _attempts(now):
        of_login[row.login].append(row)
    found = db.session.execute(
        select(User.id, User.name, User.login).where(User.login.in_(of_login)).order_by(User.name)
    )
    people = (_person(*user, of_login[user.login]) for user in found)
    return [person for person in people if person]


def throttled_addresses(now: datetime) -> list[ThrottledAddress]:
    """Most attempts first."""
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
        user = must_exist(session.get(User, user_id), "Учётная запись")
        gone = _forget(LoginAttempt.login == user.login)
        if gone:
            record("lift_throttle", at=now, actor=actor, about=user, changes={"attempts": (gone, 0)})
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
