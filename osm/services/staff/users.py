"""Users: create one, change one's own password. Passwords are kept as argon2id hashes."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import Post, Role
from osm.services.edits import one_line
from osm.services.errors import NotFound
from osm.services.log.log import record
from osm.services.staff.attempts import LONGEST_ADDRESS, NO_MARKS, Marks, count_attempt, forget_attempts
from osm.services.staff.passwords import why_easy
from osm.services.staff.posts import check_post, check_vacant
from osm.store.models import Department, User, UserRole, WebSession
from osm.store.queries.staff.leaders import office
from osm.store.transaction import transaction

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
hasher = PasswordHasher()
#: Letters and figures that look and sound different, read aloud or written by hand.
_DICTATED = "abcdefghkmnpqrstuvwxyz23456789"

#: Of random bytes that nobody has kept, verified when the login is unknown, so that the answer takes the same time.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$mUXSfasbWw26Z5FLlkdybA$Ca02WZmwrv/CBRIDzpOF+fw1QH5XXs6RjFzHO1NviLg"


def normal_login(login: str) -> str:
    """A login as it is stored: people type it with capitals and spaces around."""
    return login.strip().lower()[:60]


def first_password() -> str:
    """A password for somebody else, to be told by telephone or on paper: three groups without look-alikes, 59 bits."""
    return "-".join("".join(secrets.choice(_DICTATED) for _ in range(4)) for _ in range(3))


def hash_password(password: str, login: str, name: str, *, is_demo: bool = False) -> str:
    """The argon2id hash of this person's password; those of the demonstration may be guessed.

    MissingInput when it is too short, absurdly long or easy to guess.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise MissingInput(
            "password",
            f"Пароль должен быть длиной от {SHORTEST_PASSWORD} до {LONGEST_PASSWORD} знаков. Придумайте другой.",
        )
    why = "" if is_demo else why_easy(password, login, name, office().name)
    if why:
        raise MissingInput("password", f"{why} Придумайте другой.")
    return hasher.hash(password)


def password_matches(user: User | None, password: str) -> bool:
    """Whether this is the user's password; a missing user costs as much time as a wrong password."""
    try:
        matches = hasher.verify(user.password_hash if user else NOBODY, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return matches and user is not None


def create_user(
    login: str,
    name: str,
    roles: Collection[Role],
    password: str,
    *,
    now: datetime,
    department: str | None = None,
    department_id: int | None = None,
    position: str = "",
    phone: str = "",
    post: Post | None = None,
    is_demo: bool = False,
    must_change_password: bool = False,
    actor: User | None = None,
) -> User:
    """Create a user; a department that is named and unknown is created with it (П.3, П.6).

    `must_change_password`: somebody else knows the password, so it opens nothing but the page where it is changed.
    MissingInput names the field that cannot be used; nothing is stored then.
    """
    login = normal_login(login)
    if not _LOGIN.fullmatch(login):
        raise MissingInput("login", "Логин: от 2 до 60 латинских букв, цифр, точек, дефисов; первой — буква или цифра.")
    about = described(name, position, phone)
    granted = granted_roles(roles)
    check_post(post, granted)
    password_hash = hash_password(password, login, about["name"], is_demo=is_demo)
    taken = MissingInput("login", f"Логин «{login}» уже занят. Выберите другой.")
    try:
        with transaction() as session:
            if session.scalar(select(User.id).where(User.login == login)) is not None:
                raise taken
            check_vacant(post)
            user = User(
                login=login,
                **about,
                post=post,
                password_hash=password_hash,
                must_change_password=must_change_password,
                department=offered_department(department_id) if department_id else _department(department),
                is_demo=is_demo,
                is_active=True,
                created_at=now,
                role_rows=[UserRole(role=role) for role in granted],
            )
            session.add(user)
            session.flush()
            record(
                "create_user",
                at=now,
                actor=actor,
                object_kind="user",
                object_id=user.id,
                changes={
                    "roles": (None, granted),
                    "department_id": (None, user.department_id),
                    "post": (None, user.post),
                },
            )
    except IntegrityError:  # somebody was quicker by an instant
        check_vacant(post)
        raise taken from None
    return user


def described(name: str, position: str, phone: str) -> dict[str, str]:
    """Who somebody is, fit to be stored. Raises MissingInput."""
    return {
        "name": one_line("name", "Имя", name, 200, missing="Укажите имя и фамилию: они видны в истории сообщений."),
        "position": one_line("position", "Должность", position, 200),
        "phone": one_line("phone", "Телефон", phone, 60),
    }


def granted_roles(roles: Collection[Role]) -> list[Role]:
    """The roles in one order, each once. Raises MissingInput."""
    if Role.SYSTEM in roles:
        raise MissingInput("role", "Роль «Система» людям не даётся. Выберите другую роль.")
    return sorted(set(roles))


def offered_department(department_id: int) -> Department:
    """A department that is still there to be chosen. Raises MissingInput."""
    found = db.session.get(Department, department_id)
    if found is None or found.archived_at is not None:
        raise MissingInput("department_id", "Такого отдела больше нет. Выберите другой.")
    return found


def _department(name: str | None) -> Department | None:
    name = one_line("department", "Отдел", name or "", 200)
    if not name:
        return None
    with transaction() as session:
        found = session.scalar(select(Department).where((Department.name == name) | (Department.short_name == name)))
        if found is None:
            found = Department(name=name, short_name=name[:60])
            session.add(found)
    return found


def change_password(
    user_id: int,
    old: str,
    new: str,
    *,
    now: datetime,
    keep_session: str = "",
    address: str = "",
    marks: Marks = NO_MARKS,
) -> None:
    """Change one's own password; every other session of this person ends (`keep_session`: hash of the one to keep).

    The old one is asked under the throttle of the log-in: MissingInput, TooManyAttempts.
    """
    seen = db.session.get(User, user_id)
    if seen is None:
        raise NotFound("Учётная запись")
    old_hash = seen.password_hash
    attempt_id = count_attempt(seen.login, address[:LONGEST_ADDRESS], marks, now)
    # Hashing is slow on purpose: it stays outside the transaction, which others wait for.
    if not password_matches(seen, old):
        raise MissingInput("old_password", "Текущий пароль введён неверно. Пароль не изменён, попробуйте ещё раз.")
    with transaction() as session:
        forget_attempts(session, attempt_id, seen, address[:LONGEST_ADDRESS], marks)
    if new == old:
        raise MissingInput("password", "Новый пароль совпадает с текущим. Придумайте другой.")
    new_hash = hash_password(new, seen.login, seen.name)
    with transaction() as session:
        user = session.get(User, user_id)
        if user is None or user.password_hash != old_hash:
            raise MissingInput("old_password", "Пароль только что сменили в другом окне. Войдите с новым паролем.")
        user.password_hash = new_hash
        user.must_change_password = False
        session.execute(delete(WebSession).where(WebSession.user_id == user_id, WebSession.id_hash != keep_session))
        record("change_password", at=now, actor=user, object_kind="user", object_id=user.id)


def demonstration_users() -> list[str]:
    """Logins of active demonstration users; production must not start with any."""
    return list(db.session.scalars(select(User.login).where(User.is_demo, User.is_active).order_by(User.login)))
