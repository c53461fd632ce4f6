"""What later exports have changed of a message's status and topic in the source, and how far people have seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from osm.store.queries.log.history_words import LogEntry

CHANGED, PUT_BACK = "source_changed", "source_put_back"
TELL = frozenset({CHANGED, PUT_BACK})
"""Actions after which the source says something else here: a file came, or its load was taken back."""
SEEN = "source_change_seen"
"""Its `object_id` is the last event of CHANGED that the person saw: what comes later is news again."""

FIELDS = {"source_status": "статус", "source_topic": "тема"}
"""Of what the source owns, that which may call for a decision here; the rest stands on the card as it is now."""


@dataclass(frozen=True, slots=True)
class SourceChange:
    """One field in one export: «статус «Новый» → «В работе»»."""

    event_id: int
    at: datetime
    label: str
    old: str
    new: str


def unseen_changes(log: Sequence[LogEntry]) -> tuple[SourceChange, ...]:
    """From the log of a message, oldest first; a field that came back to what it was is no news."""
    seen = max((entry.object_id or 0 for entry in log if entry.action == SEEN), default=0)
    changes = [
        SourceChange(entry.id, entry.at, FIELDS[name], old or "", new or "")
        for entry in log
        if entry.action in TELL and entry.id > seen
        for name, (old, new) in entry.changes.items()
        if name in FIELDS
    ]
    first = {change.label: change.old for change in reversed(changes)}
    last = {change.label: change.new for change in changes}
    return tuple(change for change in changes if first[change.label] != last[change.label])
