"""Whether two texts are near copies of one another, however disguised; pure functions.

A text is folded to its bare letters: look-alikes of other alphabets and digits become the Cyrillic letters that they
imitate, everything between letters and every repetition of a letter goes. Two folded texts are copies when few letters
have to be changed to make one of the other. Copies are found by pieces of seven letters of which every text keeps the
same twenty by a fixed hash: where a tenth of the letters was changed, some of the twenty stand in the copy as well.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from moderation.disguise import LOOK
from moderation.normalise import normalise

SHORTEST = 36
"""Characters as a reader sees them: shorter texts («Спасибо за оперативность!») are alike without being copies.

A text of forty from which a tenth was cut is still one.
"""
LONGEST = 2000
"""Letters that are looked at: of longer texts the beginning."""
PIECE = 7
"""Letters of a piece."""
PIECES = 20
"""Pieces by which a text is found."""
LIKE_LONG, LIKE_SHORT, SHORT = 0.75, 0.82, 60
"""The share of letters that must stay: in long texts, in those of fewer than SHORT letters.

Two variants of one text, each with a tenth changed, have four fifths in common.
"""

_FACES = str.maketrans({sign: faces[0] for sign, faces in LOOK.items() if sign.isalnum() or sign in "@$€"})
_NO_LETTERS = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"(.)\1+", re.S)
_BLANKS = re.compile(r"\s+")
_SPREAD = 0x9E3779B1
"""An odd number: multiplied by it modulo 2³², checksums lie in an order that has nothing to do with the letters."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The bare letters of a text, and the keys of the index by which it is found."""

    letters: str
    keys: tuple[int, ...]


def fold(text: str) -> Folded | None:
    """The text as it is compared; None where it is too short to be called a copy of anything."""
    seen = normalise(text).text
    if len(seen) < SHORTEST or len(_BLANKS.sub(" ", seen).strip()) < SHORTEST:
        return None
    letters = _REPEATED.sub(r"\1", _NO_LETTERS.sub("", seen.translate(_FACES)))[:LONGEST]
    keys = tuple(keys_of(letters))
    return Folded(letters, keys) if keys else None


def keys_of(letters: str) -> Iterable[int]:
    """At most PIECES numbers below 2³²: those of its pieces whose hashes are the lowest, the lowest first."""
    units = letters.encode("utf-16-le", "surrogatepass")
    width = 2 * PIECE
    found = {zlib.crc32(units[start : start + width]) for start in range(0, len(units) - width + 1, 2)}
    return sorted(checksum * _SPREAD & 0xFFFFFFFF for checksum in found)[:PIECES]


def likeness(one: str, other: str) -> float:
    """The share of letters that two folded texts have in common in the same order; 0 where they are no copies."""
    shorter = min(len(one), len(other))
    least = LIKE_SHORT if shorter < SHORT else LIKE_LONG
    return Levenshtein.normalized_similarity(one, other, score_cutoff=least)
