"""Which words wake which rules: a rule is called only in a text that has what it could find something by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from .rules import Rule
from .vocabulary import Vocabulary
from .word import FIRST_GROUP_BIT, FIRST_MARK_BIT, FIRST_PHRASE_BIT, MOST_MARKS

_BATCH = 6
Woken = tuple[int, int, Rule]
"""A rule with two masks: the text has to have a bit of either."""


class Marks:
    """Bits for the very forms without which some rule finds nothing."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._sets: dict[frozenset[str], int] = {}
        self.of_form: dict[str, int] = {}
        for forms in filter(None, map(_forms, rules)):
            if forms in self._sets:
                continue
            if len(self._sets) >= MOST_MARKS:
                raise ValueError(f"more than {MOST_MARKS} sets of forms")
            bit = self._sets[forms] = 1 << FIRST_MARK_BIT + len(self._sets)
            for form in forms:
                self.of_form[form] = self.of_form.get(form, 0) | bit

    def of_rule(self, rule: Rule) -> int:
        return self._sets.get(_forms(rule), 0)


def _forms(rule: Rule) -> frozenset[str]:
    """Names of lists have a dot, words have none."""
    return frozenset(name for name in rule.also if "." not in name)


def of_lists(vocabulary: Vocabulary, names: Collection[str]) -> int:
    """The bits of these lists and of what stands below them, and of their phrases."""
    mask = 0
    for group, bit in vocabulary.bits.items():
        if any(group == name or group.startswith(name + ".") for name in names):
            mask |= bit << FIRST_GROUP_BIT | vocabulary.phrase_bits.get(group, 0) << FIRST_PHRASE_BIT
    return mask


def batches(rules: list[Woken]) -> Iterator[tuple[int, list[Woken]]]:
    """The rules in small batches, each with the union of what wakes them: one look for several rules.

    Rules that the same words wake stand together; in which order they look is the same for the verdict.
    """
    rest = list(rules)
    while rest:
        union = 0
        some: list[Woken] = []
        while rest and len(some) < _BATCH:
            nearest = min(rest, key=lambda woken: (union | woken[0]).bit_count() - union.bit_count())
            rest.remove(nearest)
            some.append(nearest)
            union |= nearest[0]
        yield union, some
