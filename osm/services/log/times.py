"""When events were made, against their order and against their seals: what was dated back, what waited for long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from osm.services.log.report import UNSEALED, Fault, Late, Report
from osm.services.log.seals import SOON
from osm.store.models import EventSeal

OUT_OF_ORDER = timedelta(hours=1)
"""A job logs with the instant at which its round began, and after a change of the calendar that can be long ago."""

DATED_BACK = "время раньше, чем у записей до неё: вставлено задним числом, или на сервере переводили часы"


class Times:
    """Takes up the rows of the log in their order and adds to the report what their instants tell.

    An event is sealed within seconds. So one that was put into the database later bears the time of that hour, or is
    dated back and then found: it stands behind events that are newer, or had no seal for long.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._latest: datetime | None = None
        self._back: tuple[int, int] | None = None
        self._late_seal = 0

    def sealed(self, seal: EventSeal, rows: Sequence[Row[Any]]) -> None:
        """The rows of a seal."""
        self._in_order(rows)
        late = [row for row in rows if row.at < seal.sealed_at - SOON]
        if not late:
            return
        since, known = min(row.at for row in late), self._report.late
        if known and self._late_seal == seal.number - 1 and known[-1].until == seal.sealed_at:
            before = known.pop()
            known.append(Late(before.first_id, late[-1].id, min(before.since, since), seal.sealed_at))
        else:
            known.append(Late(late[0].id, late[-1].id, since, seal.sealed_at))
        self._late_seal = seal.number

    def waiting(self, rows: Iterable[Row[Any]], now: datetime) -> None:
        """The rows after the last seal. What a backup held without a seal waits since it was restored."""
        is_restored = bool(self._report.restored_at) and self._report.restored_at[-1] > now - SOON
        old: list[int] = []
        for row in rows:
            self._report.waiting += 1
            self._in_order([row])
            if row.at < now - SOON and not is_restored:
                old = [old[0] if old else row.id, row.id]
        if old:
            self._report.faults.append(Fault(old[0], old[-1], UNSEALED))
        self._end_of_stretch()

    def _in_order(self, rows: Iterable[Row[Any]]) -> None:
        for row in rows:
            if self._latest is not None and row.at < self._latest - OUT_OF_ORDER:
                self._back = (self._back[0] if self._back else row.id, row.id)
                continue
            self._end_of_stretch()
            if self._latest is None or row.at > self._latest:
                self._latest = row.at

    def _end_of_stretch(self) -> None:
        if self._back is not None:
            self._report.faults.append(Fault(*self._back, DATED_BACK))
            self._back = None
