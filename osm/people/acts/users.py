"""Users: who they are, which posts they hold; create, edit, block, link one, reset his password, end his sessions."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, count
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from osm.base.database import add_row, db
from osm.base.errors import ServiceError, must_exist
from osm.base.transaction import transaction
from osm.flow.acts.moving import locked, one_line, settle, write_into
from osm.log.acts.record import Change, record
from osm.login.acts import passwords, second_factor
from osm.login.acts.passwords import hash_password, normal_login, shortest_password
from osm.models import Department, PlanFeed, RememberedBrowser, Source, User, UserRole, WebSession
from osm.networks.catalogue import plain
from osm.regulation.control import MailMode
from osm.regulation.errors import EveryField, MissingInput, refuse
from osm.regulation.words import LEADERS, Post, Role
from osm.settings.environment import ADDRESS

LONGEST_EMAIL = 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")


def free_login(name: str, email: str, promised: Collection[str] = ()) -> str:
    """The box of the address, else the first word of the name in Latin letters; with a number if it is taken.
    `promised`: logins that others are about to get."""
    box = normal_login(email.partition("@")[0])
    first = (name.split() or [""])[0].lower()
    base = box if _LOGIN.fullmatch(box) else "".join(passwords.SPELLED.get(letter, letter) for letter in first)[:50]
    taken = {*promised, *db.session.scalars(select(User.login).where(User.login.startswith(base, autoescape=True)))}
    return next(login for n in chain([""], count(2)) if (login := f"{base}{n}") not in taken)


def create_user(
    login: str, name: str, roles: Collection[Role], password: str | None, *, now: datetime, password_hash: str = "",
    source: Source = Source.LOCAL, external_id: str | None = None, department: str | None = None,
    department_id: int | None = None, position: str = "", phone: str = "", post: Post | None = None,
    email: str | None = None, without_mail: bool | None = None, is_demo: bool = False,
    must_change_password: bool = False, actor: User | None = None, namesake: str | None = None,
) -> User:  # fmt: skip
    """Create a user; a named department that is unknown is created too (П.3, П.6).

    `must_change_password`: somebody else knows the password, so it opens only the page where it is changed; no
    password: a directory checks it, or the hash is given. Raises MissingInput, which names the field; then no row is
    stored. An empty login is made from the e-mail or the name. `namesake`: the name of somebody else, which the person
    has confirmed; None: do not ask.
    """
    login = normal_login(login)
    with EveryField() as check:
        about = check(described, name, position, phone, email or "")
        granted = check(granted_roles, roles)
        check(check_post, post, roles)
        if login:
            check(check_login, login)
        if namesake is not None and name_key(namesake) != name_key(name):
            check(_ask_about_namesakes, name)
    login = login or free_login(about["name"], about["email"])
    check_login(login)
    if password is not None:
        shortest = shortest_password(None, is_demo=is_demo)
        password_hash = hash_password(password, login, about["name"], is_demo=is_demo, shortest=shortest)
    taken = MissingInput("login", f"Логин «{login}» уже занят. Выберите другой.")
    try:
        with transaction() as session:
            if session.scalar(select(User.id).where(User.login == login)) is not None:
                raise taken
            check_vacant(post)
            user = User(
                login=login, **about, source=source, external_id=external_id, post=post, password_hash=password_hash,
                must_change_password=must_change_password,
                department=offered_department(department_id) if department_id else _department(department),
                mail_mode=MailMode.NONE if without_mail else MailMode.AT_ONCE, is_demo=is_demo, is_active=True,
                created_at=now, role_rows=[UserRole(role=role) for role in granted],
            )  # fmt: skip
            add_row(user)
            record(
                "create_user",
                at=now,
                actor=actor,
                about=user,
                changes={
                    "roles": (None, granted),
                    "department_id": (None, user.department_id),
                    "post": (None, user.post),
                },
            )
    except IntegrityError:  # somebody else was a moment earlier
        check_vacant(post)
        raise taken from None
    return user


def name_key(name: str) -> str:
    """The words of a name in one order: «Ежов Борис» is «Борис Ежов»."""
    return " ".join(sorted(plain(name).split()))


def namesakes(name: str) -> list[User]:
    people = db.session.scalars(select(User).where(User.is_active).order_by(User.id))
    return [user for user in people if name_key(user.name) == name_key(name)]


def _ask_about_namesakes(name: str) -> None:
    found = [f"{user.name}, логин «{user.login}»" for user in namesakes(name)]
    words = f"Уже есть {'; '.join(found)}. Если это другой человек, отметьте это и добавьте ещё раз."
    refuse("namesake", found, words)


def check_login(login: str) -> None:
    """Raises MissingInput."""
    if not _LOGIN.fullmatch(login):
        raise MissingInput("login", "Логин: от 2 до 60 латинских букв, цифр, точек, дефисов; первой — буква или цифра.")


def described(name: str, position: str, phone: str, email: str) -> dict[str, str]:
    """Return the checked name, position, telephone and e-mail. Raises MissingInput."""
    email, asked = email.strip(), "Укажите имя и фамилию: они видны в истории сообщений."
    wrong = email and (len(email) > LONGEST_EMAIL or not ADDRESS.fullmatch(email))
    with EveryField() as check:
        check(refuse, "email", wrong, "Адрес не похож на почтовый. Нужен как ivanova@example.ru.")
        return {
            "email": email,
            "name": check(one_line, "name", "Имя", name, 200, missing=asked),
            "position": check(one_line, "position", "Должность", position, 200),
            "phone": check(one_line, "phone", "Телефон", phone, 60),
        }


def granted_roles(roles: Collection[Role]) -> list[Role]:
    """The roles sorted, each once. Raises MissingInput."""
    refuse("role", Role.SYSTEM in roles, "Роль «Система» людям не даётся. Выберите другую роль.")
    others = "У проверяющего других ролей нет. Заведите для работы другую учётную запись."
    refuse("role", Role.AUDITOR in roles and set(roles) != {Role.AUDITOR}, others)
    return sorted(set(roles))


def offered_department(department_id: int) -> Department:
    """The department if it is not archived. Raises MissingInput."""
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


def demonstration_users() -> list[str]:
    """Logins of active demonstration users; production must not start with any."""
    return list(db.session.scalars(select(User.login).where(User.is_demo, User.is_active).order_by(User.login)))


# --- Who may hold a post of the act
def check_post(post: Post | None, granted: Collection[Role]) -> None:
    """Leaders need the role that sees the whole office. Raises MissingInput."""
    if post in LEADERS and Role.HEAD not in granted:
        raise MissingInput("role", f"{post.label} видит все сообщения: отметьте роль «Руководитель».")


def check_vacant(post: Post | None, user_id: int | None = None) -> None:
    """Each post but that of the deputies has one holder. Raises MissingInput, which names him."""
    if post in (None, Post.DEPUTY_HEAD):
        return
    holder = db.session.scalar(select(User.name).where(User.post == post, User.id != user_id))
    refuse("post", holder is not None, f"{post.label} уже есть: {holder}. Сначала снимите эту должность с него.")


def check_supervisor(user_id: int) -> None:
    """The supervisor of a department must be a leader. Raises MissingInput."""
    person = db.session.get(User, user_id)
    if person is None or person.post not in LEADERS:
        raise MissingInput("supervisor_id", "Курирует отдел глава, руководитель аппарата или заместитель главы.")


# --- What a person sets for himself
def set_single_keys(on: bool, *, actor: User, now: datetime) -> None:
    """Whether a single key acts in lists and in the queue of comments (WCAG 2.1.4)."""
    person = actor.id
    with transaction():
        row = db.session.get_one(User, person, with_for_update={"of": User})
        if row.single_keys is on:
            return
        row.single_keys = on
        record(
            "single_keys", at=now, actor=row, object_kind="user", object_id=person,
            changes={"single_keys": (not on, on)},
        )  # fmt: skip


class LastAdministrator(ServiceError):
    """Without this administrator there would be no one to give out rights."""

    words = (
        "Это последний действующий администратор: без него никто не сможет управлять доступом. "
        "Ничего не изменено. Сначала дайте роль администратора другому сотруднику."
    )


class OwnPassword(ServiceError):
    """What one does not do to one's own account here."""


