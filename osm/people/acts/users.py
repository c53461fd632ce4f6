"""Users: who they are, which posts they hold; create one; access for an audit."""

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from itertools import chain, count

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.base.database import add_row, db
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import one_line
from osm.flow.acts.terms import local_day
from osm.log.acts.record import record
from osm.login.acts import passwords
from osm.login.acts.passwords import hash_password, normal_login, shortest_password
from osm.models import AuditAccess, Department, Source, User, UserRole
from osm.regulation.control import MailMode
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import LEADERS, POST_LABELS, Post, Role
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
    must_change_password: bool = False, actor: User | None = None,
) -> User:  # fmt: skip
    """Create a user; a named department that is unknown is created too (П.3, П.6).

    `must_change_password`: somebody else knows the password, so it opens only the page where it is changed; no
    password: a directory checks it, or the hash is given. Raises MissingInput, which names the field; then no row is
    stored. An empty login is made from the e-mail or the name.
    """
    about = described(name, position, phone, email or "")
    login = normal_login(login) or free_login(about["name"], about["email"])
    check_login(login)
    granted = granted_roles(roles)
    check_post(post, granted)
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


def check_login(login: str) -> None:
    """Raises MissingInput."""
    if not _LOGIN.fullmatch(login):
        raise MissingInput("login", "Логин: от 2 до 60 латинских букв, цифр, точек, дефисов; первой — буква или цифра.")


def described(name: str, position: str, phone: str, email: str) -> dict[str, str]:
    """Return the checked name, position, telephone and e-mail. Raises MissingInput."""
    email = email.strip()
    if email and (len(email) > LONGEST_EMAIL or not ADDRESS.fullmatch(email)):
        raise MissingInput("email", "Адрес не похож на почтовый. Нужен как ivanova@example.ru.")
    return {
        "email": email,
        "name": one_line("name", "Имя", name, 200, missing="Укажите имя и фамилию: они видны в истории сообщений."),
        "position": one_line("position", "Должность", position, 200),
        "phone": one_line("phone", "Телефон", phone, 60),
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
        raise MissingInput("role", f"{POST_LABELS[post]} видит все сообщения: отметьте роль «Руководитель».")


def check_vacant(post: Post | None, user_id: int | None = None) -> None:
    """Each post but that of the deputies has one holder. Raises MissingInput, which names him."""
    if post in (None, Post.DEPUTY_HEAD):
        return
    holder = db.session.scalar(select(User.name).where(User.post == post, User.id != user_id))
    if holder is not None:
        raise MissingInput("post", f"{POST_LABELS[post]} уже есть: {holder}. Сначала снимите эту должность с него.")


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


# --- Access for an audit: an account that reads until its day ends, on a named ground
AUDIT_DAYS = 30  # a longer audit gets another account


def give_access(
    login: str, *, name: str, position: str, email: str, last_day: date | None, ordered_by: str, document: str,
    password: str, actor: User, now: datetime,
) -> User:  # fmt: skip
    """An account that reads to the end of this local day. Raises MissingInput; then nothing is stored."""
    today = local_day(now)
    if last_day is None or not today <= last_day <= today + timedelta(days=AUDIT_DAYS):
        longest = today + timedelta(days=AUDIT_DAYS)
        raise MissingInput("last_day", f"Укажите последний день доступа: с {today:%d.%m.%Y} по {longest:%d.%m.%Y}.")
    asked = "Укажите, кто поручил проверку: без этого доступа не дать."
    ordered_by = one_line("ordered_by", "Кто поручил", ordered_by, 300, missing=asked)
    document = one_line("document", "Документ", document, 300, missing="Укажите номер и дату документа о проверке.")
    until = datetime.combine(last_day + timedelta(days=1), time(), in_force().calendar.tz)
    with transaction() as session:
        user = create_user(
            login, name, {Role.AUDITOR}, password, now=now, position=position, email=email, without_mail=True,
            must_change_password=True, actor=actor,
        )  # fmt: skip
        session.add(
            AuditAccess(
                user_id=user.id, until=until, ordered_by=ordered_by, document=document, given_at=now,
                given_by_id=actor.id,
            )
        )  # fmt: skip
        record("audit_access", at=now, actor=actor, about=user, changes={"ends_at": (None, until)})
        return user
