"""Names of candidates, and which of them a text names, in any case."""

from __future__ import annotations

import re
from collections.abc import Iterable

from moderation.morph import morph

_WORD = re.compile(r"[А-ЯЁ][а-яёА-ЯЁ-]+")
"""A surname begins with a capital letter: «Мороз» may be one, «мороз» is none."""


def names_of(typed: str) -> list[str]:
    """One name a line, without empty lines and doubles."""
    return list(dict.fromkeys(" ".join(line.split()) for line in typed.splitlines() if line.strip()))


def named(text: str, names: Iterable[str]) -> str:
    """The first of these names, surname first, whose surname the text has; empty if it has none."""
    found = {form for word in _WORD.findall(text) for form in _forms(word)}
    return next((name for name in names if _forms(name.split()[0]) & found), "")


def _forms(word: str) -> set[str]:
    return {word.lower().replace("ё", "е"), *morph(word.lower()).lemmas}
