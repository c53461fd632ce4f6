"""What is counted: the days of a period, the days before it, and whose messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, true

from osm.store.models import Assignment, Message


@dataclass(frozen=True, slots=True)
class Span:
    """Local days, both inclusive."""

    first: date
    last: date
    zone: tzinfo

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The instant behind the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def before(self) -> Span:
        """As many days, directly before; of whole months the whole month before."""
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1 and self.last.month == self.first.month:
            last = self.first - timedelta(days=1)
            return Span(last.replace(day=1), last, self.zone)
        days = self.last - self.first + timedelta(days=1)
        return Span(self.first - days, self.last - days, self.zone)

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Whether the instant in the column lies in these days."""
        found: ColumnElement[bool] = (column >= self.begin) & (column < self.end)
        return found


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose messages: one executor's, those of some departments, or everybody's."""

    executor_id: int | None = None
    department_ids: frozenset[int] | None = None

    @property
    def is_everything(self) -> bool:
        return self.executor_id is None and self.department_ids is None

    def whose(self) -> ColumnElement[bool]:
        """The condition on Assignment."""
        if self.executor_id is not None:
            return Assignment.executor_id == self.executor_id
        return Assignment.department_id.in_(sorted(self.department_ids or ()))

    def of_message(self) -> ColumnElement[bool]:
        """The condition on Message: whose work it is or was in the end."""
        if self.is_everything:
            return true()
        mine = exists().where(Assignment.message_id == Message.id, self.whose(), is_or_was_in_the_end())
        return mine.correlate(Message)


EVERYTHING = Scope()


def is_or_was_in_the_end() -> ColumnElement[bool]:
    """Of an assignment beside its message: who was replaced on the way does not count (as in the register)."""
    return or_(Assignment.ended_at.is_(None), Assignment.ended_at == Message.closed_at)
