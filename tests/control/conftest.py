"""The desk at which a draft and its answer are late: Wednesday 25.11, the evening."""

from __future__ import annotations

import pytest

from osm.regulation.words import Status
from osm.services.clocks.breaches import record_breaches
from tests.control.late import rows
from tests.office import at


@pytest.fixture
def late(desk, clock):
    """The late draft of Boris; the answer is its consequence. It is 18:10."""
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 18:10"))
    record_breaches(clock.now())
    return rows(message)[0]
