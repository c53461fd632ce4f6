"""Texts of a simulated office: shapes filled from banks of words, typed more or less carefully."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.offices.facts import Office
from benchmarks.offices.habits import OFFERS

_SLOT = re.compile(r"\{(\w+)\}")
_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
CARELESS = 0.45
"""The share of texts in small letters and without the last full stop."""
MISTYPED = 0.12
"""The share of texts with one letter missing or two swapped, never in the office's own word."""


class Writer:
    """Writes texts of each sort for one office."""

    def __init__(self, random: Random, one: Office) -> None:
        self.random = random
        self.banks: dict[str, list[str]] = {
            **_TABLES["words"], "local": [one.local], "trade": [one.trade], "offer": list(OFFERS),
        }  # fmt: skip
        self.own = set(f"{one.local} {one.trade}".replace(",", "").split())

    def text(self, sort: str) -> str:
        """One text. A bank named twice in a shape gives the same word twice."""
        shape, chosen = self.random.choice(_TABLES[sort]["shapes"]), dict[str, str]()
        for bank in _SLOT.findall(shape):
            chosen[bank] = self.random.choice(self.banks[bank])
        return self.typed(shape.format(**chosen))

    def typed(self, text: str) -> str:
        """The text as typed: carefully, or as on a phone."""
        if self.random.random() < MISTYPED:
            text = self.mistyped(text)
        if self.random.random() < CARELESS:
            return text.lower().rstrip(".")
        return re.sub(r"(^|[.!?] )([а-яё])", lambda start: start[1] + start[2].upper(), text)

    def mistyped(self, text: str) -> str:
        long = [word for word in re.findall(r"\b[а-яё]{6,}\b", text) if word not in self.own]
        if not long:
            return text
        word = self.random.choice(long)
        place = self.random.randrange(1, len(word) - 2)
        left_out = word[:place] + word[place + 1 :]
        changed = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return text.replace(word, self.random.choice((left_out, changed)), 1)
