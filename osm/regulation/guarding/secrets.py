"""What looks like a password, a key or a recovery code: such a thing is never written down here (Пр.1.2.3).

Each rule is a small function over the text; the first that finds something says what it takes it for. Addresses,
mail, telephones and names of programs pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_MARK = (
    r"(?:парол[а-яё]*|passw(?:or)?d|pwd|pass|пин(?:-?код)?|pin|токен[а-яё]*|token|ключ[а-яё]* доступа|"
    r"код[а-яё]* восстановления|резервн[а-яё]+ код[а-яё]*|секретн[а-яё]+ (?:слов|ответ)[а-яё]*|"
    r"кодов[а-яё]+ слов[а-яё]*)"
)
_NAMED = re.compile(rf"(?<![\w-]){_MARK}\s*(?:[:=]\s*|\s+)(\S+)", re.IGNORECASE)
_COLON = re.compile(rf"(?<![\w-]){_MARK}\s*[:=]\s*(\S+)", re.IGNORECASE)
_RUSSIAN = re.compile(r"[а-яё-]*", re.IGNORECASE)
_KEY = re.compile(r"vk1\.a\.[\w-]{10,}|(?<![\w/.-])[A-Za-z0-9_-]{32,}(?![\w/.-])")
_CODES = re.compile(r"(?:(?<!\d)\d{4}[ -]?\d{4}(?!\d)[\s,;]*){3,}")
_SIGNS = set("!#$%^&*?~=|<>{}[]\\@")
_PLAIN = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+|(https?://|www\.)\S+|[\w-]+(\.[\w-]+)+(/\S*)?|@[\w.]+|#\w+")
_SHORTEST, _LONGEST = 8, 64


def secret_in(text: str) -> str:
    """What the text seems to hold, in words; empty where nothing looks like a secret."""
    return next((what for rule, what in RULES if rule(text)), "")


def _named_value(text: str) -> bool:
    """«пароль: …», but no plain Russian word («Пароль: сменить до пятницы»); without a colon only «пароль Qwerty12»."""
    if not all(_RUSSIAN.fullmatch(found[1].strip('.,;:()«»"—–')) for found in _COLON.finditer(text)):
        return True
    return any(re.search(r"[A-Za-z]\S*\d|\d\S*[A-Za-z]|\d{4,}", found[1]) for found in _NAMED.finditer(text))


def _access_key(text: str) -> bool:
    return _KEY.search(text) is not None


def _recovery_codes(text: str) -> bool:
    """Three or more groups of eight figures in a row: recovery codes as networks print them.

    A telephone has more figures or another shape.
    """
    return _CODES.search(text) is not None


def _bare_password(text: str) -> bool:
    """A word that mixes letters, figures and signs as no name does."""
    return any(_is_mixed(word) for word in _words(text))


def _words(text: str) -> Iterator[str]:
    for word in text.split():
        bare = word.strip(".,;:()«»\"'")
        if _SHORTEST <= len(bare) <= _LONGEST and not _PLAIN.fullmatch(bare):
            yield bare


def _is_mixed(word: str) -> bool:
    has_letter, has_figure = bool(re.search(r"[^\W\d_]", word)), bool(re.search(r"\d", word))
    if has_letter and has_figure and _SIGNS.intersection(word):
        return True
    # Letters and figures that change places often: «a7Kq29xB»; a name with its number («SMM2go») changes once or twice.
    changes = len(re.findall(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", word))
    return changes >= 3


RULES: tuple[tuple[Callable[[str], bool], str], ...] = (
    (_access_key, "ключ доступа"),
    (_recovery_codes, "коды восстановления"),
    (_named_value, "пароль или код"),
    (_bare_password, "пароль"),
)
"""In this order; each with what it says to have seen."""
