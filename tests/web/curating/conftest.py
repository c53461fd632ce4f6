"""The desk of the tests of this folder: Wednesday, 11:00."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from osm.clock import FixedClock

from .desk import NOW, Desk, furnish


@pytest.fixture
def desk(app: Flask, cast: dict[str, int], clock: FixedClock) -> Iterator[Desk]:
    """The cast with two more executors and topics; messages in any status on demand."""
    clock.set(NOW)
    with app.app_context():
        yield furnish(cast)
