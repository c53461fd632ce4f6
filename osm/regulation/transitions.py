"""ONE table of transitions: what may happen to a message, by whose hand, and which clocks it touches.

Every row (`transition_row`) has its clause of Postanovlenie 215 where the regulation names one. `workflow` looks things
up here.
"""

from osm.regulation.clocks import ClockKind
from osm.regulation.transition_row import Condition, TargetKind, Transition
from osm.regulation.words import Action, Role, Status

CLOSED = frozenset({Status.DISMISSED, Status.REDIRECTED, Status.EXCLUDED, Status.WITHDRAWN, Status.UNANSWERABLE})
"""The five from which a message can be restored."""

OPEN = frozenset(Status) - CLOSED - {Status.ANSWERED}
"""Work goes on. `answered` is neither open nor closed: it is finished, and only `reopen` leads out of it."""

WITH_EXECUTORS = OPEN - {Status.NEW, Status.SELECTED}
"""Open statuses in which somebody already prepares the answer."""

_NEW_REPLY = (ClockKind.ANSWER, ClockKind.DRAFT)
_ALL_CLOCKS = tuple(ClockKind)
_CURATOR = frozenset({Role.CURATOR})
_CURATOR_SYSTEM = frozenset({Role.CURATOR, Role.SYSTEM})
_CURATOR_EXECUTOR = frozenset({Role.CURATOR, Role.EXECUTOR})


def _closing(
    action: Action, target: Status, roles: frozenset[Role], clause: str = "", needs: frozenset[str] = frozenset()
) -> Transition:
    """The message leaves work for a stated cause: every clock stops, and nothing becomes a breach by that."""
    return Transition(action, OPEN, target, roles, clause, closes=_ALL_CLOCKS, without_breach=True, needs=needs)


def _executors(action: Action, closes: tuple[ClockKind, ...], opens: tuple[ClockKind, ...]) -> Transition:
    """The people change, the status stays; the term of a part belongs to its executor (П.14)."""
    return Transition(
        action,
        WITH_EXECUTORS,
        None,
        _CURATOR_SYSTEM,
        "П.3, П.14",
        closes=closes,
        opens=opens,
        without_breach=True,
        needs=frozenset({"executor"}),
        target_kind=TargetKind.SAME,
    )


def _publishing(
    action: Action, target: Status, clause: str, closes: tuple[ClockKind, ...], opens: tuple[ClockKind, ...] = ()
) -> Transition:
    """The reply stands in the network; the executor places it himself only where the account allows it (П.3)."""
    return Transition(
        action,
        frozenset({Status.APPROVED}),
        target,
        _CURATOR_EXECUTOR | {Role.SYSTEM},
        clause,
        closes=closes,
        opens=opens,
        needs=frozenset({"url", "published_at"}),
        conditions={Role.EXECUTOR: Condition.ACCOUNT_ALLOWS},
    )


