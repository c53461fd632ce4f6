"""All rules in the order of their calls; the learned models come last."""

from moderation.rules import insult, offers, profanity, threat, weighed
from moderation.rules.base import Groups, Hit, Rule, names_spared

RULES: tuple[Rule, ...] = (
    *profanity.RULES,
    *map(names_spared, insult.RULES),
    *map(weighed.outweighed, threat.RULES),
    *(weighed.doubted(rule) if rule.name == "spam.themes" else rule for rule in offers.RULES),
    *weighed.RULES,
)

__all__ = ["RULES", "Groups", "Hit", "Rule"]
