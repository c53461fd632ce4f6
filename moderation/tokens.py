"""The text as a row of words with their places: what every rule looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .lexicon import Entry
from .morph import is_known
from .normalise import Normalised, normalise
from .vocabulary import Phrase
from .words import BREAK, COMPOUND, END, PHRASE, SINGLE, Word, WordReader

# A word with what is glued inside it (х@й, п.и.з.д, https://…, кто-то); signs one by one. Possessive: never goes back.
TOKEN = re.compile(
    r"@?[^\W_]{1,200}+(?:[-.*@#$%&^~_'’`+/:=|]{1,4}[^\W_]{1,200}+){0,60}+[*#@_]{0,4}+|[*#@$%]{1,6}[^\W_]{1,60}+|[^\w\s]|_|\n"
)
_SHORT_WORDS = frozenset({"их", "вы", "ты", "на", "не"})
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:(?: ?[.\-_*/]{1,2} ?| )[^\W_](?![^\W_]))++")


@dataclass(slots=True)
class Document:
    """One text: words, their spans in the normalised text, and the union of their masks."""

    source: str
    normalised: Normalised
    words: list[Word]
    mask: int
    _spans: list[tuple[int, int]] | None = None
    _found: dict[str, list[tuple[int, int, Entry]]] | None = None
    _clauses: list[int] | None = None
    notes: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.words)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Span in the source text of the words first … last."""
        if self._spans is None:
            self._spans = _spans(self.normalised.text)
        return self.normalised.span(self._spans[first][0], self._spans[last][1])

    def found(self, group: str) -> list[tuple[int, int, Entry]]:
        """Entries of a group in this text: first word, last word, entry."""
        if self._found is None:
            self._found = self._find()
        return self._found.get(group, [])

    def groups(self) -> dict[str, list[tuple[int, int, Entry]]]:
        """All entries found, by group."""
        if self._found is None:
            self._found = self._find()
        return self._found

    def _find(self) -> dict[str, list[tuple[int, int, Entry]]]:
        found: dict[str, list[tuple[int, int, Entry]]] = {}
        words = self.words
        for i, word in enumerate(words):
            for entry in word.entries:
                found.setdefault(entry.group, []).append((i, i, entry))
            if word.mask & PHRASE:
                for phrase in word.phrases:
                    last = _match(words, i, phrase)
                    if last:
                        found.setdefault(phrase.entry.group, []).append((i, last, phrase.entry))
        return found

    def sentence(self, i: int) -> range:
        """Numbers of the words of the sentence around word ``i``."""
        words = self.words
        first = last = i
        while first > 0 and not words[first - 1].mask & END and i - first < 40:
            first -= 1
        while last + 1 < len(words) and not words[last].mask & END and last - i < 40:
            last += 1
        return range(first, last + 1)

    def clause(self, i: int) -> range:
        """Numbers of the words between the commas, dashes and stops around word ``i``."""
        words = self.words
        stop = END | BREAK
        first = last = i
        while first > 0 and not words[first - 1].mask & stop and i - first < 25:
            first -= 1
        while last + 1 < len(words) and not words[last + 1].mask & stop and last - i < 25:
            last += 1
        return range(first, last + 1)


def _match(words: list[Word], i: int, phrase: Phrase) -> int:
    """Number of the last word of a phrase that begins at ``i``; 0 where it does not go on."""
    last = i
    free = 0
    for element in phrase.rest:
        if element.gap:
            free = 3
            continue
        for step in range(1, free + 2):
            place = last + step
            if place >= len(words) or words[place].mask & END:
                return 0
            if element.fits(words[place].keys, words[place].form):
                last = place
                break
        else:
            return 0
        free = 0
    return last


def read(text: str, reader: WordReader) -> Document:
    """Normalises, splits and looks up; time grows with the length of the text."""
    normalised = normalise(text)
    tokens = TOKEN.findall(normalised.text)
    word = reader.word
    words = [word(token) for token in tokens]
    mask = 0
    singles = 0
    for each in words:
        mask |= each.mask
        if each.mask & SINGLE:
            singles += 1
    spans = None
    if mask & COMPOUND or (singles > 2 and _SPACED.search(normalised.text)):
        words, spans = _unfold(normalised.text, reader)
        mask = 0
        for each in words:
            mask |= each.mask
    return Document(text, normalised, words, mask, spans)


def _unfold(text: str, reader: WordReader) -> tuple[list[Word], list[tuple[int, int]]]:
    """Compounds become their parts, and letters written apart become the word that they spell."""
    words: list[Word] = []
    spans: list[tuple[int, int]] = []
    spaced = {match.start(): match for match in _SPACED.finditer(text)}
    until = -1
    for token in TOKEN.finditer(text):
        start, end = token.span()
        if start < until:
            continue
        together = spaced.get(start)
        if together:
            letters = re.sub(r"[^а-яa-z0-9α-ω]", "", together[0])
            word = reader.word(letters)
            if word.profane or len(letters) > 2 and (word.entries or word.phrases or is_known(letters)) or letters in _SHORT_WORDS:
                words.append(word)
                spans.append(together.span())
                until = together.end()
                continue
        word = reader.word(token[0])
        if word.parts:
            for first, last, part in word.parts:
                words.append(part)
                spans.append((start + first, start + last))
        else:
            words.append(word)
            spans.append((start, end))
    return words, spans


def _spans(text: str) -> list[tuple[int, int]]:
    return [token.span() for token in TOKEN.finditer(text)]
