"""A text without the signs that hide its words, and its markup."""

import re
import unicodedata
from functools import lru_cache
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
