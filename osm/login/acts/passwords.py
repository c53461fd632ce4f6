"""Passwords, kept as argon2id hashes: make one, check one, change one's own."""

import os
import re
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete

from osm.base.database import db
from osm.base.errors import must_exist
from osm.base.transaction import transaction
from osm.log.acts.record import record
from osm.login.acts import attempts, easy_passwords
from osm.models import RememberedBrowser, SecondFactor, User, WebSession
from osm.people.queries.people import office
from osm.regulation.errors import MissingInput, refuse

SHORTEST_PASSWORD = 12
SHORTEST_WITH_CODE = 8  # the shortest password of a person who has a second factor

LONGEST_PASSWORD, _LONGEST_CHECKED = 128, 200  # a new one; one of before this limit
hasher = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)
"""What OWASP asks for (Password Storage Cheat Sheet): 19 MiB, two passes, one lane; 30 ms of processor time.

The library's own 64 MiB and four lanes took 230 ms: at nine, pages waited for the log-ins of others.
"""

_of_known_passwords = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Everybody knows the passwords of the demonstration: the full work would only lengthen the first start."""

#: Letters and digits that are not confused when read aloud or written by hand.
_DICTATED = "abcdefghkmnpqrstuvwxyz23456789"

#: The hash of forgotten random bytes. It is verified when the login is unknown, so that the answer takes the same time.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$FoPRPhPpR1aTZNF5HiWyvA$8aHL/31ikUTCxxsfsk78ZqYG6sz+WYFUDzjUSkJB+lM"
_NICER = 5
_Result = TypeVar("_Result")


def _give_way() -> None:
    """The threads of a hash take processor time that pages have left."""
    with suppress(AttributeError, OSError):  # elsewhere than on Linux it is the whole process that has a priority
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICER)


_hashing = ThreadPoolExecutor(1, "hashing", initializer=_give_way)  # one at a time in each process


def _slowly(hash_it: Callable[[], _Result]) -> _Result:
    """What is slow on purpose: a rush of log-ins waits in a queue and delays nobody else."""
    return _hashing.submit(hash_it).result()


def normal_login(login: str) -> str:
    """The stored form of a login: lower case, no spaces around."""
    return login.strip().lower()[:60]


def first_password(seed: bytes = b"") -> str:
    """A first password to give by telephone or on paper: three groups without look-alikes, 59 bits. `seed`: 32 secret
    bytes that it follows from; none: it is random."""
    number, letters = int.from_bytes(seed or secrets.token_bytes(32)), []
    for _ in range(12):
        number, place = divmod(number, len(_DICTATED))
        letters.append(_DICTATED[place])
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def hash_code(code: str, salt: str) -> str:
    """The argon2id hash of a one-time code; with one salt it is the same each time."""
    return _slowly(lambda: hasher.hash(code, salt=bytes.fromhex(salt)))


def shortest_password(user_id: int | None, *, is_demo: bool = False) -> int:
    """With a second factor a shorter password is enough, and everybody knows those of the demonstration."""
    has_factor = user_id is not None and db.session.get(SecondFactor, user_id) is not None
    return SHORTEST_WITH_CODE if is_demo or has_factor else SHORTEST_PASSWORD


def hash_password(
    password: str, login: str, name: str, *, is_demo: bool = False, shortest: int = SHORTEST_PASSWORD
) -> str:
    """The argon2id hash; a demonstration password may be easy to guess. Raises MissingInput if it is too short, too
    long or easy to guess."""
    fits = f"Пароль должен быть длиной от {shortest} до {LONGEST_PASSWORD} знаков."
    refuse("password", len(password) > LONGEST_PASSWORD, f"{fits} Придумайте другой.")
    why = "" if is_demo else easy_passwords.why_easy(password, login, name, office().name)
    refuse("password", why or len(re.sub(" +", " ", password)) < shortest, f"{why or fits} Придумайте другой.")
    return _slowly(lambda: (_of_known_passwords if is_demo else hasher).hash(password))


def password_matches(user: User | None, password: str) -> bool:
    """A missing user costs as much time as a wrong password."""
    known = user.password_hash if user else NOBODY
    try:
        matches = _slowly(lambda: hasher.verify(known, password[:_LONGEST_CHECKED]))
    except (VerificationError, InvalidHashError):
        return False
    return matches and user is not None


def change_password(
    user_id: int, old: str, new: str, *, now: datetime, keep_session: str = "", address: str = "",
    marks: attempts.Marks = attempts.NO_MARKS,
) -> None:  # fmt: skip
    """Change one's own password; the person's other sessions end, but not `keep_session` (a hash). The old password is
    throttled like a log-in. Raises MissingInput, TooManyAttempts."""
    seen = must_exist(db.session.get(User, user_id), "Учётная запись")
    old_hash = seen.password_hash
    attempt_id = attempts.count_attempt(seen.login, address[: attempts.LONGEST_ADDRESS], marks, now)
    # Hashing is slow on purpose, so it is done outside the transaction.
    if not password_matches(seen, old):
        raise MissingInput("old_password", "Текущий пароль введён неверно. Пароль не изменён, попробуйте ещё раз.")
    with transaction() as session:
        attempts.forget_attempts(session, attempt_id, seen, address[: attempts.LONGEST_ADDRESS], marks)
    refuse("password", new == old, "Новый пароль совпадает с текущим. Придумайте другой.")
    shortest = shortest_password(user_id, is_demo=seen.is_demo)
    new_hash = hash_password(new, seen.login, seen.name, shortest=shortest)
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None or user.password_hash != old_hash:
            raise MissingInput("old_password", "Пароль только что сменили в другом окне. Войдите с новым паролем.")
        user.password_hash = new_hash
        user.must_change_password = False
        session.execute(delete(WebSession).where(WebSession.user_id == user_id, WebSession.id_hash != keep_session))
        session.execute(delete(RememberedBrowser).where(RememberedBrowser.user_id == user_id))
        record("change_password", at=now, actor=user, about=user)
