"""A text as words with dictionary forms, words without a matter, matters, spelling; as letters for near copies."""

import html
import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz.distance import Levenshtein

from moderation.text.disguise import LOOK, normalise
from moderation.text.morph import morph

_WORD = re.compile(r"[^\W_]+(?:-[а-яёa-z]+)*")
_SENTENCE_END = re.compile(r"[.!?…\n]\W*$")
READ_CHARACTERS = 6_000  # only the beginning of a very long text is read: it names the matter


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written, in lower case with ё as е, and its dictionary forms (best first)."""

    form: str
    plain: str
    lemmas: tuple[str, ...]
    opens_sentence: bool
    before: str  # the characters between it and the word before: spaces, commas, dots

    @property
    def is_capital(self) -> bool:
        return self.form[0].isupper()

    @property
    def is_number(self) -> bool:
        return self.form[0].isdigit()


def words_of(text: str) -> list[Word]:
    text = text[:READ_CHARACTERS]
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        form, before = match.group(), text[end : match.start()]
        end = match.end()
        plain = form.lower().replace("ё", "е")
        lemmas = (plain,) if plain[0].isdigit() else _lemmas(plain)
        opens = not found or _SENTENCE_END.search(before) is not None
        found.append(Word(form, plain, lemmas, opens, before))
    return found


@lru_cache(maxsize=20_000)
def _lemmas(plain: str) -> tuple[str, ...]:
    # Morphology takes most of the time, and people of one town use the same words.
    return morph(plain).lemmas


@cache
def lines_of(name: str) -> tuple[str, ...]:
    """The lines of a word list of this package, without comments and empty lines."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    bare = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in bare if line)


@cache
def _empty_words() -> frozenset[str]:
    return frozenset(word for line in lines_of("empty_words.txt") for word in line.split())


def content_words(words: list[Word]) -> frozenset[str]:
    """The dictionary forms (best of each word) that can distinguish matters."""
    empty = _empty_words()
    return frozenset(
        word.lemmas[0]
        for word in words
        if len(word.plain) > 2 and not word.is_number and empty.isdisjoint((word.plain, *word.lemmas))
    )


# --- Matters
_Pattern = tuple[str, ...]  # words that must all be in the text; a final `*` means any ending


@cache
def _patterns() -> tuple[dict[str, list[tuple[_Pattern, str]]], dict[str, list[tuple[_Pattern, str]]]]:
    """By the first word of a pattern: whole words, and beginnings (by their first three letters)."""
    whole: dict[str, list[tuple[_Pattern, str]]] = {}
    beginnings: dict[str, list[tuple[_Pattern, str]]] = {}
    for line in lines_of("matters.txt"):
        code, _, words = line.partition(":")
        for pattern in words.split():
            parts = tuple(pattern.split("+"))
            place, key = (beginnings, parts[0][:3]) if parts[0].endswith("*") else (whole, parts[0])
            place.setdefault(key, []).append((parts, code))
    return whole, beginnings


def matters_of(words: list[Word]) -> frozenset[str]:
    """The codes of the matters with a pattern in the text."""
    forms = {form for word in words for form in (word.plain, *word.lemmas)}
    whole, beginnings = _patterns()
    possible = [item for form in forms for item in (*whole.get(form, ()), *beginnings.get(form[:3], ()))]
    return frozenset(code for parts, code in possible if all(_matches(part, forms) for part in parts))


def _matches(part: str, forms: set[str]) -> bool:
    if not part.endswith("*"):
        return part in forms
    beginning = part[:-1]
    return any(form.startswith(beginning) for form in forms)


# --- Another spelling
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_SPELT = re.compile(r"[^\W_]+")
_ENDS_OPEN = re.compile(r"(?:…|\.\.\.?)\s*[\])»\"]*\s*$")
_LIMITS = frozenset(
    {100, 120, 128, 140, 150, 160, 200, 250, 255, 256, 300, 400, 500, 512, 1000, 1024, 2000, 2048, 4000, 4096}
)
"""Lengths at which programs cut a text."""


def is_empty(text: str) -> bool:
    """Whether the text has no letter, no digit and no picture."""
    return not any(unicodedata.category(character)[0] in "LN" or unicodedata.category(character) == "So"
                   for character in _plain(text))  # fmt: skip


