"""English profanity by the list of better-profanity: read when the first Latin word comes."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from .lexicon import read_entries


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """Words that sound like Russian coarse ones when read by sound."""
    return frozenset(entry.text for entry in read_entries("english") if entry.group == "everyday")


@lru_cache(maxsize=1)
def _profane() -> frozenset[str]:
    """The list without the everyday words of a town that stand in it: medicine, names of wares, neutral talk."""
    lines = resources.files("better_profanity").joinpath("profanity_wordlist.txt").read_text(encoding="utf-8").split()
    innocent = {entry.text for entry in read_entries("english") if entry.group == "innocent"}
    return frozenset(word for word in lines if word.isalpha() and len(word) > 2) - innocent


def is_profane(word: str) -> bool:
    """Whether a small Latin word is English profanity; the answer is cached with the word itself."""
    return word in _profane()
