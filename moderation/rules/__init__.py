"""All rules in the order in which they look at a text."""

from __future__ import annotations

from . import (
    arms,
    dealt,
    deeds,
    doom,
    dread,
    ends,
    fates,
    frames,
    harm,
    hints,
    insult,
    means,
    menace,
    mockery,
    notices,
    offers,
    omens,
    profanity,
    promise,
    pursuit,
    ready,
    reprisal,
    scorn,
    threat,
    turned,
    turns,
    veils,
    weighed,
    wishes,
)
from .base import Groups, Hit, Rule, make_groups
from .context import names_spared

_ALL: tuple[Rule, ...] = (
    *profanity.RULES,
    *insult.RULES,
    *mockery.RULES,
    *scorn.RULES,
    *threat.RULES,
    *turns.RULES,
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
    *wishes.RULES,
    *ends.RULES,
    *ready.RULES,
    *deeds.RULES,
    *fates.RULES,
    *dealt.RULES,
    *veils.RULES,
    *turned.RULES,
    *frames.RULES,
    *weighed.RULES,
    *offers.RULES,
    *notices.RULES,
)
# What looks like a threat is held against the words around it.
RULES = tuple(
    weighed.outweighed(rule)
    if rule.category == "threat" and rule not in weighed.RULES
    else names_spared(rule)
    if rule.category == "insult"
    else rule
    for rule in _ALL
)

__all__ = ["RULES", "Groups", "Hit", "Rule", "make_groups"]
