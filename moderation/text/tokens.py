"""The text as words with their places, as rules see it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import attrgetter, or_

from moderation.lexicon import Entry
from moderation.text.disguise import Normalised, normalise, without_marks
from moderation.text.morph import is_known
from moderation.text.word import BREAK, COMPOUND, END, FIRST_GROUP_BIT, SINGLE, Word, entries_in
from moderation.text.words import WordReader

# A word with signs inside it (х@й, п.и.з.д, https://…, кто-то); other signs one by one. Possessive, without
# backtracking.
TOKEN = re.compile(
    r"3[.,]14[а-я]{1,20}+|@?[^\W_]{1,200}+(?:[-.*@#$%&^~_'’`+/:=|()?\\\x22]{1,4}[^\W_]{1,200}+){0,60}+[*#@_]{0,4}+|[*#@$%]{1,6}[^\W_]{1,60}+|[^\w\s]|_|\n"
)
_mask_of = attrgetter("mask")
_READABLE = re.compile(r"[а-яa-z0-9α-ω]")
_LONGEST_APART = 20  # letters in two words written with spaces
_SHORT_WORDS = frozenset({"их", "вы", "ты", "на", "не"})
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:(?: ?[.\-_*/]{1,2} ?| )[^\W_](?![^\W_]))++")
_APART = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,3}[^\W_](?![^\W_])){2}")  # three separate letters


@dataclass
class Document:
    """One text: words, their spans in the normalised text, and the union of their masks. Without slots: unused values
    stay in the class, which makes creation faster."""

    source: str
    normalised: Normalised
    words: list[Word]
    mask: int
    _edges: list[int] | None = None  # where word 0 begins and ends, where word 1 begins and ends, …
    _marked: list[tuple[int, Word]] | None = field(default=None, init=False)
    _found: dict[str, list[tuple[int, int, Entry]]] | None = field(default=None, init=False)
    weighed: dict[range, tuple[float, ...]] = field(default_factory=dict, init=False)  # pieces, by the models
    alone: dict[range, tuple[float, ...]] = field(default_factory=dict, init=False)  # the same without pairs

    def __len__(self) -> int:
        return len(self.words)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Span in the source text of the words first … last."""
        if self._edges is None:
            self._edges = _edges(self.normalised.text)
        return self.normalised.span(self._edges[2 * first], self._edges[2 * last + 1])

    def having(self, mask: int) -> list[tuple[int, Word]]:
        """The words with any bit of ``mask``, with their indexes, in order."""
        if self._marked is None:  # most words have no bit, and nearly every rule asks
            self._marked = [(i, word) for i, word in enumerate(self.words) if word.mask]
        return [pair for pair in self._marked if pair[1].mask & mask]

    def found(self, group: str) -> list[tuple[int, int, Entry]]:
        """Entries of a group in this text: first word, last word, entry."""
        return self.groups().get(group, [])

    def groups(self) -> dict[str, list[tuple[int, int, Entry]]]:
        if self._found is None:
            self._found = entries_in(self.words)
        return self._found

    def sentence(self, i: int) -> range:
        """Indexes of the words of the sentence around word ``i``."""
        words = self.words
        first = last = i
        while first > 0 and not words[first - 1].mask & END and i - first < 40:
            first -= 1
        while last + 1 < len(words) and not words[last].mask & END and last - i < 40:
            last += 1
        return range(first, last + 1)

    def clause(self, i: int) -> range:
        """Indexes of the words between the commas, dashes and stops around word ``i``."""
        words = self.words
        stop = END | BREAK
        first = last = i
        while first > 0 and not words[first - 1].mask & stop and i - first < 25:
            first -= 1
        while last + 1 < len(words) and not words[last + 1].mask & stop and last - i < 25:
            last += 1
        return range(first, last + 1)


def read(text: str, reader: WordReader) -> Document:
    """Normalise, split, look up; the time grows with the length."""
    normalised = normalise(text)
    normalised = normalised._replace(text=without_marks(normalised.text))
    words = list(map(reader.word, TOKEN.findall(normalised.text)))
    mask = reduce(or_, map(_mask_of, words), 0)
    apart = bool(mask & SINGLE and _APART.search(normalised.text))
    if not apart and not mask & COMPOUND:  # each token is one word
        return Document(text, normalised, words, mask)
    words, edges = _unfold(normalised.text, words, reader, apart)
    return Document(text, normalised, words, reduce(or_, map(_mask_of, words), 0), edges)


def _edges(text: str) -> list[int]:
    return [edge for token in TOKEN.finditer(text) for edge in token.span()]


def _unfold(text: str, words: list[Word], reader: WordReader, apart: bool) -> tuple[list[Word], list[int]]:
    """Words and their edges: compounds become their parts, spaced letters the word that they spell. ``words``: the
    words of the tokens; ``apart``: look for spaced letters."""
    found: list[Word] = []
    edges: list[int] = []
    spaced = {match.start(): match for match in _SPACED.finditer(text)} if apart else {}
    whole = _edges(text)
    special = [k for k, word in enumerate(words) if word.mask & COMPOUND or whole[2 * k] in spaced]
    done = 0
    for k in special:
        if k < done:
            continue  # within spaced letters that were already read
        start = whole[2 * k]
        found += words[done:k]
        edges += whole[2 * done : 2 * k]
        done = k + 1
        pieces: Iterable[tuple[int, int, Word]] = _written_apart(spaced[start], reader) if start in spaced else ()
        if pieces:
            until = max(end for _, end, _ in pieces)
            while done < len(words) and whole[2 * done] < until:
                done += 1
        elif words[k].parts:
            pieces = [(start + first, start + last, part) for first, last, part in words[k].parts]
        else:
            pieces = [(start, whole[2 * k + 1], words[k])]
        for first, last, part in pieces:
            found.append(part)
            edges += (first, last)
    return found + words[done:], edges + whole[2 * done :]


def _written_apart(together: re.Match[str], reader: WordReader) -> list[tuple[int, int, Word]]:
    """The words that spaced letters spell («х у й», «у б ь ю т е б я») with their places."""
    # Spaced letters of other scripts are not used by any rule.
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
