"""What the rows of a file would do if they were loaded now: how many are new, from when, how many late at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_high
from typing import Any

from osm.connectors.base import IncomingMessage, SourceState
from osm.regulation.clocks import ClockKind
from osm.regulation.words import Importance
from osm.services.clocks.terms import compute_term, in_force
from osm.services.imports import by_hand, publishing
from osm.store.models import Origin, RowOutcome

OLD = timedelta(days=3)
"""A term that was missed by more is no morning's or weekend's backlog: the row is of another time."""


@dataclass
class Forecast:
    """Of the staged rows of a run."""

    outcomes: dict[RowOutcome, int] = field(default_factory=dict)
    opened: int = 0
    """New messages whose clock of П.7 would run."""
    received: list[datetime] = field(default_factory=list)
    """Of the new messages."""
    missed: list[datetime] = field(default_factory=list)
    """Terms of П.7 that have passed already."""

    def add(self, incoming: IncomingMessage, outcome: RowOutcome, now: datetime) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if outcome is not RowOutcome.CREATED:
            return
        received = incoming.received_at or incoming.published_at or now
        self.received.append(received)
        if incoming.state is SourceState.OPEN:
            self.opened += 1
            due = _route_due(received)
            if due is not None and due < now:
                self.missed.append(due)

    def as_json(self, now: datetime) -> dict[str, Any]:
        told: dict[str, Any] = {"opened": self.opened}
        if self.received:
            told |= {"first": min(self.received).isoformat(), "last": max(self.received).isoformat()}
        if self.missed:
            # Of two in the middle the one that is late by less.
            told |= {"overdue": len(self.missed), "most_due": min(self.missed).isoformat()}
            told["usual_due"] = median_high(self.missed).isoformat()
            told["old"] = sum(due < now - OLD for due in self.missed)
        return told


@dataclass(frozen=True, slots=True)
class Told:
    """The stored forecast of a run, for its page."""

    rows: int
    profiles: int
    """Rows that know the address of their author."""
    opened: int
    first: datetime | None
    last: datetime | None
    overdue: int
    most_late: timedelta
    """How long ago the first of them was due, when the file was read."""
    usually_late: timedelta
    proposes_history: bool
    """Most of what is new would be late by more than OLD: an old file."""


def told(forecast: Mapping[str, Any], now: datetime) -> Told | None:
    """None for a run that was read before forecasts were made."""
    if not forecast:
        return None
    moments = {name: datetime.fromisoformat(forecast[name]) for name in _MOMENTS if name in forecast}
    opened = forecast.get("opened", 0)
    return Told(
        rows=forecast["rows"],
        profiles=forecast["profiles"],
        opened=opened,
        first=moments.get("first"),
        last=moments.get("last"),
        overdue=forecast.get("overdue", 0),
        most_late=now - moments.get("most_due", now),
        usually_late=now - moments.get("usual_due", now),
        proposes_history=forecast.get("old", 0) * 2 > opened,
    )


_MOMENTS = ("first", "last", "most_due", "usual_due")


def of_staged(run_id: int, now: datetime) -> Forecast:
    """Look at the staged rows as publication would."""
    found = Forecast()
    by_link = by_hand.entered_by_hand(now)
    last = -1
    while rows := publishing.staged(run_id, 500, last):
        last = rows[-1].number
        for incoming, outcome in publishing.predict(rows, by_link):
            found.add(incoming, outcome, now)
    return found


def _route_due(received: datetime) -> datetime | None:
    due: datetime | None = compute_term(in_force(), ClockKind.ROUTE, received, Importance.NORMAL, Origin.INCIDENT, ())[
        "due_at"
    ]
    return due
