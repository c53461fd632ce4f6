"""What is counted: the days of a period, the days before it, and whose messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, true

from osm.store.models import Assignment, Message
from osm.store.queries.figures.whose import UNNAMED, department_of_message, is_or_was_in_the_end


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
        """What is compared: of a week and its first days the same of the week before, of a month the same of the month
        before, else as many days directly before.
        """
        first, last, day = self.first, self.last, timedelta(days=1)
        if first.day == 1 and (first.year, first.month) == (last.year, last.month):
            end = first - day
            same = end if (last + day).day == 1 else end.replace(day=min(last.day, end.day))
            return Span(end.replace(day=1), same, self.zone)
        days = last - first + day
        shift = timedelta(days=7) if first.weekday() == 0 and days < timedelta(days=7) else days
        return Span(first - shift, last - shift, self.zone)

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Whether the instant in the column lies in these days."""
        found: ColumnElement[bool] = (column >= self.begin) & (column < self.end)
        return found


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose messages: one executor's, those of some departments (keys of `whose`), one executor's among those, or
    everybody's.
    """

    executor_id: int | None = None
    department_ids: frozenset[int] | None = None

    @property
    def is_everything(self) -> bool:
        return self.executor_id is None and self.department_ids is None

    @property
    def departments(self) -> list[int]:
        return sorted(self.department_ids or ())

    def whose(self) -> ColumnElement[bool]:
        """The condition on Assignment."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.executor_id is not None:
            conditions.append(Assignment.executor_id == self.executor_id)
        if self.department_ids is not None:
            conditions.append(func.coalesce(Assignment.department_id, UNNAMED).in_(self.departments))
        return and_(*conditions)

    def of_message(self) -> ColumnElement[bool]:
        """The condition on Message: whose work it is or was in the end; of several departments the first one's."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.department_ids is not None:
            conditions.append(department_of_message().in_(self.departments))
        if self.executor_id is not None:
            mine = exists().where(Assignment.message_id == Message.id, self.whose(), is_or_was_in_the_end())
            conditions.append(mine.correlate(Message))
        return and_(*conditions)


EVERYTHING = Scope()
