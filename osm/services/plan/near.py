"""What stands in the plan already and says nearly the same (Пр.2.2: ten publications, not one ten times)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from osm.likeness.copies import Folded, fold, likeness
from osm.store.queries.plan.near import texts_since

SPAN = timedelta(days=90)
MOST = 3


@dataclass(frozen=True, slots=True)
class Near:
    """One publication that says nearly the same."""

    id: int
    title: str
    day: date


def near_copies(text: str, publication_id: int, today: date) -> Sequence[Near]:
    """The most alike of the last SPAN and of what is still to come, MOST at most."""
    mine = fold(text)
    if mine is None:
        return ()
    found = []
    for number, title, day, words in texts_since(today - SPAN, publication_id):
        other = _folded(words)
        share = likeness(mine.letters, other.letters) if other else 0.0
        if share:
            found.append((share, Near(number, title, day)))
    found.sort(key=lambda pair: -pair[0])
    return [near for _, near in found[:MOST]]


@lru_cache(maxsize=2048)
def _folded(text: str) -> Folded | None:
    """Texts that stand are folded once, not with every key that somebody presses."""
    return fold(text)
