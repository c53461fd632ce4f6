"""Phrases of the lists: their places, and by which word each of them is looked for.

Nearly every comment has «не», «на», «день», few have «поздоровится». So a phrase is looked for only where its rarest
word stands, its anchor: most texts then have nothing to look for, and most rules of phrases are not even woken.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

from .function_words import KEPT, SHORT
from .lexicon import Entry

GAP = ".."
WORDS_IN_A_GAP = 3  # that «..» lets in between at most
STEM = 3  # entries with * are looked up by their first letters
# A text that only begins a phrase of these («не …», «в …») is weighed, too, see ``rules.weighed``.
_OPENING = frozenset({"threat.intent", "threat.injury", "threat.deadly", "threat.perish"})
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


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Phrases of one anchor, by the word that must stand on one side of it, right there or behind a gap."""

    step: int  # 1: the word after the anchor, -1: the word before it
    direct: dict[str, tuple[Phrase, ...]]
    gapped: dict[str, tuple[Phrase, ...]]
    stemmed: tuple[Phrase, ...]
    nexts: frozenset[str]  # every word that can stand right there
    laters: frozenset[str]  # every word that can stand behind a gap
    only_beside: bool  # nothing is looked for but whole words right there

    def going_on(self, keys: Iterable[str], direct: bool) -> tuple[Phrase, ...]:
        """Phrases that go on with a word of these dictionary forms; ``direct``: it stands right beside the anchor."""
        found: dict[Phrase, None] = {}
        for key in keys:
            if direct:
                found.update(dict.fromkeys(self.direct.get(key, ())))
            found.update(dict.fromkeys(self.gapped.get(key, ())))
        return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Anchored:
    """What is looked for where a word stands, and the groups of the lists that it belongs to."""

    sides: tuple[Side, ...] = ()
    groups: tuple[str, ...] = ()


NOTHING = Anchored()


def _side(step: int, phrases: Sequence[Phrase]) -> Side:
    direct: dict[str, list[Phrase]] = defaultdict(list)
    gapped: dict[str, list[Phrase]] = defaultdict(list)
    stemmed: list[Phrase] = []
    for phrase in phrases:
        beside = phrase.places[phrase.anchor + step]
        gap = (beside if step > 0 else phrase.places[phrase.anchor]).gap
        if beside.stems:
            stemmed.append(phrase)
            continue
        for word in beside.words:
            (gapped if gap else direct)[word].append(phrase)
    return Side(
        step,
        {word: tuple(many) for word, many in direct.items()},
        {word: tuple(many) for word, many in gapped.items()},
        tuple(stemmed),
        frozenset(direct) | frozenset(gapped),
        frozenset(gapped),
        not gapped and not stemmed,
    )


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
        self._firsts = _any(places[0] for _, places in found)
        self._openings = _any(places[0] for entry, places in found if entry.group in _OPENING)
        self._later_stems = {stem[:STEM] for _, places in found for place in places[1:] for stem in place.stems}
        self._anchored: dict[frozenset[int], Anchored] = {}

    def anchored(self, keys: Iterable[str], form: str) -> Anchored:
        """Phrases to look for where this word stands."""
        found = {phrase: None for key in sorted(keys) for phrase in self._anchors.get(key, ())}
        for length in range(1, STEM + 1):
            for stem, phrase in self._anchor_stems.get(form[:length], ()):
                if form.startswith(stem):
                    found[phrase] = None
        if not found:
            return NOTHING
        key = frozenset(map(id, found))
        if key not in self._anchored:
            sides = ((1, [p for p in found if not p.anchor]), (-1, [p for p in found if p.anchor]))
            self._anchored[key] = Anchored(
                tuple(_side(step, phrases) for step, phrases in sides if phrases),
                tuple(dict.fromkeys(phrase.entry.group for phrase in found)),
            )
        return self._anchored[key]

    def begins(self, keys: frozenset[str], form: str) -> bool:
        """Whether some phrase begins with this word."""
        return self._firsts.fits(keys, form)

    def opens(self, keys: frozenset[str], form: str) -> bool:
        """Whether some phrase that wakes a rule by its beginning alone begins with this word."""
        return self._openings.fits(keys, form)

    def asks_for(self, keys: frozenset[str], form: str) -> bool:
        """Whether some phrase has a place after its first for this word, or for one that begins like it."""
        return not self.words.isdisjoint(keys) or form[:STEM] in self._later_stems


def _any(places: Iterable[Element]) -> Element:
    """A place for whatever fits one of the places."""
    every = list(places)
    return Element(
        frozenset(word for place in every for word in place.words), tuple({s for place in every for s in place.stems})
    )


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
    return max((shared[word] + 1) / len(word) ** 2 + _SMALL * (len(word) <= SHORT or word in KEPT) for word in words)
