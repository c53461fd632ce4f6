"""Random lives give the same clocks, dues and breaches in the services and in the second model."""

from __future__ import annotations

import pytest

from tests.oracle.lives import live


@pytest.mark.parametrize("seed", range(100))
def test_a_life(four, seed):
    assert list(live(four, seed))
