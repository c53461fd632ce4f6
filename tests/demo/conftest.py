"""Passwords of the demonstration are hashed quickly in its tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.people import quick_hashes


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    with quick_hashes():
        yield
