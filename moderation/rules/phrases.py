"""Rules that are one list of phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..tokens import Document
from ..verdict import Category, Severity
from .base import Groups, Hit, Rule
from .context import reported


def phrase_rule(
    name: str,
    category: Category,
    title: str,
    group: str,
    severity: Severity,
    why: str,
    passes: Callable[[Document, Groups, int], bool] = reported,
) -> Rule:
    """Reports every phrase of ``group``, unless ``passes`` says that the words at this place are only told of."""

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        for first, last, entry in doc.found(group):
            if not passes(doc, groups, first):
                yield Hit(first, last, severity, entry.text.replace("=", ""), why)

    return Rule(name, category, title, find, groups=(group,), phrases=group)
