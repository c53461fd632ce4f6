"""«Не моё» (П.18): the executor says whose matter it is; the curator gives the message to that one with one press."""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.workflow import Action
from osm.services.acts import act
from osm.services.assignments import active_assignments
from osm.services.messages.co_executors import replace_executor
from osm.services.messages.executors import executor_today
from osm.services.messages.routing import reroute_message
from osm.services.talk.notes import add_note, checked_text, locked_note
from osm.store.models import Department, Message, Note, NoteKind, User
from osm.store.queries.talk.notes import has_declined
from osm.store.transaction import transaction


def decline(
    message_id: int, version: int, *, reason: str, department_id: int | None, actor: User, now: datetime
) -> Note:
    """The executor asks the curator to give the message to somebody else. He keeps it until then, and every clock runs.

    Raises MissingInput where there is no reason, or where he has said so already and nobody has decided.
    """
    with act(Action.DECLINE, message_id, version, actor, now, said={"reason": reason}) as step:
        text = checked_text(step.said["reason"], "reason", "")
        if department_id is not None and not _is_offered(department_id):
            raise MissingInput("department_id", "Такого отдела больше нет. Выберите другой или оставьте пустым.")
        if has_declined(message_id, actor.id):
            raise MissingInput("reason", "Вы уже ответили «Не моё», куратор ещё не решил. Дополнить можно заметкой.")
        note = add_note(step.message, NoteKind.DECLINE, text, actor=actor, now=now, department_id=department_id)
        step.changes["department_id"] = (None, department_id)
        step.object_kind, step.object_id = "note", note.id
        return note


def reroute_declined(note_id: int, version: int, *, executor_id: int | None, actor: User, now: datetime) -> Message:
    """The message, or of several executors this one's part (П.14), goes to somebody else, with the task as it was.

    Raises NotFound, MissingInput, StaleVersion, AnsweredTogether.
    """
    with transaction():
        note = locked_note(note_id, [NoteKind.DECLINE])
        if note.read_at is not None or note.withdrawn_at is not None:
            raise MissingInput("executor_id", "«Не моё» уже решено или отозвано. Ничего не изменено.")
        message = db.session.get_one(Message, note.message_id)
        row = next((row for row in active_assignments(message) if row.executor_id == note.author_id), None)
        if row is None:
            raise MissingInput("executor_id", "Сообщение уже у другого исполнителя. Ничего не изменено.")
        note.read_at, note.read_by_id = now, actor.id
        if row.part_state is None:
            return reroute_message(message.id, version, executor_id=executor_id, task="", actor=actor, now=now)
        with act(Action.REROUTE, message.id, version, actor, now) as step:
            executor, asked = executor_today(executor_id, now)
            if any(one.executor_id == executor.id for one in active_assignments(step.message)):
                raise MissingInput("executor_id", f"{executor.name} уже среди исполнителей. Выберите другого.")
            new = replace_executor(step, row, executor)
            new.for_id = None if executor is asked else asked.id
            step.object_kind, step.object_id = "assignment", new.id
            step.changes["executor_id"] = (None, executor.id)
            return step.message


def _is_offered(department_id: int) -> bool:
    found = db.session.get(Department, department_id)
    return found is not None and found.archived_at is None
