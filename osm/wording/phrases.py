"""Lists of phrases in data files, found in a text by dictionary forms.

A line is a phrase; its elements are separated by blanks: `слово` any form of it, `=форма` this form alone,
`основа*` a beginning, `а|б` either, `...` up to three words between, `?слово` may be missing. `#` begins a comment.
Text after ` → ` belongs to the phrase (a better wording, a note).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from osm.wording.text import Word

_GAP = 3
_PARTICIPLES = ("нный", "ющий", "ящий", "ащий", "ущий", "вший", "емый", "имый", "тый")


@dataclass(frozen=True, slots=True)
class Element:
    keys: frozenset[str]
    stems: tuple[str, ...]
    optional: bool

    def fits(self, word: Word) -> bool:
        if not self.keys.isdisjoint(word.keys):
            return True
        return bool(self.stems) and (
            word.form.startswith(self.stems) or any(reading.lemma.startswith(self.stems) for reading in word.readings)
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    """Elements in order; None is a gap."""

    elements: tuple[Element | None, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Match:
    """Numbers of the first and the last word, and the phrase."""

    first: int
    last: int
    phrase: Phrase


class Phrases:
    """A list, looked up by the first element, so that few phrases are tried at a word."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_key: dict[str, list[Phrase]] = {}
        self._by_stem: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            head = phrase.elements[0]
            if head is None or head.optional:
                raise ValueError("a phrase begins with a word")
            for key in head.keys:
                self._by_key.setdefault(key, []).append(phrase)
            for stem in head.stems:
                self._by_stem.setdefault(stem[:3], []).append(phrase)

        self._heads = frozenset(self._by_key)

    def find(self, words: Sequence[Word]) -> Iterator[Match]:
        """Every phrase in the text, by place; of those that begin at one word the longest."""
        for i, word in enumerate(words):
            if self._heads.isdisjoint(word.keys) and not (self._by_stem and word.readings):
                continue
            best = None
            for phrase in self._candidates(word):
                last = _match(words, i, phrase)
                if last is not None and (best is None or last > best.last):
                    best = Match(i, last, phrase)
            if best:
                yield best

    def _candidates(self, word: Word) -> Iterator[Phrase]:
        seen: set[int] = set()
        for key in word.keys:
            for phrase in self._by_key.get(key, ()):
                if id(phrase) not in seen:
                    seen.add(id(phrase))
                    yield phrase
        if self._by_stem and word.readings:
            for start in {word.form[:3], *(reading.lemma[:3] for reading in word.readings)}:
                for phrase in self._by_stem.get(start, ()):
                    head = phrase.elements[0]
                    if id(phrase) not in seen and head and head.fits(word):
                        seen.add(id(phrase))
                        yield phrase


def _match(words: Sequence[Word], i: int, phrase: Phrase) -> int | None:
    """Number of the last word of a phrase that begins at `i`, None where it does not go on. A comma is no word."""
    last, free = i, 0
    for element in phrase.elements[1:]:
        if element is None:
            free = _GAP
            continue
        place = _next(words, last, free, element)
        if place is not None:
            last, free = place, 0
        elif not element.optional:
            return None
    return last


def _next(words: Sequence[Word], last: int, free: int, element: Element) -> int | None:
    """The place of the element after `last`, at most `free` words further in the same sentence."""
    limit = last + free + 1
    place = last + 1
    while place <= limit and place < len(words) and words[place].sentence == words[last].sentence:
        if element.fits(words[place]):
            return place
        limit += words[place].text == ","
        place += 1
    return None


def parse(lines: Sequence[str]) -> list[Phrase]:
    """Phrases of a data file. ValueError names a line that is none."""
    found = []
    for line in lines:
        text, _, note = line.split("#", 1)[0].partition(" → ")
        elements = tuple(None if part == "..." else _element(part) for part in text.lower().replace("ё", "е").split())
        if not elements:
            continue
        if elements[-1] is None:
            raise ValueError(line)
        found.append(Phrase(elements, note.strip()))
    return found


def _element(part: str) -> Element:
    optional = part.startswith("?")
    ways = [way if way[:1].isalnum() or way[:1] == "=" else "=" + way for way in part.removeprefix("?").split("|")]
    stems = [way.removesuffix("*") for way in ways if way.endswith("*")]
    # The dictionary form of a participle is its verb: «доставленный» must find «доставленные» itself.
    stems += [way[:-2] for way in ways if way.endswith(_PARTICIPLES) and not way.startswith("=")]
    whole = [way for way in ways if not way.endswith("*")]
    return Element(frozenset(whole) | {"=" + way for way in whole if way[:1] != "="}, tuple(stems), optional)


def lines_of(package: str, name: str) -> list[str]:
    """The lines of a data file next to the code."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=64)
def load(package: str, name: str) -> Phrases:
    """A list by its file, read once."""
    return Phrases(parse(lines_of(package, name)))


@lru_cache(maxsize=64)
def load_words(package: str, name: str) -> frozenset[str]:
    """A file of single words, several on a line."""
    return frozenset(
        word for line in lines_of(package, name) for word in line.split("#")[0].lower().replace("ё", "е").split()
    )
