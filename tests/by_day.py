"""What `make test` leaves to the night: the repetitions of what it has tried once (the marker `nightly`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import pytest


def by_day(values: Iterable[Any], first: int = 1, kind: Callable[[Any], Hashable] = lambda _: None) -> list[Any]:
    """For `parametrize`: of each kind the first ones by day, all at night."""
    seen: Counter[Hashable] = Counter()
    found = []
    for value in values:
        seen[kind(value)] += 1
        marks = [pytest.mark.nightly] if seen[kind(value)] > first else []
        found.append(pytest.param(value, marks=marks))
    return found
