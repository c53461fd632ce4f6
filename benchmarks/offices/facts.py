"""Parts of a simulated office: its habits, and its decisions on texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["comment", "message"]
Outcome = Literal["deleted", "excluded", "kept", "wrong"]
Ground = Literal["", "profanity", "insult", "threat", "spam", "ad"]


@dataclass(frozen=True)
class Decision:
    """One text and the decision on it, as in the office's log.

    Comments are deleted, messages excluded. ``wrong`` is «отмечено зря» if the text was marked; for an unmarked text it
    only means that it was kept.
    """

    id: int
    at: datetime
    """UTC, in increasing order."""
    kind: Kind
    text: str
    outcome: Outcome
    ground: Ground
    """Why it was deleted or excluded (clause 17); otherwise empty."""
    sort: str
    """The sort by the table of texts.toml: only for reports, a learner must not use it."""
    slip: bool
    """The moderator decided against the office's habit: only for reports."""


@dataclass(frozen=True)
class Habit:
    """The decision of an office on one sort of texts on which offices differ."""

    name: str
    sort: str
    ground: Ground
    """Deleted on this ground; empty: it stays, and a mark on it is wrong."""


@dataclass(frozen=True)
class Office:
    """The office of a seed."""

    seed: int
    habits: tuple[Habit, ...]
    """One for each sort on which offices differ, in the order of the table."""
    turn: Habit | None
    """A habit that replaces that of its sort some day, as with a new moderator."""
    turns_at: float
    """After this part of the decisions (from 0 to 1)."""
    local: str
    """A local word that looks like a bad one."""
    trade: str
    """The trade whose advertising is always deleted, in any form."""
    slips: float
    """The share of decisions against the office's habits."""
    shares: dict[str, float]
    """Sort → share of all texts."""
