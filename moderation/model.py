"""The learned models, used by the reader of words: one table, loaded for the first text.

A line of ``learned/weights.tsv`` is a sign (see ``signs``) and its weight in each category, in hundredths; ``python -m
moderation.learn`` writes it. A model only proposes that a person looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

from moderation import signs
from moderation.verdict import Category

from .word import END, LEARNED, Word

FOLDER = Path(__file__).parent / "learned"
FILE = FOLDER / "weights.tsv"
BIAS, THRESHOLD = "порог", "отметка"  # lines of the table that are no signs
Weights = tuple[float, ...]
NOTHING: Weights = (0.0,) * len(LEARNED)
_SHIFT = 20  # bits for a name in a row
_WHOLE = 30  # words of a text that is weighed whole
_MOST = 45  # words of a piece at most
_LONGEST = 400  # words of a text that count for spam or advertising


class WordWeights(NamedTuple):
    """The weights of a word in each category, its numbers in the two rows, and its signs that count in pairs."""

    weights: Weights
    place: int
    kind: int
    paired: tuple[int, ...]


class Model:
    """The weights of all categories."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._alone: dict[str, Weights] = {}
        self._pairs: dict[int, Weights] = {}
        self._numbers: dict[str, int] = {}
        same: dict[str, Weights] = {}
        for line in lines:
            if line.startswith("#"):
                continue
            sign, _, rest = line.rstrip("\n").partition("\t")
            weights = same.get(rest)
            if weights is None:
                weights = same[rest] = tuple(int(number or 0) / 100 for number in rest.split("\t"))
            if signs.KIND_FOLLOWS in sign:
                self._pairs[self._pair("k", sign.split(signs.KIND_FOLLOWS))] = weights
            elif signs.FOLLOWS in sign:
                self._pairs[self._pair("", sign.split(signs.FOLLOWS))] = weights
            elif signs.TOGETHER in sign:
                one, two = sorted(self._number("&" + name) for name in sign.split(signs.TOGETHER))
                self._pairs[one << _SHIFT | two] = weights
            else:
                self._alone[sign] = weights
        self.bias = self._alone.pop(BIAS, NOTHING)
        self.threshold = self._alone.pop(THRESHOLD, NOTHING)
        self._edges = [
            (self._numbers.get(p + signs.BEGINNING, 0), self._numbers.get(p + signs.ENDING, 0)) for p in ("", "k")
        ]

    def _pair(self, prefix: str, names: list[str]) -> int:
        first, second = names
        return self._number(prefix + first) << _SHIFT | self._number(prefix + second)

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def of_word(self, form: str, lemma: str, mask: int, grammar: int, lists: Iterable[str]) -> WordWeights:
        """The weights of a word of this form that is in these lists."""
        found = list(filter(None, map(self._alone.get, signs.of_word(form, lemma, mask, grammar, lists))))
        weights = tuple(map(sum, zip(*found, strict=True))) if found else NOTHING
        number = self._numbers.get
        place, kind = number(signs.in_row(form, lemma, mask), 0), number("k" + signs.kind(form, mask, grammar), 0)
        paired = (number("&" + sign, 0) for sign in signs.paired(form, lemma, mask, grammar, lists))
        return WordWeights(weights, place, kind, tuple(filter(None, paired)))

    def weigh(self, words: Sequence[Word]) -> Weights:
        """The weight of these words in each category; a repeated sign counts once."""
        found = [self.bias, *[word.weights for word in dict.fromkeys(words)]]
        pairs = self._pairs
        found += [pairs[pair] for pair in dict.fromkeys(self._following(words)) if pair in pairs]
        together = combinations(sorted({number for word in words for number in word.paired}), 2)
        found += [pairs[pair] for one, two in together if (pair := one << _SHIFT | two) in pairs]
        return tuple(map(sum, zip(*found, strict=True)))

    def _following(self, words: Sequence[Word]) -> list[int]:
        (first, last), (first_kind, last_kind) = self._edges
        places = [first, *[word.place for word in words], last]
        kinds = [first_kind, *[word.kind for word in words], last_kind]
        return [one << _SHIFT | two for row in (places, kinds) for one, two in pairwise(row)]

    def shares(self, words: Sequence[Word], category: int) -> list[float]:
        """The share of each word, with half of every pair that it belongs to."""
        shares = [word.weights[category] for word in words]
        following = self._following(words)
        for start in (0, len(words) + 1):
            for i, pair in enumerate(following[start : start + len(words) + 1]):
                half = self._pairs.get(pair, NOTHING)[category] / 2
                for place in (i - 1, i):
                    if 0 <= place < len(words):
                        shares[place] += half
        return shares


def pieces(words: Sequence[Word], category: Category) -> Iterable[range]:
    """The pieces to weigh: the whole text, or for threats and insults every two sentences of a long one."""
    length = len(words)
    while length and words[length - 1].form.isspace():
        length -= 1
    if category == "spam":
        return [range(min(length, _LONGEST))]
    if length <= _WHOLE:
        return [range(length)]
    ends = [0, *(i + 1 for i, word in enumerate(words[: length - 1]) if word.mask & END), length]
    return [
        range(first, min(last if last - first <= _MOST else middle, first + _MOST))
        for first, middle, last in zip(ends, ends[1:], [*ends[2:], length], strict=False)
    ]


@lru_cache(maxsize=1)
def model() -> Model:
    """The model of this process. Without the table it is empty and finds no text."""
    if not FILE.is_file():
        return Model(())
    with FILE.open(encoding="utf-8") as lines:
        return Model(lines)
