"""Place and matter of a message, and how surely two messages are about the same matter (П.15)."""

from __future__ import annotations

import hashlib
import heapq
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from osm.likeness.places import TOWN_KEY, Known, Places, in_address, in_text
from osm.likeness.words import content_words, matters_of, words_of
from osm.networks.addresses import AuthorKey, sameness

# --- Place and matter of a message: computed once, stored, compared with others
VERSION = 1  # increase it when word lists or rules change: traits of other versions are computed again

_AGAIN = re.compile(
    r"до сих пор|так и (?:не|есть|леж|сто|теч|вис)|вс[её] ещ[её]|как (?:было|была|был|лежал|текл|тек|стоял)"
    r"|\b(?:второй|третий|четв[её]ртый|пятый|десятый|который|в сотый|второе|третье) (?:раз|обращени|письм|жалоб)"
    r"|\b(?:опять|снова|вновь|по-прежнему|повторно|когда уже|без изменений|на месте|никто не|никто так|никого)\b"
    r"|\b(?:обещали|отвечали|ответили|отписк|ну и где|ну и когда|ну что|и где|что слышно|где обещанн|писала? уже)"
    r"|\b(?:недел[яиюь]|месяц\w*|дн\w+|день) (?:прошл|пош[её]?л)|мне ответили|приезжали|приходили"
    r"|\b(?:уже (?:раз|писал)|ещ[её] раз)\b",
    re.IGNORECASE,
)
"""Words by which an author says that he wrote before: «до сих пор», «третий раз», «обещали»."""
_BANDS = 6


