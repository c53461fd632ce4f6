"""Phrases of the lists: their places, and the word by which each phrase is found.

Nearly every comment has «не», «на», «день», few have «поздоровится». So a phrase is tried only at its rarest word, its
anchor: most texts then have no candidates, and most rules of phrases are never called.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from sys import intern

from moderation.lexicon import Entry
from moderation.text.word import END, Word

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
