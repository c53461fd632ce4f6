"""A word as the rules see it: its reading, dictionary forms, the lists that it stands in, and its shape as bits."""

from __future__ import annotations

from dataclasses import dataclass

from .lexicon import Entry
from .phrases import Side
from .profane import Profane
from .vocabulary import MOST_PHRASE_GROUPS

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
PERCENT = 1 << 14
LISTED = 1 << 15  # stands in a list whose entries are counted
SHORTENER = 1 << 16
MESSENGER = 1 << 17
BAD_LINK = 1 << 18
EXCLAIM = 1 << 19
BRACKET = 1 << 20  # «[»: exports put [LINK] or [ссылка] in place of what they cut out
GLUED = 1 << 21  # a run of letters longer than any word: a text whose spaces were taken out
OPENING = 1 << 22  # begins a phrase that wakes a rule though nothing of it follows
HEAVY = 1 << 23  # speaks for a threat by itself so much that its text is weighed
WILL = 1 << 24  # a verb of which the author says that he will do it
FIRST_MARK_BIT = 25  # the very forms without which some rule finds nothing, see ``rules.Rule.also``
MOST_MARKS = 31
FIRST_PHRASE_BIT = FIRST_MARK_BIT + MOST_MARKS  # the groups whose phrases are looked for where a word stands
FIRST_GROUP_BIT = FIRST_PHRASE_BIT + MOST_PHRASE_GROUPS  # the groups that a word belongs to by itself


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
    sides: tuple[Side, ...] = ()  # phrases to look for beside this word
    parts: tuple[tuple[int, int, Word], ...] = ()
    weight: float = 0.0  # how much the word speaks for a threat by itself, see ``weigh.Weight``
    signs: int = 0  # what it tells together with others, as bits
    place: int = -1  # the number of its dictionary form where it is asked what follows what
    kind: int = 0  # the number of its kind there
    most: float = 0.0  # what it adds at most with the word that follows it
