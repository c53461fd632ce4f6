"""One row of the table of transitions: by whose hand, on which condition, with which clocks, to which status."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from osm.regulation.clocks import ClockKind
from osm.regulation.words import Action, Role, Status


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


CONDITION_REASONS: dict[Condition, str] = {
    Condition.OWN_DRAFT: "проект отправил другой сотрудник",
    Condition.ACCOUNT_ALLOWS: "на этой странице публикует куратор",
    Condition.SENDING_NOT_BEGUN: "ответ уже отправляется в сеть",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    `closes`: clocks that stop; late ones are breaches unless `without_breach` (a breach recorded before stays).
    `opens`: clocks that start if they do not run yet (`part` where there are several executors, `final` at the
    first interim answer only). `returns`: clocks that this step's opposite had stopped and that go on with their
    old anchors. `recomputes`: running clocks whose term changes.
    `needs`: what the caller must give (names of form fields); the row version that the person saw is needed always.
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
    without_breach: bool = False
    needs: frozenset[str] = frozenset()
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
