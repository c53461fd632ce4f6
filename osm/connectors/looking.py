"""Hearing a network that tells of nothing: its places are looked at again and again, and what differs has happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from osm.connectors.contract import Batch, Event, Target, Written
from osm.connectors.remembered import Remembered
from osm.connectors.ways import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """A discussion or a conversation as the list of them shows it. `stir` differs where something has happened."""

    kind: Kind
    id: str
    key: str
    """The name of the key that opens it."""
    stir: list[int]
    title: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def as_target(self) -> Target:
        return Target(self.kind, "", self.id)


class Newest(Protocol):
    def __call__(self, place: Place, floor: int, pages: int) -> tuple[list[Written], bool] | None:
        """What stands there back to the instant `floor` (milliseconds since 1970), oldest first, on at most so many
        pages, and whether that is all there is. None where it is closed or gone.
        """


def looked(
    cursor: Mapping[str, Any], places: Sequence[Place], newest: Newest, *, keys: Sequence[str], pages: int
) -> Batch:
    """What differs from the last look. Besides what has stirred one more place is read, in turn: a changed text stirs
    nothing. What was there when one of `keys` was first used is no news.
    """
    known: Mapping[str, Any] = cursor.get("places") or {}
    turn = int(cursor.get("turn") or 0)
    start: dict[str, int] = dict(cursor.get("from") or {})
    events: list[Event] = []
    kept: dict[str, Any] = {}
    for at, place in enumerate(places):
        before = known.get(place.name)
        if isinstance(before, Mapping) and before.get("stir") == place.stir and at != turn % len(places):
            kept[place.name] = dict(before)
            continue
        happened, kept[place.name] = _look(place, before, newest, start, pages)
        events += happened
    for key in keys:
        if key not in start:
            start[key] = max((kept[one.name]["since"] for one in places if one.key == key), default=0)
    cursor = {"places": kept, "from": start, "turn": (turn + 1) % max(len(places), 1)}
    return Batch(tuple(sorted(events, key=_order)), cursor)


def _look(
    place: Place, before: Any, newest: Newest, start: Mapping[str, int], pages: int
) -> tuple[list[Event], dict[str, Any]]:
    """What differs there, and what is remembered of it."""
    is_first = place.key not in start
    remembered = Remembered.stored(before, start.get(place.key, 0))
    answer = newest(place, remembered.floor, 1 if is_first else pages)
    if answer is None:
        return [], {**remembered.to_store, "stir": None}  # tried again at the next look
    found, is_whole = answer
    gone = remembered.gone(found, place.as_target, is_whole=is_whole)
    stored = {"stir": place.stir, **remembered.after(found, gone).to_store}
    return [] if is_first else [*remembered.news(found), *gone], stored


def _order(event: Event) -> tuple[bool, datetime | str]:
    """What was written first, in its order; then what is gone."""
    return (False, event.at) if isinstance(event, Written) else (True, "")
