"""The guess which topic a message is about, from the words that the office gave the topics; a person decides.

A topic has words, one a line, matched in all their forms:

    яма              the word in any form
    детский сад      a phrase: all of its words close together, in any order
    освещ*           any word that begins like this
    дорога?          only supports: alone it suggests no topic

A phrase has more weight than a word, and words in a phrase do not count again: «школьный автобус» is no bus. If two
topics are equally likely, there is no suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from moderation.text.morph import morph
from osm.regulation.errors import MissingInput, refuse

READ = 2000  # characters read of a text, because its subject is at the beginning
MOST_LINES = 300
LONGEST_LINE = 60
MOST_WORDS = 4  # of a phrase
SHORTEST_STEM = 3  # letters before the star

_PHRASE, _WORD, _SUPPORT = 3, 2, 1  # the weight of one line
_ENOUGH = 2
_KEPT = 1000  # suggestions cached by text: lists show the same texts all day
_NEAR = 2  # other words allowed inside a phrase
_APART = 5  # places between sentences, more than a phrase can span

_TOKEN = re.compile(r"[^\W_]+|[.!?;\n]+")
_LINE = re.compile(rf"[^\W_]+\*?(?:[ -][^\W_]+\*?){{0,{MOST_WORDS - 1}}}\??")


@dataclass(frozen=True, slots=True)
class TopicWords:
    id: int
    words: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The likely topic of a text, and the words of the text that suggest it, in their order."""

    topic_id: int
    because: tuple[str, ...]
    is_alone: bool = False  # no word in the text suggests another topic


@dataclass(frozen=True, slots=True)
class _Entry:
    topic_id: int
    elements: tuple[str, ...]
    worth: int


@dataclass(frozen=True, slots=True)
class _Hit:
    entry: _Entry
    tokens: frozenset[int]


def checked_words(typed: str) -> str:
    """The words to store: one a line, small letters, each once. Raises MissingInput, which names the wrong one."""
    found: dict[str, None] = {}
    for raw in re.split(r"[\n,;]", typed.replace("\0", "").lower()):
        line = " ".join(raw.split())
        if not line:
            continue
        if len(line) > LONGEST_LINE or not _LINE.fullmatch(line):
            raise MissingInput(
                "words",
                f"«{line[:LONGEST_LINE]}»: нужно слово или фраза до {MOST_WORDS} слов, из знаков только * и ? в конце.",
            )
        if any(len(part) <= SHORTEST_STEM for part in re.split("[ -]", line.rstrip("?")) if part.endswith("*")):
            raise MissingInput("words", f"«{line}»: перед * нужно не меньше {SHORTEST_STEM} букв.")
        found[line] = None
    refuse("words", len(found) > MOST_LINES, f"Слов и фраз больше {MOST_LINES}. Уберите лишние.")
    return "\n".join(found)


