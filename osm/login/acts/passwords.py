"""Passwords: first ones, change and reset, and why one is easy to guess."""

import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete

from osm.base.database import db
from osm.base.errors import must_exist
from osm.base.transaction import transaction
from osm.likeness.words import lines_of
from osm.log.acts.record import record
from osm.login.acts import attempts
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
    return _grouped("".join(letters))


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in (0, 4, 8))


def _as_given(password: str) -> str:
    """A first password as it was given, however its groups were typed or pasted; any other password as it is."""
    letters = re.sub(r"[\W_]", "", password).lower()
    return _grouped(letters) if re.fullmatch("[a-z2-9]{12}", letters) else password


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
    why = "" if is_demo else why_easy(password, login, name, office().name)
    refuse("password", why or len(re.sub(" +", " ", password)) < shortest, f"{why or fits} Придумайте другой.")
    return _slowly(lambda: (_of_known_passwords if is_demo else hasher).hash(password))


def password_matches(user: User | None, password: str) -> bool:
    """A missing user costs as much time as a wrong password."""
    known, typed = user.password_hash if user else NOBODY, password[:_LONGEST_CHECKED]
    return any(_verified(known, one) for one in dict.fromkeys((typed, _as_given(typed)))) and user is not None


def _verified(known: str, password: str) -> bool:
    try:
        return _slowly(lambda: hasher.verify(known, password))
    except (VerificationError, InvalidHashError):
        return False


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
    refuse("password", _as_given(new) == _as_given(old), "Новый пароль совпадает с текущим. Придумайте другой.")
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


FILE = Path(__file__).parent / "common_passwords.txt"
PLACES = Path(__file__).parent / "place_names.txt"

FEWEST_DIFFERENT = 4  # different visible characters
_SHORTEST_WORD = 4  # Letters. Shorter words are not looked for among digits.
_SHORTEST_NAME = 3
_MEAN_RUN = 3  # Characters. With runs this long on average the password is typed by sliding a finger along the keys.

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
SPELLED = {letter: re.sub(r"\(([a-z]+).*", r"\1", pattern) for letter, pattern in _LATIN_OF.items()}
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
    chance."""
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
