"""How one disguised word may be read: look-alike letters, digits, transliteration, separators, repeated letters.

Works on one normalised token, so every answer can be cached. Readings are proposals: the word lists decide.
"""

import re
from itertools import islice, product

_LATIN_LOOK = {
    "a": "а", "b": "вбь", "c": "с", "d": "д", "e": "е", "f": "ф", "g": "дг", "h": "нх", "i": "и", "j": "й", "k": "к",
    "l": "л", "m": "мт", "n": "пн", "o": "о", "p": "рп", "q": "д", "r": "гр", "s": "с", "t": "т", "u": "иу", "v": "в",
    "w": "ш", "x": "х", "y": "у", "z": "з",
}  # fmt: skip
_GREEK_LOOK = {
    "α": "а", "β": "вб", "γ": "уг", "δ": "д", "ε": "е", "ζ": "з", "η": "нп", "θ": "о", "ι": "и", "κ": "к", "λ": "л",
    "μ": "м", "ν": "вн", "ξ": "з", "ο": "о", "π": "п", "ρ": "р", "σ": "о", "ς": "с", "τ": "т", "υ": "уи", "φ": "ф",
    "χ": "х", "ψ": "ч", "ω": "ш",
}  # fmt: skip
_SIGN_LOOK = {
    "0": "о", "1": "ил", "3": "зе", "4": "ч", "5": "с", "6": "б", "7": "т", "8": "в", "9": "яд", "@": "а", "$": "с",
    "|": "и", "€": "е", "+": "т", "!": "и", "'": "ь", "’": "ь", "`": "ь",
}  # fmt: skip
LOOK = {**_LATIN_LOOK, **_GREEK_LOOK, **_SIGN_LOOK}

_TRANSLIT_PAIRS = {
    "shch": "щ", "sch": "щ", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "tz": "ц", "ya": "я", "ja": "я",
    "yu": "ю", "ju": "ю", "yo": "е", "jo": "е", "ye": "е", "je": "е", "yi": "ый", "ia": "я", "iu": "ю", "yj": "ый",
}  # fmt: skip
_TRANSLIT = {
    "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "й", "k": "к",
    "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в",
    "w": "в", "x": "х", "y": "ый", "z": "з", "'": "ь", "’": "ь", "`": "ь", "0": "о", "3": "з", "4": "ч", "6": "б",
    "@": "а",
}  # fmt: skip
_TRANSLIT_PIECE = re.compile("|".join(sorted(_TRANSLIT_PAIRS, key=len, reverse=True)) + "|.", re.S)

CYRILLIC = re.compile(r"[а-я]+")
LATIN = re.compile(r"[a-z]+")
HAS_CYRILLIC = re.compile(r"[а-я]")
HAS_LATIN = re.compile(r"[a-z]")
_REPEAT = re.compile(r"(.)\1+")
_LONG_REPEAT = re.compile(r"(.)\1{2,}")
_MOST_READINGS = 24


def squeeze(form: str) -> str:
    """хуууй → хуй, блляять → блять."""
    return _REPEAT.sub(r"\1", form)


def squeeze_long(form: str) -> str:
    """Only letters repeated three times and more: длиннный → длиный, but длинный stays."""
    return _LONG_REPEAT.sub(r"\1", form)


_ALIKE = str.maketrans({"о": "а", "я": "а", "е": "и", "э": "и", "ы": "и", "ю": "у", "ь": "", "ъ": "", "й": "", "з": "с",
                        "д": "т", "б": "п", "г": "к", "в": "ф", "ж": "ш", "щ": "ш"})  # fmt: skip


def sound(form: str) -> str:
    """One form for words that sound alike: «писдетс» and «пиздец», «растреляю» and «расстреляю»."""
    return squeeze(form.replace("тс", "ц").replace("дс", "ц").replace("сч", "щ").replace("йо", "е").translate(_ALIKE))


def looks_like(token: str) -> list[str]:
    """Cyrillic words that this token looks like; empty if a character has no Cyrillic look-alike."""
    choices = []
    for char in token:
        if "а" <= char <= "я":
            choices.append(char)
        elif char in LOOK:
            choices.append(LOOK[char])
        else:
            return []
    return ["".join(letters) for letters in islice(product(*choices), _MOST_READINGS)]


def sounds_like(token: str) -> list[str]:
    """Cyrillic words that a Latin token spells by sound: pizdec → пиздец, nahuya → нахуя."""
    choices = []
    for piece in _TRANSLIT_PIECE.findall(token):
        if piece in _TRANSLIT_PAIRS:
            choices.append([_TRANSLIT_PAIRS[piece]])
        elif piece in _TRANSLIT:
            choices.append(list(_TRANSLIT[piece]))
        else:
            return []
    return ["".join(letters) for letters in islice(product(*choices), _MOST_READINGS)]


def mask_pattern(token: str) -> re.Pattern[str] | None:
    """A pattern for a word with hidden letters (п*здец, х@йня, бл**ь); None if no letter is hidden. A single character
    inside hides one to three letters, a longer run as many as it has or one more."""
    parts = re.split(r"([*@#$%&^~_!?]+)", token)
    if len(parts) == 1:
        return None
    pattern = ""
    for number, part in enumerate(parts):
        if number % 2:
            longest = 3 if len(part) == 1 else len(part) + 1
            pattern += f"[а-я]{{{len(part)},{longest}}}"
        elif part and not CYRILLIC.fullmatch(part):
            return None
        else:
            pattern += part
    return re.compile(pattern)


def foreign_mixture(token: str) -> bool:
    """Letters of several alphabets in one word, which is never an accident."""
    letters = [char for char in token if char.isalpha()]
    strange = sum(not ("а" <= char <= "я" or "a" <= char <= "z") for char in letters)
    return 0 < strange < len(letters)


def sure(token: str, form: str) -> bool:
    """A number (300, 3-6) or a short Latin word is not taken for a disguise."""
    letters = sum(char.isalpha() for char in token)
    digits = sum(char.isdigit() for char in token)
    return (
        letters >= 2
        and digits <= 2
        and digits < letters
        and (len(form) > 3 or letters == len(token) or bool(HAS_CYRILLIC.search(token)))
    )
