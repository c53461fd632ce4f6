"""The life of a publication as one table: from where, by whom, to where (Пр.1.2.4); its text is one approved version.

The press centre writes, the curator approves. What was approved and is changed afterwards is approved anew: a curator's
correction is his approval, anybody else's leads back to the draft.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from osm.regulation.errors import RegulationError
from osm.regulation.plan.words import PLAN_ACT_LABELS, STATE_LABELS, PlanAct, PublicationState
from osm.regulation.words import PRESS_CENTRE, ROLE_LABELS, Role

IDEA, DRAFT, SUBMITTED = PublicationState.IDEA, PublicationState.DRAFT, PublicationState.SUBMITTED
APPROVED, SCHEDULED = PublicationState.APPROVED, PublicationState.SCHEDULED
PUBLISHED, FAILED, CANCELLED = PublicationState.PUBLISHED, PublicationState.FAILED, PublicationState.CANCELLED

OPEN = (IDEA, DRAFT, SUBMITTED, APPROVED, SCHEDULED, FAILED)
"""What is still to come."""
CURATOR = frozenset({Role.CURATOR})
WORKER = frozenset({Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `target` None: the state stays."""

    act: PlanAct
    sources: tuple[PublicationState, ...]
    target: PublicationState | None
    roles: frozenset[Role]


STEPS: tuple[Step, ...] = (
    Step(PlanAct.WRITE, (IDEA, DRAFT), DRAFT, PRESS_CENTRE),
    Step(PlanAct.SUBMIT, (DRAFT,), SUBMITTED, PRESS_CENTRE),
    Step(PlanAct.TAKE_BACK, (SUBMITTED,), DRAFT, PRESS_CENTRE),
    Step(PlanAct.RETURN, (SUBMITTED,), DRAFT, CURATOR),
    Step(PlanAct.APPROVE, (DRAFT, SUBMITTED), APPROVED, CURATOR),
    Step(PlanAct.CORRECT, (SUBMITTED, APPROVED, SCHEDULED, FAILED), None, CURATOR),
    Step(PlanAct.CORRECT, (SUBMITTED, APPROVED, SCHEDULED, FAILED), DRAFT, PRESS_CENTRE - CURATOR),
    Step(PlanAct.MOVE, OPEN, None, PRESS_CENTRE),
    Step(PlanAct.SCHEDULE, (APPROVED, FAILED), SCHEDULED, PRESS_CENTRE),
    Step(PlanAct.UNSCHEDULE, (SCHEDULED,), APPROVED, PRESS_CENTRE),
    Step(PlanAct.PLACE, (APPROVED, SCHEDULED, FAILED), PUBLISHED, PRESS_CENTRE | WORKER),
    Step(PlanAct.FAIL, (SCHEDULED,), FAILED, WORKER),
    Step(PlanAct.CANCEL, OPEN, CANCELLED, PRESS_CENTRE),
    Step(PlanAct.RESTORE, (CANCELLED,), DRAFT, PRESS_CENTRE),
)


GRACE = timedelta(minutes=2)
"""What goes out within so much of its time is not late."""


def is_too_late(at: datetime | None, late_minutes: int, now: datetime) -> bool:
    """Later than its author allows (Пр.1.2.4)."""
    return at is not None and now > at + timedelta(minutes=late_minutes) + GRACE


class StepNotAllowed(RegulationError):
    """The table has no such step from this state, or none for this person; nothing has been changed."""

    def __init__(self, state: PublicationState, act: PlanAct, roles: Collection[Role] = ()) -> None:
        self.state, self.act = state, act
        label = PLAN_ACT_LABELS[act]
        if roles:
            people = ", ".join(ROLE_LABELS[role].lower() for role in Role if role in roles and role is not Role.SYSTEM)
            words = f"«{label}» может {people}. Ничего не изменено."
        else:
            words = (
                f"«{label}» сейчас нельзя: публикация в состоянии «{STATE_LABELS[state]}». "
                "Ничего не изменено, обновите страницу."
            )
        super().__init__(words)


def next_state(state: PublicationState, act: PlanAct, roles: Collection[Role]) -> PublicationState:
    """Where this person's act leads. Raises StepNotAllowed. A curator who also moderates acts as the curator."""
    rows = [step for step in STEPS if step.act is act and state in step.sources]
    for step in rows:
        if not step.roles.isdisjoint(roles):
            return step.target or state
    raise StepNotAllowed(state, act, frozenset[Role]().union(*(step.roles for step in rows)))


def acts_from(state: PublicationState, roles: Collection[Role]) -> tuple[PlanAct, ...]:
    """What this person may do now, in the order of the table."""
    found = (step.act for step in STEPS if state in step.sources and not step.roles.isdisjoint(roles))
    return tuple(dict.fromkeys(found))
