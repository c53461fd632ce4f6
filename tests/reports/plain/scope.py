"""Which departments and executors a report covers (§7), and those of a message (§6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .clocks import OWN, Clocks, NoDepartment, department_of
from .tables import Tables


@dataclass(frozen=True)
class Scope:
    """Everything, or some departments (for a deputy), or one executor."""

    departments: frozenset[int] | None = None
    executor: int | None = None

    @property
    def is_everything(self) -> bool:
        return self.departments is None and self.executor is None

    def has_message(self, tables: Tables, message_id: int) -> bool:
        if self.departments is not None:
            return message_department(tables, message_id) in self.departments
        if self.executor is not None:
            return self.executor in message_executors(tables, message_id)
        return True

    def has_holder(self, holder: Any) -> bool:
        if self.departments is not None:
            return department_of(holder) in self.departments
        if self.executor is not None:
            return not isinstance(holder, NoDepartment) and holder.executor_id == self.executor
        return True

    def has_clock(self, clocks: Clocks, row: Any) -> bool:
        if row.kind in OWN:
            return self.has_holder(clocks.holder(row))
        return self.has_message(clocks.tables, row.message_id)


EVERYTHING = Scope()


def present_assignments(tables: Tables, message_id: int) -> list[Any]:
    closed_at = tables.messages[message_id].closed_at
    return [
        one
        for one in tables.assignments_of(message_id)
        if one.ended_at is None or (closed_at is not None and one.ended_at == closed_at)
    ]


def message_department(tables: Tables, message_id: int) -> Any:
    found = present_assignments(tables, message_id)
    return department_of(found[0]) if found else NoDepartment.NOT_ROUTED


def message_executors(tables: Tables, message_id: int, departments: frozenset[int] | None = None) -> set[int]:
    """`departments`: only executors of these."""
    return {
        one.executor_id
        for one in present_assignments(tables, message_id)
        if departments is None or one.department_id in departments
    }
