"""Users: create one, change one's own password. Passwords are kept as argon2id hashes."""

import re
import secrets
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import cache
from itertools import chain, count, permutations
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from osm.extensions import db
from osm.flow.acts.edits import one_line
from osm.likeness.words import lines_of
from osm.log.acts.record import record
from osm.people.acts.attempts import (
    LONGEST_ADDRESS,
    NO_MARKS,
    Marks,
    check_post,
    check_vacant,
    count_attempt,
    forget_attempts,
)
from osm.people.queries.people import office
from osm.regulation.control.hours import MailMode
from osm.regulation.errors import MissingInput
from osm.regulation.words import Post, Role
from osm.services.errors import NotFound
from osm.settings.mail import ADDRESS
from osm.store.models import Department, User, UserRole, WebSession
from osm.store.transaction import transaction

# --- Passwords that are easy to guess
FILE = Path(__file__).parent / "common_passwords.txt"
PLACES = Path(__file__).parent / "place_names.txt"

FEWEST_DIFFERENT = 4
"""Different visible characters."""
_SHORTEST_WORD = 4
"""Letters. Shorter words are not looked for among digits."""
_SHORTEST_NAME = 3
_MEAN_RUN = 3
"""Characters. With runs this long on average the password is typed by sliding a finger along the keys."""

_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_TO_LATIN = str.maketrans(_RUSSIAN, _LATIN)
_TO_RUSSIAN = str.maketrans(_LATIN, _RUSSIAN)
_LATIN_OF = dict(
    zip("абвгдезиклмнопрстуф", "abvgdeziklmnoprstuf", strict=True),
    ё="(e|yo|io|jo)", ж="(zh|j)", й="(y|i|j)", х="(kh|h|x)", ц="(ts|c)", ч="ch", ш="sh", щ="(shch|sch)", ъ="",
    ы="(y|i)", ь="", э="e", ю="(yu|iu|ju)", я="(ya|ia|ja|a)",
)  # fmt: skip
"""How a Russian letter is written in Latin letters, as a pattern."""
_SPELLED = {letter: re.sub(r"\(([a-z]+).*", r"\1", pattern) for letter, pattern in _LATIN_OF.items()}
"""The same, one way."""
_ENDINGS = (
    "а", "е", "ё", "и", "й", "о", "у", "ы", "ь", "ю", "я", "ой", "ей", "ом", "ем", "ам", "ах", "ий", "ый", "ая", "ое",
    "ые", "ую", "ого", "его", "ому", "ему", "ами",
)  # fmt: skip
_ENDING = re.compile(f"({'|'.join(sorted(_ENDINGS, key=len, reverse=True))})$")
_LOOK_ALIKES = str.maketrans("@$013457", "asoieast")

_ROWS = (
    "`1234567890-=",
    "0123456789",
    "!@#$%^&*()_+",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qazwsxedcrfvtgbyhnujmik,ol.p;/",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "1q2w3e4r5t6y7u8i9o0p-[=]",
    "q1w2e3r4t5y6u7i8o9p0",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
)
"""Neighbours on the keyboard or in the alphabet, read in both directions."""
_RUNS = (*_ROWS, *(row[::-1] for row in _ROWS))


def why_easy(password: str, login: str, name: str, office: str = "") -> str:
    """Why this password is easy to guess; empty if it is not. `office`: the name of the office."""
    if not any(char.isprintable() and not char.isspace() for char in password):
        return "Пароль из одних пробелов легко угадать."
    if is_pattern(password):
        return "Повторы и ряды клавиш легко угадать."
    if _is_place(password, office):
        return "Название места легко угадать, с цифрами тоже."
    if any(form in common_passwords() or _word(form) in _words() for form in _forms(password)):
        return "Это один из самых распространённых паролей, его пробуют первым."
    if _is_own_name(password, login, name):
        return "Такой пароль легко угадать по логину или имени."
    return ""


def is_pattern(password: str) -> bool:
    """Few different characters, a repeated short piece, or runs of the keyboard (also with each key twice)."""
    text = password.casefold()
    if len({char for char in text if not char.isspace()}) < FEWEST_DIFFERENT or re.fullmatch(r"(.{1,5}?)\1+", text):
        return True
    once = re.sub(r"(.)\1+", r"\1", text)
    forms = (text, text.translate(_TO_LATIN), once, once.translate(_TO_LATIN))
    return any(_pieces(form) * _MEAN_RUN <= len(form) for form in forms)


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(FILE.read_text(encoding="utf-8").split())


@cache
def _words() -> frozenset[str]:
    return frozenset(word for line in common_passwords() if len(word := _word(line)) >= _SHORTEST_WORD)


def _is_own_name(password: str, login: str, name: str) -> bool:
    words = re.findall(r"\w+", name.casefold())
    whole = ("".join(some) for n in (2, 3) for some in permutations(words[:4], n))
    known = {_letters(word) for word in (login, f"demo{login}", *re.split(r"[._-]", login), *words, *whole)}
    typed = {_letters(form) for form in _forms(password)}
    if any(re.fullmatch(_in_latin(word), one) for word in words if len(word) >= _SHORTEST_NAME for one in typed):
        return True
    return password.strip().casefold() == login or any(len(word) >= _SHORTEST_NAME for word in typed & known)


def _is_place(password: str, office: str) -> bool:
    """Whether it is a place name, inflected or not: in Russian, in Latin letters, or typed in the other layout."""
    own = [_stem(word) for word in re.findall(r"[^\W\d_]+", office.casefold())]
    stems = {*_stems_of_places(), *(stem for stem in own if len(stem) >= _SHORTEST_WORD)}
    typed = {_letters(form) for form in _forms(password)}
    return any(_is_form(one, stem) for one in typed if one for stem in stems)


