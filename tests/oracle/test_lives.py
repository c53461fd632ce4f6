"""Random lives give the same clocks, terms and breaches in services and second model: twenty-five on each database."""

from __future__ import annotations

import pytest

from tests.oracle.lives import live

FIRST = {"sqlite": 0, "postgresql": 1000}


@pytest.mark.parametrize("number", range(25))
def test_a_life(four, backend, number):
    assert list(live(four, FIRST[backend] + number))


@pytest.mark.parametrize("number", range(12))
def test_a_life_with_a_mark_of_clause_17(four, backend, number):
    """By the letter of П.17, and in an office that answers rightly marked messages."""
    assert list(live(four, FIRST[backend] + 500 + number, marked=True))
