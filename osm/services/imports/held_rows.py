"""«Под этим номером другое сообщение»: nothing of such a row is applied until a person has decided what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select, update

from osm.connectors.base import IncomingMessage
from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.words import Importance
from osm.services.clocks.terms import compute_term, in_force
from osm.services.errors import NotFound, ServiceError
from osm.services.imports.differences import other_key
from osm.services.imports.source_values import to_payload
from osm.services.log.log import record
from osm.store.models import HeldOutcome, HeldRow, ImportRow, ImportRun, Message, Origin, RowOutcome, User
from osm.store.transaction import transaction

DECLINED, ENTERED = "held_declined", "held_new"
"""Actions of the log that do not change the message with this number."""
HELD = "held_row"
"""Kind of object in the log, and the action by which one comes."""
_DECLINED = "Под этим номером другое сообщение: его решено не загружать."


class RowSettled(ServiceError):
    """Somebody has decided on the row, or its load was taken back."""

    def __init__(self, by: str) -> None:
        super().__init__(f"По этой строке уже решено{f': {by}' if by else ''}. Ничего не изменено.")


def reason_of(number: str) -> str:
    return f"Под номером {number} уже есть другое сообщение: автор и ссылка другие. Решите, что это."


def of_message(message_id: int, key: str) -> HeldRow | None:
    """The row that was held before under this message, settled or not."""
    return db.session.scalar(select(HeldRow).where(HeldRow.message_id == message_id, HeldRow.other_key == key))


def hold(
    run: ImportRun, row_no: int, incoming: IncomingMessage, message: Message, now: datetime
) -> tuple[RowOutcome, str, str]:
    """Keep the row until a person decides: the outcome, the reason and the warning of it.

    A row that waits already is updated from the last file; a declined one stays declined. In the caller's
    transaction.
    """
    key = other_key(incoming)
    known = of_message(message.id, key)
    if known is not None and known.outcome is HeldOutcome.DECLINED:
        return RowOutcome.UNCHANGED, "", _DECLINED
    row = known or HeldRow(message_id=message.id, other_key=key)
    is_waiting = known is not None and known.settled_at is None
    row.run, row.row_no, row.payload = run, row_no, to_payload(incoming)
    row.settled_at = row.settled_by_id = row.outcome = None
    if not is_waiting:
        row.held_at, row.received_at = now, incoming.received_at or incoming.published_at or now
        row.due_at = None if run.history else route_due(row.received_at)
        db.session.add(row)
        db.session.flush()
        record(HELD, at=now, actor=None, message=message, clause="П.7", object_kind=HELD, object_id=row.id)
    return RowOutcome.HELD, reason_of(message.number), ""


@contextmanager
def settling(row_id: int, outcome: HeldOutcome, *, actor: User, now: datetime) -> Iterator[HeldRow]:
    """The row, locked, to be settled with this outcome; its personal data is deleted.

    Raises NotFound, RowSettled.
    """
    with transaction() as session:
        wanted = select(HeldRow).where(HeldRow.id == row_id).with_for_update(of=HeldRow)
        row = session.scalar(wanted.execution_options(populate_existing=True))
        if row is None:
            raise NotFound("Строка")
        if row.settled_at is not None:
            raise RowSettled(row.settled_by.name if row.settled_by else "")
        yield row
        _settle(row, outcome, actor, now)


def decline(row_id: int, *, actor: User, now: datetime) -> HeldRow:
    """«Не загружать», also when a later file has it again. Raises NotFound, RowSettled."""
    with settling(row_id, HeldOutcome.DECLINED, actor=actor, now=now) as row:
        note_outcome(row, RowOutcome.UNCHANGED, row.message_id)
        return row


def note_outcome(row: HeldRow, outcome: RowOutcome, message_id: int) -> None:
    """Write the outcome into the report of the load, and into earlier loads with the same row."""
    _say(row.run, row.row_no, outcome, message_id)
    waits_too = exists().where(HeldRow.message_id == row.message_id, HeldRow.id != row.id, HeldRow.settled_at.is_(None))
    if db.session.scalar(select(waits_too)):
        return  # with two rows under one number, an earlier row may be either
    for run_id, row_no in _brought_by_others(row):
        _say(db.session.get_one(ImportRun, run_id), row_no, RowOutcome.UNCHANGED, message_id)


def recall(run_id: int, *, actor: User, now: datetime) -> None:
    """The load is taken back: settle the rows that only it has. In the caller's transaction."""
    waiting = select(HeldRow).where(HeldRow.run_id == run_id, HeldRow.settled_at.is_(None)).with_for_update(of=HeldRow)
    placed: Counter[int] = Counter()
    for row in db.session.scalars(waiting.order_by(HeldRow.row_no)).all():
        if not (places := _brought_by_others(row)):
            _settle(row, HeldOutcome.RECALLED, actor, now)
            continue
        # With two rows under one number, an earlier one may be either: one waits longer, none is lost.
        row.run_id, row.row_no = places[min(placed[row.message_id], len(places) - 1)]
        placed[row.message_id] += 1


def _brought_by_others(row: HeldRow) -> list[tuple[int, int]]:
    """Load and row of what other loads hold under the same number, those of the latest load first."""
    query = select(ImportRow.run_id, ImportRow.row_no).join(ImportRun, ImportRun.id == ImportRow.run_id)
    waits = (ImportRow.message_id == row.message_id, ImportRow.outcome == RowOutcome.HELD)
    since = or_(ImportRun.finished_at.is_(None), ImportRun.finished_at >= row.held_at)  # few loads of many
    others = (ImportRow.run_id != row.run_id, ImportRun.recalled_at.is_(None), since)
    return list(
        db.session.execute(query.where(*waits, *others).order_by(ImportRow.run_id.desc(), ImportRow.row_no)).tuples()
    )


def _say(run: ImportRun, row_no: int, outcome: RowOutcome, message_id: int) -> None:
    wanted = update(ImportRow).where(
        ImportRow.run_id == run.id, ImportRow.row_no == row_no, ImportRow.outcome == RowOutcome.HELD
    )
    db.session.execute(wanted.values(outcome=outcome, reason="", message_id=message_id))
    counts = dict(run.counts)
    if counts.get(RowOutcome.HELD):
        counts[RowOutcome.HELD] -= 1
        counts[outcome] = counts.get(outcome, 0) + 1
        run.counts = {str(name): number for name, number in counts.items()}


def _settle(row: HeldRow, outcome: HeldOutcome, actor: User, now: datetime) -> None:
    row.payload, row.settled_at, row.settled_by_id, row.outcome = {}, now, actor.id, outcome
    message = db.session.get_one(Message, row.message_id)
    record(f"held_{outcome}", at=now, actor=actor, message=message, clause="П.7", object_kind=HELD, object_id=row.id)


def route_term(received: datetime) -> dict[str, Any]:
    """The columns of П.7 from the receipt."""
    return compute_term(in_force(), ClockKind.ROUTE, received, Importance.NORMAL, Origin.INCIDENT, ())


def route_due(received: datetime) -> datetime | None:
    """Its term; None where the calendar does not know the day."""
    due: datetime | None = route_term(received)["due_at"]
    return due
