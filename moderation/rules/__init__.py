"""All rules in the order in which they look at a text."""

from __future__ import annotations

from . import (
    arms,
    doom,
    dread,
    harm,
    hints,
    insult,
    means,
    menace,
    mockery,
    offers,
    omens,
    profanity,
    promise,
    pursuit,
    reprisal,
    scorn,
    threat,
)
from .base import Groups, Hit, Rule, make_groups

RULES: tuple[Rule, ...] = (
    *profanity.RULES,
    *insult.RULES,
    *mockery.RULES,
    *scorn.RULES,
    *threat.RULES,
    *harm.RULES,
    *arms.RULES,
    *menace.RULES,
    *means.RULES,
    *reprisal.RULES,
    *pursuit.RULES,
    *hints.RULES,
    *promise.RULES,
    *dread.RULES,
    *doom.RULES,
    *omens.RULES,
    *offers.RULES,
)

__all__ = ["RULES", "Groups", "Hit", "Rule", "make_groups"]
