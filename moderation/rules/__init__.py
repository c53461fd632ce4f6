"""All rules in the order of their calls; the learned models come last."""

from . import insult, notices, offers, plain_offers, profanity, threat, weighed
from .base import Groups, Hit, Rule
from .context import names_spared

RULES: tuple[Rule, ...] = (
    *profanity.RULES,
    *map(names_spared, insult.RULES),
    *map(weighed.outweighed, threat.RULES),
    *offers.RULES,
    *notices.RULES,
    *plain_offers.RULES,
    *weighed.RULES,
)

__all__ = ["RULES", "Groups", "Hit", "Rule"]
