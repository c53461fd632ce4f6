"""What a made-up office consists of: its habits, and what its moderators decided on which texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["comment", "message"]
Outcome = Literal["deleted", "excluded", "kept", "wrong"]
Ground = Literal["", "profanity", "insult", "threat", "spam", "ad"]


@dataclass(frozen=True)
class Decision:
    """One text and what was decided on it, as the office's log would tell it.

    Comments are deleted, messages excluded. ``wrong`` is «отмечено зря» if the text was marked; on a text that nothing
    marked it is no more than kept.
    """

    id: int
    at: datetime
    """UTC; each is later than the one before."""
    kind: Kind
    text: str
    outcome: Outcome
    ground: Ground
    """Why it was deleted or excluded (clause 17); otherwise empty."""
    sort: str
    """What was written, by the table of texts.toml: only for reports, a learner must not see it."""
    slip: bool
    """The moderator decided against the office's own habit: only for reports."""


@dataclass(frozen=True)
class Habit:
    """How an office decides on one sort of texts where offices differ."""

    name: str
    sort: str
    ground: Ground
    """Deleted on this ground; empty: it stays, and a mark on it is wrong."""


@dataclass(frozen=True)
class Office:
    """An office as its seed made it."""

    seed: int
    habits: tuple[Habit, ...]
    """One for each sort that offices differ in, in the order of the table."""
    turn: Habit | None
    """A habit that takes the place of that of its sort some day, as with a new moderator."""
    turns_at: float
    """After which part of the decisions (from 0 to 1)."""
    local: str
    """A word of the place that is taken for a bad one."""
    trade: str
    """The trade whose advertising is never let pass, however it is dressed."""
    slips: float
    """The share of decisions that are made against the office's own habit."""
    shares: dict[str, float]
    """Of each sort among all texts."""
