"""Rules that are one list of phrases."""

from collections.abc import Callable, Iterator

from moderation.lexicon import Entry
from moderation.rules.base import Groups, Hit, Rule
from moderation.rules.context import reported
from moderation.text.tokens import Document
from moderation.verdict import Category, Severity


def phrase_rule(
    name: str,
    category: Category,
    title: str,
    group: str,
    severity: Severity,
    why: str,
    passes: Callable[[Document, Groups, int], bool] = reported,
) -> Rule:
    """Reports every phrase of ``group``, unless ``passes`` says that the words are only quoted."""

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        found: set[tuple[int, int]] = set()  # the same words may match a phrase in two ways
        for first, last, entry in sorted(doc.found(group), key=_in_order):
            if (first, last) not in found and not passes(doc, groups, first):
                found.add((first, last))
                yield Hit(first, last, severity, entry.text.replace("=", ""), why)

    return Rule(name, category, title, find, groups=(group,))


def _in_order(found: tuple[int, int, Entry]) -> tuple[int, int, str]:
    return found[0], found[1], found[2].text
