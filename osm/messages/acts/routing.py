"""Select a message (П.6), direct it to the competent executor (П.7), and pass facts to a department (П.17, П.20)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from osm.base.database import add_row, db
from osm.base.errors import NotFound, NotYours, ServiceError
from osm.base.transaction import BesideReading, transaction, unless_busy
from osm.check.acts import due, verdicts
from osm.flow.acts import clocks
from osm.flow.acts.act import Act, act, current_reply, load_message, required
from osm.flow.acts.moving import active_assignments, end_assignments, is_shared, locked
from osm.log.acts.record import record
from osm.messages.acts.closing import decide_link
from osm.messages.acts.executors import PartOrder, assign_parts, bring_typing, executor_today
from osm.models import Assignment, FactsState, Message, ReadingKind, Reply, ToldFacts, Topic, User
from osm.regulation.errors import MissingInput, StaleVersion, refuse
from osm.regulation.words import Action, ReplyKind, Role, Status
from osm.urgent.queries import instructions

# --- Facts of an excluded message for a department that helps without an answer to the author (П.17, П.20)
KIND = "told_facts"
CLAUSE = "П.17"
LONGEST = 4000


def tell_facts(
    message_id: int, version: int, *, department_id: int | None, facts: str, asked: str, actor: User, now: datetime
) -> ToldFacts:
    """Send a department facts and task of an excluded message, for «Ждёт меня». MissingInput, StaleVersion."""
    with act(Action.TELL_FACTS, message_id, version, actor, now, texts={"facts": facts, "asked": asked}) as step:
        helping_id = _department(department_id, message_id)
        for name, given in step.texts.items():
            refuse(name, len(given) > LONGEST, f"Больше {LONGEST} знаков. Сократите.")
        row = ToldFacts(message_id=message_id, department_id=helping_id, told_at=now, told_by_id=actor.id, **step.texts)
        add_row(row)
        step.note = row.asked
        step.changes["department_id"] = (None, helping_id)
        step.object_kind, step.object_id = KIND, row.id
        return row


def note_done(
    facts_id: int, version: int, *, outcome: str, absent: Sequence[int], actor: User, now: datetime
) -> ToldFacts:
    """An executor of the department notes the result; `absent`: whom he replaces (П.3). MissingInput, NotYours."""
    with _closing(facts_id, version, "facts_done", actor, now) as step:
        step.for_id = _replaced_person(step.row, actor, absent)
        step.close(FactsState.DONE, required("done", outcome, "Напишите, что сделано."))
        return step.row


def withdraw(facts_id: int, version: int, *, reason: str, actor: User, now: datetime) -> ToldFacts:
    """Cancel the request to the department. Raises MissingInput, StaleVersion."""
    with _closing(facts_id, version, "facts_withdrawn", actor, now) as step:
        step.close(FactsState.WITHDRAWN, required("reason", reason, "Напишите, почему сведения отзываются."))
        return step.row


@dataclass
class _Closing:
    row: ToldFacts
    actor: User
    now: datetime
    for_id: int | None = None

    def close(self, state: FactsState, outcome: str) -> None:
        row = self.row
        row.state, row.outcome, row.closed_at, row.closed_by_id = state, outcome, self.now, self.actor.id


@contextmanager
def _closing(facts_id: int, version: int, action: str, actor: User, now: datetime) -> Iterator[_Closing]:
    with transaction() as session:
        row = locked(ToldFacts, facts_id, version, "Сведения")
        if row.state is not FactsState.OPEN:
            raise ServiceError("Эти сведения уже отработаны или отозваны. Ничего не изменено.")
        step = _Closing(row, actor, now)
        with session.no_autoflush:
            yield step
        row.version += 1
        record(
            action, at=now, actor=actor, message=row.message, clause=CLAUSE, note=row.outcome,
            changes={"facts_state": (FactsState.OPEN, row.state)}, about=row, for_id=step.for_id,
        )  # fmt: skip


def _replaced_person(row: ToldFacts, actor: User, absent: Sequence[int]) -> int | None:
    """The absent person he replaces here, None if it is his own department. Raises NotYours."""
    if actor.has(Role.EXECUTOR) and actor.department_id == row.department_id:
        return None
    for one in instructions.executors_of(row.department_id):
        if one in absent:
            return one
    raise NotYours("Эти сведения переданы другому отделу. Ничего не изменено.")


def _department(department_id: int | None, message_id: int) -> int:
    known = dict(instructions.departments_that_help())
    if department_id not in known:
        raise MissingInput("department_id", "Выберите отдел, который поможет.")
    if instructions.is_open(message_id, department_id):
        name = known[department_id]
        raise MissingInput("department_id", f"Отделу «{name}» сведения уже переданы, и он ещё не отметил, что сделано.")
    return department_id


# --- Selecting (П.6) and directing (П.7)
_REPEAT_DECIDED = "Повторное ли это, уже решили, или изменился текст. Ничего не сделано: посмотрите и направьте снова."


def select_message(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """Select: the message needs a reaction, and the clock of П.8 starts now. Raises StillMarked."""
    with act(Action.SELECT, message_id, version, actor, now) as step:
        verdicts.check_may_be_answered(step.message, marked_seen=True)
        _select(step)
        return step.message


def route_message(
    message_id: int, version: int, *, executor_id: int | None, task: str, actor: User, now: datetime,
    topic_id: int | None = None, suggested_topic_id: int | None = None, marked_seen: bool = False,
    repeat: tuple[int, int] | None = None,
) -> Message:  # fmt: skip
    """Direct the message to an executor; a new message is selected at the same time.

    `suggested_topic_id`: the topic shown in the quick form; it is set if the message has no topic and the executor
    works in its department. `marked_seen`: the person knows that the check proposes to exclude the message (П.17).
    `repeat`: the earlier message that it repeats (П.15), and the version of that pair that the person saw. Raises
    MissingInput, StillMarked, MarkedFirst.
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
    message_id: int, version: int, *, orders: Sequence[PartOrder], actor: User, now: datetime,
    topic_id: int | None = None, marked_seen: bool = False,
) -> Message:  # fmt: skip
    """Direct it to several, each with number, task and time (П.14). MissingInput, StillMarked, MarkedFirst."""
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
    """Replace all executors by one; the deadlines and texts of the message stay."""
    with act(Action.REROUTE, message_id, version, actor, now) as step:
        active = active_assignments(step.message)
        executor, asked = executor_today(executor_id, now)
        if not is_shared(step.message) and any(row.executor_id in (asked.id, executor.id) for row in active):
            raise MissingInput("executor_id", "Сообщение уже у этого исполнителя. Выберите другого.")
        end_assignments(step.message, now)
        _assign(step, executor_id, task or (active[0].task if active else ""))
        return step.message


