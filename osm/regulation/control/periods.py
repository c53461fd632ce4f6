"""Periods of which a memo of shortcomings is made (П.19 names none: it is a setting)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    """How often it is made."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def last_ended(day: date, period: Period) -> tuple[date, date]:
    """The first and the last day of the period that ended last before this day."""
    if period is Period.WEEK:
        last = day - timedelta(days=day.isoweekday())
        return last - timedelta(days=6), last
    months = 3 if period is Period.QUARTER else 1
    begun = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    last = begun - timedelta(days=1)
    return last.replace(month=last.month - months + 1, day=1), last
