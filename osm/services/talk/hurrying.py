"""«Поторопить»: a line to whoever is late, on his own page, at most once in half an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from osm.extensions import db
from osm.regulation.clocks import CLOCK_LABELS, PART_REWORK, ClockKind
from osm.regulation.errors import MissingInput
from osm.regulation.parts import OWED
from osm.services.acts import load_message
from osm.services.assignments import active_assignments
from osm.services.clocks.clocks import in_force
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.talk.notes import add_note
from osm.store.models import Assignment, Deadline, DeadlineState, Message, Note, NoteKind, User
from osm.store.queries.talk.notes import HURRIED, answered_with
from osm.store.transaction import transaction

PAUSE = timedelta(minutes=30)
"""For how long nobody is hurried again: clock time, as people feel it."""

_OF_THE_MESSAGE = frozenset({ClockKind.REWORK, ClockKind.DRAFT, ClockKind.FINAL, ClockKind.ANSWER})


class HurriedAlready(ServiceError):
    """Within the last half an hour; nothing was sent."""

    def __init__(self, last: datetime) -> None:
        self.last = last
        there = in_force().calendar.local
        super().__init__(
            f"Уже торопили в {there(last):%H:%M}. Снова можно в {there(last + PAUSE):%H:%M}; если срочно, позвоните."
        )


def hurry(message_id: int, *, actor: User, now: datetime) -> list[User]:
    """Whoever owes the answer, or his part of it (П.14), reads that the curator hurries him; who they are.

    The line names his term. Of several executors those who are late are hurried.
    Raises HurriedAlready, MissingInput where nobody prepares anything now.
    """
    with transaction():
        message = load_message(message_id)
        owing = _owing(message, now) if message.status in HURRIED else []
        if not owing:
            raise MissingInput("", "Торопить некого: сейчас по этому сообщению никто не готовит ответ.")
        last = _last_hurried(message_id, {row.executor_id for row in owing}, now - PAUSE)
        asked = [row for row in owing if row.executor_id not in last]
        if not asked:
            raise HurriedAlready(max(last.values()))
        for row in asked:
            note = add_note(
                message, NoteKind.HURRY, _term(message, row, now), actor=actor, now=now, to_id=row.executor_id
            )
            record(
                "hurried", at=now, actor=actor, message=message, object_kind="note", object_id=note.id,
                changes={"assignment_id": (None, row.id)},
            )  # fmt: skip
        return [row.executor for row in asked]


def _owing(message: Message, now: datetime) -> list[Assignment]:
    rows = [row for row in active_assignments(message) if row.part_state is None or row.part_state in OWED]
    late = [row for row in rows if (due := _due(_clocks(message, row))) and due < now]
    return late or rows


def _clocks(message: Message, row: Assignment) -> list[Deadline]:
    """Those that run: of his part, or of the message where he prepares the whole answer."""
    running = [one for one in message.deadlines if one.state is DeadlineState.OPEN]
    if row.part_state is not None:
        return [one for one in running if one.assignment_id == row.id]
    return [one for one in running if one.assignment_id is None and one.kind in _OF_THE_MESSAGE]


def _due(clocks: list[Deadline]) -> datetime | None:
    return min((clock.due_at for clock in clocks if clock.due_at), default=None)


def _term(message: Message, row: Assignment, now: datetime) -> str:
    """«Проект на согласование: срок был 25.11 в 14:58.»"""
    known = [clock for clock in _clocks(message, row) if clock.due_at]
    first = min(known, key=lambda clock: clock.due_at or now, default=None)
    if first is None or first.due_at is None:
        return "Ответьте, пожалуйста, как можно скорее."
    label = PART_REWORK if row.part_state is not None and first.kind is ClockKind.REWORK else CLOCK_LABELS[first.kind]
    when = "срок был" if first.due_at < now else "срок —"
    return f"{label}: {when} {in_force().calendar.local(first.due_at):%d.%m в %H:%M}."


def _last_hurried(message_id: int, people: set[int], since: datetime) -> dict[int, datetime]:
    """Who was hurried after `since` about this message, or about another one that gets the same answer."""
    found = db.session.execute(
        select(Note.to_id, func.max(Note.written_at))
        .where(
            Note.message_id.in_(answered_with(message_id)),
            Note.kind == NoteKind.HURRY,
            Note.to_id.in_(people),
            Note.written_at > since,
        )
        .group_by(Note.to_id)
    )
    return {to_id: at for to_id, at in found.tuples() if to_id is not None}
