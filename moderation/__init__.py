"""Moderation of Russian comments: obscene words, insults, threats, spam and advertising, found with their reasons.

>>> from moderation import Moderator
>>> verdict = Moderator().judge("Спасибо, свет во дворе дали")
>>> verdict.decision
'pass'
"""

from .own_words import BadOwnWord, OwnWord, Refused, export_own_words, import_own_words, parse_own_words
from .pipeline import Moderator
from .verdict import CATEGORIES, CATEGORY_TITLES, Finding, RuleReport, Verdict

__all__ = [
    "CATEGORIES",
    "CATEGORY_TITLES",
    "BadOwnWord",
    "Finding",
    "Moderator",
    "OwnWord",
    "Refused",
    "RuleReport",
    "Verdict",
    "export_own_words",
    "import_own_words",
    "parse_own_words",
]