def mark_opened(message_id: int, *, actor: User, now: datetime) -> None:
    """Note that the executor has seen it; the version stays. If the database is busy, it is noted the next time."""
    with BesideReading("open", message_id=message_id, person=actor.id), unless_busy(0.5), transaction():
        message = load_message(message_id)  # locked, so that two windows at once are one opening
        for row in active_assignments(message):
            if row.executor_id == actor.id and row.opened_at is None:
                row.opened_at = now
                record("open", at=now, actor=actor, message=message, about=row)


def _select(step: Act) -> None:
    """Set the instant from which П.8 counts, unless an answer is already due (П.9 from the entry, after a restore)."""
    message = step.message
    if message.selected_at is None:
        message.selected_at = step.now
        step.changes["selected_at"] = (None, step.now)
    elif not clocks.is_answer_due(message):
        # The answer due before was given before the closing: the old anchor would set a deadline in the past.
        message.restarted_at = step.now
        step.changes["restarted_at"] = (None, step.now)


def _assign(step: Act, executor_id: int | None, task: str) -> User:
    """Assign the message to the executor, or to his substitute if he is away; returns the executor asked for."""
    executor, asked = executor_today(executor_id, step.now)
    row = Assignment(
        message=step.message, executor=executor, department_id=executor.department_id, task=task.strip(),
        assigned_at=step.now, assigned_by_id=step.actor.id, for_id=None if executor is asked else asked.id,
    )  # fmt: skip
    add_row(row)
    bring_typing(row)
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
    due.enqueue([step.message.id], [ReadingKind.SEARCH, ReadingKind.BURSTS])


def _confirm_repeat(step: Act, earlier_id: int, seen: int) -> None:
    """Raises MissingInput if somebody has decided it since, or the proposal was removed with the old text."""
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
    """Open a reply unless one is open; a reply from before the closing continues."""
    if current_reply(step.message) is None:
        db.session.add(Reply(message=step.message, kind=ReplyKind.FINAL, opened_at=step.now))
