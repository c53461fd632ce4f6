"""Selecting a message (П.6) and directing it to the person in whose competence it is (П.7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.workflow import Action, ReplyKind, Status
from osm.services.acts import Act, act, current_reply, load_message
from osm.services.assignments import active_assignments, end_assignments, is_shared
from osm.services.clocks import clocks
from osm.services.errors import NotFound
from osm.services.log.log import record
from osm.services.messages.co_executors import PartOrder, assign_parts
from osm.services.messages.executors import executor_today
from osm.services.messages.linking import decide_link
from osm.services.reading import due, verdicts
from osm.store.models import Assignment, Message, ReadingKind, Reply, Topic, User
from osm.store.transaction import BesideReading, transaction, unless_busy

_REPEAT_DECIDED = "Повторное ли это, уже решили, или изменился текст. Ничего не сделано: посмотрите и направьте снова."


def select_message(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """The message needs a reaction: the clock of П.8 starts at this instant. Raises StillMarked."""
    with act(Action.SELECT, message_id, version, actor, now) as step:
        verdicts.check_may_be_answered(step.message, marked_seen=True)
        _select(step)
        return step.message


def route_message(
    message_id: int,
    version: int,
    *,
    executor_id: int | None,
    task: str,
    actor: User,
    now: datetime,
    topic_id: int | None = None,
    suggested_topic_id: int | None = None,
    marked_seen: bool = False,
    repeat: tuple[int, int] | None = None,
) -> Message:
    """Direct the message to an executor; what was not selected yet is selected at once.

    `suggested_topic_id`: the topic beside the quick form. Whoever chooses an executor of its department agrees with it;
    it never takes the place of a topic. `marked_seen`: the person knows that the check proposes to exclude it (П.17).
    `repeat`: the earlier message that it repeats (П.15), with the version of that proposal as the person saw it.
    Raises MissingInput, StillMarked, MarkedFirst.
    """
    with act(Action.ROUTE, message_id, version, actor, now) as step:
        if repeat is not None:
            _confirm_repeat(step, *repeat)
        verdicts.check_may_be_answered(step.message, marked_seen=marked_seen)
        if step.before is Status.NEW:
            _select(step)
        _set_topic(step, topic_id)
        executor = _assign(step, executor_id, task)
        if topic_id is None and step.message.topic_id is None:
            _agree_with_topic(step, suggested_topic_id, executor)
        _open_reply(step)
        return step.message


def route_to_several(
    message_id: int,
    version: int,
    *,
    orders: Sequence[PartOrder],
    actor: User,
    now: datetime,
    topic_id: int | None = None,
    marked_seen: bool = False,
) -> Message:
    """Direct the message to several executors, each with his number, task and time (П.14).

    Raises MissingInput, StillMarked, MarkedFirst.
    """
    with act(Action.ROUTE, message_id, version, actor, now) as step:
        verdicts.check_may_be_answered(step.message, marked_seen=marked_seen)
        if len(orders) < 2:
            raise MissingInput("executor_id2", "Выберите хотя бы двух исполнителей. Одному направляют в обычной форме.")
        if step.before is Status.NEW:
            _select(step)
        _set_topic(step, topic_id)
        assign_parts(step, orders)
        first = active_assignments(step.message)[0]
        step.changes["executors"] = (None, len(orders))
        step.object_kind, step.object_id = "assignment", first.id
        _open_reply(step)
        return step.message


def reroute_message(
    message_id: int, version: int, *, executor_id: int | None, task: str, actor: User, now: datetime
) -> Message:
    """Another executor takes over, of several one alone; the terms of the message stay, and so does every text."""
    with act(Action.REROUTE, message_id, version, actor, now) as step:
        active = active_assignments(step.message)
        executor, asked = executor_today(executor_id, now)
        if not is_shared(step.message) and any(row.executor_id in (asked.id, executor.id) for row in active):
            raise MissingInput("executor_id", "Сообщение уже у этого исполнителя. Выберите другого.")
        end_assignments(step.message, now)
        _assign(step, executor_id, task or (active[0].task if active else ""))
        return step.message


def mark_opened(message_id: int, *, actor: User, now: datetime) -> None:
    """The executor has seen what was assigned to him; the version stays, since nothing was decided.

    Where others hold that up, or the disk takes nothing, it is noted when he opens the message again.
    """
    with BesideReading("open", message_id=message_id, person=actor.id), unless_busy(0.5), transaction():
        message = load_message(message_id)  # locked: two windows at once are one opening
        for row in active_assignments(message):
            if row.executor_id == actor.id and row.opened_at is None:
                row.opened_at = now
                record("open", at=now, actor=actor, message=message, object_kind="assignment", object_id=row.id)


def _select(step: Act) -> None:
    """The instant from which П.8 counts, unless a reply is owed already (П.9 from the entry on, or after a restore)."""
    message = step.message
    if message.selected_at is None:
        message.selected_at = step.now
        step.changes["selected_at"] = (None, step.now)
    elif not clocks.is_reply_owed(message):
        # What had been owed was given before the closing: the old anchor would only set a term in the past.
        message.restarted_at = step.now
        step.changes["restarted_at"] = (None, step.now)


def _assign(step: Act, executor_id: int | None, task: str) -> User:
    """The message goes to the executor, or at once to whoever stands in for him; whom it was directed to."""
    executor, asked = executor_today(executor_id, step.now)
    row = Assignment(
        message=step.message,
        executor=executor,
        department_id=executor.department_id,
        task=task.strip(),
        assigned_at=step.now,
        assigned_by_id=step.actor.id,
        for_id=None if executor is asked else asked.id,
    )
    db.session.add(row)
    db.session.flush()
    step.changes["executor_id"] = (None, executor.id)
    step.changes["stands_for_id"] = (None, row.for_id)
    step.object_kind, step.object_id = "assignment", row.id
    return asked


def _set_topic(step: Act, topic_id: int | None) -> None:
    if topic_id is None or topic_id == step.message.topic_id:
        return
    topic = db.session.get(Topic, topic_id)
    if topic is None or topic.archived_at is not None:
        raise MissingInput("topic_id", "Такой темы больше нет. Выберите тему из списка.")
    step.changes["topic_id"] = (step.message.topic_id, topic_id)
    step.message.topic_id = topic_id
    due.owe([step.message.id], [ReadingKind.SEARCH, ReadingKind.BURSTS])


def _confirm_repeat(step: Act, earlier_id: int, seen: int) -> None:
    """Raises MissingInput where another has answered that meanwhile, or the proposal is gone with the old texts."""
    try:
        decide_link(step.message.id, earlier_id, seen, confirmed=True, actor=step.actor, now=step.now)
    except (StaleVersion, NotFound):
        raise MissingInput("repeat", _REPEAT_DECIDED) from None


def _agree_with_topic(step: Act, topic_id: int | None, executor: User) -> None:
    topic = db.session.get(Topic, topic_id) if topic_id else None
    if topic is None or topic.archived_at is not None or topic.department_id is None:
        return
    if topic.department_id == executor.department_id:
        _set_topic(step, topic.id)


def _open_reply(step: Act) -> None:
    """A reply to work on; one that was laid aside when the message was closed goes on."""
    if current_reply(step.message) is None:
        db.session.add(Reply(message=step.message, kind=ReplyKind.FINAL, opened_at=step.now))
