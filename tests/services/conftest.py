"""The office, hired anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .office import Office, hire


@pytest.fixture
def office(app) -> Iterator[Office]:
    with app.app_context():
        yield hire()