def _is_form(word: str, stem: str) -> bool:
    """Whether the word is this stem with any ending; a short stem («уфа») must match exactly, or it would match by
    chance.
    """
    endings = "|".join(_ENDINGS) if len(stem) > _SHORTEST_WORD else ""
    if word.isascii():
        return bool(re.fullmatch(f"{_in_latin(stem)}({_in_latin(endings)})?", word))
    return bool(re.fullmatch(f"{stem}({endings})?", word))


@cache
def _stems_of_places() -> frozenset[str]:
    own = (line for line in PLACES.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    names = (name for line in (*own, *lines_of("settlements.txt")) for name in line.split())
    return frozenset(_stem(_letters(name.casefold())) for name in names)


def _stem(name: str) -> str:
    return _ENDING.sub("", name) if len(name) > _SHORTEST_WORD else name


@cache
def _in_latin(word: str) -> str:
    return "".join(_LATIN_OF.get(letter, letter) for letter in word)


def _forms(password: str) -> Iterator[str]:
    """The password as typed, and as the same keys give it in the other layout."""
    text = password.strip().casefold()
    yield from (text, text.translate(_TO_LATIN), text.translate(_TO_RUSSIAN))


def _word(text: str) -> str:
    """Strip digits and signs from both ends and replace look-alikes by letters."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text).translate(_LOOK_ALIKES)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text)


def _pieces(text: str) -> int:
    """The fewest runs of the keyboard that make up the text."""
    count = at = 0
    while at < len(text):
        length = 1
        while at + length < len(text) and any(text[at : at + length + 1] in run for run in _RUNS):
            length += 1
        count, at = count + 1, at + length
    return count


# --- Users
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = LONGEST_EMAIL = 200

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
hasher = PasswordHasher()
_of_known_passwords = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Everybody knows the passwords of the demonstration: the full work would only lengthen the first start."""
#: Letters and digits that are not confused when read aloud or written by hand.
_DICTATED = "abcdefghkmnpqrstuvwxyz23456789"

#: The hash of forgotten random bytes. It is verified when the login is unknown, so that the answer takes the same time.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$mUXSfasbWw26Z5FLlkdybA$Ca02WZmwrv/CBRIDzpOF+fw1QH5XXs6RjFzHO1NviLg"


def normal_login(login: str) -> str:
    """The stored form of a login: lower case, no spaces around."""
    return login.strip().lower()[:60]


def free_login(name: str, email: str) -> str:
    """The box of the address, else the first word of the name in Latin letters; with a number if it is taken."""
    box = normal_login(email.partition("@")[0])
    first = (name.split() or [""])[0].lower()
    base = box if _LOGIN.fullmatch(box) else "".join(_SPELLED.get(letter, letter) for letter in first)[:50]
    taken = set(db.session.scalars(select(User.login).where(User.login.startswith(base, autoescape=True))))
    return next(login for n in chain([""], count(2)) if (login := f"{base}{n}") not in taken)


def first_password() -> str:
    """A first password to give by telephone or on paper: three groups without look-alikes, 59 bits."""
    return "-".join("".join(secrets.choice(_DICTATED) for _ in range(4)) for _ in range(3))


def hash_password(password: str, login: str, name: str, *, is_demo: bool = False) -> str:
    """The argon2id hash; a demonstration password may be easy to guess.

    Raises MissingInput if it is too short, too long or easy to guess.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise MissingInput(
            "password",
            f"Пароль должен быть длиной от {SHORTEST_PASSWORD} до {LONGEST_PASSWORD} знаков. Придумайте другой.",
        )
    why = "" if is_demo else why_easy(password, login, name, office().name)
    if why:
        raise MissingInput("password", f"{why} Придумайте другой.")
    return (_of_known_passwords if is_demo else hasher).hash(password)


def password_matches(user: User | None, password: str) -> bool:
    """A missing user costs as much time as a wrong password."""
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
    email: str | None = None,
    without_mail: bool | None = None,
    is_demo: bool = False,
    must_change_password: bool = False,
    actor: User | None = None,
) -> User:
    """Create a user; a named department that is unknown is created too (П.3, П.6).

    `must_change_password`: somebody else knows the password, so it opens only the page where it is changed. Raises
    MissingInput, which names the field; then no row is stored. An empty login is made from the e-mail or the name.
    """
    about = described(name, position, phone, email or "")
    login = normal_login(login) or free_login(about["name"], about["email"])
    if not _LOGIN.fullmatch(login):
        raise MissingInput("login", "Логин: от 2 до 60 латинских букв, цифр, точек, дефисов; первой — буква или цифра.")
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
                mail_mode=MailMode.NONE if without_mail else MailMode.AT_ONCE,
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
    if Role.SYSTEM in roles:
        raise MissingInput("role", "Роль «Система» людям не даётся. Выберите другую роль.")
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
    """Change one's own password; the person's other sessions end, but not `keep_session` (a hash).

    The old password is throttled like a log-in. Raises MissingInput, TooManyAttempts.
    """
    seen = db.session.get(User, user_id)
    if seen is None:
        raise NotFound("Учётная запись")
    old_hash = seen.password_hash
    attempt_id = count_attempt(seen.login, address[:LONGEST_ADDRESS], marks, now)
    # Hashing is slow on purpose, so it is done outside the transaction.
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
        record("change_password", at=now, actor=user, about=user)


def demonstration_users() -> list[str]:
    """Logins of active demonstration users; production must not start with any."""
    return list(db.session.scalars(select(User.login).where(User.is_demo, User.is_active).order_by(User.login)))
