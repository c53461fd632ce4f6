"""Which messages are most similar to one (П.15): words (rare ones weigh more), matter and place.

This makes no claim: a person looks at the first few. Pure: no database.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from osm.likeness.traits import Traits
from osm.networks.addresses import AuthorKey, sameness

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


_STEM = 5
"""Letters of a word that count: «привокзальный» is not «вокзал», but «освещать» is «освещение»."""


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
    place and matter and is above LEAST.

    The likeness is the cosine of the signs, weighted by their rarity among these messages (tf-idf).
    """
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
