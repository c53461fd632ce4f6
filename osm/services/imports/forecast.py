"""What the rows of a file would do if they were loaded now: how many are new, from when, how many late at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_high
from typing import Any

from osm.connectors.base import IncomingMessage, SourceState
from osm.services.imports import by_hand, predicting, publishing
from osm.services.imports.held_rows import route_due
from osm.services.imports.predicting import Prediction
from osm.store.models import EditionKind, RowOutcome

OLD = timedelta(days=3)
"""A term that was missed by more is no morning's or weekend's backlog: the row is of another time."""
MOST = 500
"""Changed rows that are shown before they are loaded."""


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

    changes: Counter[str] = field(default_factory=Counter)
    """Of what people read of messages, how many would say something else."""
    changed: list[int] = field(default_factory=list)
    """Rows of the sheet that would change it in any way."""
    held: list[dict[str, Any]] = field(default_factory=list)
    """Rows with the number of another message, each with the reason."""

    def add(self, one: Prediction, now: datetime) -> None:
        incoming, outcome = one.incoming, one.outcome
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if outcome is RowOutcome.HELD:
            self.held.append({"row": one.row.number, "reason": one.reason})
        if one.found is not None and one.found.told:
            self.changed.append(one.row.number)
            self.changes.update(one.found.changes)
        if outcome is not RowOutcome.CREATED:
            return
        received = incoming.received_at or incoming.published_at or now
        self.received.append(received)
        if incoming.state is SourceState.OPEN:
            self.opened += 1
            due = route_due(received)
            if due is not None and due < now:
                self.missed.append(due)

    def as_json(self, now: datetime) -> dict[str, Any]:
        told: dict[str, Any] = {"opened": self.opened}
        told |= {"changes": dict(self.changes), "changed": self.changed[:MOST], "held": self.held}
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
    changes: Mapping[str, int]
    """Of text, url, author, published_at, in how many messages it would say something else."""
    changed: Sequence[int]
    """Rows that change what people read of a message, the first MOST."""
    proposes_history: bool
    """Most of what is new would be late by more than OLD: an old file."""


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of the sheet and what it would change of its message, old and new."""

    number: int
    message_id: int
    message_number: str
    told: Mapping[str, tuple[str, str]]
    kind: EditionKind


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
        changes=forecast.get("changes", {}),
        changed=forecast.get("changed", ()),
        proposes_history=forecast.get("old", 0) * 2 > opened,
    )


_MOMENTS = ("first", "last", "most_due", "usual_due")


def of_staged(run_id: int, now: datetime, *, history: bool) -> Forecast:
    """Look at the staged rows as publication would."""
    found = Forecast()
    by_link = by_hand.entered_by_hand(now)
    first: dict[str, IncomingMessage] = {}
    last = -1
    while rows := publishing.staged(run_id, 500, last):
        last = rows[-1].number
        for one in predicting.predict(rows, by_link, history=history, first=first):
            found.add(one, now)
    return found


def changed_rows(run_id: int, numbers: Sequence[int], now: datetime, *, history: bool) -> list[ChangedRow]:
    """What these staged rows would change of messages by now, in the order of the sheet."""
    rows = predicting.staged_at(run_id, numbers)
    predicted = predicting.predict(rows, by_hand.entered_by_hand(now), history=history, first={})
    return [
        ChangedRow(one.row.number, one.message.id, one.message.number, one.found.told, one.found.kind)
        for one in predicted
        if one.message is not None and one.found is not None and one.found.told
    ]
