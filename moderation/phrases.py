"""Phrases of the lists: their places, and by which word each of them is looked for.

Nearly every comment has «не», «на», «день», few have «поздоровится». So a phrase is looked for only where its rarest
word stands, its anchor: most texts then have nothing to look for, and most rules of phrases are not even woken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

from .lexicon import Entry

GAP = ".."
WORDS_IN_A_GAP = 3  # that «..» lets in between at most
STEM = 3  # entries with * are looked up by their first letters
_SHORT = 3  # letters of a small word
_SMALL = 50  # how much commoner a small word is than any word that many phrases share


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase: any of ``words`` (dictionary forms or exact forms) or a word that begins with a stem.

    ``gap`` words may stand between the place before and this one.
    """

    words: frozenset[str]
    stems: tuple[str, ...]
    gap: int = 0

    def fits(self, keys: frozenset[str], form: str) -> bool:
        """Whether a word with these dictionary forms stands in this place."""
        return not self.words.isdisjoint(keys) or (bool(self.stems) and form.startswith(self.stems))


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """An entry of several words; ``anchor`` is the number of the place by which it is looked for."""

    entry: Entry
    places: tuple[Element, ...]
    anchor: int

    @property
    def begins_before(self) -> int:
        """How many words before the anchor the phrase begins at most."""
        return self.anchor + sum(place.gap for place in self.places[1 : self.anchor + 1])


class PhraseBook:
    """All phrases of the lists, by the words that stand in them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        found = [(entry, _places(entry.text)) for entry in entries]
        every = [place for _, places in found for place in places]
        shared = Counter(_bare(word) for place in every for word in (*place.words, *place.stems))
        self._anchors: dict[str, list[Phrase]] = defaultdict(list)
        self._anchor_stems: dict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        for entry, places in found:
            anchor = min(range(len(places)), key=lambda number: _commonness(places[number], shared))
            phrase = Phrase(entry, places, anchor)
            for word in places[anchor].words:
                self._anchors[word].append(phrase)
            for stem in places[anchor].stems:
                self._anchor_stems[stem[:STEM]].append((stem, phrase))
        self.words = frozenset(word for place in every for word in place.words)
        self._same: dict[tuple[int, ...], tuple[Phrase, ...]] = {}

    def anchored(self, keys: Iterable[str], form: str) -> tuple[Phrase, ...]:
        """Phrases to look for where this word stands."""
        found = {phrase: None for key in sorted(keys) for phrase in self._anchors.get(key, ())}
        for length in range(1, STEM + 1):
            for stem, phrase in self._anchor_stems.get(form[:length], ()):
                if form.startswith(stem):
                    found[phrase] = None
        return self._same.setdefault(tuple(map(id, found)), tuple(found))  # many words share few rows of phrases


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
    # Thousands of phrases, and the lists with every other set of own words, share a few places, such as «не».
    words = list(map(intern, part.split("/")))
    stems = tuple(word[:-1] for word in words if word.endswith("*"))
    return Element(frozenset(word for word in words if not word.endswith("*")), stems, gap)


def _bare(word: str) -> str:
    return word.removeprefix("=")


def _commonness(place: Element, shared: Counter[str]) -> float:
    """How often a text has a word for this place, as far as the lists themselves can tell.

    The more phrases share a word and the shorter it is, the commoner; the commonest of the words of a place counts.
    """
    words = map(_bare, (*place.words, *place.stems))
    return max((shared[word] + 1) / len(word) ** 2 + _SMALL * (len(word) <= _SHORT) for word in words)
