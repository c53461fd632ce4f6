"""Statuses, actions, roles and ONE table of transitions, each with its clause of Postanovlenie 215.

The table says what may happen, who may do it, what must be given and which clocks move. Callers check access to the
message (his own, his department's) and compute terms (`deadlines`).
"""

from collections.abc import Collection

from osm.regulation.errors import TransitionNotAllowed
from osm.regulation.transition_row import CONDITION_REASONS, Condition, Effect, TargetKind, Transition, When
from osm.regulation.transitions import CLOSED, OPEN, TRANSITIONS, WITH_EXECUTORS
from osm.regulation.words import (
    ACTION_LABELS,
    GROUND_CLAUSES,
    GROUND_LABELS,
    IMPORTANCE_LABELS,
    REPLY_KIND_LABELS,
    ROLE_LABELS,
    STATUS_LABELS,
    Action,
    Ground,
    Importance,
    ReplyKind,
    Role,
    Status,
    status_label,
)

__all__ = [
    "ACTION_LABELS",
    "CLOSED",
    "GROUND_CLAUSES",
    "GROUND_LABELS",
    "IMPORTANCE_LABELS",
    "OPEN",
    "REPLY_KIND_LABELS",
    "ROLE_LABELS",
    "STATUS_LABELS",
    "TRANSITIONS",
    "WITH_EXECUTORS",
    "Action",
    "Condition",
    "Effect",
    "Ground",
    "Importance",
    "ReplyKind",
    "Role",
    "Status",
    "TargetKind",
    "Transition",
    "When",
    "available_actions",
    "find_transition",
    "status_label",
]

_BY_ACTION: dict[Action, Transition] = {row.action: row for row in TRANSITIONS}


def find_transition(
    status: Status, action: Action, roles: Collection[Role], given: Collection[Condition] = ()
) -> Transition:
    """The row for this step, or `TransitionNotAllowed`.

    `given` are the conditions that hold now, as the caller knows them; one that is not stated does not hold.
    """
    row = _BY_ACTION[action]
    if status not in row.sources:
        raise TransitionNotAllowed(status, action, roles)
    if row.allows(roles, given):
        return row
    held = [role for role in roles if role in row.roles]
    reason = CONDITION_REASONS[row.conditions[held[0]]] if held else ""
    raise TransitionNotAllowed(status, action, roles, allowed=row.roles, reason=reason)


def available_actions(status: Status, roles: Collection[Role], given: Collection[Condition] = ()) -> tuple[Action, ...]:
    """What may be offered to a person with these roles, in the order of the table."""
    return tuple(row.action for row in TRANSITIONS if status in row.sources and row.allows(roles, given))
