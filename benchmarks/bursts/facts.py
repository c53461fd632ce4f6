"""What a simulated month consists of: items as the office gets them, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Item:
    """``known_at`` is when the office got it: from an export, from a page within seconds, from a history import."""

    id: int
    kind: str
    """message or comment."""
    topic: str
    place: str
    author: str
    text: str
    published_at: datetime
    known_at: datetime


@dataclass(frozen=True)
class Burst:
    """Many different people write about one thing. ``since`` and ``until`` bound what was published first and last."""

    shape: str
    kind: str
    """topic or place."""
    name: str
    about: str
    """The topic of a street's burst: a notice of this topic is no false alarm either. Of a topic's burst: empty."""
    since: datetime
    until: datetime
    usual: float
    """How many items of this name there are on the average day in these hours."""
    extra: int
    """How many items the burst adds to them."""
    ids: tuple[int, ...] = ()
    """The items that it added: when the n-th of them was known is when it could be seen at the earliest."""


@dataclass(frozen=True)
class Decoy:
    """What is no burst. ``until`` is when the last of it was known.

    They only say what misled a false notice; where several fit, the shortest does. Slow growth lasts the whole month.
    """

    kind: str
    name: str
    """The topic that it concerns; empty: no one topic."""
    since: datetime
    until: datetime
    ids: tuple[int, ...] = ()
    """Its items; empty where it is only a time (a lull, a busy Monday)."""


@dataclass(frozen=True)
class Month:
    """``since`` to ``judged_from`` is the warm-up; a history import reaches back before ``since``."""

    seed: int
    since: datetime
    judged_from: datetime
    until: datetime
    items: tuple[Item, ...]
    bursts: tuple[Burst, ...]
    decoys: tuple[Decoy, ...]
