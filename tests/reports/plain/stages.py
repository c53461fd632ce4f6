"""The working time of stages (§4), counted minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.minutes import TZ, Calendar, UnknownYear

from .counting import Report

KINDS = ("route", "draft", "part", "approve", "rework", "answer", "final")
STAGES = (*KINDS, "publish")


@dataclass(frozen=True)
class Stage:
    """The number of its things and their `message_ids`; `minutes` of those with known times, sorted."""

    count: int
    minutes: list[float]
    message_ids: set[int]

    @property
    def median(self) -> float | None:
        """The middle value, or the mean of the two middle ones."""
        half, odd = divmod(len(self.minutes), 2)
        if not self.minutes:
            return None
        return self.minutes[half] if odd else (self.minutes[half - 1] + self.minutes[half]) / 2

    @property
    def ninth(self) -> float | None:
        """The least time that is enough for at least 90 % of the things."""
        return next((time for time in self.minutes if 10 * self.within(time) >= 9 * len(self.minutes)), None)

    def within(self, time: float) -> int:
        return sum(1 for other in self.minutes if other <= time)


def stage(report: Report, name: str, calendar: Calendar) -> Stage:
    found, message_ids, count = [], set(), 0
    for message_id, begin, end in things(report, name):
        count += 1
        message_ids.add(message_id)
        try:
            found.append(working_minutes(calendar, begin, end))
        except UnknownYear:
            continue
    return Stage(count, sorted(found), message_ids)


def things(report: Report, name: str) -> Iterator[tuple[int, datetime, datetime]]:
    tables = report.tables
    if name == "publish":
        for row in tables.replies.values():
            version = tables.drafts.get(row.approved_draft_id)
            if not report.days.has(row.published_at) or version is None or version.decided_at is None:
                continue
            if report.scope.has_message(tables, row.message_id):
                yield row.message_id, version.decided_at, row.published_at
        return
    for row in tables.deadlines:
        if row.kind != name or row.state != "met" or not report.days.has(row.ended_at):
            continue
        if report.scope.has_clock(report.clocks, row):
            yield row.message_id, row.started_at, row.ended_at


def working_minutes(calendar: Calendar, begin: datetime, end: datetime) -> float:
    """0 if the end is before the beginning."""
    day, last = begin.astimezone(TZ).date(), end.astimezone(TZ).date()
    total = timedelta()
    while day <= last:
        midnight = datetime(day.year, day.month, day.day, tzinfo=TZ)
        for number in calendar.minutes(day):
            minute = midnight + timedelta(minutes=number)
            overlap = min(end, minute + timedelta(minutes=1)) - max(begin, minute)
            total += max(overlap, timedelta())
        day += timedelta(days=1)
    return total.total_seconds() / 60
