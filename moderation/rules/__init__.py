"""All rules in the order in which they look at a text."""

from __future__ import annotations

from . import insult, offers, profanity, threat
from .base import Groups, Hit, Rule, make_groups

RULES: tuple[Rule, ...] = (*profanity.RULES, *insult.RULES, *threat.RULES, *offers.RULES)

__all__ = ["RULES", "Groups", "Hit", "Rule", "make_groups"]
