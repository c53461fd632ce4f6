"""People from a list: what each row would make, and all of them made by one press or none."""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.connectors.incident_file import Book, Row, cells, read_file
from osm.login.acts import passwords
from osm.models import Department, User
from osm.networks.catalogue import plain
from osm.people.acts import users
from osm.regulation.errors import MissingInput
from osm.regulation.words import GIVEN_ROLES, Role

MOST = 100  # people in one list: a first password takes tenths of a second, a letter as long as the mail server wants
LONGEST_CELL = 300
_FIRST_ROWS = 20  # the headings are among them
SHORTEST_KEY = 16

COLUMNS: dict[str, tuple[str, ...]] = {
    "name": ("ФИО", "Ф.И.О.", "Фамилия, имя, отчество", "Имя и фамилия", "Сотрудник"),
    "login": ("Логин",),
    "email": ("E-mail", "Email", "Почта", "Эл. почта", "Электронная почта", "Рабочая почта", "Адрес эл. почты"),
    "phone": ("Телефон",),
    "position": ("Должность",),
    "department": ("Отдел", "Подразделение"),
    "roles": ("Роли", "Роль"),
}
"""What a list says of a person → how its column may be called; the first is what the template calls it."""
NEEDED = ("name", "roles")
_FIELD_OF = {plain(heading): name for name, headings in COLUMNS.items() for heading in headings}
_ROLE_OF = {plain(label): role for role, label in Role.labels().items() if role in GIVEN_ROLES}


class ListRefused(MissingInput):
    """The file has no list of people in it."""

    def __init__(self, words: str) -> None:
        super().__init__("file", f"{words} Ничего не изменено.")


