"""The period that ended last before a day."""

from __future__ import annotations

from datetime import date

import pytest

from osm.regulation.control import Period, last_ended


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        ("2026-03-01", Period.MONTH, "2026-02-01", "2026-02-28"),
        ("2026-03-31", Period.MONTH, "2026-02-01", "2026-02-28"),
        ("2026-01-15", Period.MONTH, "2025-12-01", "2025-12-31"),
        ("2026-01-01", Period.QUARTER, "2025-10-01", "2025-12-31"),
        ("2026-06-30", Period.QUARTER, "2026-01-01", "2026-03-31"),
        ("2026-03-16", Period.WEEK, "2026-03-09", "2026-03-15"),
        ("2026-03-15", Period.WEEK, "2026-03-02", "2026-03-08"),
    ],
)
def test_the_period_that_ended_last(day, period, first, last):
    assert last_ended(date.fromisoformat(day), period) == (date.fromisoformat(first), date.fromisoformat(last))
