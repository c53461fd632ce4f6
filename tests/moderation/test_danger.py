"""Signs of danger to life (П.9, П.20): found by what is named and what happens to it, and not by single words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import dangers

CASES = [
    line.split("\t")
    for line in (Path(__file__).parent / "danger.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
SEEN = [(sign, text) for sign, part, text in CASES if part == "seen"]
HELD = [(sign, text) for sign, part, text in CASES if part == "held"]
HELD_RIGHT = 0.95
"""The share of the rows from which no rule was made that must be right."""


@pytest.mark.parametrize(("sign", "text"), SEEN, ids=[text[:40] for _, text in SEEN])
def test_a_sign_is_found_and_an_ordinary_text_has_none(sign, text):
    found = {danger.sign for danger in dangers(text)}
    assert (sign in found) if sign != "-" else not found


def test_rows_that_only_judge_are_right_too():
    right = [bool(dangers(text)) == (sign != "-") for sign, text in HELD]
    assert sum(right) / len(right) >= HELD_RIGHT


def test_the_words_that_decided_are_named():
    text = "Света нет.\nПровод упал на тротуар! Рядом играют дети."
    (danger,) = dangers(text)
    assert [text[start:end] for start, end in danger.spans] == ["Провод", "упал", "дети"]


def test_a_wire_alone_is_no_danger_but_people_near_it_are():
    assert not dangers("На Лесной упал провод.")
    assert dangers("На Лесной упал провод. Там ходят люди.")
    assert not dangers("На Лесной упал провод. Света нет. Воды нет. Школа закрыта, дети дома.")


@given(st.text(alphabet=st.sampled_from("газ пахнет провод упал дети не . , \n ё ´́\u200b А🔥"), max_size=80))
def test_the_spans_are_within_any_text(text):
    for danger in dangers(text):
        assert all(0 <= start < end <= len(text) for start, end in danger.spans)
        assert list(danger.spans) == sorted(danger.spans)