def same_words(old: str, new: str) -> bool:
    """Whether only spaces, punctuation, signs, case, HTML entities or tags differ. Words may be joined or split,
    figures may not: «1,5» is not «15»."""
    return old == new or _letters(old) == _letters(new)


def is_cut(short: str, whole: str) -> bool:
    """Whether `short` is `whole` cut by a program. A person who deletes the end of his text leaves whole words, so
    there must be an ellipsis, half a word, or a length at which programs cut."""
    start, full = _letters(short), _letters(whole)
    if not start or start == full or not full.startswith(start):
        return False
    return bool(_ENDS_OPEN.search(short)) or len(short.strip()) in _LIMITS or _ends_in_word(short, whole)


def _ends_in_word(short: str, whole: str) -> bool:
    left, all_words = _SPELT.findall(_plain(short).casefold()), _SPELT.findall(_plain(whole).casefold())
    place = len(left) - 1
    return place < len(all_words) and left[place] != all_words[place] and all_words[place].startswith(left[place])


def _plain(text: str) -> str:
    # Twice: an export of an export has «&amp;quot;».
    return unicodedata.normalize("NFKC", _TAG.sub(" ", html.unescape(html.unescape(text))))


def _letters(text: str) -> str:
    """Letters and digits only; two adjacent numbers stay apart."""
    found = ""
    for word in _SPELT.findall(_plain(text).casefold()):
        found += "|" if found and found[-1].isdigit() and word[0].isdigit() else ""
        found += word
    return found


# --- Near copies, also when disguised
# A text is folded to its letters: look-alikes from other alphabets and digits become Cyrillic letters; everything
# between letters and repeated letters are removed. Two folded texts are copies if few letters differ. Candidates are
# found by pieces of seven letters: a fixed hash selects twenty pieces of each text, and if a tenth of the letters was
# changed, a copy still has some of the same twenty.
SHORTEST = 36
"""Visible characters; shorter texts («Спасибо за оперативность!») may be alike without being copies.

A text of forty of which a tenth was cut is still compared.
"""
LONGEST = 2000  # letters compared: the beginning of longer texts
PIECE = 7
PIECES = 20  # pieces per text in the index
LIKE_LONG, LIKE_SHORT, SHORT = 0.75, 0.82, 60
"""The share of equal letters in copies: for long texts, and for those of fewer than SHORT letters.

Two variants of one text, each with a tenth changed, have four fifths in common.
"""

_FACES = str.maketrans({sign: faces[0] for sign, faces in LOOK.items() if sign.isalnum() or sign in "@$€"})
_NO_LETTERS = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"(.)\1+", re.S)
_BLANKS = re.compile(r"\s+")
_SPREAD = 0x9E3779B1
"""An odd number: multiplied by it modulo 2³², checksums get an order that does not depend on the letters."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The letters of a text, and its keys in the index."""

    letters: str
    keys: tuple[int, ...]


def fold(text: str) -> Folded | None:
    """The text in its compared form; None if it is too short."""
    seen = normalise(text).text
    if len(seen) < SHORTEST or len(_BLANKS.sub(" ", seen).strip()) < SHORTEST:
        return None
    letters = _REPEATED.sub(r"\1", _NO_LETTERS.sub("", seen.translate(_FACES)))[:LONGEST]
    keys = tuple(keys_of(letters))
    return Folded(letters, keys) if keys else None


def keys_of(letters: str) -> Iterable[int]:
    """At most PIECES numbers below 2³²: the lowest hashes of its pieces, lowest first."""
    units = letters.encode("utf-16-le", "surrogatepass")
    width = 2 * PIECE
    found = {zlib.crc32(units[start : start + width]) for start in range(0, len(units) - width + 1, 2)}
    return sorted(checksum * _SPREAD & 0xFFFFFFFF for checksum in found)[:PIECES]


def likeness(one: str, other: str) -> float:
    """The share of letters that two folded texts have in common in order; 0 if they are not copies."""
    shorter = min(len(one), len(other))
    least = LIKE_SHORT if shorter < SHORT else LIKE_LONG
    return Levenshtein.normalized_similarity(one, other, score_cutoff=least)
