"""Reads the word lists of this folder: one entry a line, ``#`` begins a comment.

``[group]`` or ``[group 3]`` opens a section (the number is the weight of its entries). An entry is a word in its
dictionary form, which includes all its forms; ``=слово`` only this form; ``корень*`` all words with this beginning.
Several words are a phrase: ``..`` allows up to three words in between, ``да/нет`` is a choice.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
_SECTION = re.compile(r"\[([a-z_]+(?:\.[a-z_]+)*)(?:\s+(\d+))?\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: its section, the weight of the section (0 by default) and the words."""

    group: str
    weight: int
    text: str


def read_entries(name: str) -> Iterator[Entry]:
    """The entries of ``name``.txt in order. Raises ValueError with file and line for an entry without a section."""
    with (FOLDER / f"{name}.txt").open(encoding="utf-8") as lines:
        yield from _entries(name, lines)


def _entries(name: str, lines: Iterable[str]) -> Iterator[Entry]:
    group, weight = "", 0
    for number, line in enumerate(lines, 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        section = _SECTION.fullmatch(line)
        if section:
            group, weight = section[1], int(section[2] or 0)
        elif not group:
            raise ValueError(f"{name}.txt, строка {number}: запись стоит до первого раздела")
        else:
            for text in line.split(";"):
                if text.strip():
                    yield Entry(group, weight, text.strip().lower().replace("ё", "е"))


@lru_cache(maxsize=1)
def lookalikes() -> dict[str, str]:
    """Decorated letter → plain letter, in both cases."""
    table: dict[str, str] = {}
    for line in (FOLDER / "lookalikes.txt").read_text(encoding="utf-8").splitlines():
        letter, *likes = line.split("#", 1)[0].split() or [""]
        for like in "".join(likes):
            for form in (like, like.lower(), like.upper()):
                if len(form) == 1 and form != letter and not "а" <= form <= "я" and not form.isascii():
                    table[form] = letter
    return table
