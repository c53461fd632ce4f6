"""Whether one word is obscene or coarse, by its root: prefixes and endings are free, innocent words are known."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from . import disguise
from .lexicon import read_entries

Strength = Literal["strong", "coarse"]


class Profane(NamedTuple):
    """A recognised root and how strong it is."""

    strength: Strength
    root: str


def _any_of(roots: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, roots), key=len, reverse=True))


class _Roots:
    """The list of roots, compiled once."""

    def __init__(self) -> None:
        lists: dict[str, list[str]] = defaultdict(list)
        for entry in read_entries("profanity"):
            lists[entry.group].append(entry.text)
        prefix = _any_of(lists["prefix"])
        self.rooted = re.compile(f"(?:{prefix})?(?:{prefix})?({_any_of(lists['strong.root'])})")
        self.inside = re.compile(f"({_any_of(lists['strong.inside'])})")
        self.start = re.compile(f"({_any_of(lists['strong.start'])})")
        self.words = frozenset(lists["strong.word"])
        self.coarse_start = re.compile(f"({_any_of(lists['coarse.start'])})")
        self.coarse_words = frozenset(lists["coarse.word"])
        self.innocent = re.compile(f"(?:{_any_of(lists['innocent'])})")
        self.masked = lists["masked"]
        self.masked_short = frozenset(lists["masked.short"])


@lru_cache(maxsize=1)
def _roots() -> _Roots:
    return _Roots()


def profane(form: str) -> Profane | None:
    """The obscene root of a word of small Cyrillic letters without ё, or None."""
    roots = _roots()
    if form in roots.words:
        return Profane("strong", form)
    if form in roots.coarse_words:
        return Profane("coarse", form)
    if roots.innocent.match(form):
        return None
    found = roots.inside.search(form) or roots.start.match(form) or roots.rooted.match(form)
    if found:
        return Profane("strong", found[1])
    found = roots.coarse_start.match(form)
    return Profane("coarse", found[1]) if found else None


def profane_masked(token: str) -> str | None:
    """The word hidden in a token like п*здец, х@йня, бл**ь; None where nothing obscene fits."""
    roots = _roots()
    if token in roots.masked_short:
        return token
    visible = sum("а" <= char <= "я" for char in token)
    if visible < 2:
        return None
    pattern = disguise.mask_pattern(token)
    if pattern is None:
        return None
    for form in roots.masked:
        if visible * 2 >= len(form) and pattern.fullmatch(form):
            return form
    return None
