"""Several executors of one message (П.14): directed at once, added, removed, put into another order, replaced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.parts import PartState
from osm.regulation.workflow import Action
from osm.services.acts import Act, act
from osm.services.assignments import active_assignments, end_assignment
from osm.services.clocks import clocks
from osm.services.clocks.parts import CLOCK_OF
from osm.services.messages.executors import executor_today
from osm.store.models import Assignment, Message, Part, User

MOST = 12
"""Executors of one message; more is a slip."""
LONGEST = 40 * 60
"""Working minutes for a part: a week."""
LAST_NUMBER = 99


@dataclass(frozen=True, slots=True)
class PartOrder:
    """What one executor is asked for. `minutes` of working time, None for the two hours of П.14; `key` of the form."""

    executor_id: int | None
    order_no: int = 1
    task: str = ""
    minutes: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class StandsIn:
    """An absence moves the work; `for_id`: the absent colleague, None where he has it back."""

    for_id: int | None


def assign_parts(step: Act, orders: Sequence[PartOrder]) -> None:
    """Ask everybody for his part, in the order that the curator has set. Raises MissingInput by row."""
    if len(orders) > MOST:
        raise MissingInput("", f"Больше {MOST} исполнителей у одного сообщения не бывает.")
    for order in orders:
        _ask(step, order)


def add_executor(message_id: int, version: int, *, order: PartOrder, actor: User, now: datetime) -> Message:
    """One more department is concerned. Whoever prepared the answer alone sends his part from now on (П.14)."""
    with act(Action.ADD_EXECUTOR, message_id, version, actor, now) as step:
        active = active_assignments(step.message)
        if len(active) >= MOST:
            raise MissingInput("executor_id", f"Больше {MOST} исполнителей у одного сообщения не бывает.")
        for row in active:
            if row.part_state is None:
                row.part_state, row.version = PartState.WAITING, row.version + 1
        row = _ask(step, order)
        step.object_kind, step.object_id = "assignment", row.id
        return step.message


def remove_executor(message_id: int, version: int, *, assignment_id: int, actor: User, now: datetime) -> Message:
    """He is not asked any more: his clock stops without a breach, what he has sent stays readable."""
    with act(Action.REMOVE_EXECUTOR, message_id, version, actor, now) as step:
        active = active_assignments(step.message)
        row = next((row for row in active if row.id == assignment_id), None)
        if row is None:
            raise MissingInput("executor_id", "Этого исполнителя уже сняли. Ничего не изменено.")
        if len(active) == 1:
            raise MissingInput("executor_id", "Это единственный исполнитель. Передайте сообщение другому.")
        step.object_kind, step.object_id = "assignment", row.id
        end_assignment(row, now)
        return step.message


def arrange_executors(
    message_id: int, version: int, *, orders: Mapping[int, PartOrder], actor: User, now: datetime
) -> Message:
    """Other numbers, tasks and times of those who are asked already, by assignment; the clocks follow.

    A time that is changed while it runs is counted from the same beginning; what falls into the past by this alone is
    nobody's breach.
    """
    with act(Action.ARRANGE_EXECUTORS, message_id, version, actor, now) as step:
        changed = [row for row in active_assignments(step.message) if _arrange(step, row, orders.get(row.id))]
        if not changed:
            raise MissingInput("", "Здесь ничего не изменилось: порядок, задания и сроки уже такие.")
        return step.message


def replace_executor(step: Act, row: Assignment, executor: User, stands_in: StandsIn | None = None) -> Assignment:
    """Somebody else takes this assignment over with its number, task, time and what was sent (П.3).

    Within the act of the caller (reroute, substitute). The old clock stops without a breach, the new assignment's one
    begins now; where an absence moves the work and the term has not passed yet (`stands_in`), it goes on from where it
    began. The texts keep their author, the typing of each person stays his own.
    """
    state = row.part_state
    clock = CLOCK_OF.get(state) if state else None
    running = clocks.open_deadline(step.message, clock, row) if clock else None
    goes_on = stands_in and running and running.due_at and running.due_at > step.now
    begun = running.started_at if running and goes_on else step.now
    end_assignment(row, step.now)
    db.session.flush()
    new = Assignment(
        message=step.message,
        executor=executor,
        department_id=executor.department_id,
        order_no=row.order_no,
        task=row.task,
        part_state=state,
        part_minutes=row.part_minutes,
        assigned_at=step.now,
        assigned_by_id=step.actor.id,
        for_id=stands_in.for_id if stands_in else None,
    )
    db.session.add(new)
    db.session.flush()
    db.session.execute(update(Part).where(Part.assignment_id == row.id).values(assignment_id=new.id))
    db.session.expire(row, ["parts"])
    db.session.expire(new, ["parts"])
    step.facts.began[new.id] = begun
    return new


def _ask(step: Act, order: PartOrder) -> Assignment:
    key = order.key
    executor, asked = executor_today(order.executor_id, step.now, f"executor_id{key}")
    if any(row.executor_id == executor.id for row in active_assignments(step.message)):
        stands_in = f"{asked.name} отсутствует, и замещающий ({executor.name})"
        who = executor.name if executor is asked else stands_in
        raise MissingInput(f"executor_id{key}", f"{who} уже есть среди исполнителей. Выберите другого.")
    row = Assignment(
        message=step.message,
        executor=executor,
        department_id=executor.department_id,
        order_no=_number(order),
        task=order.task.strip(),
        part_state=PartState.WAITING,
        part_minutes=_minutes(order),
        assigned_at=step.now,
        assigned_by_id=step.actor.id,
        for_id=None if executor is asked else asked.id,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _arrange(step: Act, row: Assignment, order: PartOrder | None) -> bool:
    if order is None or row.part_state is None:
        return False
    before = (row.order_no, row.task, row.part_minutes)
    after = (_number(order), order.task.strip(), _minutes(order))
    if before == after:
        return False
    row.order_no, row.task, row.part_minutes = after
    row.version += 1
    return True


def _number(order: PartOrder) -> int:
    if not 1 <= order.order_no <= LAST_NUMBER:
        raise MissingInput(f"order_no{order.key}", f"Очередь — число от 1 до {LAST_NUMBER}.")
    return order.order_no


def _minutes(order: PartOrder) -> int | None:
    if order.minutes is not None and not 1 <= order.minutes <= LONGEST:
        raise MissingInput(f"minutes{order.key}", "Срок — от минуты до рабочей недели.")
    return order.minutes
