"""A word as the rules see it: its reading, dictionary forms, the lists that it stands in, and its shape as bits."""

from __future__ import annotations

from dataclasses import dataclass

from .lexicon import Entry
from .profane import Profane
from .vocabulary import MOST_GROUPS, NO_FOLLOW, Follow

# Shape of a word, as bits of ``Word.mask``; the groups of the lists follow above them.
PROFANE = 1 << 0
PHRASE = 1 << 1  # some phrase begins here
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
PERCENT = 1 << 14
LISTED = 1 << 15  # stands in a list whose entries are counted
SHORTENER = 1 << 16
MESSENGER = 1 << 17
BAD_LINK = 1 << 18
EXCLAIM = 1 << 19
BRACKET = 1 << 20  # «[»: exports put [LINK] or [ссылка] in place of what they cut out
GLUED = 1 << 21  # a run of letters longer than any word: a text whose spaces were taken out
FIRST_GROUP_BIT = 24
FIRST_PHRASE_BIT = FIRST_GROUP_BIT + MOST_GROUPS  # the groups whose phrases begin with a word


@dataclass(frozen=True, slots=True)
class Word:
    """What is known of one token. ``parts`` are the pieces of a compound: start, end, word."""

    form: str
    lemma: str
    keys: frozenset[str]
    mask: int
    grammar: int = 0
    profane: Profane | None = None
    entries: tuple[Entry, ...] = ()
    follow: Follow = NO_FOLLOW
    parts: tuple[tuple[int, int, Word], ...] = ()
