"""A word for the rules (reading, dictionary forms, lists, shape as bits), and the phrases of the lists.

Nearly every comment has «не», «на», «день», few have «поздоровится». So a phrase is tried only at its rarest word, its
anchor: most texts then have no candidates, and most rules of phrases are never called.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from sys import intern

from moderation.lexicon import Entry
from moderation.text.profane import Profane
from moderation.verdict import Category

# Shape of a word, as bits of ``Word.mask``; the groups of the lists are the higher bits.
PROFANE = 1 << 0
ANCHOR = 1 << 1  # the anchor of a phrase, see ``Phrase``
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


GAP = ".."
WORDS_IN_A_GAP = 3  # the most words for «..»
STEM = 3  # entries with * are indexed by their first letters
_SHORT = 3  # letters of a small word
_SMALL = 50  # a small word is more frequent than any shared word by this


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase: any of ``words`` (dictionary or exact forms) or a word with one of the stems. Up to
    ``gap`` words may come between the place before and this one."""

    words: frozenset[str]
    stems: tuple[str, ...]
    gap: int = 0

    def fits(self, keys: frozenset[str], form: str) -> bool:
        """Whether a word with these dictionary forms fits here."""
        return not self.words.isdisjoint(keys) or (bool(self.stems) and form.startswith(self.stems))


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """An entry of several words; ``anchor`` is the index of its rarest place."""

    entry: Entry
    places: tuple[Element, ...]
    anchor: int
    begins_before: int  # the most words before the anchor


class PhraseBook:
    def __init__(self, entries: Iterable[Entry]) -> None:
        found = [(entry, _places(entry.text)) for entry in entries]
        every = [place for _, places in found for place in places]
        shared = Counter(word.removeprefix("=") for place in every for word in (*place.words, *place.stems))
        self._anchors: dict[str, list[Phrase]] = defaultdict(list)
        self._anchor_stems: dict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        for entry, places in found:
            anchor = min(range(len(places)), key=lambda number: _commonness(places[number], shared))
            phrase = Phrase(entry, places, anchor, anchor + sum(place.gap for place in places[1 : anchor + 1]))
            for word in places[anchor].words:
                self._anchors[word].append(phrase)
            for stem in places[anchor].stems:
                self._anchor_stems[stem[:STEM]].append((stem, phrase))
        self.words = frozenset(word for place in every for word in place.words)
        self._same: dict[tuple[int, ...], tuple[Phrase, ...]] = {}

    def anchored(self, keys: Iterable[str], form: str) -> tuple[Phrase, ...]:
        """Phrases with their anchor at this word."""
        found: dict[Phrase, None] = {}
        if not self._anchors.keys().isdisjoint(keys):
            found = {phrase: None for key in sorted(keys) for phrase in self._anchors.get(key, ())}
        for length in range(1, STEM + 1):
            for stem, phrase in self._anchor_stems.get(form[:length], ()):
                if form.startswith(stem):
                    found[phrase] = None
        return self._same.setdefault(tuple(map(id, found)), tuple(found))  # many words share few lists of phrases


def _places(text: str) -> tuple[Element, ...]:
    places = []
    gap = 0
    for part in text.split():
        if part == GAP:
            gap = WORDS_IN_A_GAP
            continue
        places.append(_place(part, gap))
        gap = 0
    return tuple(places)


@lru_cache(maxsize=1 << 16)
def _place(part: str, gap: int) -> Element:
    # Thousands of phrases, and lists with other own words, share a few places, such as «не».
    words = list(map(intern, part.split("/")))
    stems = tuple(word[:-1] for word in words if word.endswith("*"))
    return Element(frozenset(word for word in words if not word.endswith("*")), stems, gap)


def _commonness(place: Element, shared: Counter[str]) -> float:
    """Estimated frequency of a place in texts, from the lists only. A word is more frequent if more phrases share it
    and if it is short; the most frequent word of a place counts."""
    words = [word.removeprefix("=") for word in (*place.words, *place.stems)]
    return max((shared[word] + 1) / len(word) ** 2 + _SMALL * (len(word) <= _SHORT) for word in words)


def entries_in(words: Sequence[Word]) -> dict[str, list[tuple[int, int, Entry]]]:
    """Entries by group, in the order of the text: first word, last word, entry."""
    found: dict[str, list[tuple[int, int, Entry]]] = {}
    phrases: set[tuple[int, int, Phrase]] = set()  # a phrase may be found at several words of its anchor
    for i, word in enumerate(words):
        for entry in word.entries:
            found.setdefault(entry.group, []).append((i, i, entry))
        for phrase in word.phrases:
            for first in range(max(0, i - phrase.begins_before), i - phrase.anchor + 1):
                last = _last(words, first, phrase)
                if last:
                    phrases.add((first, last, phrase))
    for first, last, phrase in sorted(phrases, key=lambda one: (one[0], one[1], one[2].entry.text)):
        found.setdefault(phrase.entry.group, []).append((first, last, phrase.entry))
    for group in {phrase.entry.group for _, _, phrase in phrases}:
        found[group].sort(key=itemgetter(0))
    return found


def _last(words: Sequence[Word], first: int, phrase: Phrase) -> int:
    """Index of the last word of a phrase that begins at ``first``; 0 if the phrase is not there."""
    if not phrase.places[0].fits(words[first].keys, words[first].form):
        return 0
    last = first
    for element in phrase.places[1:]:
        for place in range(last + 1, min(len(words), last + element.gap + 2)):
            if words[place].mask & END:
                return 0
            if element.fits(words[place].keys, words[place].form):
                last = place
                break
        else:
            return 0
    return last
