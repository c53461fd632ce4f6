"""The text as a row of words with their places: what every rule looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import attrgetter, or_

from .lexicon import Entry
from .morph import is_known
from .normalise import Normalised, normalise
from .vocabulary import Follow, Phrase
from .word import BREAK, COMPOUND, END, FIRST_GROUP_BIT, LISTED, PHRASE, SINGLE, Word
from .words import WordReader

# A word with what is glued inside it (х@й, п.и.з.д, https://…, кто-то); signs one by one. Possessive: never goes back.
TOKEN = re.compile(
    r"3[.,]14[а-я]{1,20}+|@?[^\W_]{1,200}+(?:[-.*@#$%&^~_'’`+/:=|]{1,4}[^\W_]{1,200}+){0,60}+[*#@_]{0,4}+|[*#@$%]{1,6}[^\W_]{1,60}+|[^\w\s]|_|\n"
)
_mask_of = attrgetter("mask")
_GAP = 3  # words that «..» lets in between
_READABLE = re.compile(r"[а-яa-z0-9α-ω]")
_LONGEST_APART = 20  # letters in two words written apart
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
    _listed: list[tuple[int, Word]] | None = None

    def __len__(self) -> int:
        return len(self.words)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Span in the source text of the words first … last."""
        if self._spans is None:
            self._spans = [token.span() for token in TOKEN.finditer(self.normalised.text)]
        return self.normalised.span(self._spans[first][0], self._spans[last][1])

    def listed(self) -> list[tuple[int, Word]]:
        """The words that stand in some list, with their numbers: a rule that asks for lists need not see the rest."""
        if self._listed is None:
            least = 1 << FIRST_GROUP_BIT
            self._listed = [(i, word) for i, word in enumerate(self.words) if word.mask >= least]
        return self._listed

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
            if not word.mask & (LISTED | PHRASE):
                continue
            for entry in word.entries:
                found.setdefault(entry.group, []).append((i, i, entry))
            follow = word.follow
            if word.mask & PHRASE and (
                follow.laters
                or follow.stemmed
                or (i + 1 < len(words) and not follow.nexts.isdisjoint(words[i + 1].keys))
            ):
                for last, phrase in _phrases_at(words, i, follow):
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


def _phrases_at(words: list[Word], i: int, follow: Follow) -> Iterator[tuple[int, Phrase]]:
    """Phrases that begin at ``i``, with the number of their last word. Asks the next words first, so that few are tried."""  # noqa: E501
    expected = follow.nexts
    for place in range(i + 1, min(i + _GAP + 2, len(words))):
        word = words[place]
        if word.mask & END:
            break
        if not expected.isdisjoint(word.keys):
            for phrase in follow.after(word.keys, direct=place == i + 1):
                last = _match(words, i, phrase)
                if last:
                    yield last, phrase
        expected = follow.laters
        if not expected:
            break
    for phrase in follow.stemmed:
        last = _match(words, i, phrase)
        if last:
            yield last, phrase


def _match(words: list[Word], i: int, phrase: Phrase) -> int:
    """Number of the last word of a phrase that begins at ``i``; 0 where it does not go on."""
    last = i
    free = 0
    for element in phrase.rest:
        if element.gap:
            free = _GAP
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
    words = reader.words(tokens)
    mask = reduce(or_, map(_mask_of, words), 0)
    apart = mask & SINGLE and _letters_apart(tokens) and _SPACED.search(normalised.text)
    if not apart and not mask & COMPOUND:  # each token is one word: nothing glued together or written apart
        return Document(text, normalised, words, mask)
    words, spans = _unfold(normalised.text, words, reader, bool(apart))
    return Document(text, normalised, words, reduce(or_, map(_mask_of, words), 0), spans)


def _letters_apart(tokens: list[str]) -> bool:
    """Whether three tokens of one character follow each other, as in «х у й» or «х.у.й»."""
    try:
        return b"\x01\x01\x01" in bytes(map(len, tokens))
    except ValueError:  # a token longer than a byte can say
        return True


def _unfold(text: str, words: list[Word], reader: WordReader, apart: bool) -> tuple[list[Word], list[tuple[int, int]]]:
    """Words and their places: compounds become their parts, letters written apart become the word that they spell.

    ``words`` are the words of the tokens one by one; ``apart`` says that letters written apart are to be looked for.
    """
    found: list[Word] = []
    spans: list[tuple[int, int]] = []
    spaced = {match.start(): match for match in _SPACED.finditer(text)} if apart else {}
    until = -1
    for token, word in zip(TOKEN.finditer(text), words, strict=True):
        span = token.span()
        start = span[0]
        if start < until:
            continue
        pieces: Iterable[tuple[int, int, Word]] = _written_apart(spaced[start], reader) if start in spaced else ()
        if pieces:
            until = max(end for _, end, _ in pieces)
        elif word.parts:
            pieces = [(start + first, start + last, part) for first, last, part in word.parts]
        else:
            found.append(word)
            spans.append(span)
            continue
        for first, last, part in pieces:
            found.append(part)
            spans.append((first, last))
    return found, spans


def _written_apart(together: re.Match[str], reader: WordReader) -> list[tuple[int, int, Word]]:
    """The words that letters written apart spell («х у й», «у б ь ю т е б я») with their places, if they do."""
    # Letters of other scripts written apart spell nothing that the rules could read.
    body = together[0]
    places = [place.span() for place in _READABLE.finditer(body)]
    letters = "".join(_READABLE.findall(body))
    offset = together.start()
    if not letters:
        return []

    def spelled(first: int, last: int) -> tuple[int, int, Word] | None:
        some = letters[first:last]
        word = reader.word(some)
        listed = last - first > 2 and (word.mask >> FIRST_GROUP_BIT or is_known(some))
        if word.profane or listed or some in _SHORT_WORDS:
            return offset + places[first][0], offset + places[last - 1][1], word
        return None

    whole = spelled(0, len(letters))
    if whole:
        return [whole]
    if len(letters) <= _LONGEST_APART:
        for cut in range(3, len(letters) - 1):
            head, tail = spelled(0, cut), spelled(cut, len(letters))
            if head and tail:
                return [head, tail]
    return []
