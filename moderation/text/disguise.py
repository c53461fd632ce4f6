"""What hides words: invisible signs and markup of a text; look-alike letters, digits, transliteration, separators and
repeated letters of one word. Works on the text, then on one normalised token, so every answer can be cached. Readings
are proposals: the word lists decide.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from moderation.lexicon import lookalikes
from moderation.text.morph import is_known

# --- Remove marks of emphasis that chat programs paste (``**слово**``, ``__слово__``, ``[слово](адрес)``)
_PAIR = re.compile(r"(?<![\w*~`\\])(\*{1,3}|_{1,3}|~~|`{1,3})(?=[^\s*_~`])([^\n*`]{1,300}?)(?<=[^\s*_~`])\1(?![\w*~`])")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((\S{1,300}?)\)")
_ESCAPE = re.compile(r"\\(?=[*_~`\[\]()])")
_WORD = re.compile(r"[а-я]+")
_MARKS = ("*", "__", "~~", "`", " _", "](", "\\")


def without_marks(text: str) -> str:
    """The normalised text, of the same length, with spaces for marks of emphasis and of links."""
    if not any(mark in text for mark in _MARKS) and not text.startswith("_"):
        return text
    text = _ESCAPE.sub(" ", text)
    text = _LINK.sub(lambda link: f" {link[1]}  {link[2]} ", text)
    for _ in range(2):  # one kind of emphasis inside another
        text = _PAIR.sub(_bared, text)
    return text


def _bared(pair: re.Match[str]) -> str:
    mark, inside = pair[1], pair[2]
    if len(mark) == 1 and _WORD.fullmatch(inside) and not is_known(inside):
        return pair[0]
    blank = " " * len(mark)
    return f"{blank}{inside}{blank}"


# --- Normalise a text (lower case, ё as е, no invisible characters) with positions in the source text
# Characters that stay one character, which nearly every comment consists of.
_PLAIN = "\\t\\n\\r -~а-яёА-ЯЁ«»—–…№“”„’‘•°₽€"
_ODD = re.compile(f"[^{_PLAIN}]")
_BREVE, _DIAERESIS = "\u0306", "\u0308"


class Normalised(NamedTuple):
    """``text`` is the normalised text; ``starts``/``ends`` are source positions of its characters, None: unchanged."""

    text: str
    starts: list[int] | None
    ends: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Span in the source text of the normalised characters [start, end)."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=8192)
def _fold(char: str) -> str:
    """The replacement of one unusual character: '' if invisible, possibly several characters."""
    category = unicodedata.category(char)
    if category in ("Cf", "Mn", "Me", "Cs", "Cn", "Co") or char in "\u115f\u1160\u3164\uffa0\u2800":
        return ""
    if category == "Cc":
        return " "
    table = lookalikes()
    if char in table:
        return table[char]
    code = ord(char)
    if 0x1F130 <= code <= 0x1F189:  # letters in squares and circles
        return chr(ord("a") + (code - 0x1F130) % 32 % 26) if (code - 0x1F130) % 32 < 26 else char
    parts = unicodedata.normalize("NFKD", char)
    read = "".join(p for p in parts if unicodedata.category(p) not in ("Mn", "Me", "Cf"))
    if _BREVE in parts and read in ("и", "И"):
        return "й"
    read = "".join(table.get(p, p) for p in read.lower()).replace("ё", "е")
    return " " if read and read.isspace() else read


def normalise(text: str) -> Normalised:
    """Any Unicode text is accepted; the time is proportional to its length."""
    odd = set(_ODD.findall(text))
    if not odd:
        return Normalised(text.lower().replace("ё", "е"), None, None)
    changes = [(char, _fold(char)) for char in odd]
    if all(len(read) == 1 for _, read in changes):
        for char, read in changes:
            if read != char:
                text = text.replace(char, read)
        lowered = text.lower().replace("ё", "е")
        if len(lowered) == len(text):
            return Normalised(lowered, None, None)
    return _normalise_by_character(text, dict(changes))


def _normalise_by_character(text: str, changes: dict[str, str]) -> Normalised:
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for match in _ODD.finditer(text):  # unchanged text is copied in one piece
        position, char = match.start(), match[0]
        if position > last:
            out.extend(text[last:position])
            starts.extend(range(last, position))
            ends.extend(range(last + 1, position + 1))
        last = position + 1
        read = changes[char]
        if not read:
            if out and unicodedata.category(char) in ("Mn", "Me"):
                ends[-1] = position + 1
                if char == _BREVE and out[-1] in ("и", "И"):
                    out[-1] = "й"
            continue
        out.extend(read)
        starts.extend([position] * len(read))
        ends.extend([position + 1] * len(read))
    out.extend(text[last:])
    starts.extend(range(last, len(text)))
    ends.extend(range(last + 1, len(text) + 1))
    lowered = "".join(out).lower()
    if len(lowered) != len(out):  # a letter with a longer lower-case form; none is known after folding
        lowered = "".join(letter.lower()[:1] or letter for letter in out)
    return Normalised(lowered.replace("ё", "е"), starts, ends)


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
