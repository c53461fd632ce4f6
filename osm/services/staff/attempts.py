"""Attempts at a password: failures slow whoever makes them, and not the person whose login is tried (decision 031).

Every place has a budget of its own for a login: a browser in which this person has logged in before, else the address.
Strangers share two more: one for the login, one for their address. Nobody is a stranger in a known browser, nor at an
address from which he logged in within a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, text
from sqlalchemy.orm import Session

from osm.extensions import db
from osm.services.errors import ServiceError
from osm.store.models import LoginAddress, LoginAttempt, User
from osm.store.transaction import transaction

#: Failed attempts that are let through in WINDOW; an office may sit behind one address.
WINDOW = timedelta(minutes=15)
LIMIT_LOGIN_AND_ADDRESS = 5
LIMIT_LOGIN = 20
LIMIT_ADDRESS = 60

ADDRESS_KNOWN_FOR = timedelta(days=1)
LONGEST_ADDRESS = 60

Marks = Mapping[int, str]
"""Whose browser this is: user id → its mark, as a signed cookie says."""
NO_MARKS: Marks = MappingProxyType({})


class TooManyAttempts(ServiceError):
    """Throttled; `wait` says for how long. The password was not even looked at."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(
            f"Слишком много неудачных попыток входа. Подождите {minutes} мин. и попробуйте снова. "
            "Если пароль забыт, обратитесь к администратору."
        )


def count_attempt(login: str, address: str, marks: Marks, now: datetime) -> int:
    """Write the attempt down and give its id; TooManyAttempts when there were enough (this one is not counted then).

    It is written before the password is looked at, so that attempts at the same time are counted too.
    """
    with transaction() as session:
        if db.engine.dialect.name == "postgresql":
            # Of several at the same time none may count without the others.
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
                raise TooManyAttempts(first + WINDOW - now)
        attempt = LoginAttempt(login=login, address=address, browser=browser, at=now)
        session.add(attempt)
        session.flush()
        return attempt.id


def forget_attempts(session: Session, attempt_id: int, user: User, address: str, marks: Marks) -> None:
    """The password was right: neither this attempt nor the failures before it at this place count any longer."""
    here = _at(user.login, address, marks.get(user.id, ""))
    session.execute(delete(LoginAttempt).where(or_(LoginAttempt.id == attempt_id, here)))


def remember_address(session: Session, user_id: int, address: str, now: datetime) -> None:
    """He has logged in from there. The row of the user is locked, so that two log-ins at once take turns."""
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
