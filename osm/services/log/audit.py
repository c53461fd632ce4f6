"""Checking the log against its seals: what was changed, removed, inserted, or cut off at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from osm.extensions import db
from osm.services.log.contents import (
    faults_of_approvals,
    faults_of_notes,
    faults_of_publications,
    faults_of_roles,
    faults_of_texts,
    faults_of_versions,
    faults_seen_by_the_worker,
)
from osm.services.log.outside import Line, check_against, check_file, read_file, take_up
from osm.services.log.report import OTHER_KEY, Fault, Report
from osm.services.log.sealing import current_key, range_of, seal_file
from osm.services.log.seals import BEGINNING, SealKey, logged_rows, signature
from osm.services.log.times import Times
from osm.store.models import EventSeal

_CHUNK = 1000


def verify_log(now: datetime, against: Iterable[Line] = ()) -> Report:
    """Read the whole log once and compare it with the seals, the notes, the texts and the file outside the database.

    `against`: seals that were kept elsewhere (`osm.services.log.kept`).
    """
    db.session.rollback()
    key, written = current_key(), read_file(seal_file())
    seals = db.session.scalars(select(EventSeal).order_by(EventSeal.number)).all()
    report = Report(seals=len(seals), last_sealed_at=seals[-1].sealed_at if seals else None)
    take_up(written, key, report)
    _check_rows(seals, written.seals, key, now, report)
    for faults in _FAULTS:
        report.faults.extend(faults())
    check_file(seals, written, report)
    check_against(against, seals, written, report)
    report.faults.sort(key=lambda fault: (fault.first_id, fault.last_id))
    db.session.rollback()
    return report


_FAULTS = (
    faults_of_notes,
    faults_of_texts,
    faults_of_approvals,
    faults_of_versions,
    faults_of_publications,
    faults_of_roles,
    faults_seen_by_the_worker,
)


class _Rows:
    """The log as a stream that is taken up range by range."""

    def __init__(self) -> None:
        self._stream = iter(db.session.execute(logged_rows().execution_options(yield_per=_CHUNK)))
        self._next: Row[Any] | None = next(self._stream, None)

    def until(self, last_id: int) -> list[Row[Any]]:
        rows = []
        while self._next is not None and self._next.id <= last_id:
            rows.append(self._next)
            self._next = next(self._stream, None)
        return rows

    def rest(self) -> Iterator[Row[Any]]:
        while self._next is not None:
            yield self._next
            self._next = next(self._stream, None)


def _check_rows(
    seals: Sequence[EventSeal], written: Mapping[int, Any], key: SealKey, now: datetime, report: Report
) -> None:
    """Every range against its seal. Each is judged by what stands before it, so that a fault stays where it is."""
    rows, times, faults = _Rows(), Times(report), report.faults
    if before := rows.until(0):
        faults.append(Fault(before[0].id, before[-1].id, f"лишних записей: {len(before)}"))
    number, last_id = 0, 0
    previous: str | None = BEGINNING
    other_key: list[Fault] = []
    for seal in seals:
        if (seal.number, seal.first_id) != (number + 1, last_id + 1):
            rows.until(seal.first_id - 1)
            faults.append(Fault(last_id + 1, seal.first_id - 1, "печати на этих записях больше нет"))
            previous = written[seal.number - 1]["mac"] if seal.number - 1 in written else None
        covered = rows.until(seal.last_id)
        if words := _judged(seal, previous, covered, key):
            fault = Fault(seal.first_id, seal.last_id, words)
            _add(other_key, fault) if words == OTHER_KEY else faults.append(fault)
        times.sealed(seal, covered)
        number, last_id, previous = seal.number, seal.last_id, seal.mac
        report.sealed += seal.count
    times.waiting(rows.rest(), now)
    faults.extend(other_key)


def _add(stretches: list[Fault], fault: Fault) -> None:
    """What another key sealed is one stretch: after years it would be a hundred thousand lines of the same words."""
    before = stretches.pop() if stretches and stretches[-1].last_id + 1 == fault.first_id else fault
    stretches.append(Fault(before.first_id, fault.last_id, fault.words))


def _judged(seal: EventSeal, previous: str | None, rows: Sequence[Row[Any]], key: SealKey) -> str:
    """What is wrong with a range, empty where nothing is."""
    if seal.key_id != key.id:
        return OTHER_KEY
    if len(rows) != seal.count:
        missing = seal.count - len(rows)
        return f"не хватает записей: {missing}" if missing > 0 else f"лишних записей: {-missing}"
    if previous is None:
        return "нет предыдущей печати, проверить нельзя"
    return "" if signature(key, range_of(seal), previous, rows) == seal.mac else "записи или их печать изменены"
