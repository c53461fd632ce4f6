"""A word for the rules: reading, dictionary forms, lists, and shape as bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moderation.lexicon import Entry
from moderation.text.profane import Profane
from moderation.verdict import Category

if TYPE_CHECKING:
    from moderation.text.phrases import Phrase

# Shape of a word, as bits of ``Word.mask``; the groups of the lists are the higher bits.
PROFANE = 1 << 0
ANCHOR = 1 << 1  # the anchor of a phrase, see ``phrases``
COMPOUND = 1 << 2  # several words written together; the parts are checked
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
BRACKET = 1 << 20  # «[»: exports put [LINK] or [ссылка] in place of removed text
GLUED = 1 << 21  # a run of letters longer than any word: a text without its spaces
UNKNOWN = 1 << 22  # in no dictionary
FIRST_GROUP_BIT = 23  # the lists with this single word

LEARNED: tuple[Category, ...] = ("threat", "spam", "insult")  # categories with learned weights


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One token. ``parts``: the pieces of a compound as start, end, word."""

    form: str
    lemma: str
    keys: frozenset[str]
    mask: int
    grammar: int = 0
    profane: Profane | None = None
    entries: tuple[Entry, ...] = ()
    phrases: tuple[Phrase, ...] = ()  # those with their anchor at this word
    parts: tuple[tuple[int, int, Word], ...] = ()
    weights: int = 0  # its weights in all categories, see ``model``
    place: int = 0  # the number of its dictionary form in rows
    kind: int = 0  # the number of its kind in rows
    paired: tuple[int, ...] = ()  # the numbers of its signs that count in pairs
