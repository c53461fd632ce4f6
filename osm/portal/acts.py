"""Acts on messages of ПОС: take them from a file, give one to a department, «внесён в ПОС», open it again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.connectors.base import IncomingMessage, SourceState
from osm.connectors.incident_file.cells import rating_of
from osm.flow.acts import moving
from osm.flow.acts.act import required
from osm.log.acts.record import Change
from osm.models import Department, ImportRun, PortalMessage, RowOutcome, User
from osm.regulation.errors import refuse
from osm.retention.models import is_on_hold

KIND = "portal_message"
LONGEST = 16_000  # characters of an answer
NO_NUMBER = "Нет номера ПОС: без него сообщение не узнать в следующем файле."
_OWNED = {"text": "text", "place": "place", "source_topic": "topic", "source_status": "status", "rating": "rating",
          "due_at": "deadline_at"}  # fmt: skip
"""Column → the field of the file that fills it."""


# --- From a file
def take(
    run: ImportRun, batch: Sequence[IncomingMessage], topics: Mapping[str, int], now: datetime
) -> list[RowOutcome]:
    """Create or update a row for each, in the caller's transaction. What people did here, a file never changes."""
    found = list(_outcomes(batch, now))
    created: list[PortalMessage] = []
    for incoming, (outcome, row, changed) in zip(batch, found, strict=True):
        topic_id = topics.get(incoming.topic.casefold())
        if outcome is RowOutcome.CREATED:
            closed = run.history or incoming.state is SourceState.ANSWERED
            created.append(PortalMessage(
                number=incoming.number, run_id=run.id, topic_id=topic_id,
                received_at=incoming.received_at or incoming.published_at or now,
                closed_at=_closed_at(incoming, now, run.history) if closed else None, **changed,
            ))  # fmt: skip
        elif outcome is RowOutcome.UPDATED and row is not None:
            for name, value in changed.items():
                setattr(row, name, value)
            row.topic_id = row.topic_id or topic_id
            row.version += 1
    db.session.add_all(created)
    db.session.flush()
    return [outcome for outcome, _, _ in found]


def predict(batch: Sequence[IncomingMessage], now: datetime) -> list[RowOutcome]:
    """What `take` would do."""
    return [outcome for outcome, _, _ in _outcomes(batch, now)]


def _outcomes(
    batch: Sequence[IncomingMessage], now: datetime
) -> Iterator[tuple[RowOutcome, PortalMessage | None, dict[str, Any]]]:
    known = select(PortalMessage).where(PortalMessage.number.in_({one.number for one in batch}))
    rows = {row.number: row for row in db.session.scalars(known.order_by(PortalMessage.id).with_for_update())}
    for incoming in batch:
        row, values = rows.get(incoming.number), _values(incoming)
        if not incoming.number:
            yield RowOutcome.REJECTED, None, {}
        elif row is None:
            yield RowOutcome.CREATED, None, values
        else:
            changed = {name: value for name, value in values.items() if value not in ("", None, getattr(row, name))}
            if row.closed_at is None and incoming.state is SourceState.ANSWERED:
                changed["closed_at"] = incoming.answered_at or now
            if "rating" in changed:  # also where it says neither
                changed["satisfied"] = values["satisfied"]
            if not changed or not row.text:  # destroyed at the end of its term
                yield RowOutcome.UNCHANGED, row, {}
            else:
                yield RowOutcome.UPDATED, row, changed


def _values(incoming: IncomingMessage) -> dict[str, Any]:
    values = {column: getattr(incoming, name) for column, name in _OWNED.items()}
    return {**values, "satisfied": rating_of(incoming.rating)}


def _closed_at(incoming: IncomingMessage, now: datetime, history: bool) -> datetime:
    """Of history without the time of its answer nobody knows that it was late."""
    return incoming.answered_at or min(now, incoming.deadline_at or now if history else now)


def recall(run: ImportRun) -> int:
    """Delete what the load brought. Raises ServiceError once a person or a later file has changed any of it."""
    brought = select(PortalMessage).where(PortalMessage.run_id == run.id).with_for_update()
    rows = db.session.scalars(brought).all()
    on_hold = select(PortalMessage.id).where(
        PortalMessage.run_id == run.id, is_on_hold("portal_message", PortalMessage.id)
    )
    ServiceError.when(
        db.session.scalar(on_hold.limit(1)), "На сообщениях этой загрузки запрет уничтожать. Ничего не изменено."
    )
    ServiceError.when(
        any(row.version > 1 for row in rows) or bool(run.counts.get(RowOutcome.UPDATED)),
        "Отозвать загрузку нельзя: с её сообщениями ПОС уже работали, или она обновила прежние. Ничего не изменено.",
    )
    db.session.execute(delete(PortalMessage).where(PortalMessage.run_id == run.id))
    return len(rows)


# --- By people
def assign(row_id: int, version: int, *, department_id: int | None, actor: User, now: datetime) -> PortalMessage:
    """Give it to a department, or to another one. Raises NotFound, StaleVersion, MissingInput, ServiceError."""
    with transaction() as session:
        row = _open(row_id, version)
        department = session.get(Department, department_id or 0)
        refuse("department_id", department is None or department.archived_at is not None, "Выберите отдел.")
        changes: dict[str, Change] = {"department_id": (row.department_id, department_id)}
        row.department_id, row.assigned_at = department_id, now
        moving.settle("portal_assigned", row, changes, actor=actor, now=now)
        return row


def close(row_id: int, version: int, *, answer: str, actor: User, now: datetime) -> PortalMessage:
    """«Внесён в ПОС»: the answer stands there. Raises NotFound, StaleVersion, MissingInput, ServiceError."""
    with transaction():
        row = _open(row_id, version)
        text = required("answer", answer, "Вставьте ответ, который внесён в ПОС: он останется здесь для проверки.")
        refuse("answer", len(text) > LONGEST, f"Ответ длиннее {LONGEST} знаков. Сократите.")
        row.answer, row.closed_at, row.closed_by_id = text, now, actor.id
        moving.settle("portal_closed", row, {"closed_at": (None, now)}, actor=actor, now=now)
        return row


def reopen(row_id: int, version: int, *, actor: User, now: datetime) -> PortalMessage:
    """It is not in ПОС, or ПОС has returned it. The text stays. Raises NotFound, StaleVersion, ServiceError."""
    with transaction():
        row = moving.locked(PortalMessage, row_id, version, "Сообщение ПОС")
        ServiceError.when(row.closed_at is None, "Сообщение и так в работе. Ничего не изменено.")
        ServiceError.when(not row.text, "Сообщение уничтожено по сроку хранения. Ничего не изменено.")
        changes: dict[str, Change] = {"closed_at": (row.closed_at, None)}
        row.closed_at = row.closed_by_id = None
        row.assigned_at = now if row.department_id else None  # the department is told again
        moving.settle("portal_reopened", row, changes, actor=actor, now=now)
        return row


def _open(row_id: int, version: int) -> PortalMessage:
    row = moving.locked(PortalMessage, row_id, version, "Сообщение ПОС")
    ServiceError.when(row.closed_at is not None, "Ответ уже внесён в ПОС. Ничего не изменено.")
    return row
