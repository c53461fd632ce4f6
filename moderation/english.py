"""English profanity by the list of better-profanity, which is read at the first Latin word."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from .lexicon import read_entries


@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """English words that sound like coarse Russian ones."""
    return frozenset(entry.text for entry in read_entries("english") if entry.group == "everyday")


@lru_cache(maxsize=1)
def _profane() -> frozenset[str]:
    """The list without its everyday words: medicine, goods, neutral talk."""
    lines = resources.files("better_profanity").joinpath("profanity_wordlist.txt").read_text(encoding="utf-8").split()
    innocent = {entry.text for entry in read_entries("english") if entry.group == "innocent"}
    return frozenset(word for word in lines if word.isalpha() and len(word) > 2) - innocent


def is_profane(word: str) -> bool:
    """Whether a Latin word in lower case is English profanity; the caller caches the answer."""
    return word in _profane()
