"""The facts of an excluded message go to a department, to help without an answer to the author (П.17, П.20).

Reading 15: that is no processing. The message stays excluded, no clock runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.workflow import Action, Role
from osm.services.acts import act, required
from osm.services.edits import locked
from osm.services.errors import NotYours, ServiceError
from osm.services.log.log import record
from osm.store.models import FactsState, ToldFacts, User
from osm.store.queries.control import facts as queries
from osm.store.transaction import transaction

KIND = "told_facts"
CLAUSE = "П.17"
LONGEST = 4000


def tell_facts(
    message_id: int,
    version: int,
    *,
    department_id: int | None,
    facts: str,
    asked: str,
    actor: User,
    now: datetime,
) -> ToldFacts:
    """Send a department the facts and what to do. Its executors see them in «Ждёт меня».

    MissingInput (`department_id`, `facts`, `asked`), StaleVersion; an excluded message alone.
    """
    with act(Action.TELL_FACTS, message_id, version, actor, now, said={"facts": facts, "asked": asked}) as step:
        whose = _department(department_id, message_id)
        row = ToldFacts(
            message_id=message_id, department_id=whose, facts=_short("facts", step.said["facts"]),
            asked=_short("asked", step.said["asked"]), told_at=now, told_by_id=actor.id,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        step.note = row.asked
        step.changes["department_id"] = (None, whose)
        step.object_kind, step.object_id = KIND, row.id
        return row


def note_done(
    facts_id: int, version: int, *, outcome: str, absent: Sequence[int], actor: User, now: datetime
) -> ToldFacts:
    """An executor of the department notes the result; `absent`: the people he replaces today (П.3).

    MissingInput, StaleVersion, NotYours.
    """
    with _closing(facts_id, version, "facts_done", actor, now) as step:
        step.for_id = _whose(step.row, actor, absent)
        step.close(FactsState.DONE, required("done", outcome, "Напишите, что сделано."))
        return step.row


def withdraw(facts_id: int, version: int, *, reason: str, actor: User, now: datetime) -> ToldFacts:
    """The press centre asks the department no longer. MissingInput, StaleVersion."""
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
            changes={"facts_state": (FactsState.OPEN, row.state)}, object_kind=KIND, object_id=row.id,
            for_id=step.for_id,
        )  # fmt: skip


def _whose(row: ToldFacts, actor: User, absent: Sequence[int]) -> int | None:
    """The person he replaces here; None: it is his own department. NotYours."""
    if actor.has(Role.EXECUTOR) and actor.department_id == row.department_id:
        return None
    for one in queries.executors_of(row.department_id):
        if one in absent:
            return one
    raise NotYours("Эти сведения переданы другому отделу. Ничего не изменено.")


def _department(department_id: int | None, message_id: int) -> int:
    known = dict(queries.departments_that_help())
    if department_id not in known:
        raise MissingInput("department_id", "Выберите отдел, который поможет.")
    if queries.is_open(message_id, department_id):
        name = known[department_id]
        raise MissingInput("department_id", f"Отделу «{name}» сведения уже переданы, и он ещё не отметил, что сделано.")
    return department_id


def _short(field: str, value: str) -> str:
    if len(value) > LONGEST:
        raise MissingInput(field, f"Больше {LONGEST} знаков. Сократите.")
    return value
