"""A word as the rules see it: its reading, dictionary forms, the lists that it stands in, and its shape as bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .lexicon import Entry
from .profane import Profane
from .verdict import Category

if TYPE_CHECKING:
    from .phrases import Phrase

# Shape of a word, as bits of ``Word.mask``; the groups of the lists follow above them.
PROFANE = 1 << 0
ANCHOR = 1 << 1  # some phrase is looked for where this word stands, see ``phrases``
COMPOUND = 1 << 2  # several words written together: the parts are to be looked at
SINGLE = 1 << 3  # one letter
NUMBER = 1 << 4
MONEY = 1 << 5
LINK = 1 << 6
HANDLE = 1 << 7
MIXED = 1 << 8  # Latin or Greek letters inside a Cyrillic word
END = 1 << 9  # ends a sentence
BREAK = 1 << 10  # comma, dash, colon: ends a clause
QUOTE = 1 << 11
SIGN = 1 << 12  # any punctuation
ENGLISH = 1 << 13
SHORTENER = 1 << 16
MESSENGER = 1 << 17
BAD_LINK = 1 << 18
EXCLAIM = 1 << 19
BRACKET = 1 << 20  # «[»: exports put [LINK] or [ссылка] in place of what they cut out
GLUED = 1 << 21  # a run of letters longer than any word: a text whose spaces were taken out
UNKNOWN = 1 << 22  # no dictionary has it
FIRST_GROUP_BIT = 23  # the lists that a word stands in by itself

LEARNED: tuple[Category, ...] = ("threat", "spam", "insult")  # the categories in which words have learned weights


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """What is known of one token. ``parts`` are the pieces of a compound: start, end, word."""

    form: str
    lemma: str
    keys: frozenset[str]
    mask: int
    grammar: int = 0
    profane: Profane | None = None
    entries: tuple[Entry, ...] = ()
    phrases: tuple[Phrase, ...] = ()  # those to look for where this word stands
    parts: tuple[tuple[int, int, Word], ...] = ()
    weights: tuple[float, ...] = (0.0,) * len(LEARNED)  # what it weighs by itself, see ``model``
    place: int = 0  # the number of its dictionary form in a row of them
    kind: int = 0  # the number of its kind likewise
    paired: tuple[int, ...] = ()  # the numbers of its signs that tell more two by two
