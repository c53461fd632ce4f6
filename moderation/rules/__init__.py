"""All rules in the order of their calls; the learned models come last."""

from moderation.rules import insult, notices, offers, plain_offers, profanity, threat, weighed
from moderation.rules.base import Groups, Hit, Rule
from moderation.rules.context import names_spared

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
