"""The word lists as the rules ask for them: which entries a word belongs to, and which phrases begin with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .lexicon import Entry, read_entries

LISTS = ("people", "insult", "threat", "spam", "ad")
GAP = ".."
MOST_GROUPS = 224  # sections of the lists and of the own words together
_STEM = 3  # entries with * are looked up by their first letters


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase: any of ``words`` (dictionary forms or exact forms) or a word that begins with a stem."""

    words: frozenset[str]
    stems: tuple[str, ...]
    gap: bool = False

    def fits(self, keys: frozenset[str], form: str) -> bool:
        """Whether a word with these dictionary forms stands in this place."""
        return not self.words.isdisjoint(keys) or (bool(self.stems) and form.startswith(self.stems))


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """An entry of several words; ``rest`` are the places after the first."""

    entry: Entry
    rest: tuple[Element, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Follow:
    """Phrases that begin with one word, by the word that must come next, or may come after a gap."""

    direct: dict[str, tuple[Phrase, ...]]
    gapped: dict[str, tuple[Phrase, ...]]
    stemmed: tuple[Phrase, ...]
    nexts: frozenset[str]  # every word that can come right after
    laters: frozenset[str]  # every word that can come after a gap

    def __bool__(self) -> bool:
        return bool(self.direct or self.gapped or self.stemmed)

    def after(self, keys: frozenset[str], direct: bool) -> Iterator[Phrase]:
        """Phrases that go on with a word of these dictionary forms; ``direct``: it stands right after the first."""
        for key in keys:
            if direct:
                yield from self.direct.get(key, ())
            yield from self.gapped.get(key, ())


NO_FOLLOW = Follow({}, {}, (), frozenset(), frozenset())


def _follow(phrases: Iterable[Phrase]) -> Follow:
    direct: dict[str, list[Phrase]] = defaultdict(list)
    gapped: dict[str, list[Phrase]] = defaultdict(list)
    stemmed: list[Phrase] = []
    for phrase in phrases:
        gap = phrase.rest[0].gap
        second = phrase.rest[1] if gap else phrase.rest[0]
        if second.stems:
            stemmed.append(phrase)
            continue
        for word in second.words:
            (gapped if gap else direct)[word].append(phrase)
    return Follow(
        {word: tuple(many) for word, many in direct.items()},
        {word: tuple(many) for word, many in gapped.items()},
        tuple(stemmed),
        frozenset(direct) | frozenset(gapped),
        frozenset(gapped),
    )


@dataclass(slots=True)
class Vocabulary:
    """All lists, and the office's own entries, behind two questions: ``entries_of`` and ``phrases_from``."""

    singles: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    stems: dict[str, list[tuple[str, Entry]]] = field(default_factory=lambda: defaultdict(list))
    phrases: dict[str, list[Phrase]] = field(default_factory=lambda: defaultdict(list))
    phrase_stems: dict[str, list[tuple[str, Phrase]]] = field(default_factory=lambda: defaultdict(list))
    inner: set[str] = field(default_factory=set)
    inner_stems: set[str] = field(default_factory=set)
    bits: dict[str, int] = field(default_factory=dict)
    _follows: dict[frozenset[int], tuple[Follow, tuple[str, ...]]] = field(default_factory=dict)

    def bit(self, group: str) -> int:
        """The bit of a group, the same for one vocabulary's whole life. Raises ValueError past ``MOST_GROUPS``."""
        if group not in self.bits:
            if len(self.bits) >= MOST_GROUPS:
                raise ValueError(f"разделов больше {MOST_GROUPS}: «{group}» некуда записать")
            self.bits[group] = 1 << len(self.bits)
        return self.bits[group]

    def add(self, entry: Entry) -> None:
        """Takes in one entry of a list."""
        self.bit(entry.group)
        first, *rest = entry.text.split()
        if not rest:
            for word in first.split("/"):
                self._add_single(word, entry)
            return
        elements = tuple(_element(place) for place in rest)
        for element in elements:
            self.inner |= element.words
            self.inner_stems.update(stem[:_STEM] for stem in element.stems)
        phrase = Phrase(entry, elements)
        head = _element(first)
        for word in head.words:
            self.phrases[word].append(phrase)
        for stem in head.stems:
            self.phrase_stems[stem[:_STEM]].append((stem, phrase))

    def _add_single(self, word: str, entry: Entry) -> None:
        if word.endswith("*"):
            self.stems[word[:_STEM]].append((word[:-1], entry))
        else:
            self.singles[word].append(entry)

    def entries_of(self, keys: Iterable[str], form: str) -> tuple[Entry, ...]:
        """Entries to which a word belongs by itself; each group once."""
        found = {entry: None for key in sorted(keys) for entry in self.singles.get(key, ())}
        for stem, entry in self.stems.get(form[:_STEM], ()):
            if form.startswith(stem):
                found[entry] = None
        return tuple(found)

    def phrases_from(self, keys: Iterable[str], form: str) -> tuple[Follow, tuple[str, ...]]:
        """Phrases that may begin with this word, and the groups that they belong to."""
        found = {phrase: None for key in sorted(keys) for phrase in self.phrases.get(key, ())}
        for stem, phrase in self.phrase_stems.get(form[:_STEM], ()):
            if form.startswith(stem):
                found[phrase] = None
        if not found:
            return NO_FOLLOW, ()
        key = frozenset(map(id, found))
        if key not in self._follows:
            self._follows[key] = (_follow(found), tuple({phrase.entry.group for phrase in found}))
        return self._follows[key]

    def is_inner(self, form: str) -> bool:
        """Whether some phrase asks for a word that begins like this one."""
        return form[:_STEM] in self.inner_stems


def _element(place: str) -> Element:
    if place == GAP:
        return Element(frozenset(), (), gap=True)
    words = place.split("/")
    return Element(
        frozenset(word for word in words if not word.endswith("*")),
        tuple(word[:-1] for word in words if word.endswith("*")),
    )


def load_vocabulary(extra: Sequence[Entry] = ()) -> Vocabulary:
    """The built-in lists together with the caller's own entries."""
    vocabulary = Vocabulary()
    for name in LISTS:
        for entry in read_entries(name):
            vocabulary.add(entry)
    for entry in extra:
        vocabulary.add(entry)
    return vocabulary
