"""Passwords that are easy to guess, and why."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import permutations
from pathlib import Path

from osm.likeness.words import lines_of

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
