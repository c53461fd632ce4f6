"""Random lives through the screens: nothing fails, nothing is lost, and what must hold after every step holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lives.kinds import KINDS
from tests.lives.town import Town, town
from tests.lives.walk import Life

STEPS = 14
"""A minute for all of them together; thousands are lived by `benchmarks/bench_lives.py --through screens`."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("lives")) as found:
        yield found


@pytest.mark.parametrize("name", KINDS)
def test_a_life(place: Town, name: str) -> None:
    Life(place, KINDS[name], 1, name).live(STEPS)
