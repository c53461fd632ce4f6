"""After one interim answer to many complaints the final one is common too (П.13): begun once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from osm.extensions import db
from osm.regulation.words import ReplyKind
from osm.services.acts import load_message
from osm.services.answers import publication
from osm.services.assignments import active_assignments
from osm.services.errors import ServiceError
from osm.services.groups.answers import each_of
from osm.services.groups.groups import act_on_group, add_member, log_of_group
from osm.services.messages.bulk import Chosen
from osm.store.models import AnswerGroup, Message, User
from osm.store.queries.groups.groups import final_due_ids

ONE_EXECUTOR = (
    "Общий ответ пишет один: передайте ему остальные сообщения с их карточек или отвечайте на каждое отдельно."
)
"""What to do where messages of one common answer have come to different executors."""


def begin_common_final(
    group_id: int, version: int, seen: Sequence[Chosen], *, actor: User, now: datetime
) -> AnswerGroup:
    """A new common answer for those of this one that wait for their final answer; each keeps executor and term.

    Raises BulkRefused where messages were changed since they were seen, ServiceError where fewer than two wait or they
    are not with one executor.
    """
    with act_on_group("group_final_begun", group_id, version, actor, now) as step:
        due = final_due_ids(group_id)
        messages = [load_message(message_id) for message_id in due]
        if len(messages) < 2:
            raise ServiceError("Общий окончательный ответ не нужен: его ждёт меньше двух сообщений.")
        _check_one_executor(messages)
        group = AnswerGroup(name=step.group.name, kind=ReplyKind.FINAL, created_at=now, created_by_id=actor.id)
        db.session.add(group)
        db.session.flush()
        each_of(messages, seen, lambda m, v: _take_in(group, m, v, actor, now))
        log_of_group("group_created", group, actor, now)
        step.changes["members"] = (None, len(messages))
        return group


def _check_one_executor(messages: Sequence[Message]) -> None:
    """One person writes the common text. Raises ServiceError that names those who prepare these messages now."""
    names = {row.executor_id: row.executor.name for m in messages for row in active_assignments(m)}
    if len(names) > 1:
        raise ServiceError(f"Исполнители разные: {', '.join(names.values())}. {ONE_EXECUTOR} Ничего не изменено.")


def _take_in(group: AnswerGroup, message: Message, version: int, actor: User, now: datetime) -> None:
    publication.prepare_final(message.id, version, actor=actor, now=now)
    add_member(group, message, actor, now)