class Suggester:
    """All topics with their words, ready to read texts."""

    def __init__(self, topics: Iterable[TopicWords]) -> None:
        entries = [entry for topic in topics for entry in _entries(topic)]
        self._by_lemma: dict[str, list[_Entry]] = {}
        self._by_stem: dict[str, list[_Entry]] = {}
        for entry in entries:
            first = entry.elements[0]
            index, key = (self._by_stem, first[:-1]) if first.endswith("*") else (self._by_lemma, first)
            index.setdefault(key, []).append(entry)
        self._stem_lengths = sorted({len(stem) for stem in self._by_stem})
        self._suggest = lru_cache(maxsize=_KEPT)(self.read)

    def suggest(self, text: str) -> Suggestion | None:
        """The topic that is likelier than all others, or None. The latest texts are cached."""
        return self._suggest(text[:READ])

    def read(self, text: str) -> Suggestion | None:
        """The same without the cache."""
        words = _read(text)
        hits = self._hits(words)
        in_phrases = {token for hit in hits if len(hit.entry.elements) > 1 for token in hit.tokens}
        scores: dict[int, int] = {}
        used: dict[int, set[int]] = {}
        for hit in sorted(hits, key=lambda hit: -hit.entry.worth):
            taken = used.setdefault(hit.entry.topic_id, set())
            free = hit.tokens - (taken if len(hit.entry.elements) > 1 else taken | in_phrases)
            if free:
                taken |= hit.tokens
                scores[hit.entry.topic_id] = scores.get(hit.entry.topic_id, 0) + hit.entry.worth
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        if not ranked or ranked[0][1] < _ENOUGH or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
            return None
        best = ranked[0][0]
        because = tuple(dict.fromkeys(words[token].form for token in sorted(used[best])))
        return Suggestion(best, because, is_alone=len(ranked) == 1)

    def _hits(self, words: Sequence[_Word]) -> list[_Hit]:
        """Each line of words that fits the text, once: repetition adds no weight."""
        found: dict[_Entry, frozenset[int]] = {}
        for token, word in enumerate(words):
            for entry in self._beginning_with(word):
                if entry not in found and (tokens := _tokens_of(entry, token, words)):
                    found[entry] = tokens
        return [_Hit(entry, tokens) for entry, tokens in found.items()]

    def _beginning_with(self, word: _Word) -> Iterable[_Entry]:
        for lemma in word.lemmas:
            yield from self._by_lemma.get(lemma, ())
        for length in self._stem_lengths:
            yield from self._by_stem.get(word.form[:length], ())


@dataclass(frozen=True, slots=True)
class _Word:
    form: str
    lemmas: tuple[str, ...]
    place: int

    def fits(self, element: str) -> bool:
        return self.form.startswith(element[:-1]) if element.endswith("*") else element in self.lemmas


def _tokens_of(entry: _Entry, first: int, words: Sequence[_Word]) -> frozenset[int] | None:
    """The tokens of the entry around its first word at `first`; None if the others are not near."""
    if len(entry.elements) == 1:
        return frozenset({first})
    reach = len(entry.elements) - 1 + _NEAR
    near = [
        token
        for token in range(max(0, first - reach), min(len(words), first + reach + 1))
        if token != first and abs(words[token].place - words[first].place) <= reach
    ]
    candidates = [[token for token in near if words[token].fits(element)] for element in entry.elements[1:]]
    for others in product(*candidates):
        tokens = {first, *others}
        around = [words[token].place for token in tokens]
        if len(tokens) == len(entry.elements) and max(around) - min(around) <= reach:
            return frozenset(tokens)
    return None


def _entries(topic: TopicWords) -> Iterable[_Entry]:
    for line in topic.words.splitlines():
        supports = line.endswith("?")
        elements = tuple(_element(part) for part in re.split("[ -]", line.rstrip("?")) if part)
        if elements:
            worth = _SUPPORT if supports else _PHRASE if len(elements) > 1 else _WORD
            yield _Entry(topic.id, elements, worth)


def _element(part: str) -> str:
    """A stem unchanged; for a word its dictionary form: itself if it is one, else the likeliest."""
    part = part.replace("ё", "е")
    if part.endswith("*"):
        return part
    lemmas = _lemmas(part)
    return part if part in lemmas else lemmas[0]


def _read(text: str) -> list[_Word]:
    words: list[_Word] = []
    place = 0
    for match in _TOKEN.finditer(text[:READ].lower().replace("ё", "е")):
        form = match[0]
        if form[0] in ".!?;\n":
            place += _APART
            continue
        # Numbers have one form and differ in each text: cached, they would fill the memory in a large import.
        words.append(_Word(form, (form,) if form.isdecimal() else _lemmas(form), place))
        place += 1
    return words


@lru_cache(maxsize=50_000)
def _lemmas(form: str) -> tuple[str, ...]:
    return morph(form).lemmas


@lru_cache(maxsize=4)
def suggester(topics: tuple[TopicWords, ...]) -> Suggester:
    """The last few are cached, so that a page only has to read its own texts."""
    return Suggester(topics)
