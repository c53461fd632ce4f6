"""What of one place is known: a network that tells of nothing is looked at twice, and what differs has happened."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from osm.connectors.contract import Event, Gone, Target, Written

NEWEST = 30
"""Comments of a place whose change or disappearance is noticed."""
LATE = 120_000
"""Milliseconds by which a comment may turn up later than one that is younger."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The newest comments of a place by id: when, in milliseconds, and a mark of the text. All that are so young
    that another might still turn up among them are there."""

    since: int = 0
    """The instant of the newest that was ever seen there."""
    seen: Mapping[str, tuple[int, int]] | None = None

    @classmethod
    def stored(cls, found: Any, otherwise: int) -> Remembered:
        """As the cursor has it; of a place that is new to us what is younger than `otherwise` is news."""
        if not isinstance(found, Mapping):
            return cls(otherwise)
        seen = {str(name): (int(at), int(mark)) for name, at, mark in found["seen"]}
        return cls(max(int(found["since"]), otherwise), seen)

    @property
    def to_store(self) -> dict[str, Any]:
        return {"since": self.since, "seen": [[name, *about] for name, about in (self.seen or {}).items()]}

    @property
    def floor(self) -> int:
        """What is older was there at the last look."""
        return self.since - LATE if self.seen else self.since + 1

    def news(self, found: Sequence[Written]) -> list[Event]:
        """What is new or has changed, of all that was found."""
        known = self.seen or {}
        return [
            one
            for one in found
            if (known[one.target.id][1] != _mark(one) if one.target.id in known else _at(one) >= self.floor)
        ]

    def gone(self, found: Sequence[Written], of: Target, *, is_whole: bool) -> list[Event]:
        """What was there and is no more; what is older than all that was looked at may be there still."""
        oldest = 0 if is_whole else min((_at(one) for one in found), default=None)
        there = {one.target.id for one in found}
        if oldest is None:
            return []
        missing = [name for name, (at, _) in (self.seen or {}).items() if at >= oldest and name not in there]
        return [Gone(Target(of.kind, name, of.place, of.owner)) for name in missing]

    def after(self, found: Iterable[Written], gone: Iterable[Event] = ()) -> Remembered:
        """What is known now."""
        lost = {one.target.id for one in gone if isinstance(one, Gone)}
        seen = {name: about for name, about in (self.seen or {}).items() if name not in lost}
        seen |= {one.target.id: (_at(one), _mark(one)) for one in found}
        since = max([self.since, *(at for at, _ in seen.values())])
        by_age = sorted(seen.items(), key=lambda one: (one[1][0], one[0]))
        newest = [one for at, one in enumerate(by_age, -len(by_age)) if at >= -NEWEST or one[1][0] >= since - LATE]
        return Remembered(since, dict(newest))


def milliseconds(at: datetime) -> int:
    """Since 1970, exactly."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _at(one: Written) -> int:
    return milliseconds(one.at)


def _mark(one: Written) -> int:
    return zlib.crc32(one.text.encode())
