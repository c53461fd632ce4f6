"""Place and matter of a message: computed once, stored, compared with others."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from osm.likeness.places import TOWN_KEY, Known, Places, in_address, in_text
from osm.likeness.words import content_words, matters_of, words_of

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
