"""ONE table of transitions: what may happen to a message, who may do it, what must be given, and which clocks move.

Every row has its clause of Postanovlenie 215 where the regulation names one. `osm.flow.acts.act` reads every column and
carries it out. Callers check access to the message (his own, his department's) and compute terms (`deadlines`)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from osm.regulation.errors import TransitionNotAllowed
from osm.regulation.words import Action, ClockKind, Labelled, Role, Status

SLIP_UNDO = timedelta(seconds=10)
"""For how long a slip is taken back: a routing without a trace on the executor's desk, a closing of a new message."""


class TargetKind(StrEnum):
    """How the status after a transition is found."""

    FIXED = "fixed"  # `target`
    SAME = "same"  # unchanged
    ORIGIN = "origin"  # the one that the draft was submitted from; the caller has it stored


class Condition(Labelled):
    """A fact outside the table on which a role's right depends. The caller states those that hold (`given`). The label
    says why not, where it does not hold."""

    # This person submitted the draft.
    OWN_DRAFT = "own_draft", "проект отправил другой сотрудник"
    # П.3: executors may publish on this account.
    ACCOUNT_ALLOWS = "account_allows", "на этой странице публикует куратор"
    # Nothing of this reply has gone out to the network.
    SENDING_NOT_BEGUN = "sending_not_begun", "ответ уже отправляется в сеть"
    # This person directed the message within SLIP_UNDO, and it was not opened since.
    JUST_ROUTED = (
        "just_routed",
        f"отменяет тот, кто направил, за {SLIP_UNDO.seconds} секунд и пока исполнитель не открыл сообщение",
    )


class When(StrEnum):
    ALWAYS = "always"
    NOTHING_OWED = "nothing_owed"  # neither the clock of an answer nor that of a final one runs
    NEVER_SELECTED = "never_selected"  # the message was not selected yet
    NEW_OWING_NOTHING = "new_owing_nothing"  # it waits for its selection, and neither of those clocks runs