class ListChanged(ServiceError):
    """Since the list was looked through, a login was taken, or a person or a department has changed."""

    words = "Пока вы смотрели список, люди или отделы изменились. Никто не добавлен: посмотрите ещё раз."


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it was written. `offered`: the login that the person has seen it would get; empty: it makes nobody."""

    number: int
    name: str
    login: str = ""
    email: str = ""
    phone: str = ""
    position: str = ""
    department: str = ""
    roles: str = ""
    offered: str = ""


@dataclass(slots=True)
class Checked:
    """A row and what it would make: a new person, or nobody, because he is `there` or something is `wrong`."""

    line: Line
    login: str = ""
    roles: tuple[Role, ...] = ()
    department: Department | None = None
    there: User | None = None
    namesake: User | None = None  # of a new person: one with the same name and another login
    other: list[str] = field(default_factory=list)  # what the row says otherwise of a person who is there
    wrong: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return not self.there and not self.wrong


class Made(NamedTuple):
    """A person of the list with his first password."""

    user: User
    password: str


# --- The file
def read_list(path: Path, room: Path) -> tuple[list[Line], list[str]]:
    """The rows of the first sheet with the headings, and the headings that say nothing to us. Raises ListRefused and
    ConnectorError. `room`: see `read_file`."""
    with read_file(path, room=room) as book:
        rows, columns, unread = _headed(book)
        lines = list(islice(_lines(rows, columns), MOST + 1))
    if not lines:
        raise ListRefused("Под названиями столбцов нет ни одного сотрудника.")
    if len(lines) > MOST:
        raise ListRefused(f"В списке больше {MOST} человек. Разделите его на несколько файлов.")
    return lines, unread


def _headed(book: Book) -> tuple[Iterator[Row], dict[str, int], list[str]]:
    for table in book.tables:
        rows = table.rows()
        for row in islice(rows, _FIRST_ROWS):
            headings = [cells.as_line(cell) for cell in row.cells]
            columns: dict[str, int] = {}
            for column, heading in enumerate(headings):
                if name := _FIELD_OF.get(plain(heading)):
                    columns.setdefault(name, column)
            if columns.keys() >= set(NEEDED):
                unread = [one for column, one in enumerate(headings) if one and column not in columns.values()]
                return rows, columns, unread
    raise ListRefused("Не найдены столбцы «ФИО» и «Роли». Возьмите образец и заполните его.")


def _lines(rows: Iterator[Row], columns: Mapping[str, int]) -> Iterator[Line]:
    for row in rows:
        said = {name: cells.as_line(row.cell(column))[:LONGEST_CELL] for name, column in columns.items()}
        if any(said.values()):
            yield Line(row.number, **said)


# --- What each row would make
def check(lines: Sequence[Line]) -> list[Checked]:
    """Each row against the people and departments of now."""
    people = list(db.session.scalars(select(User).order_by(User.is_active.desc(), User.id)))
    by_login: dict[str, User] = {user.login: user for user in people}
    by_name: dict[str, User] = {}
    for user in people:
        by_name.setdefault(users.name_key(user.name), user)
    departments: dict[str, Department] = {}
    for one in db.session.scalars(select(Department).order_by(Department.archived_at.is_(None), Department.id)):
        departments |= {one.name.casefold(): one, one.short_name.casefold(): one}
    logins: dict[str, int] = {login: line.number for line in reversed(lines) if (login := _normal(line.login))}
    names: dict[str, int] = {}
    found = []
    for line in lines:
        row = Checked(line, login=_normal(line.login))
        found.append(row)
        _read(row, departments)
        row.there = by_login.get(row.login) if row.login else by_name.get(users.name_key(line.name))
        if row.there and users.name_key(row.there.name) == users.name_key(line.name):
            row.other, row.wrong = _other(row, row.there), []
        elif row.there:
            row.wrong.append(f"Логин «{row.login}» уже занят: {row.there.name}. Выберите другой.")
            row.there = None
        _check_twice(row, logins, names)
        if row.is_new:
            _offer_login(row, logins)
            row.namesake = by_name.get(users.name_key(line.name))
    return found


def _normal(login: str) -> str:
    return login.strip().lower()


def _read(row: Checked, departments: Mapping[str, Department]) -> None:
    line = row.line
    try:
        users.described(line.name, line.position, line.phone, line.email)
    except MissingInput as error:
        row.wrong.append(str(error))
    row.department = departments.get(line.department.casefold())
    if line.department and row.department is None:
        row.wrong.append(f"Отдела «{line.department}» нет. Исправьте название или сначала добавьте отдел.")
    elif row.department and row.department.archived_at:
        row.wrong.append(f"Отдел «{line.department}» убран из списка. Верните его или укажите другой.")
    words = [word.strip() for word in line.roles.replace(";", ",").split(",") if word.strip()]
    unknown = [word for word in words if plain(word) not in _ROLE_OF]
    if unknown:
        known = ", ".join(role.label for role in _ROLE_OF.values())
        row.wrong.append(f"Роли «{', '.join(unknown)}» нет. Есть: {known}.")
    row.roles = tuple(sorted({_ROLE_OF[plain(word)] for word in words if plain(word) in _ROLE_OF}))


def _other(row: Checked, user: User) -> list[str]:
    line, of_user = row.line, user.department
    names = {of_user.name.casefold(), of_user.short_name.casefold()} if of_user else set()
    pairs = {
        "почта": line.email and line.email.casefold() != user.email.casefold(),
        "телефон": line.phone and line.phone != user.phone,
        "должность": line.position and line.position != user.position,
        "отдел": line.department and line.department.casefold() not in names,
        "роли": line.roles and set(row.roles) != user.own_roles,
    }
    return [label for label, differs in pairs.items() if differs]


def _check_twice(row: Checked, logins: Mapping[str, int], names: dict[str, int]) -> None:
    """The same person twice in the list; a namesake has his own login."""
    number, name = row.line.number, users.name_key(row.line.name)
    if row.login and logins[row.login] != number:
        row.wrong.append(f"Логин «{row.login}» уже в строке {logins[row.login]}.")
    elif not row.login and name and name in names:
        row.wrong.append(f"Этот человек уже в строке {names[name]}. Если это другой, укажите ему логин.")
    names.setdefault(name, number)


def _offer_login(row: Checked, logins: dict[str, int]) -> None:
    try:
        row.login = row.login or users.free_login(row.line.name, row.line.email, logins)
        users.check_login(row.login)
        logins[row.login] = row.line.number
    except MissingInput as error:
        row.wrong.append(str(error))


# --- All of them, or none
def create_people(lines: Sequence[Line], key: str, *, actor: User, now: datetime) -> list[Made]:
    """Make the people whose logins were `offered`; pressed again with the same key, it answers the same. `key`: made
    for one look at the list; the first passwords follow from it. Raises ListChanged."""
    offered = [line.offered for line in lines if line.offered]
    if not offered or len(lines) > MOST or len(key) < SHORTEST_KEY:
        raise ListChanged
    if made := _made_before(offered, key):
        return made
    try:
        _promised(lines)
        # Hashing is slow on purpose, so it is done outside the transaction.
        first = {login: _password(key, login) for login in offered}
        names = {line.offered: line.name for line in lines if line.offered}
        hashes = {login: passwords.hash_password(password, login, names[login]) for login, password in first.items()}
        with transaction():
            return [Made(_create(row, hashes[row.login], actor, now), first[row.login]) for row in _promised(lines)]
    except (ListChanged, MissingInput):
        if made := _made_before(offered, key):  # the same press, a moment earlier
            return made
        raise ListChanged from None


def _promised(lines: Sequence[Line]) -> list[Checked]:
    """The people to make, if they are the ones that were shown. Raises ListChanged."""
    found = check(lines)
    if any(row.wrong or (row.login if row.is_new else "") != row.line.offered for row in found):
        raise ListChanged
    return [row for row in found if row.is_new]


def _create(row: Checked, password_hash: str, actor: User, now: datetime) -> User:
    about: dict[str, Any] = {name: getattr(row.line, name) for name in ("name", "email", "phone", "position")}
    return users.create_user(
        row.login, roles=row.roles, password=None, password_hash=password_hash, must_change_password=True,
        department_id=row.department.id if row.department else None, actor=actor, now=now, **about,
    )  # fmt: skip


def _made_before(logins: Sequence[str], key: str) -> list[Made]:
    """Those who still have the first password of this key, if the whole list is there."""
    people = list(db.session.scalars(select(User).where(User.login.in_(logins)).order_by(User.name)))
    if len(people) < len(logins):
        return []
    made = [Made(user, _password(key, user.login)) for user in people if user.must_change_password]
    return [one for one in made if passwords.password_matches(one.user, one.password)]


def _password(key: str, login: str) -> str:
    """The same for the same key and login, so that a second press shows the same sheets."""
    secret = current_settings().secret_key.encode()
    return passwords.first_password(hmac.digest(secret, f"first password\n{key}\n{login}".encode(), "sha256"))
