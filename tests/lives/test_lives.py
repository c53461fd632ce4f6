"""Random lives through the screens: nothing fails or is lost, and the rules hold after every step."""

from __future__ import annotations

import pytest

from tests.lives.kinds import KINDS
from tests.lives.town import Town
from tests.lives.walk import Life

STEPS = 14
"""A minute for all of them together; thousands are lived by `benchmarks/bench_lives.py --through screens`."""


@pytest.mark.parametrize("name", KINDS)
def test_a_life(place: Town, name: str) -> None:
    Life(place, KINDS[name], 1, name).live(STEPS)
