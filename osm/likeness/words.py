"""A text as words with their dictionary forms; words without a matter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from moderation.morph import morph

_WORD = re.compile(r"[^\W_]+(?:-[а-яёa-z]+)*")
_SENTENCE_END = re.compile(r"[.!?…\n]\W*$")
READ_CHARACTERS = 6_000
"""Only the beginning of a very long text is read: it names the matter."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written, in lower case with ё as е, and its dictionary forms (best first)."""

    form: str
    plain: str
    lemmas: tuple[str, ...]
    opens_sentence: bool
    before: str
    """The characters between it and the word before: spaces, commas, dots."""

    @property
    def is_capital(self) -> bool:
        return self.form[0].isupper()

    @property
    def is_number(self) -> bool:
        return self.form[0].isdigit()


def words_of(text: str) -> list[Word]:
    text = text[:READ_CHARACTERS]
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        form, before = match.group(), text[end : match.start()]
        end = match.end()
        plain = form.lower().replace("ё", "е")
        lemmas = (plain,) if plain[0].isdigit() else _lemmas(plain)
        opens = not found or _SENTENCE_END.search(before) is not None
        found.append(Word(form, plain, lemmas, opens, before))
    return found


@lru_cache(maxsize=20_000)
def _lemmas(plain: str) -> tuple[str, ...]:
    # Morphology takes most of the time, and people of one town use the same words.
    return morph(plain).lemmas


@cache
def lines_of(name: str) -> tuple[str, ...]:
    """The lines of a word list of this package, without comments and empty lines."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    bare = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(line for line in bare if line)


@cache
def _empty_words() -> frozenset[str]:
    return frozenset(word for line in lines_of("empty_words.txt") for word in line.split())


def content_words(words: list[Word]) -> frozenset[str]:
    """The dictionary forms (best of each word) that can distinguish matters."""
    empty = _empty_words()
    return frozenset(
        word.lemmas[0]
        for word in words
        if len(word.plain) > 2 and not word.is_number and empty.isdisjoint((word.plain, *word.lemmas))
    )
