"""Sealing the log: what is settled is signed in batches, in the database and in a file outside it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row, select, text

from osm.extensions import db
from osm.services.log import watch
from osm.services.log.report import Late
from osm.services.log.seal_file import SealFile
from osm.services.log.seals import BEGINNING, SOON, Range, SealKey, logged_rows, seal_key, signature
from osm.settings import Settings
from osm.store.durable import Busy, locked
from osm.store.models import Event, EventSeal
from osm.store.settled import settled_until
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

BATCH = 500
"""Events under one seal: a fault is told to within so many rows."""


def seal_events(now: datetime, until: int | None = None) -> int:
    """Seal all events that are settled, or those up to `until`; returns how many.

    What an earlier run left out of the file follows there. One process at a time: for another that is called meanwhile
    nothing is left to do.
    """
    outside = seal_file()
    try:
        with locked(outside.path.with_name("seals.lock")):
            return _seal_all(outside, now, until)
    except Busy:
        return 0


def _seal_all(outside: SealFile, now: datetime, until: int | None) -> int:
    db.session.rollback()
    watch.look(outside, now)
    _catch_up(outside)
    if db.session.scalar(select(Event.id).where(Event.id > _last_sealed()).limit(1)) is None:
        watch.remember(last_seal())
        db.session.rollback()
        return 0
    until = until or settled_until()
    count = 0
    late: list[Row[Any]] = []
    while until is not None and (made := _next_seal(until, now)) is not None:
        seal, rows = made
        _publish(outside, [seal])
        watch.remember(seal)
        late += [row for row in rows if row.at < now - SOON]
        count += seal.count
    if late:
        watch.say_late(Late(late[0].id, late[-1].id, min(row.at for row in late), now), len(late))
    return count


def seal_file() -> SealFile:
    """The file of this installation."""
    settings: Settings = current_app.extensions["osm_settings"]
    return SealFile(settings.seals_file)


def current_key() -> SealKey:
    """The key of this installation."""
    settings: Settings = current_app.extensions["osm_settings"]
    return seal_key(settings.encryption_key)


def last_seal() -> EventSeal | None:
    """The newest seal."""
    return db.session.scalars(select(EventSeal).order_by(EventSeal.number.desc()).limit(1)).one_or_none()


def range_of(seal: EventSeal) -> Range:
    """What a stored seal covers."""
    return Range(seal.number, seal.first_id, seal.last_id, seal.count, seal.sealed_at)


def line_of(seal: EventSeal) -> dict[str, Any]:
    """A seal as a line of the file."""
    return {
        "number": seal.number,
        "first_id": seal.first_id,
        "last_id": seal.last_id,
        "count": seal.count,
        "sealed_at": seal.sealed_at.astimezone(UTC).isoformat(),
        "key_id": seal.key_id,
        "mac": seal.mac,
    }


def note_restored(now: datetime) -> None:
    """Write outside the database that a backup took its place: the log ends from here on where the backup's did.

    The line is signed: whoever cuts the end off by hand cannot excuse it so. Said once, however often it is called.
    """
    if any(line.get("restored_at") == now.astimezone(UTC).isoformat() for line in _lines(seal_file())):
        return
    last, key = last_seal(), current_key()
    line = line_of(last) if last else {"number": 0, "first_id": 0, "last_id": 0, "mac": BEGINNING}
    line |= {"restored_at": now.astimezone(UTC).isoformat(), "key_id": key.id}
    seal_file().append([line | {"proof": _proof(line, key)}])
    watch.forget()


def is_proved(line: Mapping[str, Any], key: SealKey) -> bool:
    """Whether a line that speaks of a restored backup was written by `note_restored`."""
    return line.get("proof") == _proof(line, key)


def _lines(outside: SealFile) -> list[dict[str, Any]]:
    try:
        return list(outside.lines())
    except FileNotFoundError:
        return []


def _proof(line: Mapping[str, Any], key: SealKey) -> str:
    return key.sign("restored", *(line.get(name) for name in ("restored_at", "number", "first_id", "last_id", "mac")))


def _catch_up(outside: SealFile) -> None:
    """Seals that were committed when the process ended before it wrote them to the file."""
    known, _ = outside.last() or (0, BEGINNING)
    _publish(outside, db.session.scalars(select(EventSeal).where(EventSeal.number > known).order_by(EventSeal.number)))


def _publish(outside: SealFile, seals: Iterable[EventSeal]) -> None:
    """To the file, and to the journal of the system: what stands there nobody changes who has the database alone."""
    lines = [line_of(seal) for seal in seals]
    outside.append(lines)
    for line in lines:
        log.info("log sealed", extra=line)


def _last_sealed() -> int:
    last = last_seal()
    return last.last_id if last else 0


def _next_seal(until: int, now: datetime) -> tuple[EventSeal, Sequence[Row[Any]]] | None:
    """Seal the next batch up to the event `until`, with its rows; None where there is none."""
    key = current_key()
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            # A second process that seals waits here, and then goes on from the seal of the first.
            session.execute(text("LOCK TABLE event_seal IN SHARE ROW EXCLUSIVE MODE"))
        last = last_seal()
        sealed = last.last_id if last else 0
        rows = session.execute(logged_rows().where(Event.id > sealed, Event.id <= until).limit(BATCH)).all()
        if not rows:
            return None
        span = Range(last.number + 1 if last else 1, sealed + 1, rows[-1].id, len(rows), now)
        seal = EventSeal(
            number=span.number,
            first_id=span.first_id,
            last_id=span.last_id,
            count=span.count,
            sealed_at=span.sealed_at,
            key_id=key.id,
            mac=signature(key, span, last.mac if last else BEGINNING, rows),
        )
        session.add(seal)
        return seal, rows