class NoSecondFactor(ServiceError):
    """There is nothing to reset."""

    words = "Второго фактора у сотрудника нет. Ничего не изменено."


def edit_user(
    user_id: int, version: int, *, name: str, position: str, phone: str, department_id: int | None,
    roles: Collection[Role], post: Post | None = None, email: str | None = None, without_mail: bool | None = None,
    actor: User | None, now: datetime,
) -> User:  # fmt: skip
    """Change all but the login and what is None; a change of roles ends the sessions. Raises MissingInput,
    StaleVersion, LastAdministrator."""
    with EveryField() as check:
        about, granted = check(described, name, position, phone, email or ""), check(granted_roles, roles)
        check(check_post, post, roles)
    if email is None:
        del about["email"]
    with _edit("edit_user", user_id, version, actor, now, stays_admin=Role.ADMIN in granted) as (user, changes):
        if user.owns(Role.AUDITOR) or Role.AUDITOR in granted:
            granted = sorted(user.own_roles)  # neither becomes the other
        check_vacant(post, user_id)
        if post and not user.is_active:
            raise MissingInput("post", "Сотрудник заблокирован: должность ему не дать. Сначала разблокируйте.")
        changes |= _differences(user, about, department_id, granted) | {"post": (user.post, post)}
        user.post = post
        if without_mail is not None and without_mail != (user.mail_mode is MailMode.NONE):
            mode = MailMode.NONE if without_mail else MailMode.AT_ONCE
            changes["mail_mode"], user.mail_mode = (user.mail_mode, mode), mode
        if department_id and department_id != user.department_id:
            offered_department(department_id)
        write_into(user, about)
        user.department_id = department_id
        if set(granted) != user.own_roles:
            changes["sessions"] = (_end_sessions(user_id), 0)
        kept = {row.role: row for row in user.role_rows}
        user.role_rows = [kept.get(role) or UserRole(role=role) for role in granted]
        return user


