"""Ordinary comments composed of written phrases (``everyday.txt``), as counterexamples of threats."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

_SLOT = re.compile(r"\{(\w+)\}")
_JOINS = (". ", ". ", ", ", "! ", "? ", "... ", " — ", ", а ", " и ", ", но ", " ")


class Everyday:
    """Phrases with slots. The same seed gives the same comments."""

    def __init__(self, seed: int = 215) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret, only the same order each time
        self._slots: dict[str, list[str]] = {}
        self.phrases: list[str] = []
        for line in (Path(__file__).parent / "everyday.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                name, choices = line[1:].split(" = ")
                self._slots[name] = choices.split(" | ")
            elif line and not line.startswith("#"):
                self.phrases.append(line)
        self.ready = [phrase for phrase in self.phrases if "{" not in phrase]

    def phrase(self) -> str:
        return _SLOT.sub(lambda found: self._random.choice(self._slots[found[1]]), self._random.choice(self.phrases))

    def comments(self, number: int, longest: int) -> Iterator[str]:
        """``number`` comments of one to ``longest`` phrases."""
        for _ in range(number):
            parts = [self.phrase() for _ in range(self._random.randint(1, longest))]
            text = parts[0]
            for part in parts[1:]:
                join = self._random.choice(_JOINS)
                text += join + (part if join[0] in ".!?" else part[:1].lower() + part[1:])
            yield text
