"""A clause is printed for people in words that they know from the act."""

from __future__ import annotations

import pytest

from osm.regulation.words import clause_words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("П.7", "п. 7"),
        ("П.8, П.9, П.13", "п. 8, п. 9, п. 13"),
        ("Пр.2.6", "п. 2.6 Порядка"),
        ("Пр.1.2.3", "п. 1.2.3 Порядка"),
        ("П.17, Пр.2.6", "п. 17, п. 2.6 Порядка"),
        ("внутренний срок", "внутренний срок"),
    ],
)
def test_the_words_of_a_clause(code, words):
    assert clause_words(code) == words