class Effect(StrEnum):
    """What a step does to clocks beyond `closes`, `returns`, `recomputes` and `opens`, in this order."""

    USUAL_TIMES = "usual_times"  # П.13: minutes of a part below those of П.14 were set for the old term; forgotten
    ASK_MISSING = "ask_missing"  # everybody who has not sent his part is asked again
    ASK_ALL = "ask_all"  # everybody is asked again for his part
    TURNS = "turns"  # П.14: those who have their turn are asked; the others, and former executors, are not
    CORRECTED = (
        "corrected"  # what a publication met is met at its corrected instant; the term of П.13 counts from there
    )
    NO_BLAME = "no_blame"  # terms of П.8-П.10 that the step itself has moved into the past are no breach


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    `closes`: clocks that stop, those of the message and of parts, or of the one part that the step is about. They are
    met; late where the term has passed. With `without_breach` they end as not needed; so do the parts' clocks that
    stop with those of the message. A term that passed before is a breach at its own instant.
    `returns`: clocks stopped by the opposite step that continue with their old anchors.
    `recomputes`: running clocks with terms to compute again; a clock without an anchor stops.
    `opens`: clocks that start if they do not run yet, where `opens_when` holds.
    `needs`: texts that the person must give, field -> what is asked where it is empty. The version of the row that he
    saw is always needed.
    `conditions`: roles that may act only while the condition holds; a role without an entry is free."""

    action: Action
    sources: frozenset[Status]
    target: Status | None
    roles: frozenset[Role]
    clause: str = ""
    closes: tuple[ClockKind, ...] = ()
    opens: tuple[ClockKind, ...] = ()
    returns: tuple[ClockKind, ...] = ()
    recomputes: tuple[ClockKind, ...] = ()
    opens_when: When = When.ALWAYS
    effects: tuple[Effect, ...] = ()
    without_breach: bool = False
    needs: Mapping[str, str] = field(default_factory=dict, hash=False)
    conditions: Mapping[Role, Condition] = field(default_factory=dict, hash=False)
    target_kind: TargetKind = TargetKind.FIXED

    def target_from(self, status: Status, origin: Status | None = None) -> Status:
        """The status afterwards. `origin`: where the draft was submitted from (only `withdraw_draft` needs it)."""
        if self.target is not None:
            return self.target
        if self.target_kind is TargetKind.SAME:
            return status
        if origin is None:
            raise ValueError(f"{self.action} needs the status that the draft was submitted from")
        return origin

    def allows(self, roles: Collection[Role], given: Collection[Condition] = ()) -> bool:
        """Whether one of the roles may act, `given` being the conditions that hold."""
        return any(role in self.roles and self.conditions.get(role) in (None, *given) for role in roles)


# --- The table
CLOSED = frozenset({Status.DISMISSED, Status.REDIRECTED, Status.EXCLUDED, Status.WITHDRAWN, Status.UNANSWERABLE})
"""The five from which a message can be restored."""

OPEN = frozenset(Status) - CLOSED - {Status.ANSWERED}
"""Work goes on. `answered` is neither open nor closed: it is finished, and only `reopen` leads out of it."""

WITH_EXECUTORS = OPEN - {Status.NEW, Status.SELECTED}  # open statuses in which somebody already prepares the answer
IN_DEPARTMENTS = frozenset({Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL})
"""Statuses in which an executor prepares; in the others the press centre is awaited."""
AT_PRESS_CENTRE = OPEN - IN_DEPARTMENTS

_NEW_REPLY = (ClockKind.ANSWER, ClockKind.DRAFT)
_ALL_CLOCKS = tuple(ClockKind)
_PART_CLOCKS = (ClockKind.PART, ClockKind.REWORK)
_CURATOR = frozenset({Role.CURATOR})
_CURATOR_SYSTEM = frozenset({Role.CURATOR, Role.SYSTEM})
_CURATOR_EXECUTOR = frozenset({Role.CURATOR, Role.EXECUTOR})

# What is asked for where a needed field is empty.
_WHY_CLOSED = {"reason": "Напишите, почему: без причины закрыть сообщение нельзя. Остальное сохранено."}
_RECIPIENT = {"recipient": "Укажите, кому передано сообщение. Остальное сохранено."}
_GROUND = {"ground": "Выберите основание из пункта 17: без основания исключить нельзя."}
_WHY_RESTORED = {"reason": "Напишите, почему сообщение возвращается в работу."}
_ANSWER_TEXT = {"text": "Ответ пуст. Напишите текст и отправьте ещё раз."}
_WHY_DECLINED = {"reason": "Напишите, почему это не ваше и чьё: куратор передаст сообщение быстрее."}
_PART_TEXT = {"text": "Информации нет. Напишите её и отправьте ещё раз."}
_REMARKS = {"remarks": "Напишите замечание: что исправить. Без него вернуть нельзя."}
_WHY_REVOKED = {"reason": "Напишите, что исправить: исполнитель увидит это как замечание."}
_WHY_CORRECTED = {"reason": "Напишите, почему исправляете: причина останется в истории."}
_TOLD = {
    "facts": "Напишите, что случилось и где: сообщения отдел не увидит.",
    "asked": "Напишите, что отдел должен сделать.",
}
_FOLLOWUP = {"text": "Вставьте, что написал автор: исполнителю это понадобится."}


def _closing(
    action: Action, target: Status, roles: frozenset[Role], clause: str = "", needs: Mapping[str, str] | None = None,
    sources: frozenset[Status] = OPEN,
) -> Transition:  # fmt: skip
    """The message leaves work for a stated cause: every clock stops, and nothing becomes a breach by that."""
    return Transition(
        action, sources, target, roles, clause, closes=_ALL_CLOCKS, without_breach=True, needs=needs or {}
    )


def _executors(action: Action, roles: frozenset[Role] = _CURATOR_SYSTEM, clause: str = "П.3, П.14") -> Transition:
    """The people change, the status stays; the term of a part belongs to its executor (П.14)."""
    return Transition(action, WITH_EXECUTORS, None, roles, clause, effects=(Effect.TURNS,), target_kind=TargetKind.SAME)


def _publishing(
    action: Action, target: Status, clause: str, closes: tuple[ClockKind, ...], opens: tuple[ClockKind, ...] = ()
) -> Transition:
    """The reply is in the network; the executor places it himself only where the account allows it (П.3)."""
    return Transition(
        action, frozenset({Status.APPROVED}), target, _CURATOR_EXECUTOR | {Role.SYSTEM}, clause, closes=closes,
        opens=opens, conditions={Role.EXECUTOR: Condition.ACCOUNT_ALLOWS},
    )  # fmt: skip


TRANSITIONS: tuple[Transition, ...] = (
    # Selection (П.6, П.17)
    Transition(
        Action.SELECT, frozenset({Status.NEW}), Status.SELECTED, _CURATOR, "П.6", opens=_NEW_REPLY,
        opens_when=When.NOTHING_OWED,
    ),
    _closing(Action.DISMISS, Status.DISMISSED, _CURATOR, "П.6", _WHY_CLOSED),
    _closing(Action.REDIRECT, Status.REDIRECTED, _CURATOR, "П.6", _RECIPIENT),
    _closing(Action.EXCLUDE, Status.EXCLUDED, _CURATOR | {Role.MODERATOR}, "П.17", _GROUND),
    _closing(Action.MARK_WITHDRAWN, Status.WITHDRAWN, _CURATOR_SYSTEM),
    _closing(Action.MARK_UNANSWERABLE, Status.UNANSWERABLE, _CURATOR_SYSTEM, needs=_WHY_CLOSED),
    # The interval in which the message was closed becomes a pause of the clocks that go on. Work on a draft or a part
    # begins again: a new message has no executors.
    Transition(
        Action.RESTORE, CLOSED, Status.NEW, _CURATOR, returns=(ClockKind.ROUTE, *_NEW_REPLY, ClockKind.FINAL),
        opens=(ClockKind.ROUTE,), opens_when=When.NEVER_SELECTED, needs=_WHY_RESTORED,
    ),
    # Executors (П.3, П.7, П.14, П.15). A new message is selected at once, hence the clocks of a new reply.
    Transition(
        Action.ROUTE, frozenset({Status.NEW, Status.SELECTED}), Status.IN_WORK, _CURATOR, "П.7, П.14, П.15",
        closes=(ClockKind.ROUTE,), opens=_NEW_REPLY, opens_when=When.NOTHING_OWED, effects=(Effect.TURNS,),
    ),
    # A slip: the hour of П.7 continues as if the message had not been directed; the selection stays.
    Transition(
        Action.TAKE_ROUTING_BACK, frozenset({Status.IN_WORK}), Status.SELECTED, _CURATOR, "П.7", closes=_PART_CLOCKS,
        returns=(ClockKind.ROUTE,), without_breach=True, conditions={Role.CURATOR: Condition.JUST_ROUTED},
    ),
    _executors(Action.REROUTE),
    _executors(Action.SUBSTITUTE),
    _executors(Action.ADD_EXECUTOR),
    _executors(Action.REMOVE_EXECUTOR),
    # Another order, task or time.
    replace(_executors(Action.ARRANGE_EXECUTORS, _CURATOR, "П.14"), recomputes=(ClockKind.PART,)),
    # «Не моё»: who has the message stays until the curator gives it to somebody else, and so does every clock.
    Transition(
        Action.DECLINE, frozenset({Status.IN_WORK, Status.REWORK}), None, frozenset({Role.EXECUTOR}), "П.18",
        needs=_WHY_DECLINED, target_kind=TargetKind.SAME,
    ),
    # Parts of several executors (П.14). The curator enters one that he got by telephone.
    Transition(
        Action.SUBMIT_PART, frozenset({Status.IN_WORK}), None, _CURATOR_EXECUTOR, "П.14, П.18", closes=_PART_CLOCKS,
        effects=(Effect.TURNS,), needs=_PART_TEXT, target_kind=TargetKind.SAME,
    ),
    Transition(
        Action.RETURN_PART, frozenset({Status.IN_WORK}), None, _CURATOR, "П.14", opens=(ClockKind.REWORK,),
        needs=_REMARKS, target_kind=TargetKind.SAME,
    ),
    # The draft and its approval (П.10–П.12, П.18). The curator submits the common draft, or in the executor's name.
    Transition(
        Action.SUBMIT_DRAFT, frozenset({Status.IN_WORK, Status.REWORK}), Status.ON_APPROVAL, _CURATOR_EXECUTOR,
        "П.10, П.12, П.18", closes=(ClockKind.DRAFT, *_PART_CLOCKS), opens=(ClockKind.APPROVE,), needs=_ANSWER_TEXT,
    ),
    Transition(
        Action.WITHDRAW_DRAFT, frozenset({Status.ON_APPROVAL}), None, _CURATOR_EXECUTOR, closes=(ClockKind.APPROVE,),
        returns=(ClockKind.DRAFT, *_PART_CLOCKS), effects=(Effect.TURNS,), without_breach=True,
        conditions={Role.CURATOR: Condition.OWN_DRAFT, Role.EXECUTOR: Condition.OWN_DRAFT},
        target_kind=TargetKind.ORIGIN,
    ),
    Transition(
        Action.APPROVE_DRAFT, frozenset({Status.ON_APPROVAL}), Status.APPROVED, _CURATOR, "П.11",
        closes=(ClockKind.APPROVE,),
    ),
    Transition(
        Action.CORRECT_AND_APPROVE, frozenset({Status.ON_APPROVAL}), Status.APPROVED, _CURATOR, "П.11",
        closes=(ClockKind.APPROVE,), needs=_ANSWER_TEXT,
    ),
    Transition(
        Action.RETURN_DRAFT, frozenset({Status.ON_APPROVAL}), Status.REWORK, _CURATOR, "П.11, П.12",
        closes=(ClockKind.APPROVE,), opens=(ClockKind.REWORK,), needs=_REMARKS,
    ),
    Transition(
        Action.REVOKE_APPROVAL, frozenset({Status.APPROVED}), Status.REWORK, _CURATOR, opens=(ClockKind.REWORK,),
        needs=_WHY_REVOKED, conditions={Role.CURATOR: Condition.SENDING_NOT_BEGUN},
    ),
    # Publication (П.3, П.8, П.9, П.13)
    _publishing(Action.PUBLISH_CLARIFICATION, Status.AWAITING_AUTHOR, "П.8, П.9", (ClockKind.ANSWER,)),
    _publishing(
        Action.PUBLISH_INTERIM, Status.AWAITING_FINAL, "П.8, П.9, П.13", (ClockKind.ANSWER,), opens=(ClockKind.FINAL,)
    ),
    _publishing(Action.PUBLISH_FINAL, Status.ANSWERED, "П.8, П.9, П.13", (ClockKind.ANSWER, ClockKind.FINAL)),
    # After the first reply
    Transition(
        Action.AUTHOR_ANSWERED, frozenset({Status.AWAITING_AUTHOR}), Status.IN_WORK, _CURATOR_SYSTEM,
        opens=_NEW_REPLY, effects=(Effect.ASK_ALL, Effect.TURNS, Effect.NO_BLAME), needs=_FOLLOWUP,
    ),
    # As a rule no clock runs here; a final term left from an earlier interim answer must not outlive the message.
    _closing(
        Action.CLOSE_WITHOUT_ANSWER, Status.DISMISSED, _CURATOR, needs=_WHY_CLOSED,
        sources=frozenset({Status.AWAITING_AUTHOR}),
    ),
    Transition(
        Action.PREPARE_FINAL, frozenset({Status.AWAITING_FINAL}), Status.IN_WORK, _CURATOR_EXECUTOR, "П.13",
        effects=(Effect.USUAL_TIMES, Effect.ASK_MISSING, Effect.TURNS),
    ),
    Transition(
        Action.REOPEN, frozenset({Status.ANSWERED}), Status.IN_WORK, _CURATOR_SYSTEM, "П.15", opens=_NEW_REPLY,
        effects=(Effect.ASK_ALL, Effect.TURNS), needs=_FOLLOWUP,
    ),
    # The link or the time of the last publication was noted wrongly. A breach that was recorded stays (П.19 decides).
    Transition(
        Action.CORRECT_PUBLICATION, frozenset({Status.ANSWERED, Status.AWAITING_AUTHOR, Status.AWAITING_FINAL}), None,
        _CURATOR, "П.8, П.9, П.13", effects=(Effect.CORRECTED,), needs=_WHY_CORRECTED, target_kind=TargetKind.SAME,
    ),
    # The text of the last published answer was wrong: it is replaced in the same place, the old version is kept.
    Transition(
        Action.CORRECT_ANSWER, frozenset({Status.ANSWERED, Status.AWAITING_AUTHOR, Status.AWAITING_FINAL}), None,
        _CURATOR, "П.8, П.16", needs=_WHY_CORRECTED, target_kind=TargetKind.SAME,
    ),
    # Importance (П.9). A new message of high importance has its answer clock at once, lowered it loses it again.
    Transition(
        Action.RAISE_IMPORTANCE, OPEN, None, _CURATOR, "П.9", recomputes=_NEW_REPLY, opens=_NEW_REPLY,
        opens_when=When.NEW_OWING_NOTHING, effects=(Effect.NO_BLAME,), target_kind=TargetKind.SAME,
    ),
    Transition(
        Action.LOWER_IMPORTANCE, OPEN, None, _CURATOR, "П.9", recomputes=_NEW_REPLY, effects=(Effect.NO_BLAME,),
        target_kind=TargetKind.SAME,
    ),
    # What a right mark of П.17 excludes is not answered; to help with it is no processing (reading 15).
    Transition(
        Action.TELL_FACTS, frozenset({Status.EXCLUDED}), None, _CURATOR | {Role.MODERATOR}, "П.17", needs=_TOLD,
        target_kind=TargetKind.SAME,
    ),
)  # fmt: skip

_BY_ACTION: dict[Action, Transition] = {row.action: row for row in TRANSITIONS}


def find_transition(
    status: Status, action: Action, roles: Collection[Role], given: Collection[Condition] = ()
) -> Transition:
    """The row for this step, or `TransitionNotAllowed`. `given` are the conditions that hold now, as the caller knows
    them; one that is not stated does not hold."""
    row = _BY_ACTION[action]
    if status not in row.sources:
        raise TransitionNotAllowed(status, action, roles)
    if row.allows(roles, given):
        return row
    held = [role for role in roles if role in row.roles]
    reason = row.conditions[held[0]].label if held else ""
    raise TransitionNotAllowed(status, action, roles, allowed=row.roles, reason=reason)


def available_actions(status: Status, roles: Collection[Role], given: Collection[Condition] = ()) -> tuple[Action, ...]:
    """What may be offered to a person with these roles, in the order of the table."""
    return tuple(row.action for row in TRANSITIONS if status in row.sources and row.allows(roles, given))
