"""Clocks kept and missed (§3), and who did the work of an own clock (§6)."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from .tables import Tables

OWN = ("draft", "rework", "part")
GIVEN = ("answer", "final")
CLAUSES = tuple(range(7, 15))


class NoDepartment(Enum):
    """Rows by department for work without a department."""

    NOT_ROUTED = "не направлено"
    NO_DEPARTMENT = "отдел не указан"
    COMMON = "общий проект куратора"


class Clocks:
    def __init__(self, tables: Tables, now: datetime) -> None:
        self.tables, self.now = tables, now
        self.waived = {row.deadline_id for row in tables.shortcomings if row.state == "waived"}
        self.verdicts = {row.id: self.verdict(row) for row in tables.deadlines}

    def verdict(self, row: Any) -> tuple[str, datetime] | None:
        """Missed or kept, with the instant; None: neither. The first line that fits."""
        if row.id in self.waived:
            return None
        if self.repeats_a_missed_term(row):
            return None
        if row.breached_at is not None:
            return "late", row.breached_at
        if row.state == "open" and row.due_at is not None and row.due_at < self.now and not row.blameless:
            return "late", row.due_at
        if row.state == "met" and row.due_at is not None and row.ended_at <= row.due_at:
            return "kept", row.ended_at
        return None

    def repeats_a_missed_term(self, row: Any) -> bool:
        def term(one: Any) -> tuple[Any, ...]:
            return one.message_id, one.kind, one.clause, one.started_at, one.assignment_id

        return any(
            term(other) == term(row)
            and other.id < row.id
            and other.state == "replaced"
            and other.breached_at is not None
            and other.id not in self.waived
            for other in self.tables.deadlines
        )

    def holder(self, row: Any) -> Any:
        """The assignment that did the work of an own clock at its instant, or a `NoDepartment`."""
        instant = row.breached_at or row.ended_at or row.due_at
        if row.assignment_id is not None:
            return self.tables.assignments[row.assignment_id]
        there = [
            one
            for one in self.tables.assignments_of(row.message_id)
            if one.assigned_at <= instant and (one.ended_at is None or one.ended_at > instant)
        ]
        for one in there:
            if one.part_state is None:
                return one
        return NoDepartment.COMMON if there else NoDepartment.NOT_ROUTED

    def holder_now(self, row: Any) -> Any:
        """The assignment with `ended_at` null that does the work of an own clock, or None (§8)."""
        if row.assignment_id is not None:
            own = [self.tables.assignments[row.assignment_id]]
        else:
            own = [one for one in self.tables.assignments_of(row.message_id) if one.part_state is None]
        return next((one for one in own if one.ended_at is None), None)


def codes_of(row: Any) -> list[str]:
    """What follows `kept-` and `late-` in the codes of a clock: the clause, and own or given."""
    codes = [str(number) for number in CLAUSES if row.clause == f"П.{number}"]
    if row.kind in OWN:
        codes.append("own")
    if row.kind in GIVEN:
        codes.append("given")
    return codes


def department_of(holder: Any) -> Any:
    """The key of the row by department: a department's id, or a `NoDepartment`."""
    if isinstance(holder, NoDepartment):
        return holder
    return NoDepartment.NO_DEPARTMENT if holder.department_id is None else holder.department_id
