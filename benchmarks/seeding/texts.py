"""Texts of messages and answers, composed of the words in texts.toml; the same chance gives the same texts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random
from typing import Any


class Texts:
    """Composes messages and answers."""

    def __init__(self, chance: Random) -> None:
        self.words: dict[str, Any] = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
        self.chance = chance

    def one_of(self, name: str) -> str:
        """One of the words under this name."""
        return str(self.chance.choice(self.words[name]))

    def place(self) -> tuple[str, int]:
        """Street and house."""
        return self.one_of("streets"), self.chance.randint(1, 140)

    def author(self) -> str:
        return f"{self.one_of('first_names')} {self.one_of('last_names')}"

    def message(self, topic: str, street: str, house: int) -> str:
        """30 to 600 characters: the problem, the place, and the author's opinion."""
        subject = self._filled(self.chance.choice(self.words["topics"][topic]), street, house)
        details = [self._filled(self.one_of("details"), street, house) for _ in range(self.chance.randint(0, 6))]
        parts = [self.one_of("openings"), subject[0].upper() + subject[1:] + ".", *details, self.one_of("closings")]
        return " ".join(filter(None, parts))

    def answer(self, department: str, street: str, house: int) -> str:
        """An answer by П.16: greeting, who is responsible, what is done, by when."""
        measures = [self._filled(self.one_of("measures"), street, house) for _ in range(self.chance.randint(1, 3))]
        return (
            f"Здравствуйте! Ответственный отдел по адресу {street}, {house} — {department}. "
            f"{' '.join(measures)} {self.one_of('answer_end')}"
        )

    def _filled(self, text: str, street: str, house: int) -> str:
        chance = self.chance
        return text.format(street=street, house=house, days=chance.randint(2, 30), part=chance.randint(1, 8))
