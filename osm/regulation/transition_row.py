"""One row of the table of transitions: who may take the step, on which condition, which clocks move, which status
follows.

`osm.flow.acts.act.act` reads every column and carries it out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from osm.regulation.words import Action, ClockKind, Role, Status

SLIP_UNDO = timedelta(seconds=10)
"""For how long a slip is taken back: a routing without a trace on the executor's desk, a closing of a new message."""


class TargetKind(StrEnum):
    """How the status after a transition is found."""

    FIXED = "fixed"  # `target`
    SAME = "same"  # unchanged
    ORIGIN = "origin"  # the one that the draft was submitted from; the caller has it stored


class Condition(StrEnum):
    """A fact outside the table on which a role's right depends. The caller states those that hold (`given`)."""

    OWN_DRAFT = "own_draft"  # this person submitted the draft
    ACCOUNT_ALLOWS = "account_allows"  # П.3: executors may publish on this account
    SENDING_NOT_BEGUN = "sending_not_begun"  # nothing of this reply has gone out to the network
    JUST_ROUTED = "just_routed"  # this person directed the message within SLIP_UNDO, and it was not opened since


CONDITION_REASONS: dict[Condition, str] = {
    Condition.OWN_DRAFT: "проект отправил другой сотрудник",
    Condition.ACCOUNT_ALLOWS: "на этой странице публикует куратор",
    Condition.SENDING_NOT_BEGUN: "ответ уже отправляется в сеть",
    Condition.JUST_ROUTED: (
        f"отменяет тот, кто направил, за {SLIP_UNDO.seconds} секунд и пока исполнитель не открыл сообщение"
    ),
}


class When(StrEnum):
    """Whether `opens` applies."""

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
    `conditions`: roles that may act only while the condition holds; a role without an entry is free.
    """

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
