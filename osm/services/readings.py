"""What the worker reads of messages later: owed in the transaction that entered or changed them, then taken up.

A reader of a kind calls `work_off` from a job; to have new messages read too, its kind stands in ON_ENTRY. A reading
may be done twice (a crash, a lease that ran out), never left out: it must bear to be repeated.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, delete, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from osm.extensions import db
from osm.store.many_rows import write_rows
from osm.store.models import DueReading, Message, ReadingKind
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

ON_ENTRY: frozenset[ReadingKind] = frozenset({ReadingKind.SEARCH, ReadingKind.REPEATS, ReadingKind.VERDICT})
"""What every new message is owed: the kinds that somebody reads."""

LEASE = timedelta(seconds=60)
"""How long a reading may take before another process tries it; doubled with every attempt, up to LONGEST_LEASE."""
LONGEST_LEASE = timedelta(hours=1)
TOGETHER = 50
"""Messages that are read and written together."""

_UPSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

Reader = Callable[[Sequence[int]], Callable[[], None]]
"""Reads these messages outside any write transaction and returns what writes the result, called inside one."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A reading under lease, of the generation that was owed when it was taken up."""

    message_id: int
    generation: int


def owe_new(messages: Sequence[Message]) -> None:
    """New messages of this transaction, already flushed, are owed every reading of ON_ENTRY."""
    rows = [
        {"kind": kind, "message_id": message.id, "generation": 1, "attempts": 0}
        for kind in sorted(ON_ENTRY)
        for message in messages
    ]
    write_rows(DueReading, rows)


def owe(message_ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    """These messages have changed: each is owed these readings (anew), in the caller's transaction."""
    # In one order: two transactions that owe the same rows wait for each other, never in a circle.
    rows = [
        {"kind": kind, "message_id": message_id, "generation": 1, "attempts": 0}
        for kind in sorted(kinds)
        for message_id in sorted(set(message_ids))
    ]
    if not rows:
        return
    statement = _UPSERT[db.engine.dialect.name](DueReading)
    anew = {"generation": DueReading.generation + 1, "attempts": 0, "leased_until": None}
    db.session.execute(
        statement.on_conflict_do_update(index_elements=[DueReading.kind, DueReading.message_id], set_=anew), rows
    )


def owe_in_slices(message_ids: Select[int], kind: ReadingKind) -> int:
    """These messages are owed this reading anew, a thousand in a transaction; how many."""
    found = list(db.session.scalars(message_ids))
    for start in range(0, len(found), 1000):
        with transaction():
            owe(found[start : start + 1000], [kind])
    return len(found)


def take_up(kind: ReadingKind, limit: int, *, now: datetime, newest_first: bool = False) -> list[Taken]:
    """Up to `limit` readings that are due and nobody else's, leased in a transaction of its own."""
    order = DueReading.message_id.desc() if newest_first else DueReading.message_id.asc()
    with transaction() as session:
        found = session.execute(
            select(DueReading.message_id, DueReading.generation, DueReading.attempts)
            .where(DueReading.kind == kind, _free(now))
            .order_by(order)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        if not found:
            return []
        lengths = {attempts: min(LEASE * 2 ** min(attempts, 10), LONGEST_LEASE) for _, _, attempts in found}
        until = case(*((DueReading.attempts == count, now + length) for count, length in lengths.items()))
        session.execute(
            update(DueReading)
            .where(DueReading.kind == kind, DueReading.message_id.in_([row.message_id for row in found]))
            .values(attempts=DueReading.attempts + 1, leased_until=until)
            .execution_options(synchronize_session=False)
        )
        return [Taken(message_id, generation) for message_id, generation, _ in found]


def settle(kind: ReadingKind, taken: Sequence[Taken]) -> None:
    """These were read; what was owed anew meanwhile stays owed. In the caller's transaction."""
    whole = tuple_(DueReading.message_id, DueReading.generation).in_([(t.message_id, t.generation) for t in taken])
    # A row that is being owed anew is left to it: waiting for it could become waiting in a circle.
    settled = db.session.scalars(
        select(DueReading.message_id).where(DueReading.kind == kind, whole).with_for_update(skip_locked=True)
    ).all()
    db.session.execute(
        delete(DueReading)
        .where(DueReading.kind == kind, DueReading.message_id.in_(settled))
        .execution_options(synchronize_session=False)
    )


def work_off(kind: ReadingKind, reader: Reader, *, limit: int, now: datetime, newest_first: bool = False) -> int:
    """Take up to `limit` readings and carry them out; how many were settled.

    Where all together fail, each is tried alone: one that cannot be read holds up no other, is logged and rests.
    """
    taken = take_up(kind, limit, now=now, newest_first=newest_first)
    if not taken:
        return 0
    try:
        _carry_out(kind, reader, taken)
        return len(taken)
    except Exception:
        db.session.rollback()
        if len(taken) == 1:
            log.exception("reading failed", extra={"kind": kind.value, "message_id": taken[0].message_id})
            return 0
    return sum(_alone(kind, reader, one) for one in taken)


def count_owed(kind: ReadingKind, at_most: int = 1000) -> int:
    """How many readings of a kind are owed; counting ends at `at_most`."""
    owed = select(DueReading.message_id).where(DueReading.kind == kind).limit(at_most).subquery()
    return db.session.scalar(select(db.func.count()).select_from(owed)) or 0


def _alone(kind: ReadingKind, reader: Reader, one: Taken) -> bool:
    try:
        _carry_out(kind, reader, [one])
    except Exception:
        db.session.rollback()
        log.exception("reading failed", extra={"kind": kind.value, "message_id": one.message_id})
        return False
    return True


def _carry_out(kind: ReadingKind, reader: Reader, taken: Sequence[Taken]) -> None:
    write = reader([one.message_id for one in taken])
    with transaction():
        write()
        settle(kind, taken)


def _free(now: datetime) -> Any:
    # A lease further in the future than any may be was given by a clock that was wrong.
    until = DueReading.leased_until
    return or_(until.is_(None), until <= now, until > now + LONGEST_LEASE)
