"""The learned models, used by the reader of words: one table, loaded for the first text.

A line of ``learned/weights.tsv`` is a sign (see ``signs``) and its weight in each category, in hundredths; ``python -m
moderation.learn`` writes it. A model only proposes that a person looks.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise, repeat
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from moderation import signs
from moderation.text.word import END, LEARNED, Word
from moderation.verdict import Category

FOLDER = Path(__file__).parent / "learned"
FILE = FOLDER / "weights.tsv"
BIAS, THRESHOLD = "порог", "отметка"  # lines of the table that are no signs
NOTHING = 0
# The weights of all categories are one number, in hundredths, 20 bits each: one sum adds them all.
_BITS, _HALF = 20, 1 << 19
_SHIFTS = tuple(_BITS * number for number in range(len(LEARNED)))
_HALVES = sum(_HALF << shift for shift in _SHIFTS)
_weights_of, _place_of, _kind_of, _paired_of = map(attrgetter, ("weights", "place", "kind", "paired"))
_SHIFT = 20  # bits for a name in a row
_WHOLE = 30  # words of a text that is weighed whole
_MOST = 45  # words of a piece at most
_LONGEST = 400  # words of a text that count for spam or advertising


def unpacked(weights: int) -> tuple[float, ...]:
    weights += _HALVES
    return tuple([((weights >> shift & (1 << _BITS) - 1) - _HALF) / 100 for shift in _SHIFTS])


class WordWeights(NamedTuple):
    """The weights of a word in all categories, its numbers in the two rows, and its signs that count in pairs."""

    weights: int
    place: int
    kind: int
    paired: tuple[int, ...]


class Model:
    def __init__(self, lines: Iterable[str]) -> None:
        self._alone: dict[str, int] = {}
        self._pairs: dict[int, int] = {}
        self._partners: dict[int, dict[int, int]] = {}  # of a sign that counts in pairs: the other, the weights
        self._numbers: dict[str, int] = {}
        for line in lines:
            if line.startswith("#"):
                continue
            sign, _, rest = line.rstrip("\n").partition("\t")
            weights = sum(int(number or 0) << shift for number, shift in zip(rest.split("\t"), _SHIFTS, strict=False))
            if signs.KIND_FOLLOWS in sign:
                self._pairs[self._pair("k", sign.split(signs.KIND_FOLLOWS))] = weights
            elif signs.FOLLOWS in sign:
                self._pairs[self._pair("", sign.split(signs.FOLLOWS))] = weights
            elif signs.TOGETHER in sign:
                one, two = sorted(self._number("&" + name) for name in sign.split(signs.TOGETHER))
                self._partners.setdefault(one, {})[two] = weights
            else:
                self._alone[sign] = weights
        self.bias = self._alone.pop(BIAS, NOTHING)
        self.marks = unpacked(self._alone.pop(THRESHOLD, NOTHING))
        self._edges = [
            (self._numbers.get(p + signs.BEGINNING, 0), self._numbers.get(p + signs.ENDING, 0)) for p in ("", "k")
        ]

    def _pair(self, prefix: str, names: list[str]) -> int:
        first, second = names
        return self._number(prefix + first) << _SHIFT | self._number(prefix + second)

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers) + 1)

    def of_word(self, form: str, lemma: str, mask: int, grammar: int, lists: Iterable[str]) -> WordWeights:
        kind_name = signs.kind(form, mask, grammar)
        found = signs.of_word(form, lemma, mask, grammar, lists, kind_name)
        weights = sum(map(self._alone.get, found, repeat(NOTHING)))
        number = self._numbers.get
        place, kind = number(signs.in_row(form, lemma, mask), 0), number("k" + kind_name, 0)
        paired = (number("&" + sign, 0) for sign in signs.paired(form, lemma, lists, kind_name))
        return WordWeights(weights, place, kind, tuple(filter(None, paired)))

    def alone(self, words: Sequence[Word]) -> tuple[float, ...]:
        """As ``weigh``, without the pairs."""
        return unpacked(self.bias + sum(map(_weights_of, dict.fromkeys(words))))

    def weigh(self, words: Sequence[Word]) -> tuple[float, ...]:
        """The weight of these words in each category; a repeated sign counts once."""
        different = dict.fromkeys(words)
        total = self.bias + sum(map(_weights_of, different))
        pairs, partners = self._pairs, self._partners
        total += sum([pairs[pair] for pair in pairs.keys() & set(self._following(words))])
        together = set(chain.from_iterable(map(_paired_of, different)))
        for one in partners.keys() & together:
            others = partners[one]
            for two in others.keys() & together:
                total += others[two]
        return unpacked(total)

    def _following(self, words: Sequence[Word]) -> list[int]:
        (first, last), (first_kind, last_kind) = self._edges
        places = [first, *map(_place_of, words), last]
        kinds = [first_kind, *map(_kind_of, words), last_kind]
        return [one << _SHIFT | two for row in (places, kinds) for one, two in pairwise(row)]

    def shares(self, words: Sequence[Word], category: int) -> list[float]:
        """The share of each word, with half of every pair that it belongs to."""
        shares = [unpacked(word.weights)[category] for word in words]
        following = self._following(words)
        for start in (0, len(words) + 1):
            for i, pair in enumerate(following[start : start + len(words) + 1]):
                half = unpacked(self._pairs.get(pair, NOTHING))[category] / 2
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
