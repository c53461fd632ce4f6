"""What is open and late at this instant (§8)."""

from __future__ import annotations

from datetime import date
from typing import Any

from .clocks import GIVEN, OWN, Clocks, department_of
from .scope import EVERYTHING, Scope
from .tables import local_day

OPEN = ("new", "selected", "in_work", "on_approval", "rework", "approved", "awaiting_author", "awaiting_final")
PREPARED = ("in_work", "rework", "awaiting_final")
AGES = ((0, 0), (1, 2), (3, 7), (8, 30), (31, 10**6))


def open_by_age(clocks: Clocks, scope: Scope = EVERYTHING) -> list[int]:
    """Received today, 1-2, 3-7, 8-30 days ago, earlier."""
    return [len(ids) for ids in open_ids_by_age(clocks, scope)]


def open_ids_by_age(clocks: Clocks, scope: Scope = EVERYTHING) -> list[set[int]]:
    ages = {
        row.id: (local_day(clocks.now) - local_day(row.received_at)).days
        for row in clocks.tables.messages.values()
        if row.status in OPEN and scope.has_message(clocks.tables, row.id)
    }
    return [{key for key, age in ages.items() if first <= age <= last} for first, last in AGES]


def open_then(clocks: Clocks, last: date, scope: Scope = EVERYTHING) -> set[int]:
    """At the end of this day: received by then, and not finished, or finished on a later day."""
    return {
        row.id
        for row in clocks.tables.messages.values()
        if local_day(row.received_at) <= last
        and (row.status in OPEN or local_day(row.closed_at) > last)
        and scope.has_message(clocks.tables, row.id)
    }


def late_answers(clocks: Clocks, scope: Scope = EVERYTHING) -> set[int]:
    late = {row.message_id for row in clocks.tables.deadlines if row.kind in GIVEN and is_late(clocks, row)}
    return {one for one in late if scope.has_message(clocks.tables, one)}


def late_now(clocks: Clocks, scope: Scope = EVERYTHING) -> dict[Any, set[int]]:
    """By department: messages with work that is late and that somebody has; the answer too while he prepares it."""
    found: dict[Any, set[int]] = {}
    for row in clocks.tables.deadlines:
        prepared = row.kind in GIVEN and clocks.tables.messages[row.message_id].status in PREPARED
        holder = clocks.holder_now(row) if (row.kind in OWN or prepared) and is_late(clocks, row) else None
        if holder is not None and scope.has_holder(holder):
            found.setdefault(department_of(holder), set()).add(row.message_id)
    return found


def is_late(clocks: Clocks, row: Any) -> bool:
    return row.state == "open" and row.due_at is not None and row.due_at < clocks.now and not row.blameless
