"""Moderation of Russian comments: obscene words, insults, threats, spam and advertising, found with their reasons.

>>> from moderation import classify
>>> classify("Спасибо, свет во дворе дали").decision
'pass'
"""

from moderation.meaning import Danger, dangers
from moderation.office import rules_version
from moderation.own_words import BadOwnWord, OwnWord, Refused, export_own_words, import_own_words, parse_own_words
from moderation.pipeline import Moderator, classify
from moderation.verdict import CATEGORIES, CATEGORY_TITLES, Finding, RuleReport, Verdict

__all__ = [
    "CATEGORIES", "CATEGORY_TITLES", "BadOwnWord", "Danger", "Finding", "Moderator", "OwnWord", "Refused",
    "RuleReport", "Verdict", "classify", "dangers", "export_own_words", "import_own_words", "parse_own_words",
    "rules_version",
]  # fmt: skip