def block_user(user_id: int, version: int, *, actor: User | None, now: datetime) -> User:
    """Block log-ins and end the sessions and the calendar address at once. The row stays, because the log names it."""
    with _edit("block_user", user_id, version, actor, now, stays_admin=False) as (user, changes):
        changes |= {
            "is_active": (user.is_active, False),
            "sessions": (_end_sessions(user_id), 0),
            "post": (user.post, None),
        }
        _end_plan_feed(user_id, actor, now)
        _forget_browsers(user_id)
        user.is_active, user.post, user.gone_at = False, None, None
        return user


def unblock_user(user_id: int, version: int, *, actor: User | None, now: datetime) -> User:
    """Unblock the user; the password stays the same."""
    with _edit("unblock_user", user_id, version, actor, now) as (user, changes):
        changes |= {"is_active": (user.is_active, True)}
        user.is_active, user.gone_at = True, None
        return user


def link_user(user_id: int, version: int, *, source: Source, actor: User | None, now: datetime) -> User:
    """From now on this source says who the person is: the next who comes from there with his login. The password here
    and his sessions end. With LOCAL it is a local account again, which needs a new password. Raises LastAdministrator.
    """
    with _edit("link_user", user_id, version, actor, now, stays_admin=False) as (user, changes):
        changes |= {"source": (user.source, source), "sessions": (_end_sessions(user_id), 0)}
        _forget_browsers(user_id)
        user.source, user.external_id, user.gone_at = source, None, None
        user.password_hash, user.must_change_password = "", False
        return user