@dataclass(frozen=True)
class Traits:
    """What one message says. `streets`: key → houses; `houses`: those without a street; `named`: places in the text
    itself, not only in the address field; `again`: the author says that he wrote before; `length` in words; `copy`: a
    hash of the text."""

    words: frozenset[str]
    matters: frozenset[str]
    streets: dict[str, frozenset[str]]
    landmarks: frozenset[str]
    settlements: frozenset[str]
    houses: frozenset[str]
    names: frozenset[str]
    named: frozenset[str]
    again: bool
    length: int
    copy: str

    def as_json(self) -> dict[str, Any]:
        """For the database; `from_json` is the inverse."""
        return {
            "w": sorted(self.words),
            "m": sorted(self.matters),
            "s": {key: sorted(houses) for key, houses in sorted(self.streets.items())},
            "l": sorted(self.landmarks),
            "v": sorted(self.settlements),
            "h": sorted(self.houses),
            "p": sorted(self.names),
            "t": sorted(self.named),
            "a": self.again,
            "n": self.length,
            "c": self.copy,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Traits:
        return cls(
            words=frozenset(kept["w"]), matters=frozenset(kept["m"]),
            streets={key: frozenset(houses) for key, houses in kept["s"].items()}, landmarks=frozenset(kept["l"]),
            settlements=frozenset(kept["v"]), houses=frozenset(kept["h"]), names=frozenset(kept["p"]),
            named=frozenset(kept["t"]), again=kept["a"], length=kept["n"], copy=kept["c"],
        )  # fmt: skip


def read(text: str, address: str, known: Known) -> Traits:
    """The traits of a message, from its text and its address field."""
    words = words_of(text)
    places = in_text(words, known)
    named = frozenset((*places.streets, *places.landmarks, *places.settlements))
    places.add(in_address(address, known))
    places.settle()
    return Traits(
        words=content_words(words), matters=matters_of(words),
        streets={key: frozenset(houses) for key, houses in places.streets.items()},
        landmarks=frozenset(places.landmarks), settlements=frozenset(places.settlements),
        houses=frozenset(places.houses), names=frozenset(places.names), named=named,
        again=_AGAIN.search(text) is not None, length=len(words),
        copy=_number_of(" ".join(word.plain for word in words)).to_bytes(8, "big", signed=True).hex(),
    )  # fmt: skip


def learned(address: str) -> Places:
    """The streets and settlements of an address field, known from now on."""
    return in_address(address, Known())


def index_keys(traits: Traits, topic: str) -> set[int]:
    """64-bit signed numbers by which messages of other authors on the same matter are found without reading all. One
    for each place with each matter and with the topic, one for the whole text, and some that near copies probably
    share."""
    places = [*traits.streets, *traits.landmarks, *(traits.settlements - {TOWN_KEY}), *traits.names]
    subjects = [*traits.matters, *([f"={topic}"] if topic else [])]
    keys = {_number_of(f"{place}|{subject}") for place in places for subject in subjects}
    keys.add(_number_of(f"={traits.copy}"))
    if len(traits.words) >= 5:
        keys.update(_bands(traits.words))
    return keys


def _bands(words: frozenset[str]) -> Iterator[int]:
    """Pairs of the smallest hashes: the more words two texts share, the more probably they share a pair."""
    numbers = [int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") for word in words]
    for band in range(_BANDS):
        least = [min((number * multiplier) % _PRIME for number in numbers) for multiplier in _MULTIPLIERS[band]]
        yield _number_of(f"#{band}|{least}")


_PRIME = (1 << 61) - 1
_MULTIPLIERS = [(2 * band * 7919 + 1_000_003, 2 * band * 104_729 + 15_485_863) for band in range(_BANDS)]


def _number_of(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


# --- How surely two messages are about the same matter, and which are the most similar to one
PROPOSED = 1.0  # pairs with at least this likeness are proposed


class Relation(Enum):
    """How the places of two messages are related."""

    SAME_HOUSE = "same_house"
    SAME = "same"
    OTHER_HOUSE = "other_house"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


def relation(one: Traits, other: Traits) -> Relation:
    """Compare the places of two messages; a place that only one names contradicts nothing."""
    elsewhere = bool(one.settlements) and bool(other.settlements) and not one.settlements & other.settlements
    shared = one.streets.keys() & other.streets.keys()
    if shared and not elsewhere:
        return max((_houses(one.streets[key], other.streets[key]) for key in shared), key=_CLOSENESS.index)
    if elsewhere or (one.streets and other.streets):
        return Relation.DIFFERENT
    if one.landmarks & other.landmarks or one.names & other.names:
        return Relation.SAME
    if (one.settlements & other.settlements) - {TOWN_KEY}:
        return Relation.SAME
    if _house_alone(one, other) or _house_alone(other, one):
        return Relation.SAME
    if one.landmarks and other.landmarks and not (one.streets or other.streets):
        return Relation.DIFFERENT
    return Relation.UNKNOWN


_CLOSENESS = [Relation.OTHER_HOUSE, Relation.SAME, Relation.SAME_HOUSE]


def _houses(one: frozenset[str], other: frozenset[str]) -> Relation:
    if one and other:
        return Relation.SAME_HOUSE if one & other else Relation.OTHER_HOUSE
    return Relation.SAME


def _house_alone(one: Traits, other: Traits) -> bool:
    """«Мы из восьмого дома» and «К. Маркса, 8»."""
    return bool(one.houses) and not one.streets and any(one.houses & houses for houses in other.streets.values())


_SAME_AUTHOR_PLACE = {
    Relation.SAME_HOUSE: 0.45,
    Relation.SAME: 0.4,
    Relation.OTHER_HOUSE: 0.1,
    Relation.UNKNOWN: 0.0,
    Relation.DIFFERENT: -0.9,
}
_OTHERS_PLACE = {
    Relation.SAME_HOUSE: 0.6,
    Relation.SAME: 0.5,
    Relation.OTHER_HOUSE: -0.5,
    Relation.UNKNOWN: -0.45,
    Relation.DIFFERENT: -2.0,
}


def of_same_author(earlier: Traits, later: Traits, apart: timedelta, *, same_topic: bool) -> float:
    """Likeness of two messages of one author: the repeat of П.15. The same text is enough."""
    if earlier.copy == later.copy:
        return 3.0
    score = _words(earlier, later) + _SAME_AUTHOR_PLACE[relation(earlier, later)]
    shared = earlier.matters & later.matters
    if shared:
        score += _shared_matters(shared, 0.8)
    elif earlier.matters and later.matters:
        score -= 0.5 if later.again else 0.9
    score += 0.55 * later.again + 0.2 * same_topic
    if not later.matters or not earlier.matters:
        score += 0.25 + 0.15 * (later.length <= 8)
    has_place = later.streets or later.landmarks or later.names or later.settlements - {TOWN_KEY}
    if not has_place and (shared or not (earlier.matters and later.matters)):
        score += 0.3  # the author probably means the place that he named before
    if apart <= timedelta(days=3):
        score += 0.1
    return score


def of_others(earlier: Traits, later: Traits, apart: timedelta, *, same_topic: bool) -> float:
    """Likeness of two messages of different authors. They need a common place, or nearly the same text."""
    where = relation(earlier, later)
    if earlier.named and later.named and not earlier.named & later.named and where is not Relation.UNKNOWN:
        where = Relation.DIFFERENT  # each text has another place, so a common address field is too wide
    if earlier.copy == later.copy and earlier.length >= 3:
        return 3.0
    words = earlier.words | later.words
    near = len(earlier.words & later.words) / len(words) if len(words) >= 5 else 0.0
    if near >= 0.9 or (near >= 0.7 and where is not Relation.DIFFERENT):
        return 2.0 + near
    shared = earlier.matters & later.matters
    score = _words(earlier, later) + _OTHERS_PLACE[where] + 0.1 * same_topic
    if shared:
        richer = max(len(earlier.matters), len(later.matters))
        score += _shared_matters(shared, 0.6) - min(0.3, 0.1 * (richer - len(shared)))
    elif earlier.matters and later.matters:
        score -= 0.6
    if apart <= timedelta(days=4):
        score += 0.1
    return score


def _shared_matters(shared: frozenset[str], worth: float) -> float:
    """A matter that is also a place weighs less: two people may want different things for one park."""
    if all(code.endswith("~") for code in shared):
        return worth - 0.45
    return worth + 0.2 * (len(shared) > 1)


def _words(one: Traits, other: Traits) -> float:
    """The weight of the shared words: each less than the one before, more if the texts are short."""
    shared = len(one.words & other.words)
    shorter = max(5, min(len(one.words), len(other.words)))
    return min(0.9, 0.1 * min(shared, 4) + shared / shorter)


# --- The most similar
SAME_AUTHOR = 0.2
"""Added for the same author to a likeness, which is 1 for the same words. His messages are shown whatever they say: of
the 80 of `benchmarks/pairs` three in four are about the same matter."""
LEAST = 0.25
"""Of other authors only messages are shown that name the same place and matter and are at least so similar. Measured
by `benchmarks/bench_pairs.py`: of what is shown 0.60 is right (0.09 without a threshold); at 0.20 0.54, at 0.30 0.64
but nothing of other authors is right any more."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, and its author (None: unknown)."""

    author: AuthorKey | None
    signs: frozenset[str]


_STEM = 5  # letters of a word that count: «привокзальный» is not «вокзал», but «освещать» is «освещение»


def signs_of(traits: Traits) -> frozenset[str]:
    """All signs that two messages can have in common: beginnings of words, places, and matters, which count twice."""
    places = (*traits.streets, *traits.landmarks, *traits.settlements, *traits.names)
    return frozenset(
        (
            *(word[:_STEM] for word in traits.words),
            *(f"place {one}" for one in places),
            *(f"matter {one} {time}" for one in traits.matters for time in (1, 2)),
        )
    )


def nearest(one: Content, others: Mapping[int, Content], most: int) -> list[int]:
    """At most `most` keys of `others`, the most similar first: of the same author, or of another one who names the same
    place and matter and is above LEAST. The likeness is the cosine of the signs, weighted by their rarity among these
    messages (tf-idf)."""
    frequency = Counter(sign for other in others.values() for sign in other.signs)
    weight = {sign: math.log((len(others) + 1) / (count + 0.5)) for sign, count in frequency.items()}
    rarest = math.log((len(others) + 1) / 0.5)

    def length(signs: frozenset[str]) -> float:
        return math.sqrt(sum(weight.get(sign, rarest) for sign in signs)) or 1.0

    own = length(one.signs)
    likeness: dict[int, float] = {}
    for key, other in others.items():
        shared = one.signs & other.signs
        near = sum(weight[sign] for sign in shared) / own / length(other.signs)
        if sameness(one.author, other.author) is not None:
            likeness[key] = near + SAME_AUTHOR
        elif near >= LEAST and all(any(sign.startswith(kind) for sign in shared) for kind in ("place ", "matter ")):
            likeness[key] = near
    return heapq.nlargest(most, likeness, key=lambda key: (likeness[key], key))
