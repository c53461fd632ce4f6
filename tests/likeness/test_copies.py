"""Near copies: changed and disguised ones are recognised, similar texts by residents are not."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.likeness import words
from osm.likeness.words import PIECES, fold, likeness

from .wave import BAIT, CIVIL, DISGUISES, SHORT_BAIT, changed


def found(one: str, other: str) -> bool:
    """Whether the index would offer the one for the other, and their letters agree."""
    a, b = fold(one), fold(other)
    return bool(a and b and set(a.keys) & set(b.keys) and likeness(a.letters, b.letters))


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=list(DISGUISES))
@pytest.mark.parametrize("text", [BAIT, SHORT_BAIT], ids=["long", "short"])
def test_a_disguise_hides_no_copy(text, disguise):
    assert found(text, disguise(text))


@pytest.mark.parametrize("text", [BAIT, SHORT_BAIT, *CIVIL])
def test_a_tenth_of_the_characters_changed_hides_few(text):
    assert len(text) >= 40
    chance = Random(215)
    assert sum(found(text, changed(text, 0.1, chance)) for _ in range(200)) >= 190


def test_residents_who_write_of_the_like_are_no_copies():
    assert [pair for pair in combinations(CIVIL, 2) if found(*pair)] == []


@pytest.mark.parametrize(
    "text",
    ["", "Спасибо за оперативность!", "Поддерживаю, давно пора это сделать", "🔥" * 60, "Да." + " " * 60, "а" * 500],
    ids=["nothing", "thanks", "one short of it", "smileys", "blanks", "one letter"],
)
def test_what_is_too_short_is_a_copy_of_nothing(text):
    assert fold(text) is None


def test_the_keys_are_numbers_that_stay_the_same_in_every_process():
    # These keys are stored: with another hash all stored copies could not be found.
    assert words.keys_of("займбезотказа")[:3] == [
        225655033,
        638710336,
        995626486,
    ]


@given(st.text(max_size=400))
def test_any_text_has_few_keys_and_is_its_own_copy(text):
    folded = fold(text)
    if folded is not None:
        assert 0 < len(folded.keys) <= PIECES
        assert all(0 <= key < 2**32 for key in folded.keys)
        assert likeness(folded.letters, folded.letters) == 1
        assert fold(text) == folded


def test_a_long_text_takes_no_longer_than_its_beginning():
    long = fold(" ".join(CIVIL) * 400)
    assert long is not None
    assert len(long.letters) == words.LONGEST