TRANSITIONS: tuple[Transition, ...] = (
    # Selection (П.6, П.17)
    Transition(Action.SELECT, frozenset({Status.NEW}), Status.SELECTED, _CURATOR, "П.6", opens=_NEW_REPLY),
    _closing(Action.DISMISS, Status.DISMISSED, _CURATOR, "П.6"),
    _closing(Action.REDIRECT, Status.REDIRECTED, _CURATOR, "П.6", frozenset({"recipient"})),
    _closing(Action.EXCLUDE, Status.EXCLUDED, _CURATOR | {Role.MODERATOR}, "П.17", frozenset({"ground", "evidence"})),
    _closing(Action.MARK_WITHDRAWN, Status.WITHDRAWN, _CURATOR_SYSTEM),
    _closing(Action.MARK_UNANSWERABLE, Status.UNANSWERABLE, _CURATOR_SYSTEM),
    # The interval in which the message was closed becomes a pause of the clocks that go on.
    Transition(Action.RESTORE, CLOSED, Status.NEW, _CURATOR, returns=_ALL_CLOCKS, needs=frozenset({"reason"})),
    # Executors (П.3, П.7, П.14, П.15). A new message is selected at once, hence the clocks of a new reply.
    Transition(
        Action.ROUTE,
        frozenset({Status.NEW, Status.SELECTED}),
        Status.IN_WORK,
        _CURATOR,
        "П.7, П.14, П.15",
        closes=(ClockKind.ROUTE,),
        opens=(*_NEW_REPLY, ClockKind.PART),
        needs=frozenset({"executor"}),
    ),
    _executors(Action.REROUTE, closes=(ClockKind.PART,), opens=(ClockKind.PART,)),
    _executors(Action.SUBSTITUTE, closes=(ClockKind.PART,), opens=(ClockKind.PART,)),
    _executors(Action.ADD_EXECUTOR, closes=(ClockKind.PART,), opens=(ClockKind.PART,)),
    _executors(Action.REMOVE_EXECUTOR, closes=(ClockKind.PART,), opens=(ClockKind.PART,)),
    # Another order, task or time: what is not anybody's turn any more stops, whose turn has come begins.
    Transition(
        Action.ARRANGE_EXECUTORS,
        WITH_EXECUTORS,
        None,
        _CURATOR,
        "П.14",
        closes=(ClockKind.PART,),
        opens=(ClockKind.PART,),
        recomputes=(ClockKind.PART,),
        without_breach=True,
        needs=frozenset({"order"}),
        target_kind=TargetKind.SAME,
    ),
    # Parts of several executors (П.14). The curator enters one that he was told by telephone.
    Transition(
        Action.SUBMIT_PART,
        frozenset({Status.IN_WORK}),
        None,
        _CURATOR_EXECUTOR,
        "П.14, П.18",
        closes=(ClockKind.PART, ClockKind.REWORK),
        opens=(ClockKind.PART,),
        needs=frozenset({"text"}),
        target_kind=TargetKind.SAME,
    ),
    Transition(
        Action.RETURN_PART,
        frozenset({Status.IN_WORK}),
        None,
        _CURATOR,
        "П.14",
        opens=(ClockKind.REWORK,),
        needs=frozenset({"remarks"}),
        target_kind=TargetKind.SAME,
    ),
    # The draft and its approval (П.10–П.12, П.18). The curator submits the common draft, or in the executor's name.
    Transition(
        Action.SUBMIT_DRAFT,
        frozenset({Status.IN_WORK, Status.REWORK}),
        Status.ON_APPROVAL,
        _CURATOR_EXECUTOR,
        "П.10, П.12, П.18",
        closes=(ClockKind.DRAFT, ClockKind.REWORK),
        opens=(ClockKind.APPROVE,),
        needs=frozenset({"text"}),
    ),
    Transition(
        Action.WITHDRAW_DRAFT,
        frozenset({Status.ON_APPROVAL}),
        None,
        _CURATOR_EXECUTOR,
        closes=(ClockKind.APPROVE,),
        returns=(ClockKind.DRAFT, ClockKind.REWORK),
        without_breach=True,
        conditions={Role.CURATOR: Condition.OWN_DRAFT, Role.EXECUTOR: Condition.OWN_DRAFT},
        target_kind=TargetKind.ORIGIN,
    ),
    Transition(
        Action.APPROVE_DRAFT,
        frozenset({Status.ON_APPROVAL}),
        Status.APPROVED,
        _CURATOR,
        "П.11",
        closes=(ClockKind.APPROVE,),
        needs=frozenset({"version"}),
    ),
    Transition(
        Action.CORRECT_AND_APPROVE,
        frozenset({Status.ON_APPROVAL}),
        Status.APPROVED,
        _CURATOR,
        "П.11",
        closes=(ClockKind.APPROVE,),
        needs=frozenset({"version", "text"}),
    ),
    Transition(
        Action.RETURN_DRAFT,
        frozenset({Status.ON_APPROVAL}),
        Status.REWORK,
        _CURATOR,
        "П.11, П.12",
        closes=(ClockKind.APPROVE,),
        opens=(ClockKind.REWORK,),
        needs=frozenset({"version", "remarks"}),
    ),
    Transition(
        Action.REVOKE_APPROVAL,
        frozenset({Status.APPROVED}),
        Status.REWORK,
        _CURATOR,
        opens=(ClockKind.REWORK,),
        conditions={Role.CURATOR: Condition.SENDING_NOT_BEGUN},
    ),
    # Publication (П.3, П.8, П.9, П.13)
    _publishing(Action.PUBLISH_CLARIFICATION, Status.AWAITING_AUTHOR, "П.8, П.9", (ClockKind.ANSWER,)),
    _publishing(
        Action.PUBLISH_INTERIM, Status.AWAITING_FINAL, "П.8, П.9, П.13", (ClockKind.ANSWER,), opens=(ClockKind.FINAL,)
    ),
    _publishing(Action.PUBLISH_FINAL, Status.ANSWERED, "П.8, П.9, П.13", (ClockKind.ANSWER, ClockKind.FINAL)),
    # After the first reply
    Transition(
        Action.AUTHOR_ANSWERED,
        frozenset({Status.AWAITING_AUTHOR}),
        Status.IN_WORK,
        _CURATOR_SYSTEM,
        opens=_NEW_REPLY,
    ),
    # As a rule no clock runs here; a final term left from an earlier interim answer must not outlive the message.
    Transition(
        Action.CLOSE_WITHOUT_ANSWER,
        frozenset({Status.AWAITING_AUTHOR}),
        Status.DISMISSED,
        _CURATOR,
        closes=(ClockKind.FINAL,),
        without_breach=True,
        needs=frozenset({"reason"}),
    ),
    Transition(Action.PREPARE_FINAL, frozenset({Status.AWAITING_FINAL}), Status.IN_WORK, _CURATOR_EXECUTOR, "П.13"),
    Transition(Action.REOPEN, frozenset({Status.ANSWERED}), Status.IN_WORK, _CURATOR_SYSTEM, "П.15", opens=_NEW_REPLY),
    # Importance (П.9). A new message of high importance has its answer clock at once, lowered it loses it again.
    Transition(
        Action.RAISE_IMPORTANCE,
        OPEN,
        None,
        _CURATOR,
        "П.9",
        opens=_NEW_REPLY,
        recomputes=_NEW_REPLY,
        needs=frozenset({"detected_at"}),
        target_kind=TargetKind.SAME,
    ),
    Transition(
        Action.LOWER_IMPORTANCE,
        OPEN,
        None,
        _CURATOR,
        "П.9",
        recomputes=_NEW_REPLY,
        needs=frozenset({"detected_at"}),
        target_kind=TargetKind.SAME,
    ),
)
