"""«Это новое», «Заменить»: what a person makes of a row that came under the number of another message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import func, select

from osm.connectors.base import IncomingMessage
from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from osm.services.acts import load_message
from osm.services.clocks import clocks
from osm.services.errors import ServiceError
from osm.services.imports.held_rows import note_outcome, settling
from osm.services.imports.publishing import new_message
from osm.services.imports.source_values import from_payload
from osm.services.imports.updating import Updates
from osm.services.imports.worked_on import is_worked_on
from osm.services.messages import editions, entry
from osm.services.reading import due
from osm.services.threads.joining import join_messages
from osm.store.models import Author, HeldOutcome, HeldRow, Message, MessageEdition, RowOutcome, Topic, User

LONGEST_NUMBER = 60


class AlreadyWorkedOn(ServiceError):
    """The message that has the number cannot be replaced any more."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"С № {number} уже работают, заменить его нельзя. Ничего не изменено: "
            "выберите «Это новое» или «Не загружать»."
        )


def enter_as_new(row_id: int, *, actor: User, now: datetime) -> Message:
    """«Это новое»: a new message; П.7 runs from its receipt. Raises NotFound, RowSettled."""
    with settling(row_id, HeldOutcome.NEW, actor=actor, now=now) as row:
        incoming = from_payload(row.payload)
        message = new_message(row.run, incoming, _author(incoming), _topic(incoming), now)
        message.number, message.key = _free_number(incoming.number), row.other_key
        entry.register(message, now=now, actor=actor)
        join_messages([message], now)
        note_outcome(row, RowOutcome.CREATED, message.id)
        return message


def replace(row_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """«Заменить»: the message says from now on what the row says; what it said before is kept as an edition.

    Its term of П.7 counts from the receipt of the row. `version`: of the message that the person saw.
    Raises NotFound, RowSettled, StaleVersion, AlreadyWorkedOn.
    """
    with settling(row_id, HeldOutcome.REPLACED, actor=actor, now=now) as row:
        message = load_message(row.message_id)
        if message.version != version:
            raise StaleVersion(version, message.version)
        if row.id not in replaceable([row.id]):
            raise AlreadyWorkedOn(message.number)
        incoming = from_payload(row.payload)
        updates = Updates(row.run, now, _stored_author, actor=actor)
        updates.take(message, incoming, _topic(incoming))
        db.session.flush()
        updates.write()
        _count_from_receipt(message, row, now)
        last = select(func.max(MessageEdition.id)).where(MessageEdition.message_id == message.id)
        editions.look(message.id, db.session.scalar(last) or 0, actor=actor, now=now)
        due.owe([message.id], due.ON_ENTRY)
        note_outcome(row, RowOutcome.UPDATED, message.id)
        return message


def replaceable(row_ids: Sequence[int]) -> set[int]:
    """The held rows with a message that is new and not worked on; one statement."""
    query = select(HeldRow.id).join(Message, Message.id == HeldRow.message_id)
    untouched = (HeldRow.id.in_(row_ids), Message.status == Status.NEW, ~is_worked_on())
    return set(db.session.scalars(query.where(*untouched))) if row_ids else set()


def _count_from_receipt(message: Message, row: HeldRow, now: datetime) -> None:
    message.received_at = row.received_at
    if (running := clocks.open_deadline(message, ClockKind.ROUTE)) is not None:
        clocks.count_from(running, row.received_at, now)


def _author(incoming: IncomingMessage) -> Author | None:
    return entry.find_author(incoming.network, incoming.author, incoming.author_url)


def _stored_author(incoming: IncomingMessage) -> Author | None:
    """With its id, which the update writes down."""
    author = _author(incoming)
    db.session.flush()
    return author


def _topic(incoming: IncomingMessage) -> int | None:
    names = db.session.execute(select(Topic.name, Topic.id)).tuples()
    return {name.casefold(): number for name, number in names}.get(incoming.topic.casefold())


def _free_number(number: str) -> str:
    """«7411066-2»: the number of the source with a suffix, since another message has it."""
    taken = (f"{number[: LONGEST_NUMBER - 5]}-{again}" for again in count(2))
    return next(one for one in taken if db.session.scalar(select(Message.id).where(Message.number == one)) is None)
