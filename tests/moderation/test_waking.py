"""What a rule says that it needs besides what wakes it: without it, it finds nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from moderation import Moderator
from moderation.rules import RULES
from moderation.tokens import Document, read
from moderation.word import MOST_MARKS

TEXTS = [line.split("\t")[-1] for line in (Path(__file__).parent / "written.tsv").read_text("utf-8").splitlines()]
moderator = Moderator()
NEEDY = [woken for woken in moderator.rules if woken[2].also or woken[2].also_shape]


@cache
def documents() -> list[Document]:
    return [read(text, moderator.reader) for text in TEXTS]


@pytest.mark.parametrize("woken", NEEDY, ids=lambda woken: woken[2].name)
def test_a_rule_finds_nothing_where_what_it_needs_is_missing(woken):
    trigger, also, rule = woken
    let_be = [doc for doc in documents() if doc.mask & trigger and not doc.mask & also]
    assert let_be
    assert [doc.source for doc in let_be if list(rule.find(doc, moderator.groups))] == []


def test_a_rule_is_asked_where_what_it_needs_is_there():
    found = {finding.rule for text in TEXTS for finding in moderator.judge(text).findings}
    assert {rule.name for _, _, rule in NEEDY} <= found


def test_every_needed_set_of_forms_has_a_bit_of_its_own():
    sets = {frozenset(name for name in rule.also if "." not in name) for rule in RULES} - {frozenset()}
    assert 1 < len(sets) <= MOST_MARKS
