"""All rows of the tables that figures are made of, and the days of a period (§1)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from osm import models
from osm.base.database import db
from tests.office import VLADIVOSTOK

DAY = timedelta(days=1)


class Tables:
    """Rows as the database has them, without messages of a load that was taken back (§1.3)."""

    def __init__(self) -> None:
        self.messages = {row.id: row for row in rows(models.Message) if row.recalled_at is None}
        self.replies = {row.id: row for row in self.of_messages(models.Reply)}
        self.drafts = {row.id: row for row in rows(models.Draft) if row.reply_id in self.replies}
        self.closures = self.of_messages(models.Closure)
        self.deadlines = self.of_messages(models.Deadline)
        self.assignments = {row.id: row for row in self.of_messages(models.Assignment)}
        self.shortcomings = self.of_messages(models.Shortcoming)
        self.promises = self.of_messages(models.Promise)
        self.offers = self.of_messages(models.ThreadOffer)
        self.comments = [row for row in rows(models.Comment) if row.message_id in (None, *self.messages)]
        self.banned = rows(models.BlacklistProposal)
        self.departments = {row.id: row for row in rows(models.Department)}
        self.topics = {row.id: row for row in rows(models.Topic)}
        self.people = {row.id: row for row in rows(models.User)}

    def of_messages(self, model: Any) -> list[Any]:
        return [row for row in rows(model) if row.message_id in self.messages]

    def assignments_of(self, message_id: int) -> list[Any]:
        """By `order_no`, then by `id`."""
        own = [row for row in self.assignments.values() if row.message_id == message_id]
        return sorted(own, key=lambda row: (row.order_no, row.id))

    def drafts_of(self, reply_id: int) -> list[Any]:
        return [row for row in self.drafts.values() if row.reply_id == reply_id]


def rows(model: Any) -> list[Any]:
    table = model.__table__
    return list(db.session.execute(db.select(table).order_by(*table.primary_key.columns)))


@dataclass(frozen=True)
class Days:
    """Some local days, first and last included."""

    first: date
    last: date

    def has(self, instant: datetime | None) -> bool:
        return instant is not None and self.first <= local_day(instant) <= self.last

    def each(self) -> list[Days]:
        return [Days(day, day) for day in self.dates()]

    def dates(self) -> list[date]:
        return [self.first + number * DAY for number in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> Days:
        """«Было» (§1.7)."""
        if self.first.day == 1 and (self.first.year, self.first.month) == (self.last.year, self.last.month):
            last_month = self.first - DAY
            is_whole = (self.last + DAY).day == 1
            end = last_month.day if is_whole else min(self.last.day, last_month.day)
            return Days(last_month.replace(day=1), last_month.replace(day=end))
        if self.first.weekday() == 0 and len(self.dates()) < 7:
            return Days(self.first - 7 * DAY, self.last - 7 * DAY)
        return Days(self.first - len(self.dates()) * DAY, self.first - DAY)


def local_day(instant: datetime) -> date:
    return instant.astimezone(VLADIVOSTOK).date()


def month_of(year: int, month: int) -> Days:
    return Days(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))


def percent(part: int, whole: int) -> int | None:
    """Whole numbers, half up (§1.6)."""
    return (200 * part + whole) // (2 * whole) if whole else None
