"""What publishing staged rows would do now: the answer of a check, which writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from osm.connectors.base import IncomingMessage
from osm.extensions import db
from osm.services.imports import held_rows
from osm.services.imports.by_hand import ByLink
from osm.services.imports.differences import Difference, difference, is_another, other_key
from osm.services.imports.publishing import Staged, is_left_alone, known_of
from osm.services.imports.source_values import from_payload
from osm.store.models import HeldOutcome, ImportRow, Message, RowOutcome


@dataclass(frozen=True, slots=True)
class Prediction:
    """What publishing a row would do. `found`: what it would change of its message."""

    row: Staged
    incoming: IncomingMessage
    outcome: RowOutcome
    message: Message | None = None
    found: Difference | None = None
    reason: str = ""


def predict(
    rows: Sequence[Staged], by_link: ByLink, *, history: bool, first: dict[str, IncomingMessage]
) -> Iterator[Prediction]:
    """Predict each staged row.

    `first`: key → first row of a new message; new ones are added to it.
    """
    batch = [from_payload(row.payload) for row in rows]
    known, earlier = known_of(batch, by_link)
    for row, incoming in zip(rows, batch, strict=True):
        message = known.get(incoming.key) or earlier.same.get(incoming.key)
        if message is None and incoming.key not in first:
            first[incoming.key] = incoming
            yield Prediction(row, incoming, RowOutcome.CREATED)
        elif message is None:
            yield Prediction(row, incoming, RowOutcome.HELD, reason=held_rows.reason_of(incoming.number))
        elif is_another(message, incoming):
            yield _of_another(row, incoming, message, known.get(other_key(incoming)), history)
        else:
            yield _of_known(row, incoming, message, history)


def _of_another(
    row: Staged, incoming: IncomingMessage, message: Message, other: Message | None, history: bool
) -> Prediction:
    if other is not None:
        return _of_known(row, incoming, other, history)
    held = held_rows.of_message(message.id, other_key(incoming))
    if held is not None and held.outcome is HeldOutcome.DECLINED:
        return Prediction(row, incoming, RowOutcome.UNCHANGED)
    return Prediction(row, incoming, RowOutcome.HELD, message, reason=held_rows.reason_of(message.number))


def _of_known(row: Staged, incoming: IncomingMessage, message: Message, history: bool) -> Prediction:
    found = difference(message, incoming)
    is_changed = not message.in_source or found.is_any
    if not is_changed or is_left_alone(message, history=history):
        return Prediction(row, incoming, RowOutcome.UNCHANGED, message)
    return Prediction(row, incoming, RowOutcome.UPDATED, message, found)


def staged_at(run_id: int, numbers: Sequence[int]) -> tuple[Staged, ...]:
    """The staged rows with these numbers in the sheet."""
    query = select(ImportRow.id, ImportRow.row_no, ImportRow.warning, ImportRow.payload).where(
        ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.STAGED, ImportRow.row_no.in_(numbers)
    )
    return tuple(Staged(*row) for row in db.session.execute(query.order_by(ImportRow.row_no)).tuples())
