"""How networks are restricted in Russia on a day: facts with dates, kept as data (`restrictions.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("restrictions.toml")


class Limit(StrEnum):
    """What a restriction means for a reader of a page."""

    SLOWED = "slowed"
    BLOCKED = "blocked"
    FORBIDDEN = "forbidden"


_CLOSED = frozenset({Limit.BLOCKED, Limit.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Restriction:
    """One fact, from `since` until the day before `until`."""

    networks: frozenset[str]
    since: date
    until: date | None
    kind: Limit
    words: str

    def holds(self, network: str, day: date) -> bool:
        return network in self.networks and self.since <= day and (self.until is None or day < self.until)

    def told(self) -> str:
        """«Работа соцсети в России замедлена Роскомнадзором с 10.02.2026.»"""
        return f"{self.words} {self.since:%d.%m.%Y}."


@cache
def all_restrictions() -> tuple[Restriction, ...]:
    """Oldest first."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["restriction"]
    found = [
        Restriction(frozenset(row["networks"]), row["since"], row.get("until"), Limit(row["kind"]), row["words"])
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: one.since))


def note_on(network: str, day: date) -> str:
    """What has to be said of the network on this day, with dates; empty where nothing restricts it."""
    return " ".join(one.told() for one in all_restrictions() if one.holds(network, day))


def is_closed_on(network: str, day: date) -> bool:
    """Whether it is blocked or forbidden then; one that is only slowed is not."""
    return any(one.holds(network, day) and one.kind in _CLOSED for one in all_restrictions())


def changed_on(day: date) -> date:
    """The last day up to this one on which a restriction began or ended."""
    turns = [turn for one in all_restrictions() for turn in (one.since, one.until) if turn and turn <= day]
    return max(turns, default=date.min)
