"""Whether two texts are near copies, also when disguised; pure functions.

A text is folded to its letters: look-alikes from other alphabets and digits become Cyrillic letters; everything between
letters and repeated letters are removed. Two folded texts are copies if few letters differ. Candidates are found by
pieces of seven letters: a fixed hash selects twenty pieces of each text, and if a tenth of the letters was changed, a
copy still has some of the same twenty.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from moderation.text.disguise import LOOK, normalise

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