def reset_password(user_id: int, version: int, *, password: str, actor: User | None, now: datetime) -> User:
    """Set a first password that the user must change; his sessions and calendar address end. Raises OwnPassword for
    one's own account."""
    if actor is not None and actor.id == user_id:
        raise OwnPassword("Свой пароль меняют на странице «Сменить пароль». Ничего не изменено.")
    # Hashing is slow on purpose, so it is done outside the transaction.
    seen = must_exist(db.session.get(User, user_id), "Учётная запись")
    if seen.source is not Source.LOCAL:
        raise ServiceError("Пароль этого сотрудника — в каталоге организации, здесь его не выдают. Ничего не изменено.")
    password_hash = passwords.hash_password(password, seen.login, seen.name)
    with _edit("reset_password", user_id, version, actor, now) as (user, changes):
        changes |= {"sessions": (_end_sessions(user_id), 0)}
        _end_plan_feed(user_id, actor, now)
        _forget_browsers(user_id)
        user.password_hash, user.must_change_password = password_hash, True
        return user


def reset_second_factor(user_id: int, version: int, *, actor: User | None, now: datetime) -> User:
    """Let a person who has lost telephone and paper log in by the first factor alone; his sessions end. Raises
    OwnPassword for one's own account, `actor` None: the command of the server."""
    if actor is not None and actor.id == user_id:
        raise OwnPassword("Свой второй фактор сбросить нельзя: это делает другой администратор. Ничего не изменено.")
    with _edit("reset_second_factor", user_id, version, actor, now) as (user, changes):
        if not second_factor.remove_factor(user_id):
            raise NoSecondFactor
        changes |= {"sessions": (_end_sessions(user_id), 0)}
        return user


def end_sessions(user_id: int, version: int, *, actor: User | None, now: datetime, keep_session: str = "") -> int:
    """Log the user out everywhere but in `keep_session` (the hash of one's own session). Returns how many ended."""
    with _edit("end_sessions", user_id, version, actor, now) as (_, changes):
        ended = _end_sessions(user_id, keep_session)
        changes |= {"sessions": (ended, 0)}
        return ended


@contextmanager
def _edit(
    action: str, user_id: int, version: int, actor: User | None, now: datetime, *, stays_admin: bool = True
) -> Iterator[tuple[User, dict[str, Change]]]:
    """Yield the row if its version is the one seen, and its changes; then raise the version and write the log."""
    with transaction():
        administrators = set() if stays_admin else _administrators()
        user, changes = locked(User, user_id, version, "Учётная запись"), dict[str, Change]()
        if administrators == {user_id}:
            raise LastAdministrator
        yield user, changes
        settle(action, user, changes, actor=actor, now=now)


def _administrators() -> set[int]:
    """The active administrators who can log in: a linked one is known there only after his first log-in. Their rows are
    locked first and in one order, so that two who block each other take turns."""
    rows = db.session.scalars(
        select(UserRole.user_id)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role == Role.ADMIN, User.is_active)
        .where(or_(User.password_hash != "", User.external_id.is_not(None)))
        .order_by(UserRole.user_id)
        .with_for_update(key_share=True)
    )
    return set(rows)


def _differences(
    user: User, about: Mapping[str, str], department_id: int | None, granted: list[Role]
) -> dict[str, Change]:
    """Old and new ids and codes; of texts only the names of the fields, because the log keeps no texts."""
    before: dict[str, Any] = {name: getattr(user, name) for name in about}
    edited = [name for name, value in about.items() if value != before[name]]
    return {
        "roles": (sorted(user.own_roles), granted),
        "department_id": (user.department_id, department_id),
        "fields": ([], edited),
    }


def _end_sessions(user_id: int, keep: str = "") -> int:
    gone = delete(WebSession).where(WebSession.user_id == user_id, WebSession.id_hash != keep)
    return len(db.session.scalars(gone.returning(WebSession.id_hash)).all())


def _forget_browsers(user_id: int) -> None:
    db.session.execute(delete(RememberedBrowser).where(RememberedBrowser.user_id == user_id))


def _end_plan_feed(user_id: int, actor: User | None, now: datetime) -> None:
    """Revoke the secret address of the plan's calendar for good."""
    feed = db.session.get(PlanFeed, user_id, populate_existing=True)
    if feed is not None and feed.secret_hash:
        feed.version, feed.secret_hash, feed.made_at = feed.version + 1, None, now
        record("plan_feed_off", at=now, actor=actor, object_kind="user", object_id=user_id)
