"""Percentages are rounded half up and printed with their fraction."""

from __future__ import annotations

from fractions import Fraction

import pytest

from osm.regulation.working_time.worktime import half_up, percent, share_words


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (15, 16, "94 %: 15 из 16"),
        (1, 200, "1 %: 1 из 200"),
        (1, 201, "0 %: 1 из 201"),
        (1, 8, "13 %: 1 из 8"),
        (199, 200, "100 %: 199 из 200"),
        (0, 3, "0 %: 0 из 3"),
        (0, 0, "—"),
    ],
)
def test_a_share_has_its_fraction(part, whole, said):
    assert share_words(part, whole) == said


def test_shares_differ_by_half_a_per_cent_at_most_rounding_up():
    for whole in range(1, 130):
        for part in range(whole + 1):
            away = Fraction(100 * part, whole) - percent(part, whole)
            assert -Fraction(1, 2) <= away < Fraction(1, 2), (part, whole)


def test_a_half_goes_up():
    assert [half_up(one) for one in (0.5, 1.5, 2.5, 2.4)] == [1, 2, 3, 2]
