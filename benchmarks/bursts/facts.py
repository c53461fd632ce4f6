"""Contents of a simulated month: items as the office gets them, and the truth about them."""

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
    """Many different people write about one thing. ``since`` and ``until``: first and last publication."""

    shape: str
    kind: str
    """topic or place."""
    name: str
    about: str
    """The topic of a street's burst: a notice of this topic is not a false alarm. Empty for a topic's burst."""
    since: datetime
    until: datetime
    usual: float
    """Items of this name on an average day in these hours."""
    extra: int
    """Items added by the burst."""
    ids: tuple[int, ...] = ()
    """Its items: the burst can be noticed at the earliest when the n-th of them is known."""


@dataclass(frozen=True)
class Decoy:
    """A period that is no burst. ``until`` is when its last item was known.

    Decoys only explain false notices; if several fit, the shortest does. Slow growth lasts the whole month.
    """

    kind: str
    name: str
    """Its topic; empty if it has none."""
    since: datetime
    until: datetime
    ids: tuple[int, ...] = ()
    """Its items; empty if it is only a time (a lull, a busy Monday)."""


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
